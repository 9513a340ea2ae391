"""What counts against work that is tried again and again, until a person has to know: see BulkLane and BulkJob."""

from runtime.datastore import OUTAGES
from runtime.problems import Problem

MISTAKE, DEATH, MOST_STRIKES = 10, 1, 50
"""What counts against a lane, or a plan, until a task of it ends as it should: an exception that nobody foresaw, and a
task that never ended, because its process was killed, perhaps by what it did. Five mistakes or fifty deaths are
enough."""


def is_mistake(error: BaseException | None) -> bool:
    """Whether nobody foresaw it. Who is killed, or cut off from Datastore, made none."""
    return isinstance(error, Exception) and not isinstance(error, (Problem, *OUTAGES))
