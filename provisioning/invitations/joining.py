"""What a visitor does: ask for usernames, choose one, have the account made. Called inside an ndb context.

A visitor is told only what may be had. Why something may not, or whose it is, is not told: not in words, and not by how
long the answer takes.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.opening import AccountOpening, Asker
from provisioning.accounts.order import Order, faults
from provisioning.accounts.person_names import name_fault, visible
from provisioning.accounts.policy import Policies
from provisioning.accounts.problems import AddressTaken, OperationChanged, OrderRefused
from provisioning.accounts.rules import steps_for
from provisioning.accounts.steps import Step
from provisioning.invitations.allowance import VisitorAllowance
from provisioning.invitations.claims import Claims
from provisioning.invitations.invitations import people_purpose
from provisioning.invitations.permitted import PermittedPerson
from provisioning.invitations.problems import InvitationOver, NameNotFree, NotPermitted
from provisioning.invitations.values import VisitInfo, WantedAccount
from provisioning.invitations.visits import Visits
from provisioning.naming.holder import HeldByAnother, Holder
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.suggestions import NameNotLegal, NameTaken, Suggestions
from runtime.audit import Actor
from runtime.problems import Problem
from runtime.sealing import Sealer

HELD_FOR = 15 * 60
"""Seconds for which suggestions are kept for a visitor, who types on a phone and is asked nothing meanwhile."""
SLOT = 1.0
"""Seconds: a username is refused after a whole number of these, so that the time does not tell why."""
_NOT_FREE = "This username cannot be had."


@dataclass(frozen=True)
class Caller:
    """A visitor as the network shows them. network: a pseudonym. request_id: as on error pages."""

    network: str
    request_id: str = ""


@dataclass(frozen=True)
class Wish:
    """What a visitor typed. code: where the list of permitted people has one. extra: fields that patterns use."""

    given_name: str
    family_name: str
    code: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    extra: Mapping[str, str] = field(default_factory=dict)


class Joining:
    """Serves visitors. Who they are is decided by Visits."""

    def __init__(
        self,
        visits: Visits,
        claims: Claims,
        allowance: VisitorAllowance,
        suggestions: Suggestions,
        opening: AccountOpening,
        policies: Policies,
        sealer: Sealer,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """sleep, monotonic: how long a refusal takes."""
        self._visits = visits
        self._claims = claims
        self._allowance = allowance
        self._suggestions = suggestions
        self._opening = opening
        self._policies = policies
        self._sealer = sealer
        self._sleep = sleep
        self._monotonic = monotonic

    def extra_fields(self, visit: VisitInfo) -> tuple[str, ...]:
        """What the domain's patterns ask for besides first and last name."""
        return self._policies.recent(visit.tenant).pattern_fields()

    def suggest(self, visit: VisitInfo, wish: Wish, caller: Caller) -> list[str]:
        """Usernames that are free, and kept for the visit. Raises as `create`, NamesUsedUp, BadRequest for names."""
        policy = self._usable(visit)
        _require_name(wish)
        self._require_permitted(visit, wish)
        naming = _naming(policy)
        self._learn(visit, caller, naming.number_of_suggestions)
        extra = {name: wish.extra.get(name) or None for name in policy.pattern_fields()}
        fields = {**extra, "firstname": wish.given_name, "lastname": wish.family_name}
        return self._suggestions.suggest(_holder(visit), naming, fields).names

    def create(self, visit: VisitInfo, wish: Wish, caller: Caller) -> WantedAccount:
        """Make the visit's account, or find that it was made before.

        Raises OrderRefused, NameNotFree, NotPermitted, InvitationOver, EnoughTried, StillAsking, Undecided (ask again
        with the same password), GoogleProblem.
        """
        if found := self.resume(visit, caller):
            return found
        began, policy = self._monotonic(), self._usable(visit)
        wanted = visit.account or _wanted(visit, wish, policy)
        order = _order(visit, wanted, wish.password)
        self._allowance.try_name(visit.tenant, visit.id)
        self._learn(visit, caller, 1)
        try:
            self._require_fine(order)
            if visit.state == "open":
                self._require_permitted(visit, wish)
                self._suggestions.secure(_holder(visit), _naming(policy), wanted.username)
            self._open(visit, wish, wanted, order, policy, caller)
        except (NameNotLegal, NameTaken, HeldByAnother, AddressTaken) as problem:
            self._wait_as_always(began)
            raise NameNotFree(_NOT_FREE) from problem
        except OperationChanged as problem:  # all but the password is kept with the visit
            raise OrderRefused({"password": "That is not the password that you typed first."}) from problem
        self._suggestions.release(_holder(visit))  # the names that were not chosen
        return wanted

    def resume(self, visit: VisitInfo, caller: Caller) -> WantedAccount | None:
        """What became of the account that was asked for: it, if it exists; makes nothing.

        Raises NameNotFree when somebody else has the address; the visit may ask for another then. GoogleProblem.
        """
        if visit.state != "asked" or visit.account is None:
            return visit.account
        settle = self._settling(visit, visit.account)
        try:
            opened = self._opening.find_out(self._asker(visit, caller), _order(visit, visit.account), settle)
        except AddressTaken as problem:
            self._claims.give_back(visit, visit.attempts)
            raise NameNotFree(_NOT_FREE) from problem
        return visit.account if opened else None

    def look_into(self, visit: VisitInfo) -> None:
        """The end of a wish whose visitor went away: settled if there is an account, or else its place given back."""
        try:
            found = self.resume(visit, Caller(""))
        except NameNotFree:
            return
        if found is None:
            self._claims.give_back(visit, visit.attempts)

    def _open(
        self,
        visit: VisitInfo,
        wish: Wish,
        wanted: WantedAccount,
        order: Order,
        policy: DomainPolicy,
        caller: Caller,
    ) -> None:
        asker = self._asker(visit, caller)
        attempt = self._claims.take(visit, wanted, policy.invitations_a_day, self._finder(visit, wish))
        try:
            self._opening.open(asker, order, self._settling(visit, wanted))
        except Problem:
            if not self._opening.may_exist(asker, order):
                self._claims.give_back(visit, attempt)
            raise

    def _settling(self, visit: VisitInfo, wanted: WantedAccount) -> Callable[[], None]:
        return lambda: self._claims.settle(visit, wanted)

    def _usable(self, visit: VisitInfo) -> DomainPolicy:
        """The domain's policy, while invitations open accounts there and this one does."""
        self._visits.require_wanted(visit.tenant)
        if visit.invitation.words:
            raise InvitationOver(visit.invitation.words)
        return self._policies.recent(visit.tenant)

    def _require_permitted(self, visit: VisitInfo, wish: Wish) -> None:
        """Before any name is shown, and again when the place is taken. Raises NotPermitted."""
        if not visit.invitation.is_listed:
            return
        self._allowance.try_person(visit.tenant, visit.invitation.id, visit.invitation.quota, visit.id)
        if not self._claims.is_free(visit, self._finder(visit, wish)):
            raise NotPermitted("These details do not open an account with this invitation, or have opened one before.")

    def _require_fine(self, order: Order) -> None:
        """What can be told before anybody is asked. A username says no more than others that cannot be had."""
        errors = faults(order)
        if errors.pop("username", "") and not errors:
            raise NameNotLegal(_NOT_FREE)
        if errors:
            raise OrderRefused(errors)

    def _learn(self, visit: VisitInfo, caller: Caller, names: int) -> None:
        invitation = visit.invitation
        self._allowance.learn(visit.tenant, invitation.id, invitation.quota, visit.id, caller.network, names)

    def _finder(self, visit: VisitInfo, wish: Wish) -> Callable[[Collection[str]], str]:
        """Looks at the whole list in any case, so that the time does not tell who is on it."""
        code = wish.code if visit.invitation.asks_code else ""
        identity = PermittedPerson(wish.given_name, wish.family_name, code).identity
        purpose = people_purpose(visit.tenant, visit.invitation.id)

        def find(signatures: Collection[str]) -> str:
            fitting = [one for one in signatures if self._sealer.is_signed(identity, one, purpose)]
            return fitting[0] if fitting else ""

        return find

    def _asker(self, visit: VisitInfo, caller: Caller) -> Asker:
        """In the audit log the invitation stands for the visitor, whom nobody knows unless they signed in."""
        subject = self._visits.require_in_use(visit.tenant).delegated_admin
        label = f"{visit.invitation.label}, {visit.member_label}" if visit.member else visit.invitation.label
        actor = Actor("invitation", visit.invitation.id, label, caller.request_id)
        return Asker(visit.tenant, subject, actor)

    def _wait_as_always(self, began: float) -> None:
        self._sleep(SLOT - (self._monotonic() - began) % SLOT)


def _require_name(wish: Wish) -> None:
    given_name, family_name = visible(wish.given_name), visible(wish.family_name)
    found = {"firstname": name_fault(given_name, "first name"), "lastname": name_fault(family_name, "last name")}
    errors = {name: text for name, text in found.items() if text}
    if errors:
        raise OrderRefused(errors)


def _holder(visit: VisitInfo) -> Holder:
    return Holder(visit.tenant, visit.invitation.domain, visit.owner, person=visit.owner)


def _naming(policy: DomainPolicy) -> NamingPolicy:
    return replace(policy.naming_for_others(), hold_seconds=HELD_FOR)


def _wanted(visit: VisitInfo, wish: Wish, policy: DomainPolicy) -> WantedAccount:
    """The unit is the invitation's; what follows, the domain's and the invitation's to say.

    The domain's rules see nothing of what a stranger typed: nobody gets into a group by calling themselves a teacher.
    """
    invitation = visit.invitation
    username = wish.username.strip().lower().removesuffix(f"@{invitation.domain}")
    steps = [step.packed() for step in steps_for(policy, {}, invitation.org_unit, invitation.groups)]
    given_name, family_name = visible(wish.given_name), visible(wish.family_name)
    return WantedAccount(username, invitation.domain, given_name, family_name, invitation.org_unit, steps)


def _order(visit: VisitInfo, wanted: WantedAccount, password: str = "") -> Order:
    """One visit is one wish. The password is the person's own, so nobody asks for another at the first sign-in."""
    return Order(
        operation=visit.id,
        holder=visit.owner,
        username=wanted.username,
        domain=wanted.domain,
        given_name=wanted.given_name,
        family_name=wanted.family_name,
        password=password,
        org_unit_path=wanted.org_unit,
        change_password=False,
        steps=tuple(Step.unpacked(step) for step in wanted.steps),
    )
