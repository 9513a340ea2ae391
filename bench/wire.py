"""What one process asks of the Datastore, counted where ndb hands its requests to gRPC: calls, and entities by kind."""

from collections import Counter
from collections.abc import Callable
from typing import Any

METHODS = ("lookup", "run_query", "begin_transaction", "commit", "rollback")


class CountingStub:
    """Stands in front of a client's stub and passes everything on."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub
        self.calls: Counter[str] = Counter()
        """By method."""
        self.looked_up: Counter[str] = Counter()
        """Keys of Lookup requests, by kind."""

    def clear(self) -> None:
        """Begin anew."""
        self.calls.clear()
        self.looked_up.clear()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._stub, name)
        return _Counted(method, self._note, name) if name in METHODS else method

    def _note(self, name: str, request: Any) -> None:
        self.calls[name] += 1
        if name == "lookup":
            self.looked_up.update(key.path[-1].kind for key in request.keys)


class _Counted:
    """One method of a stub: callable, and with the asynchronous form that ndb uses."""

    def __init__(self, method: Any, note: Callable[[str, Any], None], name: str) -> None:
        self._method, self._note, self._name = method, note, name

    def __call__(self, request: Any, **options: Any) -> Any:
        self._note(self._name, request)
        return self._method(request, **options)

    def future(self, request: Any, **options: Any) -> Any:
        """Starts the call."""
        self._note(self._name, request)
        return self._method.future(request, **options)
