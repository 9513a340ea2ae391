"""What stands behind a 409: Google itself names users and groups only; the index of names knows who was deleted."""

import logging

from provisioning.accounts.creation import Taken, TakenKind
from provisioning.naming.occupancy import Occupant, OccupantKind
from provisioning.naming.reasons import deleted_reason
from provisioning.naming.taken import TakenNames
from runtime.datastore import OUTAGES
from runtime.problems import Unavailable

_log = logging.getLogger("frontdesk.accounts")
_SEEN: dict[OccupantKind, tuple[TakenKind, str]] = {
    "user": ("user", "a person had it"),
    "alias": ("alias", "it was another address of a person"),
    "group": ("group", "a group had it"),
    "group alias": ("group alias", "it was another address of a group"),
}


def explain_conflict(taken: TakenNames, tenant: str, address: str, found: Taken) -> Taken:
    """The same, said more exactly where Google keeps an address back and does not show who has it.

    Called inside an ndb context. What cannot be read from the index stays unexplained.
    """
    if found.kind != "hidden":
        return found
    name, _, domain = address.partition("@")
    try:
        index = taken.of(tenant, domain)
        occupant = index.occupants([name]).get(name) if index.exists else Occupant("other")
    except (Unavailable, *OUTAGES) as problem:
        _log.warning("the index could not tell who has an address: %s", problem)
        return found
    return _explained(address, occupant, found)


def _explained(address: str, occupant: Occupant | None, found: Taken) -> Taken:
    """occupant: by the index; None where it knows of nobody."""
    if occupant is None:
        return Taken.unmanaged(address)
    if occupant.kind == "deleted":
        until = occupant.until.isoformat() if occupant.until else ""
        return Taken(None, "deleted", f"{address} cannot be had: {deleted_reason(until)}.")
    if occupant.kind not in _SEEN:
        return found
    kind, words = _SEEN[occupant.kind]
    return Taken(None, kind, f"{address} cannot be had: when the directory was read last, {words}.")
