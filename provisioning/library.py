"""Names and accounts of one domain for a program: what the REST interface, the commands and scripts have in common.

    desk.suggest({"firstname": "Carlos", "lastname": "Álvarez"})  ->  ["carlosalvarez", "carlos.alvarez", ...]
    desk.select(names, "carlos.alvarez")
    desk.create("carlos.alvarez", "Carlos", "Álvarez", password)  ->  "carlos.alvarez@northfield.example"

`main.open_library` makes one for a script. Called inside an ndb context.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from marketplace.access import CustomerId, TenantInUse, Tenants
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.opening import AccountOpening, Asker, require_valid
from provisioning.accounts.order import Order
from provisioning.accounts.person_names import visible
from provisioning.accounts.policy import RECENT, Policies
from provisioning.accounts.rules import place, steps_for
from provisioning.naming.holder import Holder
from provisioning.naming.suggestions import Suggestions
from runtime.audit import Actor
from runtime.clock import Clock
from runtime.memory import Memory


@dataclass(frozen=True)
class Placement:
    """Where accounts go, whatever the domain's policy says, and whether a new password is asked for."""

    org_unit_path: str
    change_password: bool


@dataclass(frozen=True)
class Program:
    """Who works at the desk. owner: names what it holds; whoever has the same one may select, create and release."""

    owner: str
    actor: Actor

    @classmethod
    def script(cls, owner: str = "") -> "Program":
        """For a script. owner: agreed between those that may select and create each other's names; "" for nobody else.

        In the audit log it stands as an operator: whoever can run it has the deployment's own rights.
        """
        name = owner or secrets.token_hex(8)
        return cls(f"script-{name}", Actor("operator", f"script-{name}", f"script {name}"))


class Desks:
    """What every desk stands on. Whether a domain is in use is asked again after RECENT seconds, its policy too."""

    def __init__(
        self, tenants: Tenants, policies: Policies, suggestions: Suggestions, opening: AccountOpening, clock: Clock
    ) -> None:
        self.suggestions = suggestions
        self.opening = opening
        self._tenants = tenants
        self._policies = policies
        self._in_use: Memory[str, TenantInUse] = Memory(clock, RECENT, 1000)

    def of(
        self, tenant: str, program: Program, *, domain: str = "", placement: Placement | None = None
    ) -> "DomainDesk":
        """A desk; domain: one of the tenant's, its primary one if empty. placement: None for the domain's own choice.

        Nothing is asked yet whether the domain may be used.
        """
        return DomainDesk(self, tenant, program, domain, placement)

    def tenant_in_use(self, tenant: str) -> TenantInUse:
        """Raises Forbidden, Unavailable, NotFound."""
        return self._in_use.get(tenant, lambda: self._tenants.require_active(CustomerId(tenant)))

    def policy(self, tenant: str) -> DomainPolicy:
        """As it was a few seconds ago at most."""
        return self._policies.recent(tenant)


class DomainDesk:
    """Suggest, select and create in one domain. Each call of suggest is a holder of its own, as in /rest/."""

    def __init__(
        self,
        desks: Desks,
        tenant: str,
        program: Program,
        domain: str,
        placement: Placement | None,
        random_hex: Callable[[int], str] = secrets.token_hex,
    ) -> None:
        """random_hex: of so many bytes, to tell calls apart. Made by Desks.of."""
        self._desks = desks
        self._tenant = tenant
        self._program = program
        self._domain = domain
        self._placement = placement
        self._random_hex = random_hex

    def require_in_use(self) -> TenantInUse:
        """The tenant. Raises Forbidden when Frontdesk may not be used for it, Unavailable when nobody can tell."""
        return self._desks.tenant_in_use(self._tenant)

    @property
    def domain(self) -> str:
        """Whose names and accounts. Raises as `require_in_use`, and so does whatever asks for it."""
        primary = self.require_in_use().primary_domain
        return self._domain or primary

    @property
    def policy(self) -> DomainPolicy:
        """How the domain wants its names and accounts."""
        return self._desks.policy(self._tenant)

    def suggest(self, fields: Mapping[str, str | None], count: int | None = None) -> list[str]:
        """Free names, each held for this program. fields: firstname, lastname, and any that the patterns name.

        count: 1 to 10, None for the domain's number. Raises BadRequest, NamesUsedUp, TooManyRequests, GoogleProblem.
        """
        holder = self._holder(self._random_hex(8))
        return self._desks.suggestions.suggest(holder, self.policy.naming(), fields, count).names

    def select(self, suggestions: Sequence[str], username: str = "") -> None:
        """Keep one name, or none if "", and release the others. suggestions: the whole answer of one suggest.

        Raises IncompleteAnswer, NameNotLegal, HeldByAnother, NameTaken, GoogleProblem; nothing is released then.
        """
        chosen = username.strip().lower()
        self._desks.suggestions.select(self._holder(), self.policy.naming(), chosen, suggestions)

    def create(self, username: str, firstname: str, lastname: str, password: str) -> str:
        """Make the account; its address. Asked for again with the same values it is the same account.

        Raises as `order` and `open`.
        """
        return self.open(self.order(username, firstname, lastname, password))

    def order(self, username: str, firstname: str, lastname: str, password: str) -> Order:
        """The account that is wanted. Raises OrderRefused: what Google or the domain's reserved words would refuse."""
        local_part, policy = username.strip().lower(), self.policy
        chosen = self._placement or _placement(policy, firstname, lastname)
        operation = f"{local_part}@{self.domain}"
        order = Order(
            operation=operation,
            holder=self._program.owner,
            call=operation,
            username=local_part,
            domain=self.domain,
            given_name=visible(firstname),
            family_name=visible(lastname),
            password=password,
            org_unit_path=chosen.org_unit_path,
            change_password=chosen.change_password,
            steps=tuple(steps_for(policy, _values(firstname, lastname), chosen.org_unit_path)),
        )
        require_valid(order, policy.naming())
        return order

    def open(self, order: Order) -> str:
        """Make the account of an order; its address.

        Raises AddressTaken, HeldByAnother, OperationChanged, Undecided (ask again), GoogleProblem.
        """
        asker = Asker(self._tenant, self.require_in_use().delegated_admin, self._program.actor)
        return self._desks.opening.open(asker, order).address

    def _holder(self, call: str = "") -> Holder:
        return Holder(self._tenant, self.domain, self._program.owner, call)


def _values(firstname: str, lastname: str) -> dict[str, str]:
    """What is known of a person here, for the domain's rules."""
    return {"firstname": firstname, "lastname": lastname}


def _placement(policy: DomainPolicy, firstname: str, lastname: str) -> Placement:
    path = place(policy.org_unit_rules, policy.default_org_unit, _values(firstname, lastname))
    return Placement(path, policy.change_password)
