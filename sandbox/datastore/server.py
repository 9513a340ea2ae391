"""The gRPC server around the service."""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc

from sandbox.datastore import messages
from sandbox.datastore.database import Database, TemporaryDatabase
from sandbox.datastore.messages import Message
from sandbox.datastore.refusals import Refusal
from sandbox.datastore.service import Datastore
from sandbox.datastore.usage import Usage

SERVICE = "google.datastore.v1.Datastore"
WORKERS = 64
"""More than the readers that may be waiting for a soft lock, so that commits always find one."""

Method = Callable[[Message], Message]
Around = Callable[[str, Method, Message], Message]
"""Answers a request to the method of that name, which is given, or raises Refusal: before or after it did its work."""

_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # Without this a second server on the same port would start, and take half of the calls.
    ("grpc.so_reuseport", 0),
]


class PortTaken(Exception):
    """Another program listens on that port."""


class DatastoreServer:
    """Serves ndb and every other client of google.datastore.v1 on 127.0.0.1, without credentials or TLS.

    What it has acknowledged survives the end of the process, however it ends. Several servers may serve one file.
    """

    def __init__(
        self, path: Path | None, port: int = 0, *, around: Around = lambda _name, method, request: method(request)
    ) -> None:
        """path: the file, made when missing; None: memory. port: 0 lets the system choose. Opens, does not serve.

        around: for whoever wants some answers to be wrong, or lost.
        """
        self._database = Database(path) if path else TemporaryDatabase()
        self._service = Datastore(self._database, _microseconds, random.SystemRandom())
        self.usage = Usage()
        """What was asked of this server, for whoever counts round trips or money."""
        self._executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="datastore")
        self._server = grpc.server(self._executor, options=_OPTIONS)
        self._server.add_generic_rpc_handlers([_handler(self._service, self.usage, around)])
        try:
            self._port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        except RuntimeError as error:
            self.stop()
            raise PortTaken(f"Port {port} of 127.0.0.1 is taken. Choose another, or stop what uses it.") from error

    @property
    def calls(self) -> Counter[str]:
        """How often each method was called."""
        return self.usage.calls

    @property
    def address(self) -> str:
        """Host and port, as DATASTORE_EMULATOR_HOST wants them."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begins to serve; returns at once, ready."""
        self._server.start()

    def reset(self) -> None:
        """Empties the store, for all who use the file."""
        self._service.reset()

    def stop(self) -> None:
        """Ends open calls, then closes the file. May be called more than once."""
        self._server.stop(grace=None).wait()
        self._executor.shutdown()
        self._service.close()

    def __enter__(self) -> Self:
        """Starts."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops."""
        self.stop()


def _microseconds() -> int:
    return time.time_ns() // 1000


def _handler(service: Datastore, usage: Usage, around: Around) -> grpc.GenericRpcHandler:
    methods: dict[str, Method] = {
        "Lookup": service.lookup,
        "RunQuery": service.run_query,
        "RunAggregationQuery": service.run_aggregation_query,
        "BeginTransaction": service.begin_transaction,
        "Commit": service.commit,
        "Rollback": service.rollback,
        "AllocateIds": service.allocate_ids,
        "ReserveIds": service.reserve_ids,
    }
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            name: grpc.unary_unary_rpc_method_handler(
                _answering(name, partial(around, name, method), usage),
                request_deserializer=getattr(messages, f"{name}Request").FromString,
                response_serializer=getattr(messages, f"{name}Response").SerializeToString,
            )
            for name, method in methods.items()
        },
    )


def _answering(name: str, method: Method, usage: Usage) -> Callable[[Message, grpc.ServicerContext], Any]:
    def answer(request: Message, context: grpc.ServicerContext) -> Any:
        usage.asked(name)
        try:
            response = method(request)
        except Refusal as refusal:
            return context.abort(refusal.code, str(refusal))
        except sqlite3.OperationalError as error:
            return context.abort(grpc.StatusCode.UNAVAILABLE, f"The database file cannot be used: {error}")
        usage.answered(name, request, response)
        return response

    return answer
