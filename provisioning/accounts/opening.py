"""Opening one account, so that sending the same wish again never makes a second one, and a lost answer is found out.

    look the address up -> hold the name -> record the intent -> wait for a turn -> ask Google once -> settle

The address is looked up before the name is held: who made it in the last minutes still holds it (naming.holds keeps
created names for 15 minutes), and a wish that is continued may find its own account while another holds the name.
After an answer that was lost, the address is looked up again; only our own mark there means success.
The index of taken names learns of every account that is made, and of every address that turns out to be in use.
"""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

from provisioning.accounts.account_follow_ups import AccountFollowUps
from provisioning.accounts.creation import (
    AccountCreation,
    Created,
    Outcome,
    Refused,
    Taken,
    Unknown,
)
from provisioning.accounts.explanation import explain_conflict
from provisioning.accounts.ledger import Ledger, require_same
from provisioning.accounts.order import Order, faults
from provisioning.accounts.policy import Policies
from provisioning.accounts.problems import AddressTaken, OrderRefused, Undecided
from provisioning.accounts.records import Opening
from provisioning.accounts.sighting import Lookout
from provisioning.accounts.turns import Turns
from provisioning.directory.port import Directory, NewAccount, Person
from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.occupancy import OccupantKind
from provisioning.naming.policy import NamingPolicy, Why
from provisioning.naming.taken import TakenNames
from runtime.audit import Actor, AuditEntry, audit_entry
from runtime.clock import Clock
from runtime.datastore import OUTAGES
from runtime.google_problems import AlreadyExists, GoogleProblem
from runtime.pace import Pace
from runtime.problems import Problem, Unavailable

_log = logging.getLogger("frontdesk.accounts")
REMEMBERED = 15 * 60
"""Seconds in which a repeated wish is answered without asking Google, whose reads may lag behind."""
HIDDEN_AFTER = 90
"""Seconds after which an address that Google refuses but shows nobody at is told to be taken: somebody waits for it."""


@dataclass(frozen=True)
class Asker:
    """For which tenant, in whose name at Google (the delegated administrator's e-mail), and who asks."""

    tenant: str
    subject: str
    actor: Actor


@dataclass(frozen=True)
class Opened:
    """An account that exists. again: it existed before this request, by the same wish. mark: names the wish."""

    person_id: str
    address: str
    again: bool
    mark: str = ""


def _nothing_else() -> None:
    """What most who open an account change besides."""


class AccountOpening:
    """Opens accounts. Who may ask is decided by the caller (Policies, or the API key)."""

    def __init__(
        self,
        directory: Directory,
        holds: Holds,
        taken: TakenNames,
        policies: Policies,
        follow_ups: AccountFollowUps,
        pace: Pace,
        clock: Clock,
        *,
        sleep: Callable[[float], None] = time.sleep,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """pace: of creates, jobs' too. sleep: between two looks at an address; random_bytes: secure."""
        self._holds = holds
        self._taken = taken
        self._policies = policies
        self._follow_ups = follow_ups
        self._turns = Turns(pace)
        self._clock = clock
        self._ledger = Ledger(clock, random_bytes)
        self._lookout = Lookout(directory, clock, sleep)
        self._creation = AccountCreation(directory, clock, hidden_after=HIDDEN_AFTER, sleep=sleep)

    def open(self, asker: Asker, order: Order, also: Callable[[], None] = _nothing_else) -> Opened:
        """Make the account, or find that this wish made it before.

        also: what changes in the transaction that records the account, and not when it was recorded before.
        Raises OrderRefused, AddressTaken, HeldByAnother, OperationChanged, Undecided (send it again), GoogleProblem,
        and Unavailable where so many accounts of the domain are being made that this one would have to wait for long.
        """
        policy = self._policies.of(asker.tenant).naming()
        require_valid(order, policy)
        mark = _mark(asker.actor, order)
        known = self._ledger.find(asker.tenant, mark, order)
        if known is not None and known.state == "created" and self._ledger.age(known) < REMEMBERED:
            return Opened(known.person_id, order.address, again=True, mark=mark)
        person = self._own(asker, order, mark)
        if person is not None and known is not None:
            require_same(known, order)  # an account of the earlier values is there, with the earlier password
        if person is None:
            self._holds.secure(_holder(asker, order), order.username, policy.hold_seconds)
            record = self._ledger.intend(asker.tenant, mark, order, known)
            if record.state == "created":
                return Opened(record.person_id, order.address, again=True, mark=mark)
            person = self._insert(asker, order, mark, record)
        return self._settle(asker, order, mark, person, also)

    def find_out(self, asker: Asker, order: Order, also: Callable[[], None] = _nothing_else) -> Opened | None:
        """The account of a wish whose answer was lost, recorded now if it had not been; None where there is none.

        Makes nothing, so the order needs no password. Raises AddressTaken, GoogleProblem.
        """
        mark = _mark(asker.actor, order)
        person = self._own(asker, order, mark)
        return self._settle(asker, order, mark, person, also) if person else None

    def may_exist(self, asker: Asker, order: Order) -> bool:
        """Whether an account of this wish exists, or may yet come to light; Google is not asked."""
        return self._ledger.is_begun(asker.tenant, _mark(asker.actor, order))

    def _own(self, asker: Asker, order: Order, mark: str) -> Person | None:
        """The account, if this wish made it before. Raises AddressTaken."""
        seen = self._lookout.look(asker.subject, order.address, mark)
        if seen.other:
            raise self._in_use(asker, order, mark, Taken.by(order.address, seen.other))
        return seen.ours

    def _insert(self, asker: Asker, order: Order, mark: str, record: Opening) -> Person:
        """Ask Google once. Any answer but a clear one is found out by looking the address up."""
        outcome = self._ask(asker, order, mark, record)
        if isinstance(outcome, Created):
            return outcome.person
        if isinstance(outcome, Refused):
            raise outcome.problem
        found = self._occupant(asker, order, record, outcome)
        if isinstance(found, Unknown):
            raise Undecided(raw=found.problem.raw)
        raise self._in_use(asker, order, mark, found)

    def _occupant(self, asker: Asker, order: Order, record: Opening, outcome: Taken | Unknown) -> Taken | Unknown:
        """Who has the address. Where Google shows nobody, the index may know who had it before anybody asked for it."""
        if isinstance(outcome, Taken):
            return explain_conflict(self._taken, asker.tenant, order.address, outcome)
        if record.attempts > 1 or type(outcome.problem) is not AlreadyExists:
            return outcome
        found = explain_conflict(self._taken, asker.tenant, order.address, Taken.hidden(order.address))
        return outcome if found.kind in {"hidden", "unmanaged"} else found

    def _ask(self, asker: Asker, order: Order, mark: str, record: Opening) -> Outcome:
        account, began = _account(order, mark), record.started.replace(tzinfo=UTC).timestamp()
        self._wait_for_turn(asker, mark, record)
        try:
            outcome = self._creation.ask(asker.subject, account, asked_before=record.attempts > 1, refused=began)
        except GoogleProblem as refusal:
            self._note(asker, mark, record, refusal)
            self._turns.note(asker.tenant, refusal)
            raise
        if isinstance(outcome, Refused):
            self._note(asker, mark, record, outcome.problem)
        self._turns.note(asker.tenant, outcome.problem if isinstance(outcome, Unknown) else None)
        return outcome

    def _wait_for_turn(self, asker: Asker, mark: str, record: Opening) -> None:
        """Raises Unavailable: nobody was asked then."""
        try:
            self._turns.wait(asker.tenant)
        except Unavailable as refusal:
            self._note(asker, mark, record, refusal)
            raise

    def _note(self, asker: Asker, mark: str, record: Opening, refusal: Problem) -> None:
        """A clear refusal is the end of a first attempt; an earlier one may yet come true."""
        if record.attempts == 1:
            self._ledger.fail(asker.tenant, mark, refusal.code)

    def _in_use(self, asker: Asker, order: Order, mark: str, found: Taken) -> AddressTaken:
        """The end of a wish whose address somebody else has."""
        self._ledger.fail(asker.tenant, mark, AddressTaken.code)
        self._learn(asker, order, found.learned)
        return AddressTaken(found.sentence)

    def _learn(self, asker: Asker, order: Order, kind: OccupantKind) -> None:
        """Have the index not offer the name again. What became of the account does not depend on it."""
        try:
            self._taken.add(asker.tenant, order.domain, order.username, kind)
        except (Unavailable, *OUTAGES) as problem:
            _log.warning("the index did not learn that a name is taken: %s", problem)

    def _settle(self, asker: Asker, order: Order, mark: str, person: Person, also: Callable[[], None]) -> Opened:
        def together() -> AuditEntry:
            self._holds.mark_created(_holder(asker, order), order.username)
            if order.steps:
                self._follow_ups.entity(asker.tenant, mark, person.id, order.address, order.steps).put()
            also()
            return self._entry(asker, order, person)

        first = self._ledger.settle(asker.tenant, mark, order, person.id, together)
        if first and order.steps:
            self._follow_ups.start(asker.tenant, mark)
        self._learn(asker, order, "user")
        return Opened(person.id, order.address, again=not first, mark=mark)

    def _entry(self, asker: Asker, order: Order, person: Person) -> AuditEntry:
        return audit_entry(
            self._clock(), asker.actor, "account.created", order.address,
            id=person.id, given_name=order.given_name, family_name=order.family_name,
            org_unit=order.org_unit_path, change_password=order.change_password,
        )  # fmt: skip


def require_valid(order: Order, policy: NamingPolicy) -> None:
    """Raises OrderRefused: what Google, or the domain's reserved words, would refuse anyway."""
    errors = faults(order)
    if "username" not in errors and policy.check(order.username).why is Why.RESERVED:
        errors["username"] = f"{order.username} is a reserved word."
    if errors:
        raise OrderRefused(errors)


def _mark(actor: Actor, order: Order) -> str:
    """What names the wish at Google and in the ledger. Nobody can name another person's."""
    return hashlib.sha256(f"{actor.kind}\0{actor.id}\0{order.operation}".encode()).hexdigest()[:32]


def _holder(asker: Asker, order: Order) -> Holder:
    return Holder(asker.tenant, order.domain, order.holder, order.call)


def _account(order: Order, mark: str) -> NewAccount:
    return NewAccount(
        email=order.address,
        given_name=order.given_name,
        family_name=order.family_name,
        password=order.password,
        org_unit_path=order.org_unit_path,
        change_password_at_next_sign_in=order.change_password,
        mark=mark,
    )
