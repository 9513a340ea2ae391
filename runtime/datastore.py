"""Datastore: the client, a re-entrant context, the tenant's namespace, and transactions that many want at once."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.api_core import exceptions as api_exceptions
from google.cloud import ndb
from google.cloud.ndb import context as ndb_context

from runtime.problems import Unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from google.auth.credentials import Credentials

T = TypeVar("T")

OUTAGES = (api_exceptions.RetryError, api_exceptions.ServerError, grpc.RpcError)
"""What Datastore's clients raise when it does not answer, or refuses; they have tried again by then."""
HOT_ATTEMPTS = 12
"""How often a contended transaction is tried; with 10 to 50 ms between tries this gives up after about 0.4 s."""


class DataUnavailable(Unavailable):
    """Datastore does not answer. A change whose answer was lost may have been made."""

    title = "Our database does not answer just now"
    default_advice = "Try again in a minute; when you were changing something, look first whether it was done."


class Datastore:
    """One ndb client for the process, made on first use (App Engine bills the start of an instance)."""

    def __init__(self, project: str, credentials: "Credentials") -> None:
        """credentials: what calls to production are made with; an emulator ignores them."""
        self._project = project
        self._credentials = credentials
        self._lock = threading.Lock()
        self._client: ndb.Client | None = None

    @property
    def client(self) -> ndb.Client:
        """The ndb client."""
        with self._lock:
            if self._client is None:
                self._client = ndb.Client(project=self._project, credentials=self._credentials)
            return self._client

    @contextmanager
    def context(self) -> Iterator[None]:
        """An ndb context for this thread; the one that is there already, if there is one."""
        if ndb_context.get_context(raise_context_error=False):
            yield
            return
        with self.client.context(cache_policy=False):
            yield

    def wrap(self, app: "WSGIApplication") -> "WSGIApplication":
        """The WSGI application with a context around each request. Bodies are complete before it returns."""

        def wrapped(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            with self.context():
                return app(environ, start_response)

        return wrapped

    def close(self) -> None:
        """Close the channel, where one was opened."""
        if self._client is not None:
            self._client.stub.close()


@contextmanager
def tenant_namespace(customer_id: str) -> Iterator[None]:
    """Inside, keys and queries without a namespace of their own are the tenant's. The only place it is entered."""
    if not customer_id:
        raise ValueError("a tenant's namespace needs its customer id")
    with ndb_context.get_context().new(namespace=customer_id).use():
        yield


def transact(work: Callable[[], T]) -> T:
    """Run `work` in a transaction that others may want at the same moment; it may run more than once.

    ndb's own retry sleeps up to a second before the second try; this one 10 to 50 ms.
    Raises Unavailable when it was beaten every time; nothing was changed then.
    """
    for attempt in range(HOT_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.010, 0.050))  # noqa: S311 - jitter, no secret
        try:
            return ndb.transaction(work, retries=0)  # type: ignore[no-any-return]
        except (api_exceptions.Aborted, api_exceptions.RetryError) as error:
            if not was_aborted(error):
                raise
    raise Unavailable("Too many people changed the same thing at the same moment.")


def was_aborted(error: BaseException) -> bool:
    """Whether Datastore refused a transaction because another one was faster."""
    cause: Any = error.cause if isinstance(error, api_exceptions.RetryError) else error
    return isinstance(cause, api_exceptions.Aborted)
