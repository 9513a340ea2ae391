"""What Google says of a signed-in person now: still there, whose, administrator or not. Asked, never believed."""

from dataclasses import dataclass
from typing import Literal

from marketplace.rules import DomainState
from marketplace.workspace import Workspace, WorkspacePerson
from runtime.google_problems import (
    AccessRefused,
    BlockedByPolicy,
    GoogleNotFound,
    GoogleProblem,
    NotDelegated,
    SubjectUnusable,
)

Presence = Literal["present", "gone", "unknown"]
"""unknown: Google does not say just now, or the domain has not granted us to ask."""


@dataclass(frozen=True)
class Finding:
    """The answer about one person. obstacle: why Google would not say, None when it did."""

    presence: Presence
    is_admin: bool = False
    customer_id: str = ""
    obstacle: GoogleProblem | None = None
    is_super_admin: bool = False

    @property
    def delegation_missing(self) -> bool:
        """The domain does not let us ask: not granted, revoked, in part, or blocked by its own rules."""
        return isinstance(self.obstacle, NotDelegated | BlockedByPolicy)

    @property
    def is_ordinary(self) -> bool:
        """Google has said, at least to the person itself, that this is no administrator."""
        answered = self.presence == "present" or isinstance(self.obstacle, SubjectUnusable)
        return answered and not self.is_admin

    @property
    def passes(self) -> bool:
        """Google does not say just now; asking again later may help, without anybody doing anything."""
        return self.presence == "unknown" and not isinstance(
            self.obstacle, NotDelegated | BlockedByPolicy | SubjectUnusable
        )


class People:
    """Asks the Directory in the name of the domain's administrator, or of the person's own.

    The second needs no administrator to be known: Google lets only administrators see themselves in the admin view.
    """

    def __init__(self, workspace: Workspace) -> None:
        """workspace: the Directory."""
        self._workspace = workspace

    def look_up(self, person: str, email: str, state: DomainState) -> Finding:
        """person: the sub, which is the Directory's id. Gone, and no administrator, is who is another customer's."""
        found = self._ask(person, email, state)
        if state.customer_id and found.customer_id not in {"", state.customer_id}:
            return Finding("gone", customer_id=found.customer_id)
        return found

    def _ask(self, person: str, email: str, state: DomainState) -> Finding:
        refusal: GoogleProblem | None = None
        if state.delegated_admin_email:
            try:
                return _finding(self._workspace.person(state.delegated_admin_email, person))
            except (SubjectUnusable, AccessRefused) as problem:
                refusal = SubjectUnusable(raw=problem.raw)
            except GoogleNotFound as problem:
                refusal = problem  # or not yet: reads lag behind writes
            except GoogleProblem as problem:
                return Finding("unknown", obstacle=problem)
        found = self._as_themselves(person, email)
        if refusal and not found.customer_id and (found.presence == "present" or found.delegation_missing):
            # Somebody's ordinary member, or of a customer that does not let us ask: who can say of which customer?
            return Finding("unknown", obstacle=refusal)
        return found

    def can_act(self, email: str, person: str, customer_id: str) -> bool:
        """Whether we can (still) act in the name of this administrator of the customer.

        Raises GoogleProblem when it cannot tell.
        """
        try:
            found = self._workspace.person(email, person)
        except (SubjectUnusable, AccessRefused, GoogleNotFound):
            return False
        is_admin = found.is_super_admin or found.is_delegated_admin
        return is_admin and not found.suspended and found.customer_id == customer_id

    def _as_themselves(self, person: str, email: str) -> Finding:
        try:
            return _finding(self._workspace.person(email, person))
        except AccessRefused:
            return Finding("present")
        except (SubjectUnusable, GoogleNotFound) as problem:
            return Finding("gone", obstacle=problem)
        except GoogleProblem as problem:
            return Finding("unknown", obstacle=problem)


def _finding(person: WorkspacePerson) -> Finding:
    if person.suspended or person.archived:
        return Finding("gone", customer_id=person.customer_id)
    is_admin = person.is_super_admin or person.is_delegated_admin
    return Finding("present", is_admin, person.customer_id, is_super_admin=person.is_super_admin)
