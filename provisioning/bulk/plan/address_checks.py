"""What is wrong with what a row names: its own address, aliases, groups, a manager. Findings go to the row."""

from provisioning.bulk.plan.file_people import address_key
from provisioning.bulk.plan.plan_context import PlanContext
from provisioning.bulk.plan.row_checks import find, usable
from provisioning.bulk.plan.wanted import aliases_of, groups_of, own_address
from provisioning.bulk.rows import Row
from provisioning.naming.policy import Why
from provisioning.naming.reasons import reason
from provisioning.naming.role_names import ROLE_NAMES
from provisioning.naming.sieve import in_use

MOST_ALIASES = 30
"""Google's limit for an account."""


def check_addresses(row: Row, context: PlanContext) -> None:
    """The username that the row names, which is the row's then, and its aliases."""
    own = own_address(row.values, context.options.domain)
    if not own and row.domain not in context.domains:
        find(row, "domain_unknown", f"{row.domain[:200]} is none of your domains.")
    if own:
        row.is_chosen = True
        column = "email" if row.values.get("email") else "username"
        if _is_possible(row, own, column, context):
            row.username, row.domain = own.rsplit("@", 1)
    aliases = aliases_of(row.values, context.options.domain)
    for alias in aliases:
        if alias == own:
            find(row, "duplicate_address", f"{alias} is the address itself already.", "aliases")
        else:
            _is_possible(row, alias, "aliases", context)
    if len(aliases) > MOST_ALIASES:
        find(row, "too_many_aliases", f"An account has at most {MOST_ALIASES} aliases.", "aliases")


def check_groups(row: Row, context: PlanContext) -> None:
    """All groups, also those by the domain's rules."""
    values = usable(row)
    for group in groups_of(values, context.policy, row.org_unit_path, context.options.domain):
        if group in context.unknown_groups:
            column = "groups" if values.get("groups") else ""
            find(row, "group_unknown", f"There is no group {group[:200]} in your domain.", column)


def check_rights(row: Row, context: PlanContext) -> None:
    """What only super administrators may name for a row; the domain's rules hold for everybody."""
    values = usable(row)
    if not context.options.by_rule_only:
        return
    if values.get("groups"):
        sentence = "Only super administrators name groups. Leave it empty: your domain's rules decide."
        find(row, "groups_not_allowed", sentence, "groups")
    if values.get("license") not in {None, "", context.policy.license}:
        sentence = "Only super administrators name a license. Leave it empty: your domain's own is given."
        find(row, "license_not_allowed", sentence, "license")


def check_manager(row: Row, context: PlanContext) -> None:
    """Somebody who has, or gets, an account; as far as is known."""
    address = usable(row).get("manager_email", "").lower()
    name, _, domain = address.rpartition("@")
    if not name or domain not in context.names.indexes or address_key(address) in context.file.addresses:
        return
    occupant = context.names.occupant(name, domain)
    if occupant is None or occupant.kind not in {"user", "alias"}:
        find(row, "manager_unknown", f"Nobody has the address {address[:200]}.", "manager_email", "warning")


def _is_possible(row: Row, address: str, column: str, context: PlanContext) -> bool:
    """Whether the row can have the address; else it is told why not."""
    name, _, domain = address.rpartition("@")
    if domain not in context.domains:
        find(row, "domain_unknown", f"{domain[:200]} is none of your domains.", column)
        return False
    verdict = context.naming.check(name)
    if verdict.why:
        code = "address_reserved" if verdict.why is Why.RESERVED else "address_illegal"
        find(row, code, f"{name[:80]} cannot be used: {verdict.detail or 'it is reserved'}.", column)
        return False
    if line := context.file.twin(row.line, address_key(address)):
        find(row, "duplicate_address", f"Line {line} has the address {address} already.", column)
        return False
    if context.names.is_planned_for_another(name, domain):  # only where a row is mended: else they come later
        find(row, "duplicate_address", f"Another row gets the address {address}.", column)
        return False
    return _is_free(row, name, domain, column, context)


def _is_free(row: Row, name: str, domain: str, column: str, context: PlanContext) -> bool:
    if occupant := context.names.occupant(name, domain):
        code = "deleted_lately" if occupant.kind == "deleted" else "address_taken"
        find(row, code, f"{name}@{domain} cannot be had: {reason(in_use(name, occupant))}.", column)
        return False
    if name in ROLE_NAMES:
        sentence = f"{name}@ is taken for your domain's own word. Whoever gets it is written to as that."
        find(row, "address_role", sentence, column, "warning")
    return True
