"""How many names one may be handed out, and how often Google is asked before it has to be.

The figures are ours, see docs/decisions/0009-limits-of-names.md. They are counted mostly in memory (runtime.limits).
"""

from provisioning.naming.holder import Holder
from runtime.limits import Limits, LimitSpent

WINDOW = 120
"""Seconds: as long as names are usually held. Whoever holds names for longer does not type faster."""
PERSON_NAMES = 6_000
"""Names handed out to one person, on all pages, in a window: 10 names for each of 5 keys a second is the most that a
page asks for."""
KEY_NAMES = 120_000
"""To one API key: more than 300 calls a second for 3 names each."""
TENANT_NAMES = 240_000
"""To everybody in one tenant."""
VERIFICATIONS = 300
"""Verifications of names that an index knows to be free, per tenant and minute: at two requests each a quarter of the
2,400 a minute that Google gives a customer by default, so that creating accounts is never starved."""
_BLOCKS = 20
"""A process reports after a twentieth of a limit."""


class Allowance:
    """Counts, and refuses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def hand_out(self, holder: Holder, names: int) -> None:
        """So many names are about to be held. Raises TooManyRequests."""
        whom, most = (f"person:{holder.person}", PERSON_NAMES) if holder.person else (f"key:{holder.owner}", KEY_NAMES)
        for what, limit in ((whom, most), ("all", TENANT_NAMES)):
            self._limits.spend(
                holder.tenant, f"names/{what}", names, most=limit, window_seconds=WINDOW, block=limit // _BLOCKS
            )

    def may_verify(self, tenant: str) -> bool:
        """Whether Google may be asked about one more name that an index knows to be free."""
        block = VERIFICATIONS // _BLOCKS
        try:
            self._limits.spend(tenant, "verifications", 1, most=VERIFICATIONS, window_seconds=60, block=block)
        except LimitSpent:
            return False
        return True
