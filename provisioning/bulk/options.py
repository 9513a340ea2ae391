"""What the person who uploads a file decides for all of its rows. Pure."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from provisioning.accounts.domain_policy import DomainPolicy


@dataclass(frozen=True)
class JobOptions:
    """domain: of addresses where a row names none; one of the tenant's. org_unit_path: where rows go that neither the
    file nor a rule places; "" for the domain's default. change_password: at the first sign-in; None for the domain's
    own choice. allowed_org_units: where this person may place accounts, for somebody who is no administrator; empty
    means anywhere. by_rule_only: whether groups and licenses come from the domain's rules alone.
    """

    domain: str
    org_unit_path: str = ""
    change_password: bool | None = None
    allowed_org_units: tuple[str, ...] = ()
    by_rule_only: bool = False

    def limited_for(self, policy: DomainPolicy, *, is_admin: bool) -> "JobOptions":
        """The same within what the person may do: others than administrators place accounts where they may place
        single ones, and name no groups, which can give an account more rights than its creator has.
        """
        allowed = () if is_admin or not policy.allowed_org_units else policy.allowed_org_units
        units = tuple(dict.fromkeys((policy.default_org_unit, *allowed))) if allowed else ()
        return replace(self, allowed_org_units=units, by_rule_only=not is_admin)

    def packed(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> "JobOptions":
        """The opposite of `packed`."""
        return cls(**{**packed, "allowed_org_units": tuple(packed["allowed_org_units"])})
