"""The rows of a job, a screenful at a time. Called inside an ndb context."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from provisioning.bulk.rows import Row
from provisioning.bulk.slices import AT_ONCE, SLICE, TROUBLED, Slices

Show = Literal["all", "problems", "warnings", "skipped", "renamed", "follow-ups", "kept"]
SHOWS: tuple[Show, ...] = get_args(Show)
LOOKED_THROUGH = 4 * AT_ONCE
"""Slices that are read for one screenful at most: rows that are wanted may be rare, and files long."""


@dataclass(frozen=True)
class RowPage:
    """rows: about SLICE of them, in the order of the file. start: the slice at which this screenful begins.

    before, after: at which slice the screenfuls beside it begin; None where there is none. before is known where all
    rows are shown. seen: how many rows were looked through up to here.
    """

    show: Show
    start: int
    rows: list[Row]
    before: int | None
    after: int | None
    seen: int


class RowPages:
    """Pages of rows, all of them or those of one kind."""

    def __init__(self, slices: Slices) -> None:
        self._slices = slices

    def slices(self, tenant: str, job: str, count: int) -> Iterator[list[Row]]:
        """Every slice of a job, in order."""
        return self._slices.all(tenant, job, count)

    def page(self, tenant: str, job: str, count: int, show: Show, start: int = 0) -> RowPage:
        """count: of the job's slices. start: of them, where to begin. Raises NotFound when the job is gone."""
        start = min(max(start, 0), max(count - 1, 0))
        if show == "problems":
            return self._problems(tenant, job, count, start)
        if show == "all":
            rows = self._read(tenant, job, range(start, min(start + 1, count)))
            before = start - 1 if start else None
            return RowPage(show, start, rows, before, _if_below(start + 1, count), start * SLICE + len(rows))
        return self._filtered(tenant, job, count, show, start)

    def at_line(self, tenant: str, job: str, count: int, line: int) -> Row | None:
        """The row that begins at a line of the file. count: of the job's slices, whose rows are in its order."""
        number = bisect_right(range(count), line, key=lambda at: self._slice(tenant, job, at)[0].line) - 1
        rows = self._slice(tenant, job, number) if number >= 0 else []
        return next((row for row in rows if row.line == line), None)

    def _problems(self, tenant: str, job: str, count: int, start: int) -> RowPage:
        """By the index: a few rows among many are found at once."""
        numbers = self._slices.troubled(tenant, job, AT_ONCE, start)
        found: list[Row] = []
        for at, number in enumerate(numbers):
            found += [row for row in self._slice(tenant, job, number) if _is_troubled(row)]
            if len(found) >= SLICE:
                after = numbers[at + 1] if at + 1 < len(numbers) else None
                return RowPage("problems", start, found, None, after, (number + 1) * SLICE)
        return RowPage("problems", start, found, None, None, count * SLICE)

    def _filtered(self, tenant: str, job: str, count: int, show: Show, start: int) -> RowPage:
        wanted, found, number = _WANTED[show], list[Row](), start
        end = min(count, start + LOOKED_THROUGH)
        while number < end and len(found) < SLICE:
            many = range(number, min(number + AT_ONCE, end))
            for rows in self._slices.read(tenant, job, many):
                number += 1
                found += [row for row in rows if wanted(row)]
                if len(found) >= SLICE:
                    break
        return RowPage(show, start, found, None, _if_below(number, count), number * SLICE)

    def _slice(self, tenant: str, job: str, number: int) -> list[Row]:
        return self._read(tenant, job, range(number, number + 1))

    def _read(self, tenant: str, job: str, numbers: range) -> list[Row]:
        return [row for rows in self._slices.read(tenant, job, numbers) for row in rows] if numbers else []


def _if_below(number: int, count: int) -> int | None:
    return number if number < count else None


def _is_troubled(row: Row) -> bool:
    return row.state in TROUBLED


def _is_warned_of(row: Row) -> bool:
    return row.state in {"ready", "skipped"} and any(finding.severity == "warning" for finding in row.findings)


def _has_follow_ups(row: Row) -> bool:
    return row.exists and any(step.state != "done" for step in row.steps)


_WANTED: Mapping[Show, Callable[[Row], bool]] = {
    "warnings": _is_warned_of,
    "skipped": lambda row: row.state == "skipped",
    "renamed": lambda row: bool(row.username and row.planned) and row.planned != row.username,
    "follow-ups": _has_follow_ups,
    "kept": lambda row: row.state == "kept" or (row.exists and row.undo == "keep"),
}
