"""Adapter to the Marketplace API v2: two reads, no push. Unknown states count as unlicensed and are logged."""

import logging
import threading
from typing import Any

from googleapiclient.discovery import build

from marketplace.rules import ACTIVE, UNLICENSED, user_may
from runtime.google_api import GoogleTransport, MappedHttp
from runtime.google_problems import AccessRefused, GoogleNotFound, OurConfiguration

SCOPE = "https://www.googleapis.com/auth/appsmarketplace.license"
_KNOWN_STATES = frozenset({ACTIVE, UNLICENSED, "EXPIRED"})
_log = logging.getLogger(__name__)


class LicenseApi:
    """Asks with the app's own identity; no person is impersonated."""

    def __init__(self, transport: GoogleTransport, application_id: str) -> None:
        """application_id: the Cloud project's number."""
        self._transport = transport
        self._application_id = application_id
        self._lock = threading.Lock()
        self._service: Any = None

    def customer_state(self, domain: str) -> str:
        """ACTIVE or UNLICENSED for a customer, named by a domain of its. Raises GoogleProblem."""
        request = self._api().customerLicense().get(applicationId=self._application_id, customerId=domain)
        state = self._ask(request).get("state", UNLICENSED)
        if state not in _KNOWN_STATES:
            _log.warning("unknown license state %r for %s", state, domain)
        return ACTIVE if state == ACTIVE else UNLICENSED

    def user_is_licensed(self, email: str) -> bool:
        """Whether the app is on for a person. Raises GoogleProblem."""
        request = self._api().userLicense().get(applicationId=self._application_id, userId=email)
        body = self._ask(request)
        return user_may(enabled=body.get("enabled"), state=body.get("state"))

    def _ask(self, request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._transport.execute(request, subject="", scopes=[SCOPE])
        except GoogleNotFound:
            return {}  # undocumented whether an unknown customer is a 404: it is not licensed either way
        except AccessRefused as error:
            # "Not authorized to access the application ID": our project's doing, never the customer's.
            raise OurConfiguration(raw=error.raw) from error
        return answer

    def _api(self) -> Any:
        with self._lock:
            if self._service is None:
                self._service = build(
                    "appsmarket", "v2", http=MappedHttp({}), static_discovery=True, cache_discovery=False
                )
            return self._service
