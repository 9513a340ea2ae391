"""Where an account can be: the domains and organizational units of a tenant, remembered for some minutes."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioning.directory.port import Directory, OrgUnit
from runtime.clock import Clock

KEPT = timedelta(minutes=5)
"""A new organizational unit shows up in forms after at most so long; Google judges every create anyway."""
TENANTS_KEPT = 256


@dataclass(frozen=True)
class TenantPlaces:
    """domains: verified ones, primary first; accounts can have addresses in these, not in alias domains."""

    domains: tuple[str, ...]
    org_units: tuple[OrgUnit, ...]


class Places:
    """Answers from memory; asks the Directory where the memory is older than KEPT."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        """directory: asked in the name of each tenant's administrator."""
        self._directory = directory
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[datetime, TenantPlaces]] = {}

    def of(self, tenant: str, subject: str, *, again: bool = False) -> TenantPlaces:
        """The tenant's places. Raises GoogleProblem when they are not known and Google does not say.

        again: asks the Directory whatever is remembered.
        """
        now = self._clock()
        with self._lock:
            at, known = self._known.get(tenant, (now, None))
        if known is not None and now - at < KEPT and not again:
            return known
        found = self._ask(subject)
        with self._lock:
            self._known.pop(tenant, None)
            self._known[tenant] = (now, found)
            while len(self._known) > TENANTS_KEPT:
                del self._known[next(iter(self._known))]
        return found

    def _ask(self, subject: str) -> TenantPlaces:
        domains = tuple(domain.name for domain in self._directory.domains(subject) if domain.verified)
        return TenantPlaces(domains, tuple(self._directory.org_units(subject)))
