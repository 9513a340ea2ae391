"""The form that says what each column of a file holds. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from provisioning.bulk.file.columns import FIELDS, names_password
from provisioning.bulk.file.decoding import DELIMITERS, ENCODINGS, Dialect
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.mapping import guess_mapping, missing
from provisioning.bulk.file.reading import MAX_COLUMNS
from provisioning.bulk.status import JobStatus

LOOKED_AT = 200
"""Rows of the file among which examples are looked for."""
SAMPLES = 3
"""Examples beside each column. Those with letters beyond ASCII come first: by them a wrong encoding is seen."""
HIDDEN = "••••••"
"""In place of what may be a password."""
Look = Callable[[Dialect, int], Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Column:
    """number: from 0. holds: a field's name; "" for a column that is left out. samples: examples of its cells."""

    number: int
    name: str
    samples: tuple[str, ...]
    holds: str
    error: str = ""


@dataclass
class ColumnForm:
    """What was chosen, or guessed. chosen: the number of a column to the name of a field; others are left out.

    problem: why the file cannot be read like this, "" where it can.
    """

    dialect: Dialect
    extra: tuple[str, ...]
    chosen: Mapping[int, str]
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
        known = {*FIELDS, *extra}
        chosen = {at: name for at in range(MAX_COLUMNS) if (name := typed.get(f"column-{at}", "")) in known}
        return cls(dialect, tuple(extra), chosen)

    def look(self, look: Look, *, anew: bool = False) -> None:
        """Read the first rows. anew: what the columns hold is guessed again, as they may be other ones."""
        try:
            self.sample = [list(cells) for cells in look(self.dialect, LOOKED_AT)]
        except FileProblem as problem:
            self.problem = problem.words
            return
        if anew:
            self.chosen = {at: name for name, at in guess_mapping(self.header, None, self.extra).fields.items()}

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return self.sample[0] if self.sample else []

    @property
    def columns(self) -> list[Column]:
        """Every column of the file, with examples of what it holds."""
        return [
            Column(at, name, self._samples(at, name), self.chosen.get(at, ""), self.errors.get(at, ""))
            for at, name in enumerate(self.header)
        ]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(name, label) of every field that a column may hold."""
        own = [(name, f"{name} (for your patterns, rules and letters)") for name in self.extra if name not in FIELDS]
        return [("", "Leave this column out"), *((name, spec.label) for name, spec in FIELDS.items()), *own]

    @property
    def missing(self) -> list[str]:
        """Labels of what no column holds, and must be there."""
        return [FIELDS[name].label for name in missing(self.chosen.values())]

    def mapping(self) -> dict[str, int]:
        """A field's name to the number of its column; errors where two columns hold the same."""
        taken: dict[str, int] = {}
        for at, name in sorted(self.chosen.items()):
            if name in taken:
                label = FIELDS[name].label if name in FIELDS else name
                self.errors[at] = f"{label} is in column {taken[name] + 1} already."
            else:
                taken[name] = at
        return taken

    def _samples(self, at: int, name: str) -> tuple[str, ...]:
        cells = [row[at] if at < len(row) else "" for row in self.sample[1:]]
        if self.chosen.get(at) == "password" or names_password(name):
            return tuple(HIDDEN for cell in cells if cell)[:SAMPLES]
        different = dict.fromkeys(cell[:60] for cell in cells if cell.strip())
        return tuple(sorted(different, key=str.isascii)[:SAMPLES])
