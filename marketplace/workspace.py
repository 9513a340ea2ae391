"""What this package asks of the Directory. Implemented elsewhere; main brings the two together."""

from collections.abc import Sequence
from typing import Protocol


class WorkspacePerson(Protocol):
    """An account as an administrator sees it."""

    @property
    def id(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def customer_id(self) -> str: ...
    @property
    def is_super_admin(self) -> bool: ...
    @property
    def is_delegated_admin(self) -> bool: ...
    @property
    def suspended(self) -> bool: ...
    @property
    def archived(self) -> bool: ...


class WorkspaceCustomer(Protocol):
    """A customer: its immutable id and its primary domain."""

    @property
    def id(self) -> str: ...
    @property
    def primary_domain(self) -> str: ...


class WorkspaceDomain(Protocol):
    """One of a customer's domains; until it is verified, anybody may have typed its name. aliases: verified ones."""

    @property
    def name(self) -> str: ...
    @property
    def is_primary(self) -> bool: ...
    @property
    def verified(self) -> bool: ...
    @property
    def aliases(self) -> Sequence[str]: ...


class Workspace(Protocol):
    """Reads in the name of `subject`, an e-mail address. All raise runtime.google_problems.GoogleProblem."""

    def person(self, subject: str, key: str) -> WorkspacePerson:
        """key: id or address. AccessRefused when `subject` is no administrator."""

    def customer(self, subject: str) -> WorkspaceCustomer:
        """The customer of `subject`."""

    def domains(self, subject: str) -> Sequence[WorkspaceDomain]:
        """All domains of the customer of `subject`."""
