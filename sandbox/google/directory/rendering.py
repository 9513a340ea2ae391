"""Answers on the wire: JSON through the `fields` mask, indented unless prettyPrint=false, gzip when it is accepted."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

from flask import Request, Response

from sandbox.google.directory import mask as masks
from sandbox.google.directory.discovery import Method
from sandbox.google.directory.mask import Mask

INDENT = 2


class Style:
    """How this caller wants answers: through which mask and how indented."""

    def __init__(self, params: Mapping[str, str], method: Method) -> None:
        """Raises GoogleError 400 for a mask that does not fit the method's answer."""
        fields = params.get("fields", "") if method.response else ""
        self.mask: Mask | None = masks.parse(fields) if fields else None
        if self.mask is not None:
            masks.check(self.mask, method.response)
        self.is_pretty = params.get("prettyPrint", "true").lower() != "false"
        self.key = (fields, self.is_pretty)

    def inside(self, field: str) -> list[Mask | None]:
        """The mask for what is inside this field of the answer; empty when the field is not to be sent."""
        return [None] if self.mask is None else masks.asked_of(self.mask, field)

    def text(self, value: object, level: int = 0) -> str:
        """JSON; level: how deep it will stand in the answer."""
        if not self.is_pretty:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        text = json.dumps(value, ensure_ascii=False, indent=INDENT)
        # A newline inside a string is escaped, so each one here is the printer's own.
        return text.replace("\n", "\n" + " " * INDENT * level) if level else text

    def render(self, value: Mapping[str, Any]) -> str:
        """A whole answer."""
        return self.text(masks.apply(self.mask, value))


def respond(text: str, request: Request, status: int = 200) -> Response:
    """The HTTP answer with this JSON text."""
    body, headers = text.encode(), {"Vary": "Origin, X-Origin, Referer", "Cache-Control": "private"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers, content_type="application/json; charset=UTF-8")
