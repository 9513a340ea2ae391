"""What the pattern editor sends, as it is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.pattern_form import AROUND, Marked, PatternsForm, marked
from provisioning.naming.patterns import PatternError, check_patterns, parse_patterns, split_patterns

STORED = DomainPolicy(patterns="[lastname]", language="de", hold_seconds=60, reserved_words=("boss",))


def test_nothing_typed_is_what_is_stored() -> None:
    form = PatternsForm({}, STORED)
    assert (form.text, form.language, form.errors, form.advice) == ("[lastname]", "de", (), ())
    assert form.policy == STORED


def test_what_is_typed_takes_the_place_of_patterns_and_language_alone() -> None:
    form = PatternsForm({"patterns": " [nickname],\r\n [lastname] ", "language": "", "hold_seconds": "1"}, STORED)
    assert form.policy == DomainPolicy(
        patterns="[nickname], [lastname]", language="", hold_seconds=60, reserved_words=("boss",)
    )
    assert form.extra_fields == ("nickname",)


@pytest.mark.parametrize("language", ["klingon", "DE", "\0", "x" * 9999])
def test_a_language_that_there_is_not_stays_the_one_in_force(language: str) -> None:
    assert PatternsForm({"language": language}, STORED).language == "de"


def test_patterns_that_can_be_used_are_previewed_without_the_others() -> None:
    form = PatternsForm({"patterns": "[, [nickname][#], ]"}, STORED)
    assert form.policy.patterns == "[nickname][#]"
    assert [error.reason for error in form.errors] == ["this bracket is never closed", "this bracket was never opened"]


def test_people_are_ours_unless_somebody_is_typed() -> None:
    ours = PatternsForm({"patterns": "[nickname]", "field-nickname": "Zo"}, STORED).people
    assert len(ours) == 8
    assert "typed by you" not in [person.remark for person in ours]
    typed = {"patterns": "[nickname]", "field-lastname": " Quill ", "field-nickname": "Zo", "field-other": "x"}
    first, *others = PatternsForm(typed, STORED).people
    assert first.fields == {"firstname": "", "lastname": "Quill", "nickname": "Zo"}
    assert others == list(ours)


def test_our_people_are_as_difficult_as_they_say() -> None:
    ours = PatternsForm({"patterns": "[nickname][school]"}, STORED).people
    assert [person.who for person in ours][:5] == [
        "Conan O'Brien",
        "Søren Ærø",
        "小明 王",
        "Αλέξης Παπαδόπουλος",
        "J O",
    ]
    assert len(ours[5].fields["lastname"]) == 60
    assert ours[-1].fields["nickname"] == ours[-1].fields["school"] == ""
    assert all(person.fields["nickname"] for person in ours[:-1])
    assert {tuple(person.fields) for person in ours} == {("firstname", "lastname", "nickname", "school")}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a]b", Marked("a", "]", "b", 2, "this bracket was never opened")),
        ("x" * 40 + "+" + "y" * 40, Marked("…" + "x" * AROUND, "+", "y" * AROUND + "…", 41, "")),
        (".[a]", Marked("", ".", "[a]", 1, "")),
        ("[a].", Marked("[a]", ".", "", 4, "")),
    ],
)
def test_the_place_is_marked_with_what_stands_around_it(pattern: str, expected: Marked) -> None:
    [error] = check_patterns(pattern)[1]
    found = marked(error)
    assert (found.before, found.wrong, found.after, found.position) == (
        expected.before, expected.wrong, expected.after, expected.position,
    )  # fmt: skip
    assert expected.reason in found.reason


def test_a_place_beyond_what_is_shown_is_not_marked() -> None:
    assert marked(PatternError("abc…", 4001, "too long")).wrong == ""


@given(st.text(alphabet="[]#C1_ab.,+ é", max_size=200))
def test_a_mark_is_on_the_character_that_is_named(text: str) -> None:
    for error in check_patterns(text)[1]:
        shown = marked(error)
        assert shown.wrong == error.pattern[error.position - 1]
        assert shown.before.removeprefix("…") + shown.wrong + shown.after.removesuffix("…") in error.pattern
        assert len(shown.before + shown.after) <= 2 * AROUND + 2


@given(st.text(max_size=300), st.text(max_size=20))
def test_whatever_is_typed_can_be_previewed(text: str, language: str) -> None:
    form = PatternsForm({"patterns": text, "language": language}, STORED)
    usable = tuple(entry for entry in split_patterns(form.text) if not check_patterns(entry)[1])
    assert [pattern.text for pattern in parse_patterns(form.policy.patterns)] == list(usable)
    assert form.policy.naming().number_of_suggestions == 3
    assert len(form.people) == 8
