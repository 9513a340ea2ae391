"""When a slice is to be looked at again, by what its rows wait for and what is being done to them. Pure.

Whoever saves a slice says so for everything that is open in it, not only for what they did themselves: a process that
is killed right after that, or a job that is paused, leaves nothing that nobody comes back to.
"""

from collections.abc import Iterable, Iterator

from provisioning.accounts.steps import next_time
from provisioning.bulk.rows import Row


def again_at(phase: str, rows: Iterable[Row]) -> float | None:
    """In seconds since 1970; None: not at all. phase: see lanes.Phase.

    After the phase "create", in which every slice is visited, rows that are ready again, by another name, are due.
    """
    return min((at for row in rows for at in _moments(phase, row)), default=None)


def _moments(phase: str, row: Row) -> Iterator[float]:
    if row.state == "intent" or (row.state == "ready" and phase == "steps"):
        yield row.next_at
    if phase in {"steps", "follow"} and row.state == "created":
        open_at = next_time(row.steps)
        yield row.next_at if open_at is None else open_at
    if row.exists and ((phase == "look" and not row.undo) or (phase == "undo" and row.undo in {"delete", "asked"})):
        yield row.next_at
