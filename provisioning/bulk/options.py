"""What the person who uploads a file decides for all of its rows. Pure."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class JobOptions:
    """domain: of addresses where a row names none; one of the tenant's. org_unit_path: where rows go that neither the
    file nor a rule places; "" for the domain's default. change_password: at the first sign-in; None for the domain's
    own choice. allowed_org_units: where this person may place accounts, for somebody who is no administrator; empty
    means anywhere.
    """

    domain: str
    org_unit_path: str = ""
    change_password: bool | None = None
    allowed_org_units: tuple[str, ...] = ()

    def packed(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> "JobOptions":
        """The opposite of `packed`."""
        return cls(**{**packed, "allowed_org_units": tuple(packed["allowed_org_units"])})
