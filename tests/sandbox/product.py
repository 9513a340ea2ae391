"""Stand-ins for the product: they answer what a test wants to know, in a fraction of the time."""

import json
import os
import queue
from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]


def create_app() -> Wsgi:
    """Answers every path with its environment variables."""

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(dict(os.environ)).encode()]

    return answer


def create_called_app() -> Wsgi:
    """Answers /wait once something that begins with /cron/ was asked: with its path and whether it had a token."""
    called: queue.Queue[str] = queue.Queue()

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/cron/"):
            called.put(f"{path} {environ.get('HTTP_AUTHORIZATION', '')[:7]}")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [called.get(timeout=20).encode() if path == "/wait" else b""]

    return answer


def create_broken_app() -> Wsgi:
    """Does not start."""
    raise ValueError("this app has a wrong setting")
