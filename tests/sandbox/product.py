"""Stand-ins for the product: they answer what a test wants to know, in a fraction of the time."""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]


def create_app() -> Wsgi:
    """Answers every path with its environment variables."""

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(dict(os.environ)).encode()]

    return answer


def create_broken_app() -> Wsgi:
    """Does not start."""
    raise ValueError("this app has a wrong setting")
