"""When a customer may be erased, and when that is over. Pure. Times are in UTC, all of them aware or none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from marketplace.rules import UNLICENSED, DomainState

WAITING = timedelta(days=7)
"""In which any super administrator of the domain can take it back."""
SETTLING = timedelta(minutes=15)
"""After which nothing of ours that began before the domain was closed is at work any more.

The queue and App Engine end what has run for ten minutes, and what a process remembers of a domain is good for 70 s.
"""
PROOF_KEPT = timedelta(days=3 * 365)

By = Literal["administrator", "operator"]


@dataclass(frozen=True)
class ErasureInfo:
    """One that was asked for. domain: the customer's primary one. deleted: entities so far."""

    customer: str
    domain: str
    asked_at: datetime
    by: By
    due_at: datetime
    is_begun: bool
    deleted: int


@dataclass(frozen=True)
class Proof:
    """All that stays. customer_hash: SHA-256 of the customer id, hex. operator: whoever asked, if it was one of us."""

    customer_hash: str
    asked_at: datetime
    by: By
    operator: str
    finished_at: datetime
    entities: int
    expires_at: datetime


def names_domain(typed: str, domain: str) -> bool:
    """Whether somebody typed the domain's name, in whatever case."""
    return typed.strip().lower().rstrip(".") == domain


def has_license(state: DomainState) -> bool:
    """Whether Google can say that the customer has uninstalled the app.

    A domain managed by hand has no license to go by. That of a name in quarantine is another customer's.
    """
    return not state.is_independent and not state.quarantined


def may_be_at_once(state: DomainState) -> bool:
    """Whether Google does say so: then nobody can lose anything that they use. state: as Google says now."""
    return has_license(state) and state.license_state == UNLICENSED


def due(asked_at: datetime, *, at_once: bool) -> datetime:
    """When deleting may begin."""
    return asked_at if at_once else asked_at + WAITING


def settled(asked_at: datetime) -> datetime:
    """From when on a look that finds nothing is believed: the domain is closed since it was asked for."""
    return asked_at + SETTLING


def is_over(found: int, look_began: datetime, asked_at: datetime) -> bool:
    """Whether a look from beginning to end, which found so many entities and deleted them, was the last one."""
    return found == 0 and look_began >= settled(asked_at)
