"""Somebody of a file who has an account already, known by their organization's ID: by preview and by run. Pure."""

from typing import NamedTuple

from provisioning.bulk.rows import Finding, Row

_GOES_ON = frozenset({"running", "paused"})


class KnownPerson(NamedTuple):
    """Who has an ID. name: given and family name. comes: whether another job has yet to make the account."""

    address: str
    name: str
    comes: bool = False


def pass_over(row: Row, known: KnownPerson) -> None:
    """Leave out a row whose ID somebody has. Where they have another name, the ID may be wrong, and what another job
    has yet to make may never come: a person is to look.

    A username that was planned for the row goes back.
    """
    row.state, row.steps = "skipped", []
    row.planned, row.username = row.planned or row.username, ""
    name = full_name(row.given_name, row.family_name)
    if known.comes:
        said = f"Another list is about to open {known.address} for {known.name}, who has this ID. See that it does."
        row.findings.append(Finding("comes_by_another", said, "employee_id", "warning"))
    elif _compared(name) == _compared(known.name):
        said = f"This person has the account {known.address} already."
        row.findings.append(Finding("has_account", said, "employee_id", "note"))
    else:
        said = f"{known.name} has this ID, and the account {known.address}. If that is not {name}, correct the ID."
        row.findings.append(Finding("id_of_another", said, "employee_id", "warning"))


def makes(row: Row, mode: str, state: str) -> bool:
    """Whether the row's job has made its account, or is going to. mode, state: the job's.

    What Google may have been asked for counts in a job that was stopped, too: its outcome is not known yet.
    """
    comes = row.state == "intent" or (row.state == "ready" and state in _GOES_ON)
    return row.exists or (comes and mode == "create")


def full_name(given_name: str, family_name: str) -> str:
    """As sentences have it."""
    return f"{given_name} {family_name}".strip()


def _compared(name: str) -> list[str]:
    """In any case; where given names end does not matter."""
    return name.casefold().split()
