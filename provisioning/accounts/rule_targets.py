"""Whether what rules lead to is there: units and groups of the Directory."""

import re
from collections.abc import Iterable

from provisioning.directory.places import Places
from provisioning.directory.port import Directory
from runtime.google_problems import AccessRefused, InvalidValue

_ADDRESS = re.compile(r"[^@/?#\s]+@[^@/?#\s]+")
"""What can be asked of Google as part of a path."""


class RuleTargets:
    """Asks the Directory, in the name of a tenant's administrator. Every method raises GoogleProblem."""

    def __init__(self, directory: Directory, places: Places) -> None:
        """directory: where groups are looked up."""
        self._directory = directory
        self._places = places

    def org_units(self, tenant: str, subject: str) -> list[str]:
        """The paths that there are just now."""
        return [unit.path for unit in self._places.of(tenant, subject, again=True).org_units]

    def unknown_groups(self, subject: str, addresses: Iterable[str]) -> list[str]:
        """Those that are no group's address, nor an alias of one. Each costs one question."""
        return [address for address in addresses if not self._is_group(subject, address)]

    def _is_group(self, subject: str, address: str) -> bool:
        try:
            return bool(_ADDRESS.fullmatch(address)) and self._directory.group_at(subject, address) is not None
        except (AccessRefused, InvalidValue):  # 403 is what Google says of another customer's groups
            return False
