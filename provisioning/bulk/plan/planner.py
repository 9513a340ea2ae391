"""The engine of names of preview and run: what will be made of each row. Writes nothing, and asks Google nothing.

A plan is a function of the rows, the domain's choices and what is known of the Directory; made again of the same, it
is the same. Called inside an ndb context: it reads the index of taken names.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.rules import steps_for
from provisioning.accounts.steps import Step
from provisioning.bulk.plan import row_checks
from provisioning.bulk.plan.address_checks import check_addresses, check_groups, check_manager, check_rights
from provisioning.bulk.plan.file_people import id_key, same_key
from provisioning.bulk.plan.plan_context import PlanContext, unit_key
from provisioning.bulk.plan.planned_names import PlannedNames
from provisioning.bulk.plan.row_checks import find, has_error, usable
from provisioning.bulk.plan.wanted import aliases_of, groups_of, own_domain, path_of
from provisioning.bulk.recognition import pass_over
from provisioning.bulk.rows import Row
from provisioning.directory.port import DETAILS
from provisioning.naming.candidates import Draft, drafts
from provisioning.naming.lineup import Candidate, Lineup
from provisioning.naming.taken import TakenNames
from provisioning.naming.values import Values
from runtime.problems import BadRequest


class Planner:
    """Plans rows, and finds another name for one whose planned name was taken meanwhile."""

    def __init__(self, taken: TakenNames) -> None:
        self._taken = taken

    def plan(self, rows: Sequence[Row], context: PlanContext, passwords: Mapping[int, str]) -> None:
        """Fill in names, place, steps and findings, in the order of the rows; their names are added to the context.

        Rows have line, cells and values, without passwords; passwords: those that the file gives, by line.
        """
        for row in rows:
            _check_values(row, context, passwords.get(row.line, ""))
        planned = [row for row in rows if row.state == "ready" or row.is_left]
        unnamed = [row for row in planned if not row.username and not has_error(row)]
        drafted = {row.line: list(_drafts(row, context.policy)) for row in unnamed}
        _load(rows, drafted, context)
        for row in rows:
            if row.line in drafted:
                self._name(row, drafted[row.line], context)
            if row.username:
                context.names.add(row.address)
            if row.is_left:
                _set_aside(row, context)
            elif row.state == "ready":
                row.state, row.steps = ("problem", []) if has_error(row) else ("ready", _steps(row, context))

    def next_name(self, tenant: str, policy: DomainPolicy, row: Row, besides: Collection[str]) -> str | None:
        """Another free username for a row whose planned one was taken.

        besides: usernames not to be had, the row's own among them. None when the file chose it, or none is left.
        """
        if row.is_chosen:
            return None
        index = self._taken.of(tenant, row.domain) if policy.naming().cached else None
        names = PlannedNames({row.domain: index} if index and index.exists else {}, ())
        for name in besides:
            names.add(f"{name}@{row.domain}")
        candidate = _candidate(row.domain, _drafts(row, policy), policy, names)
        return candidate.name if candidate else None

    def _name(self, row: Row, filled: Iterable[Draft], context: PlanContext) -> None:
        candidate = _candidate(row.domain, filled, context.policy, context.names)
        if candidate:
            row.username, row.pattern = candidate.name, candidate.draft.pattern.text
        else:
            find(row, "no_username", "No username can be made of this name. Type one that can be used.", "username")


def _check_values(row: Row, context: PlanContext, password: str) -> None:
    """All that needs no username."""
    row_checks.check_names(row)
    row_checks.check_lengths(row)
    row_checks.check_contacts(row)
    row_checks.check_license(row)
    row_checks.check_truth(row)
    row_checks.check_password(row, password)
    _place(row, context)
    said = usable(row).get("change_password")
    chosen = context.options.change_password
    row.change_password = said == "TRUE" if said else context.policy.change_password if chosen is None else chosen
    row.employee_id = row.values.get("employee_id", "")
    row.domain = own_domain(row.values, context.options.domain)
    _recognise(row, context)
    if row.state == "ready" or row.is_left:
        check_addresses(row, context)
        check_groups(row, context)
        check_rights(row, context)
        check_manager(row, context)


def _place(row: Row, context: PlanContext) -> None:
    column = "org_unit" if row.values.get("org_unit") else ""
    path = path_of(row.values, context.policy, context.default_org_unit)
    row.org_unit_path = context.org_units.get(unit_key(path), path)
    allowed = context.options.allowed_org_units
    if unit_key(path) not in context.org_units:
        find(row, "org_unit_unknown", f"There is no organizational unit {path[:200]} in your domain.", column)
    elif allowed and row.org_unit_path not in {context.policy.default_org_unit, *allowed}:
        find(row, "org_unit_not_allowed", f"You may not place accounts in {row.org_unit_path}.", column)


def _recognise(row: Row, context: PlanContext) -> None:
    """Somebody who has an account, or stands in the file twice."""
    if known := context.people.with_id(row.employee_id):
        pass_over(row, known)
    elif address := context.people.named(row.given_name, row.family_name, row.org_unit_path):
        sentence = f"{address} in the same organizational unit has the same name: perhaps the same person."
        find(row, "may_have_account", sentence, "", "warning")
    if row.employee_id and (line := context.file.twin(row.line, id_key(row.employee_id))):
        find(row, "duplicate_id", f"Line {line} has the same ID.", "employee_id")
    elif line := context.file.twin(row.line, same_key(row.values)):
        find(row, "duplicate_row", f"Line {line} says exactly the same.", "", "warning")


def _set_aside(row: Row, context: PlanContext) -> None:
    """Whom another job is about to make is planned all the same, where that can be done: it may come to nothing."""
    if has_error(row):
        row.left_to, row.username = [], ""
        row.findings = [finding for finding in row.findings if finding.severity != "error"]
    else:
        row.planned, row.username, row.steps = row.username, "", _steps(row, context)


def _steps(row: Row, context: PlanContext) -> list[Step]:
    values, domain = usable(row), context.options.domain
    details = {name: values[name] for name in DETAILS if values.get(name)}
    groups = groups_of(values, context.policy, row.org_unit_path, domain)
    return steps_for(context.policy, values, row.org_unit_path, groups, aliases_of(values, domain), details)


def _load(rows: Iterable[Row], drafted: Mapping[int, Sequence[Draft]], context: PlanContext) -> None:
    """Have what is known of all names that these rows may get at hand, with one call for each domain."""
    for domain, index in context.names.indexes.items():
        wanted = [draft for row in rows if row.domain == domain for draft in drafted.get(row.line, ())]
        index.load(["".join([part.text or "1" for part in draft.parts]) for draft in wanted])


def _candidate(domain: str, filled: Iterable[Draft], policy: DomainPolicy, names: PlannedNames) -> Candidate | None:
    """The first name of these drafts that is free."""
    lineup = Lineup(filled, policy.naming_for_others())
    free_numbers = partial(names.free_numbers, domain)
    while pulled := lineup.pull(1, free_numbers):
        if names.is_free(pulled[0].name, domain):
            return pulled[0]
    return None


def _drafts(row: Row, policy: DomainPolicy) -> Iterator[Draft]:
    """Nothing for names that hold no letter that an address could."""
    own = {name: row.values.get(name) for name in policy.pattern_fields()}
    fields = {**own, "firstname": row.given_name, "lastname": row.family_name}
    naming = policy.naming()
    try:
        return drafts(naming.patterns, Values(fields, naming.language))
    except BadRequest:
        return iter(())
