"""The last requests that the simulation answered: what, when, how, on whose behalf. Never a token, code or password."""

import time
from collections import deque
from dataclasses import dataclass

from flask import Blueprint, Response, request

from sandbox.google import browsers
from sandbox.google.faults import FAULT
from sandbox.google.tokens import live_token
from sandbox.google.world import Fault, World

KEPT = 100
UNLOGGED = ("/static/", "/panel", "/favicon.ico")
_STARTED = "sandbox.started"


@dataclass(frozen=True)
class Entry:
    """One answered request. `path` has no query, because queries carry codes; status 0: the connection was cut."""

    at: str
    method: str
    path: str
    status: int
    milliseconds: float | None
    subject: str


class RequestLog:
    """Keeps the last hundred."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def newest_first(self) -> list[Entry]:
        """What the panel shows."""
        return list(self._entries)[::-1]

    def clear(self) -> None:
        """Begin again."""
        self._entries.clear()

    def watch(self, pages: Blueprint) -> None:
        """Note every request of the whole application."""
        pages.before_app_request(self._begin)
        pages.after_app_request(self._end)

    def _begin(self) -> None:
        request.environ[_STARTED] = time.monotonic()

    def _end(self, answer: Response) -> Response:
        if not request.path.startswith(UNLOGGED):
            self._entries.append(self._entry(answer))
        return answer

    def _entry(self, answer: Response) -> Entry:
        started = request.environ.get(_STARTED)  # missing when a fault answered before the work began
        fault: Fault | None = request.environ.get(FAULT)
        return Entry(
            at=self._world.now().strftime("%H:%M:%S"),
            method=request.method,
            path=request.path,
            status=0 if fault and not fault.status else answer.status_code,
            milliseconds=None if started is None else (time.monotonic() - started) * 1000,
            subject=self._subject(),
        )

    def _subject(self) -> str:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = live_token(self._world, value.strip())
            acting = self._world.user(token.subject_user_id) if token and token.subject_user_id else None
            return acting.primary_email if acting else ("service account" if token else "unknown token")
        user = browsers.active(self._world, request)
        return user.primary_email if user else ""
