"""Routes whose addresses are put together by code that was compiled once: apps are made by the hundred here."""

from typing import Any

from werkzeug.routing import Rule

_BUILDERS: dict[str, Any] = {}


class KnownRule(Rule):
    """A rule as Werkzeug makes it. Its builder gets the rule itself as an argument, so that equal ones can share it."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        key = f"{self._trace} {self.defaults} {append_unknown}"
        if key not in _BUILDERS:
            _BUILDERS[key] = super()._compile_builder(append_unknown)
        return _BUILDERS[key]
