"""Hands out the first passwords of a job: for 72 hours after its end, in one window of 15 minutes, to be deleted then.

Called inside an ndb context. Who may have them is decided by the caller, who has seen a fresh sign-in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from google.cloud import ndb

from provisioning.bulk.job_ledger import aware, naive, require
from provisioning.bulk.records import BulkJob, job_key
from provisioning.bulk.slices import Slices
from provisioning.bulk.status import JobStatus
from runtime.audit import Actor, audit_entry, entries_about
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact
from runtime.problems import Conflict

WINDOW = timedelta(minutes=15)
MOST_SHOWN = 20
_SHOWN = "bulk.passwords_shown"
Form = Literal["file", "letters"]
Standing = Literal["none", "waiting", "open", "over"]
"""none: there are none yet. waiting: the window has not been opened. open: it is. over: they are deleted."""


class PasswordsGone(Conflict):
    """The window is over, or the 72 hours are, or there are none."""

    title = "The passwords of this list cannot be had"
    code = "passwords_gone"
    default_advice = "Give whoever needs one a new password in the Google Admin console."


@dataclass(frozen=True)
class Shown:
    """Who was given the passwords, when (aware), and as what."""

    who: str
    at: datetime
    form: Form


@dataclass(frozen=True)
class FirstPassword:
    """What one person is told. columns: what the file says, by field."""

    line: int
    given_name: str
    family_name: str
    address: str
    password: str
    org_unit_path: str
    change_password: bool
    columns: Mapping[str, str]


class Handover:
    """The passwords of every tenant's jobs."""

    def __init__(self, slices: Slices, clock: Clock) -> None:
        self._slices = slices
        self._clock = clock

    def standing(self, status: JobStatus) -> Standing:
        """Whether there are passwords to be had now."""
        until = status.window_until
        return _standing(until, status.passwords_until, self._clock()) if status.existing else "none"

    def open(self, tenant: str, actor: Actor, job_id: str, form: Form) -> None:
        """Open the window, unless it is open, and note who is given what. Raises PasswordsGone, NotFound."""

        def work() -> None:
            job, now = require(job_key(tenant, job_id).get()), self._clock()
            if _standing(_aware(job.window_until), _aware(job.passwords_until), now) not in {"waiting", "open"}:
                raise PasswordsGone("Its passwords were shown before, or are older than 72 hours, and are deleted.")
            if not job.window_until:
                _open_window(job, now)
            with tenant_namespace(tenant):
                until = aware(job.window_until).isoformat()
                entry = audit_entry(now, actor, _SHOWN, job_id, file=job.file_name, form=form, until=until)
            ndb.put_multi([job, entry])

        transact(work)

    def shown(self, tenant: str, status: JobStatus) -> list[Shown]:
        """To whom the passwords were given in the present window, or the last one, the first of them first."""
        if not status.window_until:
            return []
        since = naive(status.window_until - WINDOW)
        with tenant_namespace(tenant):
            entries = entries_about(status.id, _SHOWN, MOST_SHOWN)
        return [
            Shown(entry.actor_label or entry.actor_id, aware(entry.at), entry.detail["form"])
            for entry in entries
            if entry.at >= since
        ]

    def passwords(self, tenant: str, status: JobStatus) -> Iterator[FirstPassword]:
        """Of every account that exists by the job and whose password is kept, in the order of the file.

        Raises PasswordsGone once their time has ended: from then on they are being deleted, and those that follow would
        be missing as if there were none. What was given before is right.
        """
        for number, rows in enumerate(self._slices.all(tenant, status.id, status.slices)):
            kept = self._slices.passwords(tenant, status.id, number)
            if status.passwords_until and self._clock() >= status.passwords_until:
                raise PasswordsGone("Their time ended while they were being read, and they are deleted.")
            for row in rows:
                if row.exists and row.line in kept:
                    yield FirstPassword(
                        row.line, row.given_name, row.family_name, row.address, kept[row.line], row.org_unit_path,
                        row.change_password, row.values,
                    )  # fmt: skip


def _open_window(job: BulkJob, now: datetime) -> None:
    """The scheduler deletes passwords at passwords_until, which is the end of the window from now on."""
    until = min(naive(now + WINDOW), job.passwords_until)
    job.populate(window_until=until, passwords_until=until)


def _standing(window_until: datetime | None, passwords_until: datetime | None, now: datetime) -> Standing:
    if passwords_until is None:
        return "none"
    if now >= passwords_until or (window_until and now >= window_until):
        return "over"
    return "open" if window_until else "waiting"


def _aware(moment: datetime | None) -> datetime | None:
    return aware(moment) if moment else None
