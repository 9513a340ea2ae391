"""Whether an address is in use at Google: what naming needs to know, and nothing more."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

OccupantKind = Literal["user", "alias", "group", "group alias", "other", "deleted"]
"""What can have an address; of several the one that stands first here is named."""


@dataclass(frozen=True, slots=True)
class Occupant:
    """What has the address. until: for a deleted account the last day (UTC) on which its name is not given away."""

    kind: OccupantKind
    until: date | None = None


class Occupancy(Protocol):
    """Asked live, so that the answer is as good as Google's own."""

    def occupant(self, tenant: str, domain: str, local_part: str) -> Occupant | None:
        """Who has the address; None only if Google said that nobody has. Raises a Problem when it cannot be told."""
