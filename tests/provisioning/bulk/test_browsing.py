"""Rows of a job by the screenful: all, and the few that are wanted among many."""

from collections.abc import Sequence

import pytest

from provisioning.bulk.pages.browsing import LOOKED_THROUGH, RowPage, RowPages, Show
from provisioning.bulk.rows import Finding, Row
from provisioning.bulk.slices import SLICE
from runtime.problems import NotFound
from tests.provisioning.bulk.place import BulkPlace, row
from tests.provisioning.conftest import TENANT

WARNING = Finding("may_have_account", "Somebody has the same name.", severity="warning")


def page(place: BulkPlace, rows: Sequence[Row], show: Show, start: int = 0) -> RowPage:
    job = place.plan(rows, job_id=f"job-{show}-{len(rows)}")
    return RowPages(place.slices).page(TENANT, job, -(-len(rows) // SLICE), show, start)


def lines(shown: RowPage) -> list[int]:
    return [one.line for one in shown.rows]


def test_all_rows_come_slice_by_slice(place: BulkPlace) -> None:
    rows = [row(number) for number in range(60)]
    first, last = page(place, rows, "all"), page(place, rows, "all", 2)
    assert (lines(first), first.before, first.after, first.seen) == ([*range(2, 27)], None, 1, 25)
    assert (lines(last), last.before, last.after, last.seen) == ([*range(52, 62)], 1, None, 60)
    assert lines(page(place, rows, "all", 99)) == lines(last), "an address typed by hand"


def test_problems_among_many_rows_are_on_one_page(place: BulkPlace) -> None:
    rows = [row(number, state="problem" if number % 100 == 7 else "ready") for number in range(400)]
    assert lines(page(place, rows, "problems")) == [9, 109, 209, 309]


def test_many_problems_go_on_where_the_page_before_ended(place: BulkPlace) -> None:
    rows = [row(number, state="problem" if number % 2 else "failed") for number in range(60)]
    first = page(place, rows, "problems")
    assert (len(first.rows), first.after) == (25, 1)
    assert [number for start in (0, 1, 2) for number in lines(page(place, rows, "problems", start))] == [*range(2, 62)]


def test_rare_warnings_are_looked_for_in_bounds(place: BulkPlace) -> None:
    count = (LOOKED_THROUGH + 2) * SLICE
    rows = [row(number, findings=[WARNING] if number == count - 1 else []) for number in range(count)]
    first = page(place, rows, "warnings")
    assert (first.rows, first.after, first.seen) == ([], LOOKED_THROUGH, LOOKED_THROUGH * SLICE)
    assert lines(page(place, rows, "warnings", LOOKED_THROUGH)) == [count + 1]


def test_rows_of_each_kind_are_found(place: BulkPlace) -> None:
    rows = [
        row(0, state="skipped"),
        row(1, state="finished", planned="pupil1.example2"),
        row(2, state="kept"),
        row(3, state="finished", undo="keep"),
        row(4, state="finished"),
        row(5, state="skipped", planned="pupil5", username="", findings=[Finding("id_of_another", "", "", "warning")]),
    ]
    kinds: tuple[Show, ...] = ("skipped", "renamed", "kept", "follow-ups", "warnings")
    assert [lines(page(place, rows, kind)) for kind in kinds] == [[2, 7], [3], [4, 5], [], [7]]


def test_job_that_is_gone_has_no_rows(place: BulkPlace) -> None:
    with pytest.raises(NotFound):
        RowPages(place.slices).page(TENANT, "never-seen", 3, "all")


@pytest.mark.parametrize("count", [0, 1, 25, 60])
def test_the_row_at_a_line_is_found_in_whatever_slice_it_is(place: BulkPlace, count: int) -> None:
    job = place.plan([row(number) for number in range(count)], job_id=f"job-{count}")
    pages, wanted = RowPages(place.slices), [0, 1, 2, 26, 27, 52, 61, 99]
    found = [pages.at_line(TENANT, job, -(-count // SLICE), line) for line in wanted]
    assert [one.line if one else 0 for one in found] == [line if 2 <= line < count + 2 else 0 for line in wanted]
