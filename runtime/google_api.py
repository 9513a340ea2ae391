"""Calls to Google: one transport, keyless delegation, one way of calling, one translation of failures.

Hosts are hard-coded in google-auth, and `iam_endpoint_override` is ignored once a subject is set. So the transport
maps origins (setting GOOGLE_ORIGINS, empty in production), and everything goes through it: metadata, signJwt, token,
Directory and license calls.
"""

import http.client
import json
import queue
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import google_auth_httplib2
import httplib2
from google.api_core.exceptions import RetryError
from google.api_core.retry import Retry
from google.auth import compute_engine, exceptions, impersonated_credentials
from google.auth.credentials import Credentials
from googleapiclient.errors import HttpError

from runtime.google_problems import (
    Answer,
    GoogleProblem,
    GoogleUnreachable,
    OurConfiguration,
    api_problem,
    token_problem,
)
from runtime.numbers import whole_number
from runtime.settings import Settings

TIMEOUT = 20.0
"""Seconds to wait for one answer of Google's."""
_UNAUTHENTICATED = 401
CREDENTIALS_KEPT = 512
"""How many (person, scopes) pairs keep their token in this process."""
READ_PATIENCE = 6.0
"""Seconds for which a read is tried again when Google does not answer, or asks us to slow down."""
_READ_RETRY = Retry(
    predicate=lambda error: isinstance(error, GoogleProblem) and error.retry,
    initial=0.2, maximum=2.0, timeout=READ_PATIENCE,
)  # fmt: skip


class _OneAttempt:
    """httplib2 sends a request again, POSTs too, when a connection ends without an answer. A create must not be."""

    _is_read = True

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        self._is_read = method == "GET"
        if not self._is_read:
            self.close()  # type: ignore[attr-defined] # a kept connection may be dead; a new one is not
        super().request(method, url, *args, **kwargs)  # type: ignore[misc]

    def getresponse(self) -> http.client.HTTPResponse:
        try:
            return super().getresponse()  # type: ignore[misc,no-any-return]
        except http.client.BadStatusLine as error:
            if self._is_read:
                raise  # httplib2 connects anew and asks once more
            raise ConnectionResetError("the connection ended without an answer") from error


class _Plain(_OneAttempt, httplib2.HTTPConnectionWithTimeout):
    """http, for the metadata server."""


class _Secure(_OneAttempt, httplib2.HTTPSConnectionWithTimeout):
    """https."""


class MappedHttp(httplib2.Http):
    """httplib2 that sends what is meant for some origins to others, and all but reads at most once."""

    def __init__(self, origins: Mapping[str, str], timeout: float = TIMEOUT) -> None:
        """origins: scheme and host to scheme and host; empty maps nothing."""
        super().__init__(timeout=timeout)
        self.follow_redirects = False
        self._origins = dict(origins)

    def request(self, uri: str, method: str = "GET", *args: Any, **kwargs: Any) -> Any:
        """As httplib2's, at the mapped place."""
        scheme, _, rest = uri.partition("://")
        host, slash, path = rest.partition("/")
        uri = self._origins.get(f"{scheme}://{host}", f"{scheme}://{host}") + slash + path
        kwargs["connection_type"] = _Plain if uri.startswith("http:") else _Secure
        return super().request(uri, method, *args, **kwargs)


class _TokenRequest(google_auth_httplib2.Request):  # type: ignore[misc]  # untyped
    """Asks for tokens. google-auth names a timeout each time, and the adapter warns each time that it has its own."""

    def __call__(self, url: str, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:  # noqa: ARG002
        return super().__call__(url, *args, **kwargs)


class _TokenRefused(OurConfiguration):
    """A token that was good for an hour is not any more."""


class GoogleTransport:
    """The connections of this process to Google, the tokens it holds, and the way it calls."""

    def __init__(self, settings: Settings, *, read_patience: float = READ_PATIENCE, timeout: float = TIMEOUT) -> None:
        """Nothing is called before the first use. read_patience: seconds for which reads are tried again.

        timeout: seconds to wait for one answer.
        """
        self._settings = settings
        self._timeout = timeout
        self._read_retry = _READ_RETRY.with_timeout(read_patience)
        self._idle: queue.LifoQueue[MappedHttp] = queue.LifoQueue()
        self._credentials: OrderedDict[tuple[str, tuple[str, ...]], Credentials] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = False

    def platform_credentials(self, scopes: Sequence[str] = ()) -> Credentials:
        """The app's own identity, from the metadata server. Its universe is given so that making it calls nobody."""
        return compute_engine.Credentials(scopes=list(scopes) or None, universe_domain="googleapis.com")

    def execute(self, request: Any, *, subject: str, scopes: Sequence[str]) -> Any:
        """Send a googleapiclient request; its parsed answer.

        subject: e-mail of the person in whose name (domain-wide delegation), "" for the app itself.
        Reads are tried again for `read_patience` seconds; anything else is sent exactly once. Raises GoogleProblem.
        """
        if request.method != "GET":
            return self._send(request, subject, scopes)
        try:
            return self._read_retry(lambda: self._send(request, subject, scopes))()
        except RetryError as error:
            raise error.cause from error  # Google's last answer, a GoogleProblem; not "the retrying timed out"

    def probe(self, *, subject: str, scopes: Sequence[str]) -> None:
        """Ask for a fresh token and forget it. Raises GoogleProblem when Google refuses it."""
        with self._http() as http, _translated():
            self._make_credentials(subject, scopes).refresh(_TokenRequest(http))

    def prepare(self, *, subject: str, scopes: Sequence[str]) -> None:
        """Have a token at hand for calls to come. Raises GoogleProblem when Google refuses it."""
        credentials = self._credentials_for(subject, scopes)
        if not credentials.valid:
            with self._http() as http, _translated():
                credentials.refresh(_TokenRequest(http))

    def forget(self, subject: str) -> None:
        """Drop the tokens held for a person, so that a change of what is granted shows at once."""
        with self._lock:
            for key in [key for key in self._credentials if key[0] == subject]:
                del self._credentials[key]

    def close(self) -> None:
        """Close the connections: idle ones now, one that waits for an answer when it has it."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _send(self, request: Any, subject: str, scopes: Sequence[str]) -> Any:
        try:
            return self._send_with(self._credentials_for(subject, scopes), request)
        except _TokenRefused:
            # Revoked before its time, ours or the one that signed for it. What Google refused so was not done, so
            # it may be sent again, POSTs too.
            self.forget(subject)
        return self._send_with(self._credentials_for(subject, scopes), request)

    def _send_with(self, credentials: Credentials, request: Any) -> Any:
        """Tokens are put on by hand: google-auth's own way of it also starts threads that look up regions."""
        with self._http() as http, _translated():
            if not credentials.valid:
                credentials.refresh(_TokenRequest(http))
            credentials.apply(request.headers)
            return request.execute(http=http, num_retries=0)

    def _credentials_for(self, subject: str, scopes: Sequence[str]) -> Credentials:
        key = (subject, tuple(sorted(scopes)))
        with self._lock:
            credentials = self._credentials.pop(key, None) or self._make_credentials(subject, scopes)
            self._credentials[key] = credentials
            while len(self._credentials) > CREDENTIALS_KEPT:
                self._credentials.popitem(last=False)
            return credentials

    def _make_credentials(self, subject: str, scopes: Sequence[str]) -> Credentials:
        """With its final scopes: `with_scopes` of impersonated credentials silently drops the subject."""
        if not subject:
            return self.platform_credentials(scopes)
        return impersonated_credentials.Credentials(
            source_credentials=self.platform_credentials(),
            target_principal=self._settings.service_account_email,
            target_scopes=list(scopes),
            subject=subject,
        )

    @contextmanager
    def _http(self) -> Iterator[MappedHttp]:
        """An idle connection or a new one; httplib2's are not for several threads."""
        try:
            http = self._idle.get_nowait()
        except queue.Empty:
            http = MappedHttp(self._settings.google_origins, self._timeout)
        try:
            yield http
        finally:
            self._idle.put(http)
            if self._closed:
                self._close_idle()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except exceptions.RefreshError as error:
        raise _refresh_problem(error) from error
    except HttpError as error:
        seconds = error.resp.get("retry-after", "")
        answer = Answer.parse(error.resp.status, error.content)
        if error.resp.status == _UNAUTHENTICATED:
            raise _TokenRefused(raw=answer.message) from error
        raise api_problem(answer, whole_number(seconds) or 0) from error
    except (exceptions.TransportError, httplib2.HttpLib2Error, http.client.HTTPException, OSError) as error:
        raise GoogleUnreachable(raw=f"{type(error).__name__}: {error}") from error


def _refresh_problem(error: exceptions.RefreshError) -> GoogleProblem:
    """RefreshError carries the token endpoint's JSON, or signJwt's body as text, or the metadata server's failure."""
    body: Any = error.args[1] if len(error.args) > 1 else {}
    if error.retryable or isinstance(error.__cause__, exceptions.TransportError):
        return GoogleUnreachable(raw=str(error))
    if isinstance(body, Mapping) and isinstance(body.get("error"), str):
        return token_problem(body["error"], str(body.get("error_description", "")))
    text = body if isinstance(body, str) else json.dumps(body)
    kind = GoogleUnreachable if isinstance(body, str) and _is_passing(body) else OurConfiguration
    return kind(raw=f"{error.args[0]} {text}"[:1000])


def _is_passing(body: str) -> bool:
    """Whether an error body of signJwt's, which comes without its status, tells of a failure that passes by itself."""
    try:
        code = int(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return True  # no JSON of an API's: something before it answered
    return code == http.HTTPStatus.TOO_MANY_REQUESTS or code >= http.HTTPStatus.INTERNAL_SERVER_ERROR
