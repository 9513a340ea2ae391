"""Whether an address is in use at Google: what naming needs to know, and nothing more."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Occupant:
    """What has the address."""

    kind: Literal["user", "alias", "group", "group alias", "other"]


class Occupancy(Protocol):
    """Asked live, so that the answer is as good as Google's own."""

    def occupant(self, tenant: str, domain: str, local_part: str) -> Occupant | None:
        """Who has the address; None only if Google said that nobody has. Raises a Problem when it cannot be told."""
