"""Licenses over Google's Enterprise License Manager API.

Shapes: discovery document licensing.v1 (in google-api-python-client). Its guide lists what the errors say.
"""

import threading
from typing import Any

import httplib2
from googleapiclient.discovery import build

from provisioning.directory.licensing import NoSeats, OtherLicense
from runtime.google_api import GoogleTransport
from runtime.google_problems import AlreadyExists, GoogleProblem, InvalidValue, NotReadyYet

LICENSING = "https://www.googleapis.com/auth/apps.licensing"
_NO_SEATS, _HAS_IT, _HAS_OTHER = "enough available licenses", "already has a license for", "with a different sku"
"""Of the guide's table: one code, 412, means all of these."""


class GoogleLicenses:
    """Implements provisioning.directory.licensing.Licenses."""

    def __init__(self, transport: GoogleTransport) -> None:
        """Nothing is loaded or called before the first use."""
        self._transport = transport
        self._lock = threading.Lock()
        self._built: Any = None

    def assign(self, subject: str, product: str, sku: str, email: str) -> None:
        """See Licenses."""
        request = self._assignments.insert(productId=product, skuId=sku, body={"userId": email}, fields="userId")
        try:
            self._transport.execute(request, subject=subject, scopes=[LICENSING])
        except AlreadyExists:
            return
        except (InvalidValue, NotReadyYet) as problem:
            if meant := _meaning(problem):
                raise meant from problem

    @property
    def _assignments(self) -> Any:
        """The resource; its own connection is never used, each call brings one."""
        with self._lock:
            if self._built is None:
                http = httplib2.Http()
                api = build("licensing", "v1", http=http, static_discovery=True, cache_discovery=False)
                self._built = api.licenseAssignments()
            return self._built


def _meaning(problem: GoogleProblem) -> GoogleProblem | None:
    """None when the account has the license. An address that is not valid is one not known yet (guess)."""
    words = problem.raw.lower()
    if _HAS_IT in words:
        return None
    if _NO_SEATS in words:
        return NoSeats(raw=problem.raw)
    if _HAS_OTHER in words:
        return OtherLicense(raw=problem.raw)
    return NotReadyYet(raw=problem.raw) if "user" in words else problem
