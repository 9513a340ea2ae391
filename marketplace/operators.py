"""What the people who run a deployment do: independent domains, disabling, setup links."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.cloud import ndb

from marketplace.domains import Domains
from marketplace.identity import domain_hint
from marketplace.records import InstallLink
from marketplace.rules import DomainState
from runtime.audit import Actor, AuditEntry, audit_entry, recent_entries
from runtime.clock import Clock, naive
from runtime.datastore import transact
from runtime.problems import BadRequest, Conflict, NotFound

LINK_LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class SetupLink:
    """Shown once. expires_at: UTC."""

    url: str
    expires_at: datetime


class Operators:
    """The service behind the operators' pages and commands."""

    def __init__(self, domains: Domains, base_url: str, clock: Clock) -> None:
        """base_url: for setup links."""
        self._domains = domains
        self._base_url = base_url
        self._clock = clock

    def domains(self, search: str = "") -> list[DomainState]:
        """Primary, not yet set up and quarantined domains whose name contains `search`; as stored."""
        states = self._domains.all_states()
        return [s for s in states if (s.primary_domain == s.domain or s.quarantined) and search.lower() in s.domain]

    def add_independent(self, typed: str, actor: Actor) -> str:
        """A domain managed by hand. Its name as it is kept. Raises BadRequest."""
        domain = self._rule_domain(typed)
        self._domains.add_independent(domain, actor)
        return domain

    def disable(self, typed: str, reason: str, actor: Actor) -> None:
        """Holds until it is lifted. Raises BadRequest without a reason: customers ask for it."""
        if not reason.strip():
            raise BadRequest("A reason is missing.", advice="Write one sentence that the customer may read.")
        self._domains.disable_by_operator(self._rule_domain(typed), reason.strip()[:500], actor)

    def enable(self, typed: str, actor: Actor) -> None:
        """Lift a disable. Whether the domain is in use then is its license's and its administrator's matter."""
        self._domains.lift_disable(self._rule_domain(typed), actor)

    def release(self, typed: str, actor: Actor) -> None:
        """Let a quarantined name be set up by its new owner. Raises BadRequest, Conflict, NotFound."""
        self._domains.release(_name(typed), actor)

    def issue_setup_link(self, typed: str, actor: Actor) -> SetupLink:
        """A single-use link, shown once, for an independent domain. Raises NotFound, Conflict."""
        domain = _name(typed)
        state = self._domains.state(domain)
        if not state.known:
            raise NotFound(f"{domain} is not known here.", advice="Add it as an independent domain first.")
        if not state.is_independent:
            raise Conflict(f"{domain} installs from the Marketplace and needs no link.")
        token, now = secrets.token_urlsafe(32), naive(self._clock())
        link = InstallLink(
            id=_key(token), domain=domain, issued_by=actor.label, expires_at=now + LINK_LIFETIME
        )  # fmt: skip

        def save() -> None:
            ndb.put_multi([link, audit_entry(self._clock(), actor, "setup_link.issued", domain)])

        transact(save)
        return SetupLink(f"{self._base_url}/marketplace/setup-link/{token}", (now + LINK_LIFETIME).replace(tzinfo=UTC))

    def linked_domain(self, token: str) -> str:
        """The domain of a setup link that can still be used. Raises NotFound for any other."""
        link = InstallLink.get_by_id(_key(token))
        if link is None or link.used_at or naive(self._clock()) >= link.expires_at:
            raise NotFound(
                "This setup link was used already, has expired, or never was one.", advice="Ask support for a new link."
            )
        return str(link.domain)

    def redeem(self, token: str, actor: Actor) -> str:
        """Use a setup link up. The domain that it is for. Raises NotFound."""

        def burn() -> str:
            domain = self.linked_domain(token)
            link = InstallLink.get_by_id(_key(token))
            link.used_at = naive(self._clock())
            ndb.put_multi([link, audit_entry(self._clock(), actor, "setup_link.used", domain)])
            return domain

        return transact(burn)

    def recent(self, limit: int) -> list[AuditEntry]:
        """The newest entries of the operators' own log. What concerns a domain that is set up is in its log."""
        return recent_entries(limit)

    def _rule_domain(self, typed: str) -> str:
        """What is decided of a customer's secondary domain is decided of the customer."""
        return self._domains.rule_domain(_name(typed))


def _name(typed: str) -> str:
    domain = domain_hint(typed)
    if not domain:
        raise BadRequest(f"“{typed[:80]}” is not a domain name.", advice="Write it like example.com.")
    return domain


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
