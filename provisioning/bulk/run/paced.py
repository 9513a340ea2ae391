"""Calls to Google from a few threads, each at a moment that the tenant's pace gives.

What Google says about the pace, and what stops everything, is seen to here; what it says of one account is the call's
own result. The threads do no more than the call: Datastore is asked by the task's own thread, inside an ndb context.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from runtime.google_problems import GoogleProblem, GoogleThrottled
from runtime.pace import Pace
from runtime.problems import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")
THREADS = 4
"""Calls of one task under way at a time; moments are reserved for as many at once."""


SHORTEST_WAIT = 3.0
"""Seconds to come back after, where nobody says how many."""


class ComeBack(Exception):
    """Calls cannot be made for a while: another task goes on then."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"in {seconds} s")
        self.seconds = seconds


@dataclass
class Calls(Generic[Item, Result]):
    """What came of some calls. left: what was not asked, or surely had no effect. problem: why the rest was left;
    wait: the same, where the pace has no moment for us in that many seconds.
    """

    done: list[tuple[Item, Result]] = field(default_factory=list)
    left: list[Item] = field(default_factory=list)
    problem: GoogleProblem | None = None
    wait: float = 0.0

    def require_end(self) -> None:
        """For a caller who has saved what was done: raises the problem, or ComeBack."""
        if self.problem:
            raise self.problem
        if self.wait:
            raise ComeBack(self.wait)


class PacedCalls:
    """Makes calls at one pace, such as that of creates."""

    def __init__(self, pace: Pace) -> None:
        """pace: of what is called here."""
        self._pace = pace

    def make(
        self, tenant: str, items: Sequence[Item], call: Callable[[Item], Result], may_go_on: Callable[[], bool]
    ) -> Calls[Item, Result]:
        """Call for each item, in order as they begin. may_go_on: asked before every few calls.

        call: raises GoogleThrottled, which has the item tried again, or another GoogleProblem, which ends it all; both
        mean that nothing was done. Anything else that it raises is raised here, after the calls under way have ended.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            round_ = _Round(self._pace, tenant, pool, deque(items), call)
            return round_.run(may_go_on)


class _Round(Generic[Item, Result]):
    """Some calls that are being made."""

    def __init__(
        self, pace: Pace, tenant: str, pool: ThreadPoolExecutor, items: deque[Item], call: Callable[[Item], Result]
    ) -> None:
        self._pace, self._tenant, self._pool, self._call = pace, tenant, pool, call
        self._waiting = items
        self._moments: deque[datetime] = deque()
        self._under_way: dict[Future[Result], Item] = {}
        self._calls: Calls[Item, Result] = Calls()
        self._told = 0  # of calls that are done, how many the pace knows of
        self._is_over = False

    def run(self, may_go_on: Callable[[], bool]) -> Calls[Item, Result]:
        while self._under_way or (self._waiting and not self._is_over):
            self._collect(block=self._is_over or not self._waiting or len(self._under_way) >= THREADS)
            if self._is_over or not self._waiting or len(self._under_way) >= THREADS:
                continue
            if not self._moments and not may_go_on():
                self._is_over = True
            elif self._has_come():
                item = self._waiting.popleft()
                self._under_way[self._pool.submit(self._call, item)] = item
        self._calls.left += self._waiting
        self._speed_up()
        return self._calls

    def _has_come(self) -> bool:
        """Whether a moment for a call is there, after waiting for it."""
        if not self._moments and not self._reserve():
            return False
        in_time = self._pace.wait_for(self._tenant, self._moments.popleft())
        if not in_time:
            self._moments.clear()  # the others are as late, or before Google wants to be asked again
        self._collect(block=False)
        return in_time and not self._is_over and bool(self._waiting)

    def _reserve(self) -> bool:
        try:
            self._speed_up()
            self._moments.extend(self._pace.reserve(self._tenant, min(THREADS, len(self._waiting))))
        except Unavailable as problem:
            self._calls.wait = max(float(problem.retry_after), SHORTEST_WAIT)
            self._is_over = True
        return not self._is_over

    def _speed_up(self) -> None:
        """Tell the pace what has succeeded since it was told last."""
        succeeded = len(self._calls.done) - self._told
        if succeeded:
            self._told += succeeded
            self._pace.speed_up(self._tenant, succeeded)

    def _collect(self, *, block: bool) -> None:
        """Take what has ended. block: until at least one has, where one is under way."""
        if not self._under_way:
            return
        ended, _ = wait(self._under_way, timeout=None if block else 0, return_when=FIRST_COMPLETED)
        for future in ended:
            self._note(self._under_way.pop(future), future)

    def _note(self, item: Item, future: "Future[Result]") -> None:
        try:
            self._calls.done.append((item, future.result()))
        except GoogleThrottled as problem:
            self._waiting.append(item)
            self._moments.clear()
            self._pace.slow_down(self._tenant, problem.retry_after)
        except GoogleProblem as problem:
            self._calls.left.append(item)
            self._calls.problem = self._calls.problem or problem
            self._is_over = True
