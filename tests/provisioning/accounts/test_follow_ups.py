"""One step at a time: what Google's answers make of it, and that an account never fails for a step."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.steps import FEWEST_TRIES, PATIENCE, Step
from provisioning.directory.google_licensing import GoogleLicenses
from runtime.google_problems import (
    BlockedByPolicy,
    GoogleProblem,
    GoogleThrottled,
    NotDelegated,
    OurConfiguration,
    SubjectUnusable,
)
from sandbox.google import marketplace
from sandbox.google.scopes import LICENSING
from sandbox.google.seed import STAFF_LICENSE
from sandbox.google.world import Fault, User
from tests.provisioning.conftest import ADMIN, HELPDESK, TENANT, Desk

MATHS, LOBBY = "maths@northfield.example", "lobby@northfield.example"
STEPS = {
    "group": Step("group", MATHS),
    "alias": Step("alias", LOBBY),
    "details": Step("details", values={"title": "Head"}),
    "license": Step("license", STAFF_LICENSE),
}
NOT_READY = (
    (404, "notFound"), (412, "conditionNotMet"), (403, "forbidden"), (409, "conflict"), (500, "backendError"),
    (503, "backendError"), (0, ""),
)  # fmt: skip
TOO_FAST = ((429, "rateLimitExceeded"), (403, "quotaExceeded"), (403, "userRateLimitExceeded"))
API = {"group": "/admin/directory/v1/groups/", "license": "/apps/licensing/"}


class Attempts:
    """Follow-ups of Hanna's account, which was made just now."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.world = desk, desk.world
        self.follow_ups = FollowUps(desk.directory, GoogleLicenses(desk.transport), desk.clock)
        self.begun = desk.clock().timestamp()

    @property
    def hanna(self) -> User:
        found = self.desk.user(HELPDESK)
        assert found is not None
        return found

    def attempt(self, step: Step) -> Step:
        return self.follow_ups.attempt(ADMIN, self.hanna.id, HELPDESK, step, begun=self.begun)

    def answer(self, step: Step, status: int, reason: str, *, when: str = "before", count: int = 1) -> None:
        body = json.dumps({"error": {"code": status, "message": "No", "errors": [{"message": "No", "reason": reason}]}})
        path = API.get(step.kind, "/admin/directory/v1/users/")
        with self.world.changing():
            self.world.faults.append(Fault(path, "", status, body, when, count))  # type: ignore[arg-type]

    def has(self, step: Step) -> bool:
        """Whether Google has it."""
        group = next(group for group in self.world.groups.values() if group.email == MATHS)
        return {
            "group": HELPDESK in group.members,
            "alias": LOBBY in self.hanna.aliases,
            "details": bool(self.hanna.more.get("organizations")),
            "license": bool(self.hanna.licenses),
        }[step.kind]


@pytest.fixture
def attempts(desk: Desk) -> Iterator[Attempts]:
    client = desk.world.project.service_account_client_id
    marketplace.set_delegation(desk.world, TENANT, client, [LICENSING])
    return Attempts(desk)


every_step = pytest.mark.parametrize("kind", sorted(STEPS))


@every_step
def test_a_step_is_done_and_may_be_repeated(attempts: Attempts, kind: str) -> None:
    step = STEPS[kind]
    for _ in range(2):
        after = attempts.attempt(step)
        assert (after.state, after.attempts, after.code) == ("done", 1, "")
        assert attempts.has(step)


@every_step
def test_what_google_is_not_ready_for_is_parked(attempts: Attempts, kind: str) -> None:
    step = STEPS[kind]
    for status, reason in NOT_READY:
        attempts.answer(step, status, reason)
        after = attempts.attempt(step)
        if status == 409 and kind in {"group", "license"}:
            assert after.state == "done"  # Google has accepted it, and will see to it
            continue
        assert (after.state, after.attempts) == ("open", 1), status
        assert attempts.begun + 5 <= after.next_at <= attempts.begun + 15
        assert step.target in after.sentence
        assert "No" not in after.sentence.split()
        assert attempts.attempt(after).state == "done"


@every_step
def test_a_step_whose_answer_was_lost_is_done_the_next_time(attempts: Attempts, kind: str) -> None:
    step = STEPS[kind]
    attempts.answer(step, 0, "", when="after")
    after = attempts.attempt(step)
    assert after.state == "open"
    assert attempts.has(step)
    assert attempts.attempt(after).state == "done"


@pytest.mark.parametrize(("status", "reason"), [(409, "duplicate"), (412, "limitExceeded"), (400, "invalid")])
def test_an_alias_that_was_added_is_no_failure_whatever_google_says_then(
    attempts: Attempts, status: int, reason: str
) -> None:
    step = STEPS["alias"]
    attempts.answer(step, 0, "", when="after")
    after = attempts.attempt(step)
    attempts.answer(step, status, reason)
    assert attempts.attempt(after).state == "done"


@every_step
def test_patience_ends_after_an_hour(attempts: Attempts, kind: str) -> None:
    step = STEPS[kind]
    attempts.answer(step, 503, "backendError", count=-1)
    attempts.begun -= PATIENCE
    assert attempts.attempt(replace(step, attempts=FEWEST_TRIES - 2)).state == "open"
    assert attempts.attempt(replace(step, attempts=FEWEST_TRIES - 1)).state == "failed"


def test_what_google_refuses_fails_the_step_and_says_what(attempts: Attempts) -> None:
    for step, code, words in (
        (Step("alias", "ada.admin@northfield.example"), "already_exists", "Adding the alias ada.admin@"),
        (Step("alias", "no address@northfield.example"), "invalid_value", "Adding the alias no address@"),
        (Step("details", values={"recovery_phone": "0301", "title": "x"}), "invalid_value", "(recovery phone)"),
        (Step("license", "101031/nothing"), "invalid_value", "Giving the license 101031/nothing"),
    ):
        after = attempts.attempt(step)
        assert (after.state, after.code) == ("failed", code)
        assert words in after.sentence
        assert after.sentence.endswith(".")


def test_licenses_that_are_used_up_fail_the_step_and_nothing_else(attempts: Attempts) -> None:
    with attempts.world.changing():
        attempts.world.customers[TENANT].license_seats[STAFF_LICENSE] = 0
    after = attempts.attempt(STEPS["license"])
    assert (after.state, after.code) == ("failed", "no_seats")


def test_a_license_scope_that_was_not_granted_fails_the_step(attempts: Attempts) -> None:
    client = attempts.world.project.service_account_client_id
    marketplace.set_delegation(attempts.world, TENANT, client, [])
    after = attempts.attempt(STEPS["license"])
    assert (after.state, after.code) == ("failed", "not_delegated")
    assert "your domain has not permitted" in after.sentence


def test_being_too_fast_is_told_to_whoever_sets_the_pace(attempts: Attempts) -> None:
    for step in STEPS.values():
        for status, reason in TOO_FAST:
            attempts.answer(step, status, reason)
            with pytest.raises(GoogleThrottled):
                attempts.attempt(step)


@pytest.mark.parametrize("problem", [NotDelegated, SubjectUnusable, BlockedByPolicy, OurConfiguration])
def test_what_concerns_every_account_is_raised(attempts: Attempts, problem: type[GoogleProblem]) -> None:
    world = attempts.world
    with world.changing():
        if problem is SubjectUnusable:
            admin = attempts.desk.user(ADMIN)
            assert admin is not None
            admin.suspended = True
        elif problem is BlockedByPolicy:
            world.customers[TENANT].blocks_app = True
        elif problem is OurConfiguration:
            world.project.disabled_apis = ["admin"]
    if problem is NotDelegated:
        marketplace.revoke_data_access(world, TENANT)
        marketplace.set_delegation(world, TENANT, world.project.service_account_client_id, [])
    with pytest.raises(problem):
        attempts.attempt(STEPS["group"])


def test_a_welcome_waits(attempts: Attempts) -> None:
    assert attempts.attempt(Step("welcome")).state == "waiting"
