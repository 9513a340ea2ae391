"""Naming's question whether an address is in use, answered by the Directory, live."""

from collections.abc import Callable

from provisioning.directory.port import Directory
from provisioning.naming.occupancy import Occupant


class DirectoryOccupancy:
    """Implements provisioning.naming.occupancy.Occupancy."""

    def __init__(self, directory: Directory, administrator: Callable[[str], str]) -> None:
        """administrator: tenant to the e-mail of the administrator in whose name Google is asked."""
        self._directory = directory
        self._administrator = administrator

    def occupant(self, tenant: str, domain: str, local_part: str) -> Occupant | None:
        """See Occupancy. Raises GoogleProblem."""
        found = self._directory.occupant(self._administrator(tenant), f"{local_part}@{domain}")
        return Occupant(found.use) if found else None
