"""An HTTP/1.1 server for the simulation: threads, keep-alive, each answer in one write, connections it can cut."""

import io
import socket
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from sandbox.google.app import create_google
from sandbox.google.faults import CUT_CONNECTION
from sandbox.google.world import World


class GoogleServer:
    """The simulated Google on 127.0.0.1. `url` is known from the beginning; port 0 lets the kernel choose."""

    def __init__(self, world: World, port: int = 0, *, seed: Callable[[World], None] | None = None) -> None:
        """seed: what the control operation `reset` puts into an emptied world."""
        self.world = world
        self._server = _Server(create_google(world, seed), port)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="google", daemon=True)

    @property
    def url(self) -> str:
        """The origin, such as "http://127.0.0.1:8090"."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> Self:
        """Answer from now on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End every connection and free the port."""
        if self._thread.is_alive():
            self._stopping.set()
            # The loop waits for a connection without polling; this one wakes it up.
            socket.create_connection(("127.0.0.1", self._server.server_port)).close()
            self._thread.join()
        self._server.close_connections()
        self._server.server_close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._server.handle_request()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    block_on_close = True  # server_close waits for the threads, which end because their sockets were shut
    daemon_threads = False

    def __init__(self, app: Flask, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.app = app
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()

    def server_bind(self) -> None:
        # The base class asks the resolver for a name of the host; nothing here needs one.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)

    def close_connections(self) -> None:
        with self._guard:
            for connection in self._open:
                _shut(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        # A client that went away is its own business; anything else is a fault of the simulation.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    _was_cut = False

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, text: str, /, *args: object) -> None:
        """Quiet: the panel shows what was asked."""

    def _answer(self) -> None:
        environ = self._environ()
        if environ is None:
            return
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        body = b"" if self.command == "HEAD" else b"".join(chunks)
        if not self._was_cut:
            self.connection.sendall(self._head(status, headers) + body)

    def _cut(self) -> None:
        self._was_cut = self.close_connection = True
        _shut(self.connection)

    def _environ(self) -> dict[str, Any] | None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            self.close_connection = True
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return None
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "REQUEST_URI": self.path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": self.headers.get("Content-Length", "0"),
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": self.server.server_name,
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            CUT_CONNECTION: self._cut,
        }
        return environ | self._headers() | self._wsgi()

    def _headers(self) -> dict[str, Any]:
        named = ((f"HTTP_{name.upper().replace('-', '_')}", value) for name, value in self.headers.items())
        return {name: value for name, value in named if name not in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}}

    def _wsgi(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length", "0"))
        return {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.rfile.read(length)),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def _head(self, status: str, headers: Headers) -> bytes:
        lines = [f"{self.protocol_version} {status}", f"Date: {self.date_time_string()}", "Server: simulated"]
        lines += [f"{name}: {value}" for name, value in headers]
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster
