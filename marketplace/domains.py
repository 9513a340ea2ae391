"""Domains and the license rule: what may be used now, who set it up, and who turned it off.

Rows are made by setup and by operators only. A stranger's visit reads, asks Google, and writes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from google.cloud import ndb

from marketplace.access import CustomerId, TenantInUse
from marketplace.domain_rows import carrier, rows_named, rule_row, stored_state
from marketplace.licenses import Licenses
from marketplace.records import AppsDomain
from marketplace.rules import ACTIVE, DomainState, Standing, license_in_grace
from runtime.audit import Actor, audit_entry
from runtime.clock import Clock, aware, naive
from runtime.datastore import tenant_namespace, transact
from runtime.problems import Conflict, Forbidden, NotFound, Unavailable

MOST_DOMAINS = 700
"""That a customer can have, and a little more."""
SEEN_EVERY = timedelta(hours=1)
"""How often Google's ACTIVE is written down; the grace is that much shorter or longer."""
LEAVING_ADVICE = "Take the deletion back, or wait until it is over: then the domain can be set up as a new one."
ERASING_ADVICE = "Wait until it is over, some 15 minutes: then the domain can be set up as a new one."
_RULE = ("is_enabled", "disabled_by_operator", "license_state", "license_seen_at", "set_up_at", "setup_results")


class Domains:
    """The rows, and the rule over them."""

    def __init__(self, licenses: Licenses, clock: Clock) -> None:
        """licenses: Google's answers, less than a minute old."""
        self._licenses = licenses
        self._clock = clock

    def state(self, domain: str, *, hint: bool = False) -> DomainState:
        """All that is known of a domain now; for a secondary domain the row of its customer's primary one.

        hint: nobody has signed in for it; then Google is asked only so often about names that are not known here.
        """
        row = rule_row(domain)
        if row is not None:
            return self._state_of(row)
        ask = self._licenses.of_hint if hint else self._licenses.of_domain
        return DomainState(domain, license_state=ask(domain))

    def stored(self, domain: str) -> DomainState:
        """The same for operators who look: Google is not asked, and nothing is written down."""
        row = rule_row(domain)
        return stored_state(row, row.license_state) if row is not None else DomainState(domain)

    def rule_domain(self, domain: str) -> str:
        """The domain whose row carries the rule for `domain`."""
        row = rule_row(domain)
        return str(row.key.id()) if row is not None else domain

    def is_arbitrary_domain_active(self, domain: str) -> bool:
        """Whether a domain, seen before or not, may be used. Nothing is stored for one never seen."""
        state = self.state(domain, hint=True)
        return state.standing is Standing.ACTIVE if state.known else state.license_state == ACTIVE

    def user_is_licensed(self, email: str) -> bool:
        """Whether the app is on for a person. Raises GoogleProblem when Google does not say."""
        return self._licenses.of_person(email)

    def require_active(self, tenant: CustomerId) -> TenantInUse:
        """For API keys: the tenant, if its rule holds now. Raises Forbidden, Unavailable, NotFound."""
        rows = AppsDomain.query(AppsDomain.customer_id == tenant).fetch(MOST_DOMAINS)
        row = next((row for row in rows if row.primary_domain == row.key.id()), None)
        if row is None:
            raise NotFound("There is no such domain here.")
        state = self._state_of(row)
        if state.standing is Standing.CANNOT_TELL:
            raise Unavailable(f"Google does not say just now whether {state.domain} has Frontdesk installed.")
        if state.standing is not Standing.ACTIVE:
            raise Forbidden(f"Frontdesk is not in use in {state.domain}: it is {state.standing.value}.")
        return TenantInUse(tenant, state.domain, state.delegated_admin_email)

    def active(self) -> list[CustomerId]:
        """See Tenants; by the rows as they are stored."""
        rows = AppsDomain.query(AppsDomain.is_enabled == True)  # noqa: E712 - ndb's way to say it
        states = [stored_state(row, row.license_state) for row in rows if row.primary_domain == row.key.id()]
        return [CustomerId(state.customer_id) for state in states if state.standing is Standing.ACTIVE]

    def known(self) -> list[CustomerId]:
        """See Tenants; without those of which everything is being deleted."""
        rows = [row for row in AppsDomain.query() if row.primary_domain == row.key.id() and not row.erasing]
        return [CustomerId(row.customer_id) for row in rows if row.customer_id]

    def domains_of(self, customer_id: str) -> list[str]:
        """Names of all the domains of a customer that are known, sorted."""
        keys = AppsDomain.query(AppsDomain.customer_id == customer_id).fetch(MOST_DOMAINS, keys_only=True)
        return sorted(str(key.id()) for key in keys)

    def described(self, customer_id: str) -> dict[str, str]:
        """The same, each with the domain that it was an alias of when they were pinned last, or ""."""
        rows = AppsDomain.query(AppsDomain.customer_id == customer_id).fetch(MOST_DOMAINS)
        return {str(row.key.id()): row.alias_of for row in sorted(rows, key=lambda row: str(row.key.id()))}

    def tenant_of(self, domain: str) -> CustomerId:
        """The customer that uses it, and does not leave; nothing is asked of Google. Raises NotFound."""
        row = rule_row(domain)
        if row is None or not row.customer_id or row.erase_at:
            raise NotFound(f"{domain[:100]} is not set up here.", advice="Name a domain that was set up.")
        return CustomerId(row.customer_id)

    def forget(self, domain: str) -> None:
        """Ask Google anew at the next question ("Check again")."""
        self._licenses.forget(self.rule_domain(domain))

    def record_sign_in(self, domain: str) -> None:
        """Note the day's first sign-in; a stranger's domain has no row and gets none."""
        now = naive(self._clock())
        row = AppsDomain.get_by_id(domain)
        if row is not None and (row.last_sign_in_at is None or now - row.last_sign_in_at > SEEN_EVERY):
            self._update(domain, lambda row: row.populate(last_sign_in_at=now))

    def pin(
        self,
        *,
        customer_id: str,
        primary: str,
        others: Mapping[str, str],
        admin_email: str,
        admin_id: str,
        actor: Actor,
    ) -> None:
        """Tie the customer's domains to its id, and remember in whose name the Directory is called.

        others: each domain with the one that it is an alias of, or "".
        Raises Conflict when one of the names is already another customer's; that row is quarantined, never merged.
        When the customer has chosen another primary domain, the rule moves there with all that was decided.
        """
        names = list(dict.fromkeys([primary, *others, *self.domains_of(customer_id)]))

        def tie() -> str:
            rows = [row or AppsDomain(id=name) for name, row in zip(names, rows_named(names), strict=True)]
            if foreign := [row for row in rows if row.customer_id not in {"", customer_id}]:
                return str(foreign[0].key.id())
            if any(row.erase_at for row in rows):
                raise Conflict(f"Everything that is kept about {primary} is to be deleted.", advice=LEAVING_ADVICE)
            before = [row.to_dict() for row in rows]
            for row in rows[1:]:
                if row.customer_id and row.primary_domain == row.key.id():
                    rows[0].populate(**{name: getattr(row, name) for name in _RULE})
            for row in rows:
                alias_of = others.get(str(row.key.id()), row.alias_of)
                row.populate(customer_id=customer_id, primary_domain=primary, alias_of=alias_of)
                row.created_at = row.created_at or naive(self._clock())
            rows[0].populate(delegated_admin_email=admin_email, delegated_admin_id=admin_id)
            rows[0].is_independent = any(row.is_independent for row in rows)
            rows[0].last_sign_in_at = rows[0].last_sign_in_at or naive(self._clock())
            if before != [row.to_dict() for row in rows]:  # checked again, and all is as it was: nothing to tell
                ndb.put_multi([*rows, self._entry(customer_id, actor, "domain.pinned", primary, domains=names)])
            return ""

        if foreign := transact(tie):
            self.quarantine(foreign, Actor("app", "setup", "setup"), customer_id)
            raise Conflict(
                f"{foreign} was set up for another Google Workspace customer.",
                advice="Nothing was changed. Write to support: they check who owns the domain now.",
            )

    def act_as(self, domain: str, email: str, person: str, actor: Actor) -> None:
        """Call the Directory in another administrator's name from now on. The caller has asked Google that it works."""
        change = {"delegated_admin_email": email, "delegated_admin_id": person}
        self._update(domain, lambda row: row.populate(**change), actor, "domain.administrator_changed", email)

    def enable(self, domain: str, actor: Actor) -> None:
        """The last step of setup. Raises Forbidden while an operator's disable holds."""

        def turn_on(row: AppsDomain) -> None:
            if row.disabled_by_operator:
                raise Forbidden(
                    f"Frontdesk was disabled for {domain} by its operator.",
                    advice="Write to support; they can lift it.",
                )
            row.populate(is_enabled=True, set_up_at=row.set_up_at or naive(self._clock()))

        self._update(domain, turn_on, actor, "domain.enabled")

    def turn_off(self, domain: str, actor: Actor) -> None:
        """By the domain's own administrator; setup turns it on again."""
        self._update(domain, lambda row: row.populate(is_enabled=False), actor, "domain.turned_off")

    def add_independent(self, domain: str, actor: Actor) -> None:
        """By an operator: a domain managed by hand, whose license is not asked for. It still has to be set up."""

        def add() -> None:
            row = AppsDomain.get_by_id(domain) or AppsDomain(id=domain, created_at=naive(self._clock()))
            row.populate(is_independent=True)
            ndb.put_multi([row, self._entry("", actor, "domain.independent", domain)])

        transact(add)

    def disable_by_operator(self, domain: str, reason: str, actor: Actor) -> None:
        """Holds until an operator lifts it, whatever the license says."""
        self._update(domain, lambda row: row.populate(disabled_by_operator=reason), actor, "domain.disabled", reason)

    def lift_disable(self, domain: str, actor: Actor) -> None:
        """By an operator. The domain is as it was before."""
        self._update(domain, lambda row: row.populate(disabled_by_operator=""), actor, "domain.disable_lifted")

    def quarantine(self, domain: str, actor: Actor, seen_customer: str) -> None:
        """The name answers for another customer than the pinned one: nobody gets in until an operator has looked."""
        self._update(
            domain, lambda row: row.populate(quarantined=True), actor, "domain.quarantined", f"seen {seen_customer}"
        )

    def release(self, domain: str, actor: Actor) -> None:
        """By an operator who has looked: a quarantined name is its new owner's to set up; nothing of the old is kept.

        The old customer's data stays in its own namespace, and its other domains stay its own.
        Raises Conflict for a name that is not quarantined.
        """

        def let_go(row: AppsDomain) -> None:
            if not row.quarantined:
                raise Conflict(f"{domain} is not in quarantine.")
            if carrier(row).erase_at:
                raise Conflict(f"What is kept about {domain} is to be deleted, which ends the quarantine, too.")
            fresh = AppsDomain(id=domain, created_at=row.created_at).to_dict()
            row.populate(**fresh)

        self._update(domain, let_go, actor, "domain.released")

    def require_kept(self, domain: str) -> None:
        """In a transaction that writes something about a customer, by its primary domain. Raises Conflict too late."""
        row = AppsDomain.get_by_id(domain)
        if row is None or row.erasing:
            raise _is_erased(domain)

    def keep_setup_results(self, domain: str, results: dict[str, dict[str, str]]) -> None:
        """Merge results into the row; a domain without a row keeps none."""

        def keep() -> None:
            row = AppsDomain.get_by_id(domain)
            if row is not None:
                row.setup_results = {**(row.setup_results or {}), **results}
                row.put()

        transact(keep)

    def all_states(self) -> list[DomainState]:
        """For operators: the rows as they are stored, by name; Google is not asked."""
        return [stored_state(row, row.license_state) for row in AppsDomain.query().order(AppsDomain.key)]

    def _state_of(self, row: AppsDomain) -> DomainState:
        name = str(row.key.id())
        if row.is_independent:
            return stored_state(row, row.license_state)
        answer = self._licenses.of_domain(name)
        if answer:
            self._note_license(row, answer)
            return stored_state(row, answer)
        return stored_state(row, license_in_grace(row.license_state, aware(row.license_seen_at), self._clock()), True)

    def _note_license(self, row: AppsDomain, answer: str) -> None:
        now = naive(self._clock())
        fresh = row.license_seen_at is not None and now - row.license_seen_at < SEEN_EVERY
        if row.license_state == answer and (answer != ACTIVE or fresh):
            return
        seen = now if answer == ACTIVE else row.license_seen_at
        self._update(str(row.key.id()), lambda row: row.populate(license_state=answer, license_seen_at=seen))

    def _update(
        self,
        domain: str,
        change: Callable[[AppsDomain], None],
        actor: Actor | None = None,
        action: str = "",
        reason: str = "",
    ) -> None:
        def update() -> None:
            row = AppsDomain.get_by_id(domain)
            if row is None:
                raise NotFound(f"{domain} is not known here.")
            if actor and carrier(row).erasing:  # the entry would be left in a namespace that was gone through
                raise _is_erased(domain)
            change(row)
            entries = [self._entry(row.customer_id, actor, action, domain, reason=reason)] if actor else []
            ndb.put_multi([row, *entries])

        transact(update)

    def _entry(self, customer_id: str, actor: Actor, action: str, target: str, **detail: object) -> ndb.Model:
        """In the tenant's log when there is a tenant yet, else in the operators'."""
        if not customer_id:
            return audit_entry(self._clock(), actor, action, target, **detail)
        with tenant_namespace(customer_id):
            return audit_entry(self._clock(), actor, action, target, **detail)


def _is_erased(domain: str) -> Conflict:
    return Conflict(f"Everything that is kept about {domain} is being deleted.", advice=ERASING_ADVICE)
