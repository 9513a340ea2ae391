"""The public door: who is asking, and the guards that let them in. All that other packages need of this one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NewType, Protocol

CustomerId = NewType("CustomerId", str)
"""Google's immutable id of a Workspace customer: the tenant. Also the name of its Datastore namespace."""

PersonId = NewType("PersonId", str)
"""The `sub` of an ID token, which is the Directory's user id."""

View = Callable[..., Any]


@dataclass(frozen=True)
class Principal:
    """A signed-in person, as Google said it. E-mail, name and domain are labels; person and tenant are keys."""

    person: PersonId
    email: str
    name: str
    domain: str  # the `hd` claim; "" for an operator with a consumer account
    tenant: CustomerId  # "" until the domain is set up
    primary_domain: str  # of the tenant; "" until the domain is set up
    is_admin: bool  # of the tenant, super or delegated, asked of Google within the last minute
    is_operator: bool
    delegated_admin: str  # e-mail of the administrator in whose name the Directory is called; "" until set up
    is_fresh: bool = False  # showed within the last minutes that it is them
    is_super_admin: bool = False  # and not a delegated one, whose rights Google does not tell us
    request_id: str = ""  # of the request that was let in


class Guards(Protocol):
    """Decorators for views. The view gets the Principal as its first argument.

    Somebody who is not signed in is sent to sign in and comes back to where they were going. A domain that is not
    licensed, not enabled or not set up, and a person who may not, get a page that says what to do.
    """

    def login_required(self, view: View) -> View:
        """For members of an enabled domain."""

    def fresh_required(self, view: View) -> View:
        """For members who signed in within the last minutes; others are sent to do so, and come back to their page."""

    def admin_required(self, view: View) -> View:
        """For administrators of an enabled domain."""

    def operator_required(self, view: View) -> View:
        """For the people who run this deployment."""


class Tenants(Protocol):
    """For callers without a session, such as API keys and tasks."""

    def active(self) -> list[CustomerId]:
        """Those that were in use when Google was last asked; it is not asked now. For the scheduler."""

    def known(self) -> list[CustomerId]:
        """Those of which something may be kept, in use or not; for the scheduler, which deletes what had its time."""

    def require_active(self, tenant: CustomerId) -> "TenantInUse":
        """The tenant, when its license rule holds now (answers are at most 60 s old). Raises Forbidden."""


@dataclass(frozen=True)
class TenantInUse:
    """An enabled tenant."""

    tenant: CustomerId
    primary_domain: str
    delegated_admin: str
