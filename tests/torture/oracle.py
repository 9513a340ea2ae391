"""What must be true after a job, whatever was killed and lost meanwhile: between Google, the files, and our records."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import requests

from provisioning.bulk.file.column_names import ColumnNames
from provisioning.bulk.file.writing import RESULTS, results_header, results_row, to_csv
from provisioning.bulk.handover import FirstPassword
from provisioning.bulk.records import BulkLane
from provisioning.bulk.rows import Row
from provisioning.bulk.run.lanes import is_leased
from provisioning.bulk.status import JobStatus
from provisioning.naming.records import Hold
from runtime.audit import AuditEntry
from runtime.clock import Clock
from sandbox.google.world import Group, User

ENDS = frozenset({"problem", "skipped", "finished", "failed", "review"})
World = tuple[dict[str, User], dict[str, Group]]


@dataclass(frozen=True)
class Outcome:
    """A job that is over: what its page, its files and our records say, and Google before and after it."""

    tenant: str
    status: JobStatus
    rows: list[Row]
    passwords: list[FirstPassword]
    lanes: list[BulkLane]
    before: World
    after: World

    @property
    def created(self) -> dict[str, User]:
        """Accounts at Google that were not there before, by address."""
        return {user.primary_email: user for id_, user in self.after[0].items() if id_ not in self.before[0]}

    @property
    def existing(self) -> list[Row]:
        """Rows with an account."""
        return [row for row in self.rows if row.exists]

    def results(self) -> list[dict[str, str]]:
        """The file of results, as a spreadsheet reads it."""
        columns = ColumnNames(self.status.header, self.status.mapping)
        lines = [results_header(columns), *(results_row(columns, row) for row in self.rows)]
        text = b"".join(to_csv(lines)).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))


def require_whole(outcome: Outcome, typed: dict[int, str], clock: Clock) -> None:
    """AssertionError unless all of it is as if nothing had happened. typed: passwords of the file by line."""
    _require_ends(outcome)
    _require_exactly_these(outcome)
    _require_nobody_else_touched(outcome)
    _require_passwords(outcome, typed)
    _require_audit(outcome, "account.created", outcome.existing)
    _require_steps(outcome)
    _require_nothing_left(outcome, clock)


def _require_ends(outcome: Outcome) -> None:
    """Every row is over, and the job's page counts them so."""
    assert {row.state for row in outcome.rows} <= ENDS, Counter(row.state for row in outcome.rows)
    assert (outcome.status.state, outcome.status.is_at_work) == ("done", False)
    counts = {name: number for name, number in outcome.status.counts.items() if name in RESULTS and number}
    assert counts == Counter(row.state for row in outcome.rows)
    failed = sum(step.state == "failed" for row in outcome.existing for step in row.steps)
    assert outcome.status.counts.get("failed_steps", 0) == failed
    assert outcome.status.counts.get("open_steps", 0) == 0
    lines = [row.line for row in outcome.rows]
    assert sorted(set(lines)) == lines == list(range(2, len(lines) + 2))


def _require_exactly_these(outcome: Outcome) -> None:
    """Google has the accounts that the file of results says, each made once, with the row's mark."""
    told = [line["Account created"] for line in outcome.results() if line["Account created"]]
    assert sorted(told) == sorted(row.address for row in outcome.existing)
    assert sorted(outcome.created) == sorted(told), _odd(outcome, set(outcome.created) ^ set(told))
    assert len(outcome.after[0]) == len(outcome.before[0]) + len(told), "one account for each address"
    for row in outcome.existing:
        user = outcome.created[row.address]
        assert (user.id, user.deletion_time) == (row.person_id, "")
        assert row.mark in _external_ids(user)
        assert row.employee_id in _external_ids(user)
        assert (user.given_name, user.family_name, user.org_unit_path) == (
            row.given_name, row.family_name, row.org_unit_path,
        )  # fmt: skip


def _odd(outcome: Outcome, addresses: set[str]) -> list[object]:
    """For the message: the accounts of these addresses, and the rows whose address or mark they have."""
    users = [user for address, user in outcome.created.items() if address in addresses]
    marks = {value for user in users for value in _external_ids(user)}
    return [*users, *(row for row in outcome.rows if row.address in addresses or row.mark in marks)]


def _require_nobody_else_touched(outcome: Outcome) -> None:
    """Whoever was there is as they were, but for groups' members."""
    for id_, user in outcome.before[0].items():
        assert outcome.after[0][id_] == user, user.primary_email
    assert outcome.before[1].keys() == outcome.after[1].keys()


def _require_passwords(outcome: Outcome, typed: dict[int, str]) -> None:
    """The file of passwords has one for each account, the typed one where one was typed, and Google knows it so."""
    told = {told.address: told for told in outcome.passwords}
    assert sorted(told) == sorted(outcome.created)
    assert len(told) == len(outcome.passwords)
    for address, first in told.items():
        assert outcome.created[address].password == first.password, address
        assert first.password == typed.get(first.line, first.password), "a typed password is not replaced"


def require_undone(outcome: Outcome, used: set[str], clock: Clock) -> None:
    """AssertionError unless what nobody used is gone, and the rest is there. used: addresses of who signed in."""
    assert (outcome.status.state, outcome.status.is_at_work) == ("done", False)
    deleted = [row for row in outcome.rows if row.state == "deleted"]
    there = {address for address, user in outcome.created.items() if not user.deletion_time}
    kept = {row.address: row.sentence for row in outcome.rows if row.state == "kept"}
    assert kept.keys() == used, Counter(kept[address] for address in kept.keys() - used)
    assert kept.keys() == there
    assert {row.person_id for row in deleted} == {user.id for user in outcome.created.values() if user.deletion_time}
    _require_audit(outcome, "account.deleted", deleted)
    _require_nobody_else_touched(outcome)
    _require_nothing_left(outcome, clock)


def require_sign_in(outcome: Outcome, google_url: str, people: Iterable[FirstPassword], *, stays: bool = False) -> int:
    """AssertionError unless Google lets these people in with the password of the file, and with no other one.

    stays: they choose a password of their own, and so have used the account.
    """
    count = 0
    with requests.Session() as browser:
        browser.trust_env = False
        for first in people:
            for password, is_right in ((first.password, True), (first.password + "x", False)):
                form = {"email": first.address, "password": password}
                answer = browser.post(f"{google_url}/accounts/signin", data=form, allow_redirects=False, timeout=10)
                assert answer.ok == is_right, (first.address, answer.status_code)
                if stays and is_right:
                    form = {"new_password": f"own-{first.password}"}
                    assert browser.post(f"{google_url}/accounts/password", data=form, timeout=10).ok
                browser.cookies.clear()
            count += 1
    assert count
    return count


def _require_audit(outcome: Outcome, action: str, rows: list[Row]) -> None:
    """One entry for each account, with its id, and none besides."""
    entries = AuditEntry.query(AuditEntry.action == action, namespace=outcome.tenant).fetch()
    told = [(entry.target, entry.detail["id"]) for entry in entries if entry.detail["job"] == outcome.status.id]
    assert sorted(told) == sorted((row.address, row.person_id) for row in rows)


def _require_steps(outcome: Outcome) -> None:
    """What the rows say of groups, aliases and details is what Google has."""
    members = {group.email: set(group.members) for group in outcome.after[1].values()}
    expected = {group.email: set(group.members) for group in outcome.before[1].values()}
    for row in outcome.existing:
        user, done = outcome.created[row.address], [step for step in row.steps if step.state == "done"]
        assert all(step.state in {"done", "failed"} for step in row.steps)
        aliases = sorted(step.target for step in done if step.kind == "alias")
        assert sorted(user.aliases) == aliases, (row.address, user.aliases, row.steps)
        for step in done:
            if step.kind == "group":
                expected[step.target].add(row.address)
            if step.kind == "details":
                assert _department(user) == step.values["department"]
    assert members == expected, {address: members[address] ^ expected[address] for address in members}


def _require_nothing_left(outcome: Outcome, clock: Clock) -> None:
    """No name is held, no lane is leased, no other task of the job will do anything."""
    now = clock().replace(tzinfo=None)
    holds = Hold.query(namespace=outcome.tenant).fetch()
    assert [hold.name for hold in holds if not hold.created and hold.expires > now] == []
    assert all(lane.is_over and not lane.waiting and not is_leased(lane, now) for lane in outcome.lanes)


def _external_ids(user: User) -> list[str]:
    entries: Any = user.more.get("externalIds") or []
    return [str(entry.get("value", "")) for entry in entries]


def _department(user: User) -> str:
    entries: Any = user.more.get("organizations") or [{}]
    return str(entries[0].get("department", ""))
