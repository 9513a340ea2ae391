"""The product on a real socket, in a thread of the test's own process, so that its clock can be moved."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

import main
from runtime.clock import Clock
from runtime.settings import Settings


class QuietHandler(WSGIRequestHandler):
    """Keeps connections, logs nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        """The product logs for itself."""


class Compiled(BytecodeCache):
    """Templates as they were compiled for the first app of this process: compiling takes longer than most answers."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@contextmanager
def served(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The app, answering at settings.base_url until the block ends."""
    host, port = settings.host.split(":")
    app = main.create_app(settings, clock=clock)
    app.jinja_env.bytecode_cache = COMPILED
    server = ThreadedWSGIServer(host, int(port), app, handler=QuietHandler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        main.close(app)
