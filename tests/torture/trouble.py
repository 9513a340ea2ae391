"""What goes wrong at Google and at the store while a job runs: one thing after another, by a seed."""

import json
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random

import grpc

from sandbox.datastore.messages import Message
from sandbox.datastore.refusals import Aborted, Refusal
from sandbox.datastore.server import Method
from sandbox.google.world import Fault, World

USERS, GROUPS = "/admin/directory/v1/users", "/admin/directory/v1/groups"
QUEUE, TOKEN = "/v2/projects/", "/token"
LATE = 1.6
"""Seconds until a late answer; workers wait for one."""


def _said(code: int, reason: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "errors": [{"reason": reason, "message": message}]}})


_QUOTA = _said(403, "quotaExceeded", "Request rate higher than configured.")
_USER_RATE = _said(403, "userRateLimitExceeded", "Quota exceeded")
_NOT_COMPLETE = _said(412, "conditionNotMet", "User creation is not complete.")
_CONFLICT = _said(409, "conflict", "Conflict")
_CHANGES = ((USERS, "POST"), (GROUPS, "POST"), (f"{USERS}/", "PATCH"), (f"{USERS}/", "DELETE"))
UNCLEAR: tuple[Fault, ...] = tuple(
    Fault(path, method, status, when=when, delay=delay)
    for path, method in _CHANGES
    for when in ("before", "after")
    for status, delay in ((503, 0.0), (500, 0.0), (0, 0.0), (503, LATE))
)
"""Nobody can tell from the answer whether the change was made."""
CLEAR: tuple[Fault, ...] = (
    Fault(USERS, "POST", 409),
    Fault(USERS, "POST", 409, when="after"),
    Fault(GROUPS, "POST", 409, _CONFLICT, when="after"),
    Fault(f"{USERS}/", "PATCH", 409, _CONFLICT, when="after"),
    Fault(f"{USERS}/", "PATCH", 412, _NOT_COMPLETE),
    Fault(f"{USERS}/", "POST", 412, _NOT_COMPLETE),
    Fault(GROUPS, "POST", 404),
    Fault(GROUPS, "POST", 403),
    Fault(USERS, "POST", 403, _QUOTA),
    Fault(USERS, "POST", 403, _USER_RATE),
    Fault(USERS, "POST", 429, retry_after=1),
    Fault(GROUPS, "POST", 429, retry_after=1),
    Fault(GROUPS, "POST", 403, _QUOTA),
    Fault(f"{USERS}/", "GET", 503),
    Fault(f"{USERS}/", "GET", 403),
    Fault(f"{USERS}/", "GET", 0),
    Fault(TOKEN, "POST", 503),
    Fault(QUEUE, "POST", 503),
    Fault(QUEUE, "POST", 0, when="after"),
)
"""google-directory.md A.4 and A.6, at each call of the flow; and where tokens and the queue fail."""
STOPPING: tuple[Fault, ...] = (
    Fault(USERS, "POST", 403),
    Fault(USERS, "POST", 412, _said(412, "limitExceeded", "Domain user limit reached.")),
)
"""What pauses a job until a person resumes it."""


ONCE: tuple[Fault, ...] = (
    Fault(USERS, "POST", 503, when="after"),
    Fault(USERS, "POST", 403, _QUOTA),
    Fault(GROUPS, "POST", 409, _CONFLICT, when="after"),
    Fault(f"{USERS}/", "PATCH", 412, _NOT_COMPLETE),
    Fault(QUEUE, "POST", 503),
)
"""One for each call that every job makes, and one more."""
_MANY = 10**6


def by_chance(percent: float) -> list[Fault]:
    """All of them, until somebody ends it. percent: of the calls of each kind, how many meet one."""
    kinds = Counter((fault.path, fault.method) for fault in (*UNCLEAR, *CLEAR))
    usual = [(fault, percent / kinds[fault.path, fault.method]) for fault in (*UNCLEAR, *CLEAR)]
    rare = [(fault, percent / 60) for fault in STOPPING]
    return [replace(fault, percent=share, count=_MANY) for fault, share in (*usual, *rare)]


class BadDays:
    """Faults at Google until `end`."""

    def __init__(self, world: World, faults: Iterable[Fault]) -> None:
        self._world = world
        self._faults = [(replace(fault), fault.count) for fault in faults]
        with world.changing():
            world.faults += [fault for fault, _ in self._faults]

    def end(self) -> Counter[str]:
        """How often each met a request."""
        with self._world.changing():
            self._world.faults.clear()
        return +Counter({_name(fault): before - fault.count for fault, before in self._faults})


def _name(fault: Fault) -> str:
    what = "timeout" if fault.delay else "reset" if not fault.status else str(fault.status)
    return f"{fault.method} {fault.path.rstrip('/').rpartition('/')[2]} {what} {fault.when}"


class Silent(Refusal):
    """No answer: what was asked for may have happened."""

    code = grpc.StatusCode.UNAVAILABLE


class Late(Refusal):
    """The answer comes too late."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class Commits:
    """Spoils some of a store's commits. percent: of them; 0 at first. Safe for threads."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)  # noqa: S311 - the same trouble every time
        self._lock = threading.Lock()
        self.percent = 0.0
        self.hit: Counter[str] = Counter()

    def around(self, name: str, method: Method, request: Message) -> Message:
        """As the store answers, or as if it had not."""
        if name != "Commit" or not request.mutations:
            return method(request)
        with self._lock:
            is_hit = self._chance.uniform(0, 100) < self.percent
            how = self._chance.choice(("aborted", "unavailable", "lost", "late"))
            if is_hit:
                self.hit[f"commit {how}"] += 1
        if not is_hit:
            return method(request)
        return self._spoil(how, method, request)

    def _spoil(self, how: str, method: Method, request: Message) -> Message:
        if how == "aborted":
            raise Aborted
        if how == "unavailable":
            raise Silent("the store cannot be reached")
        method(request)
        raise (Silent if how == "lost" else Late)("the answer was lost")
