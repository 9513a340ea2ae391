"""Many calls in one multipart/mixed request; each is answered as if it had come alone."""

import secrets
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from flask import Request, Response, current_app
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from sandbox.google.errors import GoogleError
from sandbox.google.faults import CUT_CONNECTION

MOST_CALLS = 1000


@dataclass(frozen=True)
class Part:
    """One inner request. content_id: with its angle brackets, "" when there is none."""

    content_id: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


def answer(request: Request) -> Response:
    """The multipart answer. Raises GoogleError 400 for what is no batch or has too many calls."""
    parts = read_parts(request.content_type or "", request.get_data())
    boundary = f"batch_{secrets.token_urlsafe(12)}"
    written = [_written(part, _call(part, request)) for part in parts]
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + one + b"\r\n" for one in written)
    closed = body + b"--" + boundary.encode() + b"--\r\n"
    return Response(closed, 200, content_type=f"multipart/mixed; boundary={boundary}")


def read_parts(content_type: str, body: bytes) -> list[Part]:
    """The inner requests in order."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=compat32).parsebytes(head + body)
    inner = message.get_payload()
    if not message.is_multipart() or not isinstance(inner, list):
        raise GoogleError(400, "Failed to parse batch request, error: Multipart expected.", "badRequest")
    if len(inner) > MOST_CALLS:
        raise GoogleError(400, f"The batch request could not be processed: more than {MOST_CALLS} calls.", "badRequest")
    return [_part(one) for one in inner if isinstance(one, Message)]


def _part(message: Message) -> Part:
    raw = message.get_payload(decode=True)
    line, _, rest = (raw if isinstance(raw, bytes) else b"").replace(b"\r\n", b"\n").lstrip().partition(b"\n")
    words = line.decode("latin-1").split(" ")
    if len(words) != 3:
        raise GoogleError(400, "Failed to parse batch request, error: No request line.", "badRequest")
    inner = BytesParser(policy=compat32).parsebytes(rest)
    body = inner.get_payload(decode=True)
    headers = [(name, str(value)) for name, value in inner.items()]
    content_id = str(message.get("Content-ID", ""))
    return Part(content_id, words[0], words[1], headers, body if isinstance(body, bytes) else b"")


def _call(part: Part, request: Request) -> Response:
    """The outer Authorization holds for parts without their own; gzip inside a part would help nobody."""
    outer = [("Authorization", value) for value in request.headers.getlist("Authorization")]
    headers = Headers(outer)
    for name, value in part.headers:
        if name.lower() not in {"content-length", "accept-encoding"}:
            headers.set(name, value)
    base = {CUT_CONNECTION: request.environ.get(CUT_CONNECTION, "")}
    with closing(
        EnvironBuilder(
            part.target, request.host_url, method=part.method, headers=headers, data=part.body, environ_base=base
        )
    ) as builder:
        response = Response.from_app(current_app.wsgi_app, builder.get_environ())
    return Response(response.get_data(), response.status, response.headers)


def _written(part: Part, response: Response) -> bytes:
    body = response.get_data()
    content_id = part.content_id.replace("<", "<response-", 1)
    head = ["Content-Type: application/http", *([f"Content-ID: {content_id}"] if content_id else []), ""]
    inner = [f"HTTP/1.1 {response.status}", *(f"{name}: {value}" for name, value in response.headers.items()), "", ""]
    return ("\r\n".join([*head, *inner])).encode("latin-1") + body
