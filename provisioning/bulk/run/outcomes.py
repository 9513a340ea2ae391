"""What becomes of a row by what Google said about its account. Pure: rows are changed in place, nothing else is."""

import hashlib
from collections.abc import Sequence

from provisioning.accounts.creation import Created, Outcome, Refused, Taken, Unknown
from provisioning.accounts.steps import PATIENCE
from provisioning.bulk.rows import UNKNOWN, Row
from runtime.google_problems import AlreadyExists
from runtime.problems import Problem

ATTEMPTS = 12
"""Names that are tried for one row; after so many a person has to look."""
_RARER = 4
"""The longer nobody knows, the seldomer it is asked: after a quarter of the time that has passed."""
TAKEN = "address_taken"
"""The code of a review: somebody else has the address."""


def mark_of(tenant: str, job: str, row: Row) -> str:
    """What names the making of a row's account at Google, the same whenever it is tried."""
    return hashlib.sha256(f"bulk\0{tenant}\0{job}\0{row.line}".encode()).hexdigest()[:32]


def begin(row: Row, mark: str, now: float) -> None:
    """Google is about to be asked. now: seconds since 1970."""
    row.state, row.mark, row.begun, row.next_at = "intent", mark, row.begun or now, 0.0
    row.attempts += 1
    row.code = row.sentence = row.raw = ""


def withdraw(row: Row) -> None:
    """Google was not asked after all, or surely made nothing."""
    row.state, row.begun, row.refused, row.next_at = "ready", 0.0, 0.0, 0.0


def settle(row: Row, outcome: Outcome, now: float) -> None:
    """Note what came of asking. A name that is taken is replaced by the caller, who then calls `renamed`."""
    match outcome:
        case Created():
            row.person_id, row.next_at = outcome.person.id, 0.0
            row.state = "created" if any(not step.is_over for step in row.steps) else "finished"
        case Taken():
            to_review(row, TAKEN, outcome.sentence)
        case Refused():
            withdraw(row)
            row.state = "failed"
            _tell(row, outcome.problem)
        case Unknown() if now - row.begun < PATIENCE:
            row.refused = (row.refused or now) if isinstance(outcome.problem, AlreadyExists) else 0.0
            row.next_at = now + max(outcome.retry_after, (now - row.begun) / _RARER)
        case Unknown():
            to_review(row, UNKNOWN, "Google does not say whether the account exists. Look for it in the Admin console.")
            row.raw = outcome.problem.raw


def to_review(row: Row, code: str, sentence: str) -> None:
    """A person has to decide."""
    if code != UNKNOWN:
        withdraw(row)
    row.state, row.code, row.sentence, row.raw = "review", code, sentence, ""


def renamed(row: Row, username: str) -> None:
    """Another name is to be tried; the preview's stays on record."""
    withdraw(row)
    row.planned = row.planned or row.username
    row.username = username
    row.code = row.sentence = row.raw = ""


def retried(rows: Sequence[Row], now: float) -> bool:
    """Begin again what failed, accounts and steps; whether there was any."""
    changed = False
    for row in rows:
        if row.state == "failed" or row.is_undecided:
            row.state, row.code, row.sentence, row.raw, row.attempts = "ready", "", "", "", 0
            row.begun = now if row.begun else 0.0
            changed = True
        elif row.exists and any(step.state == "failed" for step in row.steps):
            row.steps = [step.reopened() for step in row.steps]
            row.state, row.begun = "created", now  # patience counts from now on
            changed = True
    return changed


def _tell(row: Row, problem: Problem) -> None:
    row.code, row.sentence, row.raw = problem.code, problem.words, problem.raw
