"""What a row asks for, and what the domain's rules give it: addresses, place, groups. Pure."""

from collections.abc import Mapping

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.rules import groups_for, place
from provisioning.bulk.file.values import several


def own_address(values: Mapping[str, str], domain: str) -> str:
    """The address that a row names, lower case; "" where it leaves that to us. domain: where it names none."""
    username = (values.get("email") or values.get("username") or "").lower()
    return username if not username or "@" in username else f"{username}@{domain}"


def own_domain(values: Mapping[str, str], domain: str) -> str:
    """Where the account is to be."""
    return own_address(values, domain).rpartition("@")[2] or domain


def aliases_of(values: Mapping[str, str], domain: str) -> list[str]:
    """Other addresses that a row names, lower case."""
    return _addresses(values.get("aliases", ""), own_domain(values, domain))


def path_of(values: Mapping[str, str], policy: DomainPolicy, default: str) -> str:
    """The organizational unit as the row names it, or else by the rules."""
    return values.get("org_unit") or place(policy.org_unit_rules, default, values)


def groups_of(values: Mapping[str, str], policy: DomainPolicy, path: str, domain: str) -> list[str]:
    """The groups that rules and the row give, lower case, each once."""
    named = _addresses(values.get("groups", ""), own_domain(values, domain))
    return list(dict.fromkeys([*groups_for(policy.group_rules, values, path), *named]))


def _addresses(cell: str, domain: str) -> list[str]:
    return [entry if "@" in entry else f"{entry}@{domain}" for entry in map(str.lower, several(cell))]
