"""Suggest, select and release, in a domain of one process; each defect of source 003's program that applies here."""

from itertools import takewhile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.naming.candidates import drafts
from provisioning.naming.holder import HeldByAnother, Holder, IncompleteAnswer
from provisioning.naming.holds import Holds
from provisioning.naming.lineup import PassedOver
from provisioning.naming.occupancy import Occupant
from provisioning.naming.patterns import parse_patterns
from provisioning.naming.policy import NamingPolicy, Why, broken_rule
from provisioning.naming.records import Hold
from provisioning.naming.search import NamesUsedUp
from provisioning.naming.suggestions import NameNotLegal, NameTaken, Suggestions
from provisioning.naming.values import Values
from runtime.problems import BadRequest, Unavailable
from tests.provisioning.naming.claiming import claim
from tests.provisioning.naming.conftest import MovableClock, School

ANN = Holder("C1", "example.org", "ann's page")
BOB = Holder("C1", "example.org", "bob's page")
KEY = Holder("C1", "example.org", "key")
JOHN = {"firstname": "John", "lastname": "Smith"}
DEFAULT = NamingPolicy()


def call(number: int) -> Holder:
    return Holder("C1", "example.org", "key", str(number))


def held() -> set[str]:
    return {hold.name for hold in Hold.query(namespace="C1") if not hold.created}


def test_consecutive_calls_of_other_holders_give_the_worked_example(suggestions: Suggestions) -> None:
    patterns = (
        "[firstname].[lastname], [C1_firstname].[lastname], [firstname][lastname]_[region], "
        "[firstname][lastname]_[group], [lastname]_nyc, [firstname][lastname][#]"
    )
    policy = NamingPolicy(patterns=parse_patterns(patterns))
    fields = {"firstname": "Carlos", "lastname": "Álvarez", "region": "CA", "group": "5A"}
    got = [suggestions.suggest(call(number), policy, fields, 1).names[0] for number in range(8)]
    assert got == [
        "carlos.alvarez",
        "c.alvarez",
        "carlosalvarez_ca",
        "carlosalvarez_5a",
        "alvarez_nyc",
        "carlosalvarez1",
        "carlosalvarez2",
        "carlosalvarez3",
    ]


def test_names_come_with_pattern_and_time(suggestions: Suggestions, clock: MovableClock) -> None:
    result = suggestions.suggest(ANN, DEFAULT, JOHN)
    assert [(s.name, s.pattern) for s in result.suggestions] == [
        ("johnsmith", "[firstname][lastname]"),
        ("john.smith", "[firstname].[lastname]"),
        ("john_smith", "[firstname]_[lastname]"),
    ]
    assert (result.expires - clock.now).total_seconds() == 120
    assert result.passed_over == ()
    assert held() == set(result.names)


@pytest.mark.parametrize("count", [0, 11, -1])
def test_count_out_of_range_is_refused(suggestions: Suggestions, count: int) -> None:
    with pytest.raises(BadRequest):
        suggestions.suggest(ANN, DEFAULT, JOHN, count)


def test_ten_names_are_ten(suggestions: Suggestions) -> None:
    assert suggestions.suggest(ANN, DEFAULT, JOHN, 10).names == [
        *["johnsmith", "john.smith", "john_smith", "jsmith", "johns"],
        *[f"johnsmith{number}" for number in range(1, 6)],
    ]


def test_reasons_are_given_for_everything_passed_over(suggestions: Suggestions, school: School, holds: Holds) -> None:
    patterns = "[firstname].[lastname], abuse, [lastname], [firstname], j[lastname], [C1_firstname][C1_lastname], hi[#]"
    policy = NamingPolicy(
        patterns=tuple(p for p in parse_patterns(patterns.replace("abuse, ", "[firstname][lastname], "))),
        reserved_words=frozenset({"john"}),
        forbidden_words=frozenset({"nsm"}),
    )
    school.taken = {"john.smith": Occupant("alias"), "smith": Occupant("group"), "hi1": Occupant("group alias")}
    claim(holds, BOB, ["jsmith"], 1, 120)
    holds.mark_created(BOB, "js")
    result = suggestions.suggest(ANN, policy, JOHN, 1)
    assert result.names == ["hi2"]
    assert set(result.passed_over) == {
        PassedOver("john.smith", Why.ALIAS),
        PassedOver("johnsmith", Why.FORBIDDEN, "nsm"),
        PassedOver("smith", Why.GROUP),
        PassedOver("john", Why.RESERVED),
        PassedOver("jsmith", Why.HELD),
        PassedOver("js", Why.CREATED),
        PassedOver("hi1", Why.GROUP_ALIAS),
    }
    assert held() == {"hi2", "jsmith"}


@pytest.mark.parametrize("taken", [1, 2, 3, 1000, 10_000, 65_537])
def test_counter_is_searched_in_few_steps_of_several_questions(
    suggestions: Suggestions, school: School, taken: int
) -> None:
    school.rule = lambda name: int(name.removeprefix("smith")) <= taken
    policy = NamingPolicy(patterns=parse_patterns("[lastname][#]"))
    result = suggestions.suggest(ANN, policy, JOHN, 3)
    assert result.names == [f"smith{taken + number}" for number in (1, 2, 3)]
    assert len(school.asked) == len(set(school.asked)) <= 4 * taken.bit_length() + 10
    assert school.steps <= 2 + taken.bit_length()


def test_counter_finds_a_number_whose_predecessor_is_taken(suggestions: Suggestions, school: School) -> None:
    school.rule = lambda name: name != "smith17" and int(name.removeprefix("smith")) <= 500
    policy = NamingPolicy(patterns=parse_patterns("[lastname][#]"))
    names = suggestions.suggest(ANN, policy, JOHN, 2).names
    assert names in (["smith17", "smith501"], ["smith501", "smith502"])


def test_counter_passes_over_what_others_hold_in_few_questions(
    suggestions: Suggestions, school: School, holds: Holds
) -> None:
    for start in range(1, 101, 10):
        claim(holds, call(start), [f"smith{number}" for number in range(start, start + 10)], 10, 120)
    policy = NamingPolicy(patterns=parse_patterns("[lastname][#]"))
    assert suggestions.suggest(ANN, policy, JOHN, 2).names == ["smith101", "smith102"]
    assert len(school.asked) <= 25
    assert school.steps <= 5


def test_field_space_that_is_used_up_is_said_and_nothing_stays_held(suggestions: Suggestions, school: School) -> None:
    school.rule = bool
    with pytest.raises(NamesUsedUp):
        suggestions.suggest(ANN, DEFAULT, JOHN)
    assert len(school.asked) <= 100
    assert held() == set()


def test_names_that_are_all_forbidden_are_used_up_without_asking_google(
    suggestions: Suggestions, school: School
) -> None:
    policy = NamingPolicy(patterns=parse_patterns("[firstname][lastname][#]"), forbidden_words=frozenset({"nsm"}))
    with pytest.raises(NamesUsedUp, match="Only 0 of 3"):
        suggestions.suggest(ANN, policy, JOHN)
    assert school.asked == []


def test_repeated_call_replaces_the_holders_earlier_names(suggestions: Suggestions, clock: MovableClock) -> None:
    suggestions.suggest(ANN, DEFAULT, JOHN)
    clock.move(100)
    again = suggestions.suggest(ANN, DEFAULT, JOHN)
    assert again.names == ["johnsmith", "john.smith", "john_smith"]
    assert (again.expires - clock.now).total_seconds() == 120
    other = suggestions.suggest(ANN, DEFAULT, {"firstname": "Jane", "lastname": "Doe"}, 2)
    assert held() == set(other.names)


def test_failed_repeat_leaves_the_holder_what_it_had(suggestions: Suggestions, school: School) -> None:
    before = suggestions.suggest(ANN, DEFAULT, JOHN)
    school.down_after = len(school.asked) + 1
    with pytest.raises(Unavailable):
        suggestions.suggest(ANN, NamingPolicy(patterns=parse_patterns("[lastname], j[lastname]")), JOHN, 2)
    assert held() == set(before.names)


def test_name_that_was_taken_behind_our_back_is_replaced_on_repeat(suggestions: Suggestions, school: School) -> None:
    suggestions.suggest(ANN, DEFAULT, JOHN)
    school.taken["john.smith"] = Occupant("user")
    again = suggestions.suggest(ANN, DEFAULT, JOHN)
    assert again.names == ["johnsmith", "john_smith", "jsmith"]
    assert held() == set(again.names)


def test_select_keeps_and_renews_the_chosen_name(suggestions: Suggestions, clock: MovableClock) -> None:
    suggestions.suggest(ANN, DEFAULT, JOHN)
    clock.move(100)
    suggestions.select(ANN, DEFAULT, "John.Smith")
    assert held() == {"john.smith"}
    clock.move(100)
    with pytest.raises(HeldByAnother):
        suggestions.select(BOB, DEFAULT, "john.smith")


def test_select_of_nothing_releases_everything(suggestions: Suggestions) -> None:
    suggestions.suggest(ANN, DEFAULT, JOHN)
    suggestions.select(ANN, DEFAULT, "")
    assert held() == set()


def test_select_of_a_typed_name_verifies_it(suggestions: Suggestions, school: School) -> None:
    suggestions.suggest(ANN, DEFAULT, JOHN, 1)
    school.taken["boss"] = Occupant("group")
    with pytest.raises(NameTaken, match="group"):
        suggestions.select(ANN, DEFAULT, "boss")
    with pytest.raises(NameNotLegal):
        suggestions.select(ANN, DEFAULT, "no..good")
    assert held() == {"johnsmith"}
    suggestions.select(ANN, DEFAULT, "smithy")
    assert held() == {"smithy"}


def test_release_frees_the_holders_names(suggestions: Suggestions) -> None:
    suggestions.suggest(ANN, DEFAULT, JOHN)
    suggestions.release(ANN)
    assert held() == set()


def test_api_key_selects_by_presenting_a_calls_whole_answer(suggestions: Suggestions) -> None:
    first = suggestions.suggest(call(1), DEFAULT, JOHN, 2).names
    second = suggestions.suggest(call(2), DEFAULT, JOHN, 2).names
    with pytest.raises(IncompleteAnswer):
        suggestions.select(KEY, DEFAULT, first[0], first[:1])
    suggestions.select(KEY, DEFAULT, first[1], first)
    assert held() == {first[1], *second}
    suggestions.release(KEY, second)
    assert held() == {first[1]}


@pytest.mark.parametrize("taken", [1, 2, 4, 8])
def test_call_holds_no_name_that_google_says_is_in_use(suggestions: Suggestions, school: School, taken: int) -> None:
    policy = NamingPolicy(patterns=parse_patterns("[firstname][lastname][#]"))
    school.taken = {f"johnsmith{number}": Occupant("user") for number in range(1, taken + 1)}
    names = suggestions.suggest(call(1), policy, JOHN, 1).names
    assert held() == set(names) == {f"johnsmith{taken + 1}"}
    assert {tuple(hold.answer) for hold in Hold.query(namespace="C1")} == {tuple(names)}
    suggestions.release(KEY, names)
    assert held() == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("free", None),
        ("FREE", None),
        ("a..b", PassedOver("a..b", Why.NOT_LEGAL, "two dots stand in a row")),
        ("abuse", PassedOver("abuse", Why.RESERVED)),
        ("held", PassedOver("held", Why.HELD)),
        ("made", PassedOver("made", Why.CREATED)),
        ("staff", PassedOver("staff", Why.GROUP)),
    ],
)
def test_typed_name_is_judged(
    suggestions: Suggestions, school: School, holds: Holds, name: str, expected: PassedOver | None
) -> None:
    claim(holds, BOB, ["held"], 1, 120)
    holds.mark_created(BOB, "made")
    school.taken["staff"] = Occupant("group")
    assert suggestions.why_not(ANN, DEFAULT, name) == expected


# The defects of source 003's program.


def test_defect_apostrophe_in_an_address_stops_nothing(suggestions: Suggestions, school: School) -> None:
    policy = NamingPolicy(patterns=parse_patterns("o'[lastname], [lastname]"))
    school.taken["o'smith"] = Occupant("user")
    assert suggestions.suggest(ANN, policy, JOHN, 1).names == ["smith"]
    school.taken.clear()
    assert suggestions.suggest(BOB, policy, JOHN, 1).names == ["o'smith"]
    suggestions.select(BOB, policy, "o'smith")
    assert held() == {"smith", "o'smith"}


def test_defect_error_of_the_directory_is_never_free(suggestions: Suggestions, school: School) -> None:
    school.down_after = 1
    with pytest.raises(Unavailable):
        suggestions.suggest(ANN, DEFAULT, JOHN)
    with pytest.raises(Unavailable):
        suggestions.secure(ANN, DEFAULT, "typed")
    assert held() == set()
    school.down_after = 100
    assert suggestions.suggest(BOB, DEFAULT, JOHN).names[0] == "johnsmith"


@pytest.mark.parametrize("kind", ["user", "alias", "group", "group alias", "other"])
def test_defect_aliases_and_groups_are_seen(suggestions: Suggestions, school: School, kind: str) -> None:
    school.taken["johnsmith"] = Occupant(kind)  # type: ignore[arg-type]
    result = suggestions.suggest(ANN, DEFAULT, JOHN, 1)
    assert (result.names, result.passed_over) == (["john.smith"], (PassedOver("johnsmith", Why(kind)),))


def test_defect_timeout_of_zero_is_refused_and_a_short_one_locks(suggestions: Suggestions, clock: MovableClock) -> None:
    with pytest.raises(BadRequest):
        NamingPolicy(hold_seconds=0)
    brief = NamingPolicy(hold_seconds=0.001)
    assert suggestions.suggest(ANN, brief, JOHN, 1).names != suggestions.suggest(BOB, brief, JOHN, 1).names


def test_defect_nobody_else_can_release_names(suggestions: Suggestions) -> None:
    names = suggestions.suggest(ANN, DEFAULT, JOHN).names
    suggestions.release(BOB)
    suggestions.release(Holder("C1", "example.org", "another key"), names)
    suggestions.select(BOB, DEFAULT, "", names)
    with pytest.raises(HeldByAnother):
        suggestions.select(BOB, DEFAULT, names[0], names)
    assert held() == set(names)


def test_defect_name_just_created_is_not_suggested_again(
    suggestions: Suggestions, holds: Holds, clock: MovableClock
) -> None:
    suggestions.suggest(ANN, DEFAULT, JOHN)
    holds.mark_created(ANN, "johnsmith")
    clock.move(14 * 60)
    for holder in (ANN, BOB):
        assert "johnsmith" not in suggestions.suggest(holder, DEFAULT, JOHN).names


def test_defect_select_after_create_succeeds(suggestions: Suggestions, holds: Holds) -> None:
    names = suggestions.suggest(call(1), DEFAULT, JOHN).names
    suggestions.secure(call(2), DEFAULT, names[1])
    holds.mark_created(call(2), names[1])
    suggestions.select(KEY, DEFAULT, names[1], names)
    assert held() == set()
    assert suggestions.why_not(BOB, DEFAULT, names[1]) == PassedOver(names[1], Why.CREATED)


def test_defect_look_up_ignores_case(suggestions: Suggestions) -> None:
    suggestions.suggest(ANN, DEFAULT, JOHN, 1)
    assert suggestions.why_not(BOB, DEFAULT, "JohnSmith") == PassedOver("johnsmith", Why.HELD)
    with pytest.raises(HeldByAnother):
        suggestions.secure(BOB, DEFAULT, "JOHNSMITH")


def test_defect_two_patterns_with_the_same_name_give_it_once(suggestions: Suggestions) -> None:
    patterns = parse_patterns(
        "[firstname], [C9_firstname], [W1_firstname], [firstname][#], [firstname]2, [firstname][#]"
    )
    assert suggestions.suggest(ANN, NamingPolicy(patterns=patterns), JOHN, 4).names == [
        "john",
        "john1",
        "john2",
        "john3",
    ]


def test_numbers_that_cutting_makes_equal_are_given_once(suggestions: Suggestions) -> None:
    policy = NamingPolicy(patterns=parse_patterns("[firstname]" + "x" * 54 + "[#]"))
    fields = {"firstname": "abcdefgh1", "lastname": "b"}
    names = suggestions.suggest(ANN, policy, fields, 10).names
    assert len(set(names)) == 10


HANDFUL = st.sampled_from(["[firstname]", "[lastname]", "[C1_firstname]", "[C2_lastname]", "[x]", "[#]", ".", "_"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    patterns=st.lists(st.lists(HANDFUL, min_size=1, max_size=4).map("".join), max_size=5),
    fields=st.fixed_dictionaries(
        {"firstname": st.text("ab1é. ", min_size=1, max_size=5), "lastname": st.text("ab王-", min_size=1, max_size=5)},
        optional={"x": st.text("ab2", max_size=3)},
    ),
    salt=st.integers(0, 5),
    count=st.integers(1, 10),
)
def test_names_are_distinct_legal_free_in_order_and_the_same_each_time(
    suggestions: Suggestions, school: School, patterns: list[str], fields: dict[str, str], salt: int, count: int
) -> None:
    school.rule = lambda name: salt > 0 and sum(name.encode()) % (salt + 1) == 0
    try:
        policy = NamingPolicy(patterns=parse_patterns(",".join(patterns)))
        values = Values(fields)
    except BadRequest:
        return
    result = suggestions.suggest(ANN, policy, fields, count)
    suggestions.release(ANN)
    again = suggestions.suggest(BOB, policy, fields, count)
    suggestions.release(BOB)
    assert result.suggestions == again.suggestions
    assert result.passed_over == again.passed_over
    assert len(set(result.names)) == count
    assert not any(broken_rule(name) or school.rule(name) for name in result.names)
    unnumbered = takewhile(lambda draft: not draft.counts, drafts(policy.patterns, values))
    candidates = dict.fromkeys(policy.finish(draft.parts).name for draft in unnumbered)
    free = [name for name in candidates if not school.rule(name)]
    assert result.names[: len(free)] == free[:count]
    reasons = {passed.name: passed.why for passed in result.passed_over}
    before_the_last = list(candidates)[: list(candidates).index(free[count - 1])] if len(free) >= count else candidates
    assert all(reasons[name] is Why.USER for name in before_the_last if school.rule(name))
