"""How often visitors may try, and how many names they may learn: the page is no way to find out who exists.

The figures are ours. A class opens its accounts at one school's address in one hour; a program that asks for names
learns NAMES_A_VISIT of them. Counted by runtime.limits, those of one visit exactly.
"""

from provisioning.invitations.problems import EnoughTried
from runtime.limits import Limits, LimitSpent

VISITS_A_PLACE, VISITS_BESIDES = 10, 20
"""An invitation may be opened so often a day for each of its places, and so often besides."""
VISITS_A_NETWORK = 300
"""Links opened from one address in an hour, in one tenant."""
NAMES_A_VISIT = 30
"""Names that one visit may be shown or may ask for."""
NAMES_A_PLACE, NAMES_BESIDES = 15, 30
"""Names learned by one invitation in a day, for each of its places, and besides."""
NAMES_A_NETWORK, NAMES_A_TENANT = 1_500, 20_000
"""Names learned in a day from one address, and by all invitations of a tenant."""
ATTEMPTS_A_VISIT = 12
"""How often one visit may ask for its account, by suggested usernames and by typed ones."""
PEOPLE_A_VISIT, PEOPLE_A_PLACE, PEOPLE_BESIDES = 30, 10, 20
"""Names that may be held against a list of permitted people: by one visit, and by an invitation in a day."""
_HOUR, _DAY = 3_600, 86_400
_BLOCKS = 20


class VisitorAllowance:
    """Counts, and refuses with EnoughTried."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def open_link(self, tenant: str, invitation: str, quota: int, network: str) -> None:
        """A link is about to be opened. network: a pseudonym of the caller's address."""
        self._spend(tenant, f"visits/{invitation}", 1, VISITS_BESIDES + VISITS_A_PLACE * quota, _DAY)
        self._spend(tenant, f"visits/network/{network}", 1, VISITS_A_NETWORK, _HOUR)

    def learn(self, tenant: str, invitation: str, quota: int, visit: str, network: str, names: int) -> None:
        """So many names are about to be shown, or one that was typed is about to be judged."""
        self._spend(tenant, f"invited/visit/{visit}", names, NAMES_A_VISIT, _DAY, exact=True)
        self._spend(tenant, f"invited/{invitation}", names, NAMES_BESIDES + NAMES_A_PLACE * quota, _DAY)
        self._spend(tenant, f"invited/network/{network}", names, NAMES_A_NETWORK, _DAY)
        self._spend(tenant, "invited/all", names, NAMES_A_TENANT, _DAY)

    def try_name(self, tenant: str, visit: str) -> None:
        """A visit is about to ask for its account."""
        self._spend(tenant, f"attempts/{visit}", 1, ATTEMPTS_A_VISIT, _DAY, exact=True)

    def try_person(self, tenant: str, invitation: str, quota: int, visit: str) -> None:
        """A name is about to be held against the list of permitted people."""
        self._spend(tenant, f"people/visit/{visit}", 1, PEOPLE_A_VISIT, _DAY, exact=True)
        self._spend(tenant, f"people/{invitation}", 1, PEOPLE_BESIDES + PEOPLE_A_PLACE * quota, _DAY, exact=True)

    def _spend(self, tenant: str, what: str, amount: int, most: int, seconds: int, *, exact: bool = False) -> None:
        block = 1 if exact else max(1, most // _BLOCKS)
        try:
            self._limits.spend(tenant, what, amount, most=most, window_seconds=seconds, block=block)
        except LimitSpent as spent:
            raise EnoughTried("This was tried many times in a short while.", retry_after=spent.retry_after) from spent
