"""Sessions, server-side: a cookie is a random value, Datastore knows its hash and who it is.

A session ends by logout, after the idle or the absolute limit, and within a minute of demotion, suspension or the loss
of the license. While Google cannot be asked, the last answer holds for a bounded time.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from marketplace.access import CustomerId, PersonId, Principal
from marketplace.domains import Domains
from marketplace.freshness import SIGNED_IN_LONG_AGO, is_fresh, signed_in_at
from marketplace.identity import Identity, SignInRefused, is_operator
from marketplace.people import Finding, People
from marketplace.records import Session
from marketplace.rules import GRACE, DomainState, Standing
from runtime.audit import Actor
from runtime.clock import Clock, naive
from runtime.datastore import transact
from runtime.google_problems import GoogleProblem
from runtime.problems import Unavailable

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
CHECKED_EVERY = timedelta(seconds=50)
"""How old Google's answer about a person may be; below a minute by the time that a request takes."""
ASKED_IN_VAIN = timedelta(seconds=15)
"""How long nobody of a domain waits for the Directory again after it has not answered."""
PERSON_GRACE = timedelta(minutes=15)
"""How long a person stays who they were while the Directory cannot be asked."""
OPEN = frozenset({Standing.ACTIVE, Standing.NOT_SET_UP, Standing.TURNED_OFF, Standing.LEAVING})
"""Standings in which people of the domain may be signed in."""

NOBODYS = Finding("present")
"""An operator with a consumer account: no Directory has it, and the list of operators is all there is to ask."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as Datastore keeps it


@dataclass(frozen=True)
class Visitor:
    """A signed-in person, whatever the standing of their domain."""

    token: str
    person: str
    email: str
    name: str
    domain: str
    customer_id: str  # as Google said it; the pinned one is the state's
    state: DomainState
    is_admin: bool
    is_operator: bool
    obstacle: str  # code of the problem that keeps us from asking Google about the person; "" when nothing does
    notices: tuple[tuple[str, str], ...] = ()
    install_link: str = ""
    is_fresh: bool = False  # see freshness
    is_super_admin: bool = False
    request_id: str = ""  # of the request that looked the visitor up, for the audit log

    def principal(self) -> Principal:
        """For the rooms behind the door."""
        return Principal(
            person=PersonId(self.person),
            email=self.email,
            name=self.name,
            domain=self.domain,
            tenant=CustomerId(self.state.customer_id),
            primary_domain=self.state.primary_domain,
            is_admin=self.is_admin,
            is_operator=self.is_operator,
            delegated_admin=self.state.delegated_admin_email,
            is_super_admin=self.is_super_admin,
            is_fresh=self.is_fresh,
            request_id=self.request_id,
        )


class NotLicensedForPerson(Exception):
    """The app is off for this person's organizational unit."""


class Sessions:
    """Starts, renews, checks and ends them."""

    def __init__(self, domains: Domains, people: People, operators: frozenset[str], clock: Clock) -> None:
        """operators: e-mail addresses, lower case."""
        self._domains = domains
        self._people = people
        self._operators = operators
        self._clock = clock
        self._unanswered: dict[str, datetime] = {}  # by the domain that carries the rule

    def is_operator(self, identity: Identity) -> bool:
        """Whether this person runs the deployment."""
        return is_operator(identity.email, identity.hd, self._operators)

    def administers(self, identity: Identity, state: DomainState) -> bool:
        """Whether Google says now that somebody who is not let in administers the domain; False when it is silent."""
        return self._people.look_up(identity.sub, identity.email, state).is_admin

    def start(self, identity: Identity, state: DomainState, old_token: str = "", *, asked: bool = False) -> str:
        """A new session after sign-in, and the end of the browser's old one. The cookie's value.

        asked: Google showed a page on which the person had to choose; else it may have passed them on by its cookie.

        The caller has checked that the standing of the domain is in OPEN, or that the person is an operator.
        Raises NotLicensedForPerson, SignInRefused for an account that may not be used any more, and Unavailable when
        Google does not say whether it is still of the customer that was set up. Conflict once that is being deleted.
        """
        finding = self._people.look_up(identity.sub, identity.email, state) if identity.hd else NOBODYS
        finding = self._same_customer(finding, state, identity.hd)
        if finding.passes and state.customer_id and not self.is_operator(identity):
            raise Unavailable("Google does not say just now whether your account may be used.")
        if finding.presence == "gone":
            raise SignInRefused("That account is suspended, archived or deleted, or belongs to another domain now.")
        licensed_at = self._license(state, identity.email, finding.is_admin, None)
        now, token = naive(self._clock()), secrets.token_urlsafe(32)
        signed_in = signed_in_at(identity.auth_time, now, asked=asked)
        session = Session(
            id=_key(token),
            person=identity.sub,
            email=identity.email,
            name=identity.name,
            domain=identity.hd,
            rule_domain=state.domain if state.known else identity.hd,
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE,
            licensed_at=licensed_at,
            signed_in_at=signed_in,
            notices=[["error", SIGNED_IN_LONG_AGO]] if asked and not is_fresh(signed_in, now) else [],
            **_known(finding, now),
        )
        transact(partial(self._keep, session, state))
        self.end(old_token)
        return token

    def current(self, token: str) -> Visitor | None:
        """Who the cookie's value stands for now; None when that session has ended."""
        session = Session.get_by_id(_key(token)) if token else None
        if session is None:
            return None
        now = naive(self._clock())
        if now >= session.expires_at or now - session.seen_at >= IDLE:
            self.end(token)
            return None
        state = self._domains.state(session.rule_domain) if session.rule_domain else DomainState("")
        operator = is_operator(session.email, session.domain, self._operators)
        if state.standing not in OPEN and state.standing is not Standing.CANNOT_TELL and not operator:
            self.end(token)
            return None
        if now - session.checked_at >= CHECKED_EVERY and not self._check(token, session, state, now):
            self.end(token)
            return None
        return _visitor(token, session, state, operator, now)

    def end(self, token: str) -> None:
        """The cookie's value stands for nobody from now on."""
        if token:
            Session(id=_key(token)).key.delete()

    def recheck(self, token: str) -> None:
        """Ask Google anew at the next request: setup has just changed what it may answer."""
        self._change(token, lambda session: session.populate(checked_at=_EPOCH))

    def follow_domain(self, token: str) -> None:
        """Setup may have found the customer's primary domain, whose row carries the rule; and asks Google anew."""

        def follow(session: Session) -> None:
            session.populate(rule_domain=self._domains.rule_domain(session.domain), checked_at=_EPOCH)

        self._change(token, follow)

    def redeem(self, token: str, domain: str) -> None:
        """Remember in this session that the setup link of `domain` was used in it."""
        self._change(token, lambda session: session.populate(install_link=domain))

    def add_notice(self, token: str, kind: str, text: str) -> None:
        """A sentence for the next page. kind: success, info or error."""
        self._change(token, lambda session: session.populate(notices=[*session.notices, [kind, text]][-5:]))

    def clear_notices(self, token: str) -> None:
        """They were shown."""
        self._change(token, lambda session: session.populate(notices=[]))

    def _keep(self, session: Session, state: DomainState) -> None:
        """In a transaction: whoever was let in while everything about their domain began to be deleted is not kept."""
        if state.known and not is_operator(session.email, session.domain, self._operators):
            self._domains.require_kept(state.domain)
        session.put()

    def _check(self, token: str, session: Session, state: DomainState, now: datetime) -> bool:
        """Ask Google again about the person; whether the session goes on."""
        finding = self._same_customer(self._look_up(session, state, now), state, session.domain)
        if finding.presence == "gone" or (session.is_admin and finding.is_ordinary):
            return False
        if finding.passes:
            if now - session.checked_at >= PERSON_GRACE:
                raise Unavailable("Google does not say just now whether your account may still be used.")
            return True
        try:
            licensed_at = self._license(state, session.email, finding.is_admin, session.licensed_at)
        except NotLicensedForPerson:
            return False
        session.populate(seen_at=now, licensed_at=licensed_at, **_known(finding, now))
        self._change(
            token, lambda stored: stored.populate(seen_at=now, licensed_at=licensed_at, **_known(finding, now))
        )
        return True

    def _look_up(self, session: Session, state: DomainState, now: datetime) -> Finding:
        """What Google says of the person; unknown at once where it has just failed to say it of somebody else."""
        if not session.domain:
            return NOBODYS
        failed = self._unanswered.get(state.domain)
        if failed is not None and now - failed < ASKED_IN_VAIN:
            return Finding("unknown")
        finding = self._people.look_up(session.person, session.email, state)
        if finding.passes:
            self._unanswered[state.domain] = naive(self._clock())  # the wait may have been long
        else:
            self._unanswered.pop(state.domain, None)
        return finding

    def _license(self, state: DomainState, email: str, is_admin: bool, last: datetime | None) -> datetime | None:
        """When the app was last known to be on for a person. Administrators get in to set it up.

        Raises NotLicensedForPerson, or Unavailable when Google does not say and has not said so within the grace.
        """
        if state.is_independent or is_admin or not state.domain or state.standing not in OPEN:
            return last
        now = naive(self._clock())
        try:
            if self._domains.user_is_licensed(email):
                return now
        except GoogleProblem as problem:
            if last is not None and now - last < GRACE:
                return last
            raise Unavailable("Google does not say just now whether Frontdesk is on for you.") from problem
        raise NotLicensedForPerson

    def _same_customer(self, finding: Finding, state: DomainState, domain: str) -> Finding:
        """A domain that answers for another customer than the pinned one was sold on: nobody is let in by it.

        Only that name: a school that gives up one of its secondary domains goes on with the others.
        """
        if state.customer_id and finding.customer_id not in {"", state.customer_id}:
            self._domains.quarantine(domain, Actor("app", "sessions", "sessions"), finding.customer_id)
            return Finding("gone", customer_id=finding.customer_id)
        return finding

    def _change(self, token: str, change: Callable[[Session], None]) -> None:
        """In a transaction, so that a session that has just ended stays ended."""

        def work() -> None:
            session = Session.get_by_id(_key(token))
            if session is not None:
                change(session)
                session.put()

        transact(work)


def _known(finding: Finding, now: datetime) -> dict[str, object]:
    return {
        "is_admin": finding.is_admin,
        "is_super_admin": finding.is_super_admin,
        "customer_id": finding.customer_id,
        "obstacle": finding.obstacle.code if finding.obstacle else "",
        "checked_at": now,
    }


def _visitor(token: str, session: Session, state: DomainState, operator: bool, now: datetime) -> Visitor:
    return Visitor(
        token=token,
        person=session.person,
        email=session.email,
        name=session.name,
        domain=session.domain,
        customer_id=session.customer_id,
        state=state,
        is_admin=session.is_admin,
        is_operator=operator,
        obstacle=session.obstacle,
        notices=tuple((kind, text) for kind, text in session.notices),
        install_link=session.install_link,
        is_fresh=is_fresh(session.signed_in_at, now),
        is_super_admin=session.is_super_admin,
    )


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
