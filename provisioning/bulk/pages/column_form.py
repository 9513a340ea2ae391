"""The form that says what each column of a file holds. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from provisioning.bulk.file.column_names import column_letter, column_words, label_of, shown
from provisioning.bulk.file.columns import FIELD_OF_HEADER, FIELDS, header_key, names_password
from provisioning.bulk.file.decoding import DELIMITERS, ENCODINGS, Dialect
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.mapping import ColumnMapping, missing
from provisioning.bulk.file.reading import MAX_COLUMNS
from provisioning.bulk.status import JobStatus

LOOKED_AT = 200
"""Rows of the file among which examples are looked for."""
SAMPLES = 3
"""Examples beside each column. Those with letters beyond ASCII come first: by them a wrong encoding is seen."""
HIDDEN = "••••••"
"""In place of what may be a password."""
LEFT_OUT = "-"
"""What the form sends for a column that somebody leaves out; "" is for one about which nobody has said anything."""
Look = Callable[[Dialect, int], Sequence[Sequence[str]]]
Guess = Callable[[Sequence[str]], ColumnMapping]
Standing = Literal["holds", "unknown", "left out"]


@dataclass(frozen=True)
class Column:
    """number: from 0. holds: a field's name, LEFT_OUT, or "" for one that is not recognised. samples: of its cells.

    note: why a column whose name is known was not recognised.
    """

    number: int
    name: str
    samples: tuple[str, ...]
    holds: str
    note: str = ""
    error: str = ""

    @property
    def letter(self) -> str:
        """As spreadsheets call it."""
        return column_letter(self.number)

    @property
    def standing(self) -> Standing:
        """unknown: nobody has said what it is; left out: somebody did, or it never says anything about an account."""
        return "left out" if self.holds == LEFT_OUT else "holds" if self.holds else "unknown"


@dataclass
class ColumnForm:
    """What was chosen, or guessed. chosen: the number of a column to the name of a field.

    unknown: the numbers of columns that are not recognised, and that nobody has judged; all others are left out.
    problem: why the file cannot be read like this, "" where it can.
    """

    dialect: Dialect
    extra: tuple[str, ...]
    chosen: Mapping[int, str]
    unknown: frozenset[int] = frozenset()
    sample: list[list[str]] = field(default_factory=list)
    problem: str = ""
    errors: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: JobStatus, extra: Sequence[str]) -> "ColumnForm":
        """As the job has it now. extra: the domain's own fields."""
        dialect = Dialect(status.encoding, status.delimiter, status.is_certain)
        return cls(dialect, tuple(extra), {at: name for name, at in status.mapping.items()})

    @classmethod
    def sent(cls, typed: Mapping[str, str], status: JobStatus, extra: Sequence[str]) -> "ColumnForm":
        """As a person filled it in. What is not offered is what the job has."""
        encoding, delimiter = typed.get("encoding", ""), typed.get("delimiter", "")
        dialect = Dialect(
            encoding if encoding in ENCODINGS else status.encoding,
            delimiter if delimiter in DELIMITERS else status.delimiter,
            is_certain=True,  # a person looked
        )
        said = {at: typed[f"column-{at}"] for at in range(MAX_COLUMNS) if f"column-{at}" in typed}
        known = {*FIELDS, *extra}
        chosen = {at: name for at, name in said.items() if name in known}
        return cls(dialect, tuple(extra), chosen, frozenset(at for at, name in said.items() if not name))

    def look(self, look: Look, guess: Guess | None = None) -> None:
        """Read the first rows. guess: what the columns hold, where nobody has chosen yet, or they may be other ones."""
        try:
            self.sample = [list(cells) for cells in look(self.dialect, LOOKED_AT)]
        except FileProblem as problem:
            self.problem = problem.words
            return
        if guess:
            guessed = guess(self.header)
            self.chosen = {at: name for name, at in guessed.fields.items()}
            self.unknown = frozenset(guessed.unknown)

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return self.sample[0] if self.sample else []

    @property
    def columns(self) -> list[Column]:
        """Every column of the file, with examples of what it holds; first those that are not recognised."""
        columns = [
            Column(at, name, self._samples(at, name), self._holds(at), self._note(at, name), self.errors.get(at, ""))
            for at, name in enumerate(self.header)
        ]
        return sorted(columns, key=lambda column: column.standing != "unknown")

    @property
    def unrecognised(self) -> list[str]:
        """The names of columns about which somebody has to decide."""
        return [shown(column.name) for column in self.columns if column.standing == "unknown"]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(name, label) of every field that a column may hold."""
        own = [(name, f"{name} (a field of yours)") for name in self.extra if name not in FIELDS]
        return [(LEFT_OUT, "Leave this column out"), *((name, spec.label) for name, spec in FIELDS.items()), *own]

    @property
    def missing(self) -> list[str]:
        """Labels of what no column holds, and must be there."""
        return [FIELDS[name].label for name in missing(self.chosen.values())]

    def mapping(self) -> dict[str, int]:
        """A field's name to the number of its column; errors where two columns hold the same."""
        taken: dict[str, int] = {}
        for at, name in sorted(self.chosen.items()):
            if name in taken:
                self.errors[at] = f"{label_of(name)} is already in {column_words(taken[name], self.header)}."
            else:
                taken[name] = at
        return taken

    def _holds(self, at: int) -> str:
        return self.chosen.get(at) or ("" if at in self.unknown else LEFT_OUT)

    def _note(self, at: int, name: str) -> str:
        """Of two columns with one meaning the first was taken."""
        meaning = FIELD_OF_HEADER.get(header_key(name), "")
        first = next((other for other, held in self.chosen.items() if held == meaning), None)
        if at not in self.unknown or first is None:
            return ""
        return f"{label_of(meaning)} is already in {column_words(first, self.header)}."

    def _samples(self, at: int, name: str) -> tuple[str, ...]:
        cells = [row[at] if at < len(row) else "" for row in self.sample[1:]]
        if self.chosen.get(at) == "password" or names_password(name):
            return tuple(HIDDEN for cell in cells if cell)[:SAMPLES]
        different = dict.fromkeys(cell[:60] for cell in cells if cell.strip())
        return tuple(sorted(different, key=str.isascii)[:SAMPLES])
