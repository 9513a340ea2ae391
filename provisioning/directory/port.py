"""The Directory as the rest of the product sees it: values and one Protocol. Google's JSON stops at the adapter.

Every method takes `subject`: the e-mail of the administrator in whose name Google is asked (domain-wide delegation).
Every method raises runtime.google_problems.GoogleProblem; an answer that did not come is never read as "nothing there".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Person:
    """One account. id equals the `sub` of its ID tokens. marks: values of ours in externalIds, see MARK."""

    id: str
    email: str  # primary, lower case
    given_name: str
    family_name: str
    customer_id: str
    org_unit_path: str
    is_super_admin: bool
    is_delegated_admin: bool
    suspended: bool
    archived: bool
    marks: tuple[str, ...] = ()


MARK = "frontdesk"
"""customType of the externalIds entry that says which operation of ours made an account."""


@dataclass(frozen=True)
class Customer:
    """The Workspace customer: its immutable id (C0...) and the name of its primary domain."""

    id: str
    primary_domain: str


@dataclass(frozen=True)
class WorkspaceDomain:
    """A primary or secondary domain, with its alias domains (verified ones only). Names are lower case."""

    name: str
    is_primary: bool
    verified: bool
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrgUnit:
    """An organizational unit. path begins with a slash; the root is "/"."""

    path: str
    name: str

    @property
    def label(self) -> str:
        """As people choose it."""
        return "/ (the whole domain)" if self.path == "/" else self.path


@dataclass(frozen=True)
class NewAccount:
    """What an account is made from. mark: the operation that makes it, kept at Google so that it can be recognised.

    employee_id: the organization's own number for the person; "" for none.
    """

    email: str
    given_name: str
    family_name: str
    password: str = field(repr=False)
    org_unit_path: str
    change_password_at_next_sign_in: bool
    mark: str
    employee_id: str = ""


@dataclass(frozen=True)
class Activity:
    """An account, and whether anybody has used it. Times are aware; last_sign_in: None for never; created: if said."""

    person: Person
    last_sign_in: datetime | None
    agreed_to_terms: bool
    created: datetime | None


DETAILS = (
    "recovery_email", "recovery_phone", "home_email", "work_email", "work_phone", "home_phone", "mobile_phone",
    "work_address", "home_address", "employee_type", "title", "manager_email", "department", "cost_center",
    "building_id", "floor_name", "floor_section",
)  # fmt: skip
"""What can be written of a person besides the name. recovery_phone: E.164; addresses: as one text."""

AddressUse = Literal["user", "alias", "group", "group alias"]


@dataclass(frozen=True)
class AddressOccupant:
    """Who has an address. email: the primary address of the user or group. person: for users and their aliases."""

    use: AddressUse
    email: str
    person: Person | None = None


class Directory(Protocol):
    """What we ask of it. `key` is a primary address, an alias or an immutable id."""

    def person(self, subject: str, key: str) -> Person:
        """One account. GoogleNotFound also for some seconds after it was made."""

    def customer(self, subject: str) -> Customer:
        """The subject's own customer."""

    def domains(self, subject: str) -> list[WorkspaceDomain]:
        """All domains of the customer, primary first, then by name."""

    def org_units(self, subject: str) -> list[OrgUnit]:
        """All organizational units with the root, by path."""

    def first_users(self, subject: str, limit: int) -> list[str]:
        """The primary addresses of the first users, at most `limit` (1 to 500)."""

    def first_groups(self, subject: str, limit: int) -> list[str]:
        """The addresses of the first groups, at most `limit` (1 to 200)."""

    def occupant(self, subject: str, address: str) -> AddressOccupant | None:
        """Who has the address as user, alias, group or group alias; None when Google knows none of these."""

    def person_at(self, subject: str, address: str) -> AddressOccupant | None:
        """The same, of users and their aliases only."""

    def group_at(self, subject: str, address: str) -> AddressOccupant | None:
        """The same, of groups and their aliases only."""

    def prepare(self, subject: str) -> None:
        """Have what the next call about accounts needs, such as a token, so that it takes no longer than others."""

    def insert(self, subject: str, account: NewAccount) -> Person:
        """Make an account. Sent exactly once: after GoogleUnreachable or AlreadyExists it may have been made.

        Raises PersonInvited where a personal account is in the way, and the domain chose that its owner is invited.
        """

    def add_member(self, subject: str, group: str, member: str) -> None:
        """Have an account, by address or id, in a group; also when it is in it already, or Google will see to it."""

    def add_alias(self, subject: str, person_id: str, alias: str) -> None:
        """Give an account another address. AlreadyExists when anybody has it, this account too."""

    def patch_details(self, subject: str, person_id: str, details: Mapping[str, str]) -> None:
        """Write what is known of a person besides the name; lists of the account that it writes are replaced whole.

        details: by DETAILS' names. Raises InvalidValue, with Google's name of the field in `raw`.
        """

    def delete(self, subject: str, person_id: str) -> None:
        """Delete an account, by immutable id; GoogleNotFound when it is gone. Google keeps it for 20 days."""

    def activity(self, subject: str, person_id: str) -> Activity:
        """One account by immutable id, and whether anybody has used it. GoogleNotFound once it is deleted."""


class ListedUser(NamedTuple):
    """One account in a listing; a tuple, because a million of them are made at a time. Addresses as Google writes them.

    organization_ids: values of externalIds of type organization.
    """

    id: str
    email: str
    aliases: tuple[str, ...]
    non_editable_aliases: tuple[str, ...]
    given_name: str
    family_name: str
    org_unit_path: str
    suspended: bool
    archived: bool
    organization_ids: tuple[str, ...]


class DeletedUser(NamedTuple):
    """An account deleted in the last 20 days. deleted_at: ISO 8601 in UTC; "" where Google does not say."""

    id: str
    email: str
    deleted_at: str


class ListedGroup(NamedTuple):
    """One group in a listing."""

    id: str
    email: str
    name: str
    aliases: tuple[str, ...]
    non_editable_aliases: tuple[str, ...]


@dataclass(frozen=True)
class Page(Generic[Entry]):
    """A part of a listing, in Google's order. next_token: "" when Google says that it was the last one."""

    entries: Sequence[Entry]
    next_token: str


class LastEntry(NamedTuple):
    """What a listing ends with, as Google says when asked from the other end. created_at: aware; None for groups."""

    id: str
    email: str
    created_at: datetime | None


class Listing(Protocol):
    """The whole customer, page by page, by address. token: "" for the first page, then the page before's next_token.

    Every method raises GoogleProblem; InvalidValue for a token that is not good any more (they last three days).
    """

    def users_page(self, subject: str, token: str) -> Page[ListedUser]:
        """People of all domains of the subject's customer, deleted ones left out."""

    def deleted_page(self, subject: str, token: str) -> Page[DeletedUser]:
        """People deleted in the last 20 days."""

    def groups_page(self, subject: str, token: str) -> Page[ListedGroup]:
        """Groups of all domains."""

    def last_user(self, subject: str) -> LastEntry | None:
        """The last of the people, asked backwards: a list that was cut short does not reach it."""

    def last_group(self, subject: str) -> LastEntry | None:
        """The last of the groups."""
