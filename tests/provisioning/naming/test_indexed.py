"""Suggest in a domain that has an index: what it finds, what it costs at the wire, and what it says about the rest."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.naming.candidates import drafts
from provisioning.naming.explanation import Explanation
from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.lineup import PassedOver
from provisioning.naming.occupancy import Occupant
from provisioning.naming.patterns import parse_patterns
from provisioning.naming.policy import NamingPolicy, Why, broken_rule
from provisioning.naming.search import NamesUsedUp
from provisioning.naming.suggestions import NameTaken, Suggestions
from provisioning.naming.taken import TakenNames
from provisioning.naming.values import Values
from runtime.limits import Limits
from runtime.problems import BadRequest, Unavailable
from sandbox.datastore.server import DatastoreServer
from tests.provisioning.naming.claiming import claim
from tests.provisioning.naming.conftest import MovableClock, School
from tests.provisioning.naming.listings import build, listing

JOHN = {"firstname": "John", "lastname": "Smith"}
JANE = {"firstname": "Jane", "lastname": "Doe"}
POLICY = NamingPolicy()
COUNTER = NamingPolicy(patterns=parse_patterns("[firstname][lastname][#]"))


def holder(number: int = 0) -> Holder:
    return Holder("C1", "example.org", f"page {number}")


@dataclass
class Desk:
    """A process of its own, with its memory, at the school's index."""

    server: DatastoreServer
    clock: MovableClock
    school: School

    def __post_init__(self) -> None:
        self.holds = Holds(self.clock)
        self.taken = TakenNames(self.clock)
        self.suggestions = Suggestions(self.holds, self.taken, self.school, Limits(self.clock))

    def names(self, number: int = 0, policy: NamingPolicy = POLICY, count: int = 3) -> list[str]:
        return self.suggestions.suggest(holder(number), policy, JOHN, count).names

    def cost(self, work: Callable[[], object]) -> tuple[dict[str, int], int]:
        """Calls by name, and entities read."""
        calls, reads = self.server.usage.calls.copy(), self.server.usage.entities["read"]
        work()
        spent = self.server.usage.calls - calls
        return dict(spent), self.server.usage.entities["read"] - reads


@pytest.fixture
def desk(datastore_server: DatastoreServer, in_datastore: None, clock: MovableClock, school: School) -> Desk:
    return Desk(datastore_server, clock, school)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """The school has had its index read: 10,000 John Smiths with a number, and one alias."""
    numbered = [f"johnsmith{number}" for number in range(1, 10_001) if number != 17]
    build(desk.clock, [b"".join(listing(*numbered)), *listing("john.smith a")])
    return desk


ONE_READ_ONE_COMMIT = {"Lookup": 1, "Commit": 1}


def test_nothing_collides_and_all_is_remembered(desk: Desk) -> None:
    build(desk.clock, listing("somebody.else"))
    desk.suggestions.suggest(holder(1), POLICY, JANE)
    calls, reads = desk.cost(desk.names)
    assert calls == ONE_READ_ONE_COMMIT
    assert reads <= 16
    assert desk.school.asked == []


def test_nothing_collides_and_nothing_is_remembered(desk: Desk) -> None:
    build(desk.clock, listing(*(f"person{number:05}{number}x" for number in range(8000)), "somebody.else"))
    calls, reads = desk.cost(desk.names)
    assert calls == {"Lookup": 2, "Commit": 1}
    assert reads <= 16


def test_number_that_is_held_costs_nothing_where_other_names_are_free(desk: Desk) -> None:
    build(desk.clock, listing("somebody.else"))
    claim(desk.holds, holder(1), ["johnsmith1"], 1, 120)
    desk.suggestions.suggest(holder(2), POLICY, JANE)
    assert desk.cost(desk.names)[0] == ONE_READ_ONE_COMMIT


def test_repeated_call_replaces_the_earlier_names_in_one_transaction(desk: Desk) -> None:
    build(desk.clock, listing("somebody.else"))
    desk.names()
    desk.clock.move(60)
    calls, _ = desk.cost(desk.names)
    assert calls["Lookup"] == 2
    assert calls["Commit"] == 1


def test_names_in_use_are_passed_over_with_their_kinds(desk: Desk) -> None:
    build(
        desk.clock, listing("johnsmith", "john.smith a", "john_smith g", "jsmith h", "johns d2026-12-01", "johnsmith1")
    )
    result = desk.suggestions.suggest(holder(), POLICY, JOHN, 2)
    assert result.names == ["johnsmith2", "johnsmith3"]
    assert result.passed_over == (
        PassedOver("johnsmith", Why.USER),
        PassedOver("john.smith", Why.ALIAS),
        PassedOver("john_smith", Why.GROUP),
        PassedOver("jsmith", Why.GROUP_ALIAS),
        PassedOver("johns", Why.DELETED, "2026-12-01"),
        PassedOver("johnsmith1", Why.USER),
    )
    assert desk.school.asked == []


def test_counter_finds_the_gap_and_then_the_end_in_few_reads(filled: Desk) -> None:
    found: list[str] = []
    calls, reads = filled.cost(lambda: found.extend(filled.names(policy=COUNTER)))
    assert found == ["johnsmith17", "johnsmith10001", "johnsmith10002"]
    looked_at = 6 + 6 + 2
    assert reads <= 12 + looked_at
    assert calls["Lookup"] <= 6


def test_first_numbers_are_explained_and_the_others_together(filled: Desk) -> None:
    passed = filled.suggestions.suggest(holder(), COUNTER, JOHN, 3).passed_over
    assert passed[:16] == tuple(PassedOver(f"johnsmith{number}", Why.USER) for number in range(1, 17))
    assert [one.name for one in passed[16:36]] == [f"johnsmith{number}" for number in range(18, 38)]
    assert passed[36:] == (PassedOver("johnsmith38", Why.NUMBERS, "9,963 numbers up to johnsmith10000 are in use"),)


def test_numbers_that_others_hold_are_passed_over_in_few_calls(filled: Desk) -> None:
    for first in range(10_001, 10_201, 10):
        names = [f"johnsmith{number}" for number in range(first, first + 10)]
        claim(filled.holds, Holder("C1", "example.org", f"other {first}"), names, 10, 120)
    claim(filled.holds, holder(9), ["johnsmith17"], 1, 120)
    found: list[str] = []
    calls, _ = filled.cost(lambda: found.extend(filled.names(policy=COUNTER)))
    assert found == ["johnsmith10201", "johnsmith10202", "johnsmith10203"]
    assert calls["Lookup"] <= 10
    again, _ = filled.cost(lambda: found.extend(filled.names(1, COUNTER)))
    assert found[3:] == ["johnsmith10204", "johnsmith10205", "johnsmith10206"]
    assert again["Lookup"] <= 2, "others of this process have just searched for the end"


def test_made_name_is_not_offered_whatever_the_index_says(desk: Desk) -> None:
    build(desk.clock, listing("somebody.else"))
    desk.holds.mark_created(holder(1), "johnsmith")
    result = desk.suggestions.suggest(holder(), POLICY, JOHN, 1)
    assert (result.names, result.passed_over) == (["john.smith"], (PassedOver("johnsmith", Why.CREATED),))


def test_name_that_was_added_is_not_offered_by_this_process_nor_a_minute_later_by_another(desk: Desk) -> None:
    build(desk.clock, listing("somebody.else"))
    other = Desk(desk.server, desk.clock, desk.school)
    other.suggestions.suggest(holder(1), POLICY, JANE)
    desk.taken.add("C1", "example.org", "johnsmith", "user")
    assert desk.names(2, count=1) == ["john.smith"]
    desk.suggestions.release(holder(2))
    desk.clock.move(61)
    assert other.names(3, count=1) == ["john.smith"]


def test_domain_that_wants_no_index_asks_google(desk: Desk) -> None:
    build(desk.clock, listing("johnsmith"))
    desk.school.taken["john.smith"] = Occupant("alias")
    result = desk.suggestions.suggest(holder(), NamingPolicy(cached=False), JOHN, 2)
    assert result.names == ["johnsmith", "john_smith"]
    assert desk.school.steps == 2, "all at once, and then about the one that replaces the other"


def test_what_google_holds_back_and_shows_to_nobody_is_offered_in_no_domain(desk: Desk) -> None:
    """Google says "nobody" of a person who was deleted lately, and refuses the name all the same."""
    build(desk.clock, listing("johnsmith d2026-12-01"))
    desk.taken.add("C1", "example.org", "john.smith", "other")
    result = desk.suggestions.suggest(holder(), NamingPolicy(cached=False), JOHN, 1)
    assert result.names == ["john_smith"]
    assert [(one.name, one.why, one.detail) for one in result.passed_over] == [
        ("johnsmith", Why.DELETED, "2026-12-01"),
        ("john.smith", Why.OTHER, ""),
    ]


def test_error_of_google_does_not_matter_where_there_is_an_index(desk: Desk) -> None:
    build(desk.clock, listing("johnsmith"))
    desk.school.down_after = 0
    assert desk.names(count=1) == ["john.smith"]
    with pytest.raises(Unavailable):
        desk.suggestions.select(holder(), POLICY, "john.smith")
    assert desk.suggestions.suggest(holder(1), POLICY, JOHN, 1).names == ["john_smith"], "and nothing was released"


# Select


def test_name_taken_behind_our_back_is_found_when_it_is_selected_and_not_offered_again(desk: Desk) -> None:
    build(desk.clock, listing("somebody.else"))
    assert desk.names()[0] == "johnsmith"
    desk.school.taken["johnsmith"] = Occupant("group")
    with pytest.raises(NameTaken, match="group"):
        desk.suggestions.select(holder(), POLICY, "johnsmith")
    assert desk.names() == ["john.smith", "john_smith", "jsmith"]
    assert desk.suggestions.why_not(holder(), POLICY, "johnsmith") == PassedOver("johnsmith", Why.GROUP)


def test_call_of_a_key_costs_what_its_holds_do(desk: Desk) -> None:
    build(desk.clock, listing("somebody.else"))
    key = Holder("C1", "example.org", "key")
    desk.suggestions.why_not(key, POLICY, "other")
    call = replace(key, call="call")
    names: list[str] = []
    calls, reads = desk.cost(lambda: names.extend(desk.suggestions.suggest(call, POLICY, JOHN).names))
    assert (calls, reads) == ({"Lookup": 1, "Commit": 1}, 6)
    calls, reads = desk.cost(lambda: desk.suggestions.select(key, POLICY, names[1], names))
    assert (calls, reads) == ({"Lookup": 1, "Commit": 1}, 3)
    assert desk.school.asked == ["other", names[1]]


def test_spent_budget_of_verifications_leaves_it_to_the_index(desk: Desk) -> None:
    build(desk.clock, listing("somebody.else", "taken"))
    for number in range(300):
        desk.suggestions.why_not(holder(), POLICY, f"n{number}")
    asked = len(desk.school.asked)
    assert asked >= 285
    desk.school.taken["johnsmith"] = Occupant("group")
    desk.names()
    for _ in range(20):
        desk.suggestions.why_not(holder(), POLICY, "more")
    before = len(desk.school.asked)
    desk.suggestions.select(holder(), POLICY, "johnsmith")
    with pytest.raises(NameTaken):
        desk.suggestions.select(holder(), POLICY, "taken")
    assert len(desk.school.asked) == before
    desk.clock.move(60)
    desk.suggestions.why_not(holder(), POLICY, "later")
    assert desk.school.asked[-1] == "later"


# Explain


def test_explanation_is_what_suggest_would_do_and_holds_nothing(desk: Desk) -> None:
    build(desk.clock, listing("johnsmith", "johns d2026-12-01", "johnsmith1"))
    claim(desk.holds, holder(1), ["john_smith"], 1, 120)
    policy = NamingPolicy(reserved_words=frozenset({"jsmith"}))
    calls, _ = desk.cost(lambda: desk.suggestions.explain(policy, "C1", "example.org", JOHN, 3))
    assert set(calls) == {"Lookup"}
    explanation = desk.suggestions.explain(policy, "C1", "EXAMPLE.org", JOHN, 3)
    assert [(one.name, one.pattern, one.why, one.detail) for one in explanation.candidates] == [
        ("johnsmith", "[firstname][lastname]", Why.USER, ""),
        ("john.smith", "[firstname].[lastname]", None, ""),
        ("john_smith", "[firstname]_[lastname]", Why.HELD, ""),
        ("jsmith", "[C1_firstname][lastname]", Why.RESERVED, ""),
        ("johns", "[firstname][C1_lastname]", Why.DELETED, "2026-12-01"),
        ("johnsmith1", "[C9_firstname][C9_lastname][#]", Why.USER, ""),
        ("johnsmith2", "[C9_firstname][C9_lastname][#]", None, ""),
        ("johnsmith3", "[C9_firstname][C9_lastname][#]", None, ""),
    ]
    warm, _ = desk.cost(lambda: desk.suggestions.explain(policy, "C1", "example.org", JOHN, 3))
    assert warm == {"Lookup": 1}
    assert desk.suggestions.suggest(holder(), policy, JOHN, 3).names == offered(explanation)


def test_explanation_without_an_index_asks_google_nothing(desk: Desk) -> None:
    explanation = desk.suggestions.explain(POLICY, "C1", "example.org", JOHN, 3)
    assert offered(explanation) == ["johnsmith", "john.smith", "john_smith"]
    assert desk.school.asked == []


def test_explanation_of_a_name_that_is_always_forbidden_ends(desk: Desk) -> None:
    policy = NamingPolicy(patterns=parse_patterns("[firstname][lastname][#]"), forbidden_words=frozenset({"nsm"}))
    explanation = desk.suggestions.explain(policy, "C1", "example.org", JOHN, 3)
    assert offered(explanation) == []
    assert len(explanation.candidates) <= 50
    assert explanation.candidates[-1].why is Why.NUMBERS
    with pytest.raises(NamesUsedUp):
        desk.names(policy=policy)


def offered(explanation: Explanation) -> list[str]:
    return [one.name for one in explanation.candidates if one.why is None]


# Any patterns, fields and names in use

HANDFUL = st.sampled_from(["[firstname]", "[lastname]", "[C1_firstname]", "[C2_lastname]", "[x]", "[#]", ".", "_"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    patterns=st.lists(st.lists(HANDFUL, min_size=1, max_size=4).map("".join), max_size=5),
    fields=st.fixed_dictionaries(
        {"firstname": st.text("ab1é. ", min_size=1, max_size=5), "lastname": st.text("ab王-", min_size=1, max_size=5)},
        optional={"x": st.text("ab2", max_size=3)},
    ),
    used=st.integers(0, 60),
    skipped=st.integers(2, 9),
    count=st.integers(1, 10),
)
def test_names_are_distinct_legal_free_in_order_and_all_others_explained(
    desk: Desk, patterns: list[str], fields: dict[str, str], used: int, skipped: int, count: int
) -> None:
    try:
        policy = NamingPolicy(patterns=parse_patterns(",".join(patterns)))
        listed = list(drafts(policy.patterns, Values(fields)))
    except BadRequest:
        return
    order: dict[str, Why | None] = {}
    for draft in listed:
        for number in range(1, 200 if draft.counts else 2):
            verdict = policy.finish(draft.numbered(number) if draft.counts else draft.parts)
            order.setdefault(verdict.name, verdict.why)
        if draft.counts:
            break
    taken = {name for place, (name, why) in enumerate(order.items()) if not why and place < used and place % skipped}
    clock = MovableClock()
    tenant = f"C{used}-{skipped}-{count}-{abs(hash((tuple(patterns), tuple(fields.items()))))}"
    suggestions = Suggestions(Holds(clock), desk_index(clock, tenant, taken), desk.school, Limits(clock))
    who = Holder(tenant, "example.org", "page")
    result = suggestions.suggest(who, policy, fields, count)
    free = [name for name, why in order.items() if not why and name not in taken]
    assert result.names == free[:count]
    assert not any(broken_rule(name) for name in result.names)
    before = list(order)[: list(order).index(result.names[-1])]
    reasons = {passed.name: passed.why for passed in result.passed_over}
    run = [passed for passed in result.passed_over if passed.why is Why.NUMBERS]
    explained = {name: order[name] or Why.USER for name in before if name not in result.names}
    if not run:
        assert reasons == explained
    else:
        assert {name: why for name, why in reasons.items() if why is not Why.NUMBERS}.items() <= explained.items()
    again = suggestions.suggest(who, policy, fields, count)
    assert (again.names, again.passed_over) == (result.names, result.passed_over)
    suggestions.release(who)


def desk_index(clock: MovableClock, tenant: str, names: set[str]) -> TakenNames:
    """An index of these names for a tenant of its own."""
    taken = TakenNames(clock)
    build(clock, listing(*names, "somebody.else"), tenant=tenant)
    return taken


def test_deleted_name_is_free_on_the_day_after_its_last(desk: Desk) -> None:
    build(desk.clock, listing(f"johnsmith d{date(2026, 11, 21).isoformat()}"))
    assert desk.names(count=1) == ["john.smith"]
    desk.suggestions.release(holder())
    desk.clock.move(12 * 3600)
    assert desk.names(count=1) == ["johnsmith"]
