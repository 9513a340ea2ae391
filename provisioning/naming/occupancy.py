"""Whether an address is in use at Google: what naming needs to know, and nothing more."""

from collections.abc import Iterable
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

    def occupants(self, tenant: str, domain: str, names: Iterable[str]) -> dict[str, Occupant]:
        """Those of the local parts that are in use, and by what; about all of them at once.

        A name is left out only if Google said that nobody has it. Raises a Problem when it cannot be told of one.
        """
