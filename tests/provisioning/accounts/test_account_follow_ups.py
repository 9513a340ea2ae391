"""What follows after single accounts: never forgotten, never done by a task that comes late, shown until it is done."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from google.cloud import ndb

from provisioning.accounts.account_follow_ups import PATH, AccountFollowUp
from provisioning.accounts.opening import Opened
from provisioning.accounts.steps import PATIENCE, Step
from runtime.datastore import tenant_namespace
from runtime.problems import Conflict, Problem
from sandbox.google import marketplace
from sandbox.google.world import Fault
from tests.provisioning.conftest import ADMIN, PERSON, TENANT, Desk, order
from tests.provisioning.pages import Pages

ZOE, MATHS, SCIENCE = "zoe.quill@northfield.example", "maths@northfield.example", "science@northfield.example"
ALIAS = "z.quill@northfield.example"


@dataclass
class School:
    """A desk, and the tasks that it leaves with the simulated queue."""

    desk: Desk

    def open(self, *steps: Step, username: str = "zoe.quill", operation: str = "operation-0000000001") -> Opened:
        wish = order(username, steps=steps, operation=operation)
        return self.desk.opening.open(self.desk.asker(), wish)

    def tasks(self) -> list[tuple[dict[str, object], float]]:
        """What is queued: payloads, and in how many seconds each is due."""
        with self.desk.world.lock:
            queued = sorted(self.desk.world.queued_tasks.values(), key=lambda task: task.due)
            now = self.desk.world.now().timestamp()
            assert all(task.url.endswith(PATH) for task in queued)
            return [(json.loads(base64.b64decode(task.body)), task.due - now) for task in queued]

    def run(self) -> None:
        """Deliver the first of the queue, when it is due."""
        (payload, delay), *_ = self.tasks()
        self.desk.clock.advance(seconds=max(delay, 0))
        with self.desk.world.changing() as world:
            first = min(world.queued_tasks.values(), key=lambda task: task.due)
            del world.queued_tasks[first.name]
        self.deliver(payload)

    def deliver(self, payload: dict[str, object]) -> None:
        self.desk.follow_ups.step(str(payload["tenant"]), str(payload["mark"]), int(str(payload["number"])))

    def of(self, opened: Opened) -> AccountFollowUp:
        found = self.desk.follow_ups.of(TENANT, opened.mark)
        assert found is not None
        return found

    def members(self, group: str) -> set[str]:
        return set(next(found.members for found in self.desk.world.groups.values() if found.email == group))

    def audit(self) -> list[tuple[str, object]]:
        return [(entry.action, entry.detail) for entry in self.desk.audit() if "follow" in entry.action]

    def lose_group(self, group: str) -> None:
        with self.desk.world.changing() as world:
            (found,) = (one for one in world.groups.values() if one.email == group)
            found.email = f"old-{group}"


@pytest.fixture
def school(desk: Desk) -> School:
    return School(desk)


def kept() -> int:
    with tenant_namespace(TENANT):
        return int(ndb.Query(kind="AccountSteps").count())


def test_everything_is_done_by_one_task_and_nothing_is_kept(school: School) -> None:
    opened = school.open(Step("group", MATHS), Step("alias", ALIAS), Step("group", SCIENCE))
    assert [payload["number"] for payload, _ in school.tasks()] == [1]
    assert [step.state for step in school.of(opened).steps] == ["open"] * 3
    school.run()
    assert ZOE in school.members(MATHS) & school.members(SCIENCE)
    found = school.desk.user(ZOE)
    assert found is not None
    assert found.aliases == [ALIAS]
    assert school.audit() == [
        ("account.followed_up", {"done": [f"group {MATHS}", f"alias {ALIAS}", f"group {SCIENCE}"]})
    ]
    assert (kept(), school.tasks(), school.desk.follow_ups.of(TENANT, opened.mark)) == (0, [], None)


def test_an_account_without_steps_leaves_nothing_behind(school: School) -> None:
    school.open()
    assert (kept(), school.tasks()) == (0, [])


def test_the_same_wish_again_begins_nothing_again(school: School) -> None:
    school.open(Step("group", MATHS))
    school.run()
    assert school.open(Step("group", MATHS)).again
    school.desk.clock.advance(seconds=20 * 60)  # from now on Google is asked
    assert school.open(Step("group", MATHS)).again
    assert (kept(), school.tasks()) == (0, [])


def test_what_google_is_not_ready_for_is_tried_later_and_the_rest_is_done(school: School) -> None:
    school.desk.set_knobs(creation_window=30)
    opened = school.open(Step("alias", ALIAS), Step("group", MATHS))
    school.run()
    alias, group = school.of(opened).steps
    assert (alias.state, alias.code, group.state) == ("open", "not_ready_yet", "done")
    for _ in range(5):
        ((payload, delay),) = school.tasks()
        assert delay > 4
        school.run()
        if not kept():
            break
    assert (kept(), school.tasks()) == (0, [])
    assert int(str(payload["number"])) <= 4


def test_what_is_never_possible_fails_after_an_hour_and_stays_on_the_list(school: School) -> None:
    opened = school.open(Step("group", "no@northfield.example"), Step("group", MATHS), Step("welcome"))
    began = school.desk.clock()
    while school.tasks():
        school.run()
    assert PATIENCE <= (school.desk.clock() - began).total_seconds() <= PATIENCE + 600
    found = school.of(opened)
    assert found.state == "failed"
    assert [step.state for step in found.steps] == ["failed", "done", "waiting"]
    assert [step.target for step in found.unfinished] == ["no@northfield.example"]
    assert school.desk.follow_ups.unfinished(TENANT) == [found]


def test_a_welcome_alone_waits_and_is_on_no_list(school: School) -> None:
    opened = school.open(Step("welcome", state="waiting"))
    school.run()
    assert school.of(opened).state == "waiting"
    assert (school.tasks(), school.desk.follow_ups.unfinished(TENANT)) == ([], [])


def test_a_task_that_comes_twice_or_late_does_nothing(school: School) -> None:
    school.desk.set_knobs(creation_window=30)
    school.open(Step("alias", ALIAS))
    (first, _), *_ = school.tasks()
    school.run()
    before = school.tasks()
    with school.desk.world.changing() as world:
        world.faults.append(Fault("/admin/", "", 500, count=1))
    for number in (first["number"], 0, 7):
        school.deliver({**first, "number": number})
    school.deliver({**first, "mark": "0" * 32})
    assert [payload for payload, _ in school.tasks()] == [payload for payload, _ in before]
    assert school.desk.world.faults, "nobody asked Google"


def test_two_deliveries_of_a_task_at_once_count_once(school: School) -> None:
    opened = school.open(Step("alias", "ada.admin@northfield.example"))
    (payload, _), *_ = school.tasks()
    school.desk.set_knobs(latency=0.2)  # both are asking Google at the same time

    def deliver() -> None:
        with school.desk.datastore.context():
            school.deliver(payload)

    with ThreadPoolExecutor(2) as pool:
        for delivery in [pool.submit(deliver), pool.submit(deliver)]:
            delivery.result()
    (alias,) = school.of(opened).steps
    assert (alias.state, alias.attempts, len(school.audit())) == ("failed", 1, 1)


def test_a_queue_that_does_not_answer_loses_nothing(school: School) -> None:
    queues, school.desk.world.project.queues = school.desk.world.project.queues, []
    school.desk.set_knobs(creation_window=30)
    opened = school.open(Step("alias", ALIAS), Step("group", MATHS))
    assert (opened.again, school.tasks()) == (False, [])
    lost = {"tenant": TENANT, "mark": opened.mark, "number": 1}
    with pytest.raises(Problem):  # done, and kept; but the next task could not be left
        school.deliver(lost)
    assert ZOE in school.members(MATHS)
    school.desk.world.project.queues = queues
    school.deliver(lost)
    assert [payload["number"] for payload, _ in school.tasks()] == [2]


def test_the_schedule_finds_a_task_that_was_lost_and_no_other(school: School) -> None:
    opened = school.open(Step("group", MATHS))
    school.desk.follow_ups.tend(TENANT)
    assert len(school.tasks()) == 1
    with school.desk.world.changing() as world:
        world.queued_tasks.clear()
    school.desk.clock.advance(seconds=61)
    school.desk.follow_ups.tend(TENANT)
    ((payload, _),) = school.tasks()
    assert payload["number"] == 2
    school.deliver({"tenant": TENANT, "mark": opened.mark, "number": 1})  # it was late, not lost
    assert ZOE not in school.members(MATHS)
    school.run()
    assert ZOE in school.members(MATHS)


def test_lost_access_parks_everything_until_it_is_back(school: School) -> None:
    opened = school.open(Step("group", MATHS), Step("alias", ALIAS))
    marketplace.revoke_data_access(school.desk.world, TENANT)
    school.desk.transport.forget(ADMIN)
    school.run()
    assert {(step.state, step.code) for step in school.of(opened).steps} == {("open", "not_delegated")}
    marketplace.grant_data_access(school.desk.world, TENANT)
    school.run()
    assert kept() == 0


def test_being_too_fast_slows_the_tenant_down(school: School) -> None:
    opened = school.open(Step("group", MATHS), Step("group", SCIENCE))
    with school.desk.world.changing() as world:
        world.faults.append(Fault("/admin/", "POST", 429))
    school.run()
    assert {step.code for step in school.of(opened).steps} == {"google_throttled"}
    with tenant_namespace(TENANT):
        assert ndb.Key("Pace", "steps").get().rate == 10
    school.run()
    assert kept() == 0


def test_an_administrator_tries_again_or_leaves_it_so(school: School) -> None:
    follow_ups = school.desk.follow_ups
    first = school.open(Step("alias", "ada.admin@northfield.example"), Step("group", MATHS))
    school.run()
    with pytest.raises(Conflict):
        follow_ups.retry(TENANT, PERSON, "0" * 32)
    for no_mark in ("", "__x__", "0" * 1600):
        with pytest.raises(Conflict):
            follow_ups.dismiss(TENANT, PERSON, no_mark)
    admin = school.desk.user(ADMIN)
    assert admin is not None
    with school.desk.world.changing():
        admin.primary_email, old = "ada@northfield.example", admin.primary_email
    follow_ups.retry(TENANT, PERSON, first.mark)
    with pytest.raises(Conflict):
        follow_ups.dismiss(TENANT, PERSON, first.mark)
    with school.desk.world.changing():
        admin.primary_email = old
    school.run()
    assert school.of(first).state == "failed"
    follow_ups.dismiss(TENANT, PERSON, first.mark)
    assert (kept(), school.tasks()) == (0, [])
    assert [action for action, _ in reversed(school.audit())] == [
        "account.followed_up", "account.follow_ups_retried", "account.followed_up", "account.follow_ups_dismissed",
    ]  # fmt: skip


def test_another_domains_follow_ups_are_nobody_elses(school: School) -> None:
    opened = school.open(Step("alias", "ada.admin@northfield.example"))
    school.run()
    assert school.desk.follow_ups.of("C02hb8r3w", opened.mark) is None
    assert school.desk.follow_ups.unfinished("C02hb8r3w") == []
    with pytest.raises(Conflict):
        school.desk.follow_ups.dismiss("C02hb8r3w", PERSON, opened.mark)


def test_the_pages_show_what_is_left_and_take_a_decision(school: School) -> None:
    pages = Pages(school.desk, ADMIN, is_admin=True)
    assert "Nothing is left to do" in pages.get("/accounts/follow-ups").text
    opened = school.open(Step("alias", "ada.admin@northfield.example"), Step("group", MATHS))
    assert "Being tried" in pages.get("/accounts/follow-ups").text
    school.run()
    shown = pages.get("/accounts/follow-ups").text
    assert ZOE in shown
    assert "Adding the alias ada.admin@northfield.example: This exists already." in shown
    assert MATHS not in shown
    assert "Being tried" in pages.post("/accounts/follow-ups/retry", account=opened.mark).text
    school.run()
    assert "Nothing is left to do" in pages.post("/accounts/follow-ups/dismiss", account=opened.mark).text
    assert pages.post("/accounts/follow-ups/dismiss", account=opened.mark).status == 409
    member = Pages(school.desk, "hanna.helpdesk@northfield.example", is_admin=False)
    assert member.get("/accounts/follow-ups").status == 403
