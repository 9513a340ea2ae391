"""Versions of the patterns: each list kept with its number, brought back, and not overwritten by who did not see it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.pattern_versions import (
    MOST_SHOWN,
    Difference,
    PatternsChanged,
    PatternVersion,
    difference,
)
from provisioning.accounts.records import POLICY_ID, DomainPolicyRecord, PatternVersionRecord
from provisioning.naming.patterns import PatternError
from runtime.datastore import tenant_namespace
from runtime.problems import NotFound
from sandbox.google.seed import HARBOUR
from tests.provisioning.conftest import PERSON, TENANT, Desk

STANDARD = DomainPolicy().patterns


def save(desk: Desk, patterns: str, seen: int | None = None) -> DomainPolicy:
    return desk.policies.change(TENANT, PERSON, lambda before: replace(before, patterns=patterns), seen=seen)


def shown(desk: Desk) -> list[tuple[int, str]]:
    return [(one.number, one.patterns) for one in desk.policies.versions(TENANT, desk.policies.of(TENANT))]


def test_before_anybody_saved_there_is_one_version(desk: Desk) -> None:
    [version] = desk.policies.versions(TENANT, desk.policies.of(TENANT))
    assert version == PatternVersion(1, STANDARD)


def test_every_other_list_is_a_version_with_who_and_when(desk: Desk) -> None:
    assert save(desk, "[lastname]").patterns_version == 2
    desk.clock.advance(hours=1)
    assert save(desk, "[firstname]").patterns_version == 3
    assert shown(desk) == [(3, "[firstname]"), (2, "[lastname]"), (1, STANDARD)]
    newest, _, first = desk.policies.versions(TENANT, desk.policies.of(TENANT))
    assert newest.saved
    assert timedelta() <= desk.clock() - newest.saved < timedelta(minutes=1)
    assert newest.saved_by == PERSON.label
    assert (first.saved, first.saved_by) == (None, "")


def test_a_change_of_something_else_is_no_version(desk: Desk) -> None:
    save(desk, "[lastname]")
    after = desk.policies.change(TENANT, PERSON, lambda before: replace(before, hold_seconds=60))
    assert after.patterns_version == 2
    assert [number for number, _ in shown(desk)] == [2, 1]


def test_an_edit_cannot_choose_the_number(desk: Desk) -> None:
    after = desk.policies.change(TENANT, PERSON, lambda _: DomainPolicy(patterns="[lastname]", patterns_version=77))
    assert after.patterns_version == 2


def test_the_audit_entry_has_the_number(desk: Desk) -> None:
    save(desk, "[lastname]")
    [entry] = desk.audit()
    assert entry.detail["after"] == {"patterns": "[lastname]", "patterns_version": 2}


def test_of_lists_saved_at_the_same_moment_each_is_kept(desk: Desk) -> None:
    lists = [f"[field{number}]" for number in range(6)]

    def save_there(patterns: str) -> None:
        with desk.datastore.context():
            save(desk, patterns)

    with ThreadPoolExecutor(len(lists)) as threads:
        list(threads.map(save_there, lists))
    kept = shown(desk)
    assert [number for number, _ in kept] == [7, 6, 5, 4, 3, 2, 1]
    assert sorted(patterns for _, patterns in kept) == sorted([*lists, STANDARD])
    assert len(desk.audit()) == len(lists)
    assert desk.policies.of(TENANT).patterns == kept[0][1]


def test_of_two_who_saw_the_same_one_saves(desk: Desk) -> None:
    def save_there(patterns: str) -> bool:
        with desk.datastore.context():
            try:
                save(desk, patterns, seen=1)
            except PatternsChanged:
                return False
            return True

    with ThreadPoolExecutor(4) as threads:
        saved = list(threads.map(save_there, ["[a]", "[b]", "[c]", "[d]"]))
    assert sum(saved) == 1
    assert shown(desk) == [(2, ["[a]", "[b]", "[c]", "[d]"][saved.index(True)]), (1, STANDARD)]


def test_versions_are_the_tenants_own(desk: Desk) -> None:
    save(desk, "[lastname]")
    assert [one.number for one in desk.policies.versions(HARBOUR, desk.policies.of(HARBOUR))] == [1]
    with pytest.raises(NotFound):
        desk.policies.bring_back(HARBOUR, PERSON, 2, seen=1)


def test_the_second_to_save_is_told_and_changes_nothing(desk: Desk) -> None:
    save(desk, "[lastname]", seen=1)
    with pytest.raises(PatternsChanged) as told:
        save(desk, "[firstname]", seen=1)
    assert told.value.version == 2
    assert shown(desk)[0] == (2, "[lastname]")
    assert len(desk.audit()) == 1
    assert save(desk, "[firstname]", seen=2).patterns_version == 3


def test_the_second_to_save_the_same_list_is_not_bothered(desk: Desk) -> None:
    save(desk, "[lastname]", seen=1)
    assert save(desk, "[lastname]", seen=1).patterns_version == 2


def test_an_earlier_version_is_brought_back_as_a_new_one(desk: Desk) -> None:
    save(desk, "[lastname]")
    save(desk, "[firstname]")
    after = desk.policies.bring_back(TENANT, PERSON, 2, seen=3)
    assert (after.patterns, after.patterns_version) == ("[lastname]", 4)
    newest = desk.policies.versions(TENANT, after)[0]
    assert (newest.number, newest.patterns, newest.brought_back) == (4, "[lastname]", 2)
    assert len(shown(desk)) == 4


def test_what_stood_there_at_first_can_be_brought_back(desk: Desk) -> None:
    save(desk, "[lastname]")
    assert desk.policies.bring_back(TENANT, PERSON, 1, seen=2).patterns == STANDARD


def test_bringing_back_without_having_seen_what_is_in_force_is_told(desk: Desk) -> None:
    save(desk, "[lastname]")
    save(desk, "[firstname]")
    with pytest.raises(PatternsChanged):
        desk.policies.bring_back(TENANT, PERSON, 1, seen=2)
    assert shown(desk)[0] == (3, "[firstname]")


@pytest.mark.parametrize("number", [0, -1, 3, 10**9])
def test_a_version_that_never_was_cannot_be_brought_back(desk: Desk, number: int) -> None:
    save(desk, "[lastname]")
    with pytest.raises(NotFound):
        desk.policies.bring_back(TENANT, PERSON, number, seen=2)


def test_a_version_that_today_cannot_be_used_is_not_brought_back(desk: Desk) -> None:
    with tenant_namespace(TENANT):
        PatternVersionRecord(id=1, patterns="[first-name]").put()
    with pytest.raises(PatternError):
        desk.policies.bring_back(TENANT, PERSON, 1, seen=1)


def test_a_list_saved_before_there_were_versions_becomes_the_first(desk: Desk) -> None:
    with tenant_namespace(TENANT):
        DomainPolicyRecord(id=POLICY_ID, patterns="[nickname]").put()
    save(desk, "[lastname]", seen=1)
    assert shown(desk) == [(2, "[lastname]"), (1, "[nickname]")]


def test_old_versions_are_kept_and_the_newest_shown(desk: Desk) -> None:
    for number in range(MOST_SHOWN + 2):
        save(desk, f"[field{number}]")
    assert [number for number, _ in shown(desk)] == list(range(MOST_SHOWN + 3, 3, -1))
    assert desk.policies.bring_back(TENANT, PERSON, 2, seen=MOST_SHOWN + 3).patterns == "[field0]"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("[a], [b]", "[a],[b]", Difference((), (), reordered=False)),
        ("[a], [b]", "[a], [c]", Difference(("[c]",), ("[b]",), reordered=False)),
        ("[a], [b], [c]", "[c], [a], [d]", Difference(("[d]",), ("[b]",), reordered=True)),
        ("", "[a]", Difference(("[a]",), (), reordered=False)),
        ("[a], [a]", "[a]", Difference((), (), reordered=False)),
    ],
)
def test_difference(before: str, after: str, expected: Difference) -> None:
    assert difference(PatternVersion(1, before), PatternVersion(2, after)) == expected


ENTRIES = st.lists(st.sampled_from(["[a]", "[b]", "[c]", "[d]", "[e][#]"]), unique=True).map(", ".join)


@given(ENTRIES, ENTRIES)
def test_difference_tells_every_change_of_lists_without_repetitions(before: str, after: str) -> None:
    found = difference(PatternVersion(1, before), PatternVersion(2, after))
    assert (found == Difference((), (), reordered=False)) == (before == after)
    old, new = PatternVersion(1, before).entries, PatternVersion(2, after).entries
    assert sorted([*(entry for entry in old if entry not in found.dropped), *found.added]) == sorted(new)
