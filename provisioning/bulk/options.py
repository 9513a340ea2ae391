"""What the person who uploads a file decides for all of its rows. Pure."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from marketplace.access import Principal
from provisioning.accounts.domain_policy import DomainPolicy


@dataclass(frozen=True)
class JobOptions:
    """domain: of addresses where a row names none; one of the tenant's. org_unit_path: where rows go that neither the
    file nor a rule places; "" for the domain's default. change_password: at the first sign-in; None for the domain's
    own choice. allowed_org_units: where this person may place accounts, for somebody who is no administrator; empty
    means anywhere. by_rule_only: whether groups and licenses come from the domain's rules alone. may_name_roles:
    whether the file may name usernames that are taken for the domain's own word, see naming.role_names.
    """

    domain: str
    org_unit_path: str = ""
    change_password: bool | None = None
    allowed_org_units: tuple[str, ...] = ()
    by_rule_only: bool = False
    may_name_roles: bool = True

    def limited_for(self, policy: DomainPolicy, who: Principal) -> "JobOptions":
        """The same within what the person may do.

        Others than administrators place accounts where they may place single ones. Others than super administrators
        name no groups, which can give an account more rights than they have: Google does not tell us which rights a
        delegated administrator has, so that they are held to the domain's rules as creators are.
        """
        allowed = () if who.is_admin or not policy.allowed_org_units else policy.allowed_org_units
        units = tuple(dict.fromkeys((policy.default_org_unit, *allowed))) if allowed else ()
        return replace(self, allowed_org_units=units, by_rule_only=not who.is_super_admin, may_name_roles=who.is_admin)

    def is_within(self, limits: "JobOptions") -> bool:
        """Whether somebody with these limits may go on with a job that was planned by these options."""
        units = set(self.allowed_org_units)
        placed = not limits.allowed_org_units or (bool(units) and units <= set(limits.allowed_org_units))
        named = self.by_rule_only or not limits.by_rule_only
        return placed and named and (limits.may_name_roles or not self.may_name_roles)

    def packed(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> "JobOptions":
        """The opposite of `packed`."""
        return cls(**{**packed, "allowed_org_units": tuple(packed["allowed_org_units"])})
