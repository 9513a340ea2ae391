"""A small HTTP server that does as a test says, and remembers what it was sent: connections, methods, paths, bodies."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True)
class Seen:
    """One request. connection: counted from 1. number: of the request among all, from 1."""

    number: int
    connection: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered. hang_up: not a byte, the connection ends. after: wait until it is set, before answering."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    hang_up: bool = False
    then_hang_up: bool = False  # answer, without saying that the connection ends
    after: threading.Event | None = None


HANG_UP = Reply(hang_up=True)


class Listener:
    """Serves on 127.0.0.1 until the block ends."""

    def __init__(self, answer: Callable[[Seen], Reply]) -> None:
        self.answer = answer
        self.seen: list[Seen] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def sent(self, method: str) -> list[Seen]:
        """The requests with this method."""
        return [seen for seen in self.seen if seen.method == method]

    def connected(self) -> int:
        with self._lock:
            self.connections += 1
            return self.connections

    def take(self, connection: int, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        with self._lock:
            seen = Seen(len(self.seen) + 1, connection, method, path, headers, body)
            self.seen.append(seen)
        return self.answer(seen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.end_connections()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, listener: Listener) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.listener = listener
        self.open: set[socket.socket] = set()

    def end_connections(self) -> None:
        for connection in list(self.open):
            end(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is part of some tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.number = self.server.listener.connected()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.listener.take(self.number, self.command, self.path, headers, body)
        if reply.after:
            reply.after.wait(10)
        if not reply.hang_up:
            self._write(reply)
        if reply.hang_up or reply.then_hang_up:
            self.close_connection = True
            end(self.connection)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in (reply.headers | {"Content-Length": str(len(reply.body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)


def end(connection: socket.socket) -> None:
    """End a connection as a server does that gives it up."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster
