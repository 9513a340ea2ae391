"""The rules that judge a reading."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.directory.crawl import SHRINK_FREE, Obstacle, ends_early, goes_backwards, missing_domains, shrunk
from provisioning.directory.port import LastEntry, WorkspaceDomain

BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "now", "percent", "held"),
    [
        (300, 120, 10, True),
        (300, 270, 10, False),
        (300, 269, 10, True),
        (1000, 901, 10, False),
        (1000, 899, 10, True),
        (100, 80, 10, False),  # SHRINK_FREE
        (100, 79, 10, True),
        (15, 1, 10, False),
        (15, 0, 10, True),
        (1, 0, 100, True),
        (0, 0, 10, False),
        (300, 400, 10, False),
        (1_000_000, 900_001, 10, False),
    ],
)
def test_what_has_shrunk_too_much(before: int, now: int, percent: int, held: bool) -> None:
    found = shrunk({"users": before, "groups": 7}, {"users": now, "groups": 7}, percent)
    assert found == ([Obstacle("users", before, now)] if held else [])


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 100))
def test_a_list_that_did_not_shrink_is_never_held_back(before: int, more: int, percent: int) -> None:
    assert shrunk({"users": before}, {"users": before + more}, percent) == []
    if before > SHRINK_FREE:
        assert shrunk({"groups": before}, {"groups": before - SHRINK_FREE}, percent) == []


def test_a_reading_without_a_forerunner_has_nothing_to_shrink_from() -> None:
    assert shrunk({}, {"users": 3, "groups": 0}, 10) == []


@pytest.mark.parametrize(("before", "now", "held"), [(300, 0, True), (300, 269, True), (20, 0, False), (0, 0, False)])
def test_aliases_that_are_left_out_of_a_list_are_missed(before: int, now: int, held: bool) -> None:
    assert shrunk({"aliases": before}, {"aliases": now}, 10) == ([Obstacle("aliases", before, now)] if held else [])


def test_domains_that_are_not_listed_any_more_are_missed() -> None:
    school = WorkspaceDomain("a.example", True, True, ("b.example",))
    branch, other = WorkspaceDomain("c.example", False, True), WorkspaceDomain("d.example", False, False)
    assert missing_domains([school, other], [school, branch]) == []
    assert missing_domains([school, branch], [WorkspaceDomain("a.example", True, True), other]) == [
        Obstacle("domains", 3, 1, missing=("b.example", "c.example"))
    ]


def last(email: str = "zoe@x.example", user_id: str = "9", created: datetime | None = None) -> LastEntry:
    return LastEntry(user_id, email, created or BEGAN - timedelta(days=1))


@pytest.mark.parametrize(
    ("addresses", "ids", "end", "early"),
    [
        (["amy@x.example", "zoe@x.example"], {"1", "9"}, last(), False),
        (["amy@x.example"], {"1"}, last(), True),
        ([], set(), last(), True),
        ([], set(), None, False),
        (["amy@x.example"], {"1"}, None, False),
        (["amy@x.example"], {"1"}, last(created=BEGAN), False),  # made while the list was read
        (["zz@x.example"], {"1"}, last(), False),  # the last one is behind us: the other was removed or renamed
        (["Zoe@x.example"], {"1"}, last("ZOE@x.example"), False),
        (["amy@x.example"], {"1"}, LastEntry("9", "zoe@x.example", None), True),
    ],
)
def test_whether_a_list_ends_before_its_end(
    addresses: list[str], ids: set[str], end: LastEntry | None, early: bool
) -> None:
    assert ends_early(addresses, ids, end, BEGAN) is early


@pytest.mark.parametrize(
    ("before", "first", "backwards"),
    [
        ("zoe@x.example", "amy@x.example", True),
        ("amy@x.example", "zoe@x.example", False),
        ("a.b@x.example", "a-b@x.example", False),  # nobody says how punctuation is sorted
        ("Bob@x.example", "bea@x.example", False),
        ("zoe@x.example", "amy@y.example", False),  # nor how several domains are
        ("z@x.example", "1@x.example", False),
        ("ö@x.example", "a@x.example", False),
        ("", "a@x.example", False),
    ],
)
def test_whether_a_page_begins_before_the_last_one_ended(before: str, first: str, backwards: bool) -> None:
    assert goes_backwards(before, first) is backwards
