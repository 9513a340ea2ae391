"""Somebody of a file who has an account already, known by their organization's ID: by preview and by run. Pure."""

from typing import NamedTuple

from provisioning.bulk.rows import Finding, Row

_GOES_ON = frozenset({"running", "paused"})
_CODES = frozenset({"comes_by_another", "has_account", "id_of_another"})


class KnownPerson(NamedTuple):
    """Who has an ID. name: given and family name. comes: whether another job has yet to make the account. left_to: see
    Row; empty for somebody who is known otherwise."""

    address: str
    name: str
    comes: bool = False
    left_to: tuple[str, ...] = ()


def pass_over(row: Row, known: KnownPerson) -> None:
    """Leave out a row whose ID somebody has. Where they have another name, the ID may be wrong, and what another job
    has yet to make may never come: a person is to look.

    A username that was planned for the row goes back.
    """
    row.state, row.left_to = "skipped", [*known.left_to]
    row.planned, row.username = row.planned or row.username, ""
    name = full_name(row.given_name, row.family_name)
    if known.comes:
        said = (
            f"Another list is about to open {known.address} for {known.name}, who has this ID, or has asked Google to. "
            "Look there whether it did."
        )
        row.findings.append(Finding("comes_by_another", said, "employee_id", "warning"))
    elif _compared(name) == _compared(known.name):
        said = f"This person has the account {known.address} already."
        row.findings.append(Finding("has_account", said, "employee_id", "note"))
    else:
        said = f"{known.name} has this ID, and the account {known.address}. If that is not {name}, correct the ID."
        row.findings.append(Finding("id_of_another", said, "employee_id", "warning"))


def take_back(row: Row) -> None:
    """The opposite of `pass_over`, for a row that was planned to be made; its username is the preview's again."""
    row.state, row.left_to, row.attempts = "ready", [], 0
    row.username, row.planned = row.planned, ""
    row.findings = [finding for finding in row.findings if finding.code not in _CODES]


def may_have_made(row: Row, mode: str) -> bool:
    """Whether the row's job has made its account, or Google may have made it, whatever became of the job. mode: the
    job's; what was not decided when the job was undone is a person's."""
    return row.exists or (row.is_asked and mode == "create")


def makes(row: Row, mode: str, state: str, *, begins_again: bool) -> bool:
    """The same, or whether the job is going to make it. mode, state: the job's. begins_again: whether it is looking for
    rows to be tried again, see lanes.begins_again; any that might be counts."""
    again = begins_again and (row.state == "failed" or row.is_undecided or row.is_left)
    waits = state in _GOES_ON and (row.state == "ready" or again)
    return may_have_made(row, mode) or (waits and mode == "create")


def expected_address(row: Row) -> str:
    """The row's address, or the one that it had until it was passed over."""
    return row.address or f"{row.planned}@{row.domain}"


def full_name(given_name: str, family_name: str) -> str:
    """As sentences have it."""
    return f"{given_name} {family_name}".strip()


def _compared(name: str) -> list[str]:
    """In any case; where given names end does not matter."""
    return name.casefold().split()
