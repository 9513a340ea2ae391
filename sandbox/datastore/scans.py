"""Running a plan: its rows, from cursor to cursor, without what the caller wants skipped."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from sandbox.datastore.cursors import Cursor, Position, compare, encode
from sandbox.datastore.filters import KEY
from sandbox.datastore.messages import QueryResultBatch
from sandbox.datastore.plans import Plan

LARGEST_BATCH = 5000


class Row(NamedTuple):
    """One result: its kind's number (0 for what is not stored) and its position."""

    kind: int
    position: Position


@dataclass(slots=True)
class Page:
    """One batch of results. `end` and `skipped_end`: cursors, empty where there is nothing to stand behind."""

    rows: list[Row]
    skipped: int
    skipped_end: bytes
    end: bytes
    more: int


class Scan:
    """The rows of a plan, once."""

    def __init__(self, plan: Plan, rows: Iterable[tuple[object, ...]]) -> None:
        """rows: as the plan's statement gives them, in the plan's order."""
        self._plan = plan
        self._rows = rows
        names = [name for name, _ in plan.sorts]
        self._key_at = names.index(KEY)
        self._distinct_at = [names.index(name) for name in plan.distinct]
        self._descending = plan.descending

    def __iter__(self) -> Iterator[Row]:
        """Each result, in order."""
        seen: set[object] = set()
        for kind, *parts in self._rows:
            position: Position = tuple(parts)  # type: ignore[arg-type]  # SQLite's blobs
            if not self._is_started(position):
                continue
            if self._is_ended(position):
                return
            if self._is_repeated(position, seen):
                continue
            yield Row(kind, position)  # type: ignore[arg-type]  # SQLite's integer

    def _is_started(self, position: Position) -> bool:
        start = self._plan.start
        return start is None or compare(position, start.position, self._descending) > (
            -1 if self._is_reversed(start) else 0
        )

    def _is_ended(self, position: Position) -> bool:
        end = self._plan.end
        return end is not None and compare(position, end.position, self._descending) > (
            -1 if self._is_reversed(end) else 0
        )

    def _is_reversed(self, cursor: Cursor) -> bool:
        # Behind a row in one direction is in front of it in the other.
        return cursor.descending[0] != self._descending[0]

    def _is_repeated(self, position: Position, seen: set[object]) -> bool:
        if self._distinct_at:
            group: object = tuple(position[at] for at in self._distinct_at)
            start = self._plan.start
            if start and all(position[at] == start.position[at] for at in self._distinct_at):
                return True
        elif len(self._plan.disjuncts) > 1 and not self._plan.every_value:
            group = position[self._key_at]
        else:
            return False
        if group in seen:
            return True
        seen.add(group)
        return False

    def page(self) -> Page:
        """The next batch, at most `LARGEST_BATCH` rows."""
        rows = iter(self)
        skipped = 0
        skipped_end = b""
        for row in islice(rows, self._plan.offset):
            skipped += 1
            last = row
        if skipped:
            skipped_end = encode(last.position, self._descending)
        wanted = self._plan.limit if self._plan.limit is not None else LARGEST_BATCH + 1
        found = list(islice(rows, min(wanted, LARGEST_BATCH)))
        more = self._more(next(rows, None), is_full=len(found) == wanted)
        end = encode(found[-1].position, self._descending) if found else skipped_end
        return Page(found, skipped, skipped_end, end, more)

    def _more(self, following: Row | None, *, is_full: bool) -> int:
        if following:
            return int(QueryResultBatch.MORE_RESULTS_AFTER_LIMIT if is_full else QueryResultBatch.NOT_FINISHED)
        # What lies behind an end cursor is not looked at; the protocol says "may be more".
        return int(QueryResultBatch.MORE_RESULTS_AFTER_CURSOR if self._plan.end else QueryResultBatch.NO_MORE_RESULTS)
