"""Asking that everything of a customer be deleted, and taking it back. Called inside an ndb context."""

from datetime import UTC

from google.cloud import ndb

from marketplace.domains import Domains
from marketplace.erasure.records import Erasure, ErasureProof
from marketplace.erasure.rules import By, ErasureInfo, Proof, due, may_be_at_once, names_domain
from marketplace.identity import domain_hint
from marketplace.records import AppsDomain
from marketplace.rules import DomainState
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock, naive
from runtime.datastore import tenant_namespace, transact
from runtime.problems import BadRequest, Conflict, NotFound


class ErasureRequests:
    """Who asks, for how long it can be taken back, and what is left of it. Whoever calls has seen that they may."""

    def __init__(self, domains: Domains, clock: Clock) -> None:
        """domains: whether the app is installed."""
        self._domains = domains
        self._clock = clock

    def serves(self, tenant: str) -> bool:
        """Whether work may be done for a customer: it is known here, and nothing of it is to be deleted."""
        if _record(tenant) is not None:
            return False
        return AppsDomain.query(AppsDomain.customer_id == tenant).get(keys_only=True) is not None

    def known(self, typed: str) -> DomainState:
        """The primary domain of the customer that has this one, or had it until it was sold, as it is stored.

        Raises NotFound.
        """
        name = domain_hint(typed)
        state = self._domains.stored(name) if name else DomainState("")
        if not state.customer_id:
            raise NotFound(f"{typed[:253]} is not set up here.", advice="Only what was set up has data to delete.")
        primary = self._domains.stored(state.primary_domain)
        return primary if primary.customer_id == state.customer_id else state

    def of(self, customer: str) -> ErasureInfo | None:
        """The one of a customer, if there is one."""
        record = _record(customer)
        return _info(record) if record else None

    def under_way(self, limit: int) -> list[ErasureInfo]:
        """Those that were asked for, the next first."""
        return [_info(record) for record in Erasure.query().order(Erasure.due_at).fetch(limit)]

    def proofs(self, limit: int) -> list[Proof]:
        """Those that are over, the latest first."""
        return [_proof(record) for record in ErasureProof.query().order(-ErasureProof.finished_at).fetch(limit)]

    def ask(self, domain: str, typed: str, actor: Actor, by: By, *, at_once: bool = False) -> ErasureInfo:
        """Close the customer's domains, and have everything deleted after the waiting time. Asked again: as it was.

        domain: one of the customer's; typed: its primary one, by hand. at_once: without waiting, for an operator.
        Raises NotFound, BadRequest for another name, Conflict where waiting is due.
        """
        state = self._domains.state(self.known(domain).domain)
        if not names_domain(typed, state.domain):
            raise BadRequest(f"“{typed[:80]}” is not the name of the domain.", advice=f"Type {state.domain}.")
        if at_once and not (by == "operator" and may_be_at_once(state)):
            raise Conflict(
                "Google does not say that this customer has uninstalled Frontdesk.",
                advice="Ask without “at once”: then there is time to take it back.",
            )

        def work() -> ErasureInfo:
            row, record = AppsDomain.get_by_id(state.domain), Erasure.get_by_id(state.customer_id)
            if row is None or (row.customer_id, row.primary_domain) != (state.customer_id, state.primary_domain):
                raise Conflict("The domain was changed at this moment.")
            now = self._clock()
            if record is None:
                record = Erasure(
                    id=state.customer_id, domain=state.domain, asked_at=naive(now), by=by, label=actor.label,
                    due_at=naive(due(now, at_once=at_once)),
                )  # fmt: skip
            elif record.is_begun or not at_once:
                return _info(record)
            record.due_at = naive(due(now, at_once=at_once))
            row.erase_at = record.due_at
            ndb.put_multi([row, record, self._entry(state.customer_id, actor, "erasure.asked", state.domain)])
            return _info(record)

        return transact(work)

    def take_back(self, customer: str, actor: Actor) -> str:
        """Everything is as it was before. The primary domain. Raises NotFound, Conflict once deleting has begun."""

        def work() -> str:
            record = _record(customer)
            if record is None:
                raise NotFound("Nothing is about to be deleted.")
            if record.is_begun:
                raise Conflict("Deleting has begun, and what is deleted cannot be brought back.")
            row = AppsDomain.get_by_id(record.domain)
            row.populate(erase_at=None)
            ndb.put_multi([row, self._entry(customer, actor, "erasure.taken_back", record.domain)])
            record.key.delete()
            return str(record.domain)

        return transact(work)

    def _entry(self, customer: str, actor: Actor, action: str, domain: str) -> ndb.Model:
        with tenant_namespace(customer):
            return audit_entry(self._clock(), actor, action, domain)


def _record(customer: str) -> Erasure | None:
    return Erasure.get_by_id(customer) if customer else None


def _info(record: Erasure) -> ErasureInfo:
    return ErasureInfo(
        str(record.key.id()), record.domain, record.asked_at.replace(tzinfo=UTC), record.by,
        record.due_at.replace(tzinfo=UTC), record.is_begun, record.deleted,
    )  # fmt: skip


def _proof(record: ErasureProof) -> Proof:
    return Proof(
        record.customer_hash, record.asked_at.replace(tzinfo=UTC), record.by, record.operator,
        record.finished_at.replace(tzinfo=UTC), record.entities, record.expires_at.replace(tzinfo=UTC),
    )  # fmt: skip
