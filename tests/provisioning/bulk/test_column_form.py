"""The form that says what the columns of a file hold."""

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as some

from provisioning.bulk.file.columns import FIELDS
from provisioning.bulk.file.decoding import Dialect
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.mapping import ColumnMapping, guess_mapping
from provisioning.bulk.pages.column_form import HIDDEN, LEFT_OUT, ColumnForm
from provisioning.bulk.status import JobStatus

UTF_8 = Dialect("UTF-8", ",", is_certain=True)
FILE = [["First name", "Surname", "Kennwort", ""], ["Zoë", "Quill", "secret-1", ""], ["Ida", "", "secret-2", "x" * 99]]
CHOICES = ("", *FIELDS)


def form(chosen: dict[int, str], extra: tuple[str, ...] = ()) -> ColumnForm:
    made = ColumnForm(UTF_8, extra, chosen)
    made.look(lambda _dialect, _limit: FILE)
    return made


def test_columns_are_shown_with_what_their_first_rows_hold() -> None:
    columns = form({0: "first_name"}).columns
    assert [(column.name, column.holds) for column in columns][:2] == [("First name", "first_name"), ("Surname", "-")]
    assert columns[0].samples == ("Zoë", "Ida")
    assert columns[1].samples == ("Quill",)
    assert columns[3].samples == ("x" * 60,), "not the whole of a long cell"


def test_examples_differ_and_begin_with_those_that_show_a_wrong_encoding() -> None:
    tried = ColumnForm(UTF_8, (), {})
    names = [["Ida"], ["Ida"], ["Otto"], ["Zoë"], ["Max"], ["Jörg"]]
    tried.look(lambda _dialect, limit: [["Name"], *names[:limit]])
    assert tried.columns[0].samples == ("Zoë", "Jörg", "Ida")


def test_passwords_are_hidden_where_the_file_is_read_by_the_wrong_separator() -> None:
    tried = ColumnForm(UTF_8, (), {})
    tried.look(lambda _dialect, _limit: [["Name;Initial password"], ["Zoë Quill;secret-1"]])
    assert tried.columns[0].samples == (HIDDEN,)


def test_what_may_be_a_password_is_hidden_by_its_name_or_by_what_was_chosen() -> None:
    assert form({}).columns[2].samples == (HIDDEN, HIDDEN)
    assert form({1: "password"}).columns[1].samples == (HIDDEN,)


def test_names_are_needed_and_a_whole_name_will_do() -> None:
    assert form({}).missing == ["First name", "Last name"]
    assert form({0: "first_name"}).missing == ["Last name"]
    assert form({1: "full_name"}).missing == []


@given(some.lists(some.sampled_from(CHOICES), max_size=8))
def test_mapping_names_each_field_once_and_complains_of_the_rest(chosen: Sequence[str]) -> None:
    tried = form({at: name for at, name in enumerate(chosen) if name})
    mapping = tried.mapping()
    named = [name for name in chosen if name]
    assert {name: chosen.index(name) for name in named} == mapping
    assert len(tried.errors) == len(named) - len(mapping)


def test_file_that_reads_as_nonsense_is_told_and_not_mapped() -> None:
    def refuse(_dialect: Dialect, _limit: int) -> Sequence[Sequence[str]]:
        raise FileProblem("encoding", "These bytes mean nothing.", advice="Choose another encoding.")

    tried = ColumnForm(UTF_8, (), {0: "first_name"})
    tried.look(refuse, guess_mapping)
    assert tried.problem == "These bytes mean nothing. Choose another encoding."
    assert (tried.columns, tried.chosen) == ([], {0: "first_name"})


def test_read_anew_the_columns_are_guessed_again() -> None:
    tried = ColumnForm(UTF_8, ("nickname",), {3: "title"})
    header = ["Surname", "First name", "nickname"]
    tried.look(lambda _dialect, _limit: [header, ["Quill", "Zoë", "Zo"]], partial(guess_mapping, extra=["nickname"]))
    assert tried.chosen == {0: "last_name", 1: "first_name", 2: "nickname"}
    assert ("nickname", "nickname (a field of yours)") in tried.choices


UNKNOWN = ["Vorname", "Klasse", "Nachname", "", "Familienname", "Status [READ ONLY]"]


def read(guess: Callable[[Sequence[str]], ColumnMapping]) -> ColumnForm:
    tried = ColumnForm(UTF_8, (), {})
    tried.look(lambda _dialect, _limit: [UNKNOWN, ["Zoë", "7a", "Quill", "x", "Ohm", "y"]], guess)
    return tried


def test_columns_that_are_not_recognised_come_first_and_are_no_choice_of_anybodys() -> None:
    tried = read(guess_mapping)
    assert tried.unrecognised == ["Klasse", "Familienname"]
    assert [(column.letter, column.standing) for column in tried.columns] == [
        ("B", "unknown"), ("E", "unknown"), ("A", "holds"), ("C", "holds"), ("D", "left out"), ("F", "left out"),
    ]  # fmt: skip
    assert [column.note for column in tried.columns[:3]] == ["", "Last name is already in Nachname (column C).", ""]


def test_what_somebody_said_before_about_these_columns_counts_as_chosen() -> None:
    tried = read(partial(guess_mapping, remembered={"first_name": 0, "last_name": 2}))
    assert tried.unrecognised == []
    assert [column.standing for column in tried.columns if column.name == "Klasse"] == ["left out"]


@given(some.dictionaries(some.integers(0, 5), some.sampled_from(["", LEFT_OUT, "title", "no such field"])))
def test_what_is_sent_tells_what_is_left_out_from_what_nobody_has_judged(said: dict[int, str]) -> None:
    """A page that comes back, because of an error, stands as it was sent."""
    status = cast(JobStatus, SimpleNamespace(encoding="UTF-8", delimiter=","))
    tried = ColumnForm.sent({f"column-{at}": name for at, name in said.items()}, status, ())
    tried.look(lambda _dialect, _limit: [UNKNOWN, ["x"] * 6])
    standings = {column.number: column.standing for column in tried.columns}
    expected = {"": "unknown", "title": "holds"}
    assert standings == {at: expected.get(said.get(at, LEFT_OUT), "left out") for at in range(6)}
