"""Jobs from upload to confirmation: columns, planning in tasks, mending, and what is deleted in the end."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from provisioning.bulk.expiry import KEPT
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.job_ledger import naive
from provisioning.bulk.jobs import IDLE
from provisioning.bulk.plan.plan_ledger import LEASE, REVIVE, LeaseLost, PlanLedger
from provisioning.bulk.problems import ColumnsRefused, PlanChanged
from provisioning.bulk.records import BulkPart, job_key, part_key
from provisioning.bulk.rows import Row
from provisioning.bulk.slices import Slices
from provisioning.bulk.states import NotNow
from provisioning.bulk.uploads import LATEST
from runtime.problems import Conflict, NotFound
from runtime.sealing import CannotOpen, Sealer
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import HANNA
from tests.provisioning.bulk.planning_place import COMMA, PlanPlace, csv, pupils
from tests.provisioning.bulk.plans import codes, finding
from tests.provisioning.conftest import DOMAIN, TENANT, Desk


@pytest.fixture
def place(desk: Desk) -> PlanPlace:
    """Nothing was read of the Directory yet."""
    return PlanPlace(desk)


@pytest.fixture
def informed(place: PlanPlace) -> PlanPlace:
    place.read_directory()
    return place


def actions(place: PlanPlace) -> list[str]:
    """Of the audit, oldest first."""
    return [entry.action for entry in reversed(place.desk.audit()) if entry.action.startswith("bulk.")]


def test_a_file_is_planned_and_waits_to_be_confirmed(informed: PlanPlace) -> None:
    known = informed.desk.world.users
    taken = next(user for user in known.values() if user.primary_email.endswith(f"@{DOMAIN}"))
    local = taken.primary_email.partition("@")[0]
    job = informed.upload(csv(["Ann,Lee,,,/Students,P1", f"Bo,Ray,{local},,/,P2", "Cy,Fox,,secret word,/Nowhere,P3"]))
    assert (informed.status(job).state, informed.status(job).rows) == ("planning", 0)
    assert informed.run() == 1
    status = informed.status(job)
    assert (status.state, status.rows, status.planned_rows, status.plan_version) == ("ready", 3, 3, 1)
    assert status.counts == {"ready": 1, "problem": 2}
    ann, bo, cy = informed.rows(job)
    assert (ann.line, ann.address, ann.org_unit_path) == (2, f"annlee@{DOMAIN}", "/Students")
    assert codes(bo) == ["address_taken"]
    assert codes(cy) == ["org_unit_unknown"]
    assert actions(informed) == ["bulk.uploaded"]


def test_passwords_of_a_file_are_kept_apart_and_encrypted(place: PlanPlace) -> None:
    job = place.planned(csv(["Ann,Lee,,correct horse,/,", "Bo,Ray,,****,/,", "Cy,Fox,,bad,/,"]))
    assert place.slices.passwords(TENANT, job, 0) == {2: "correct horse", 4: "bad"}
    rows = place.rows(job)
    assert all("correct horse" not in str(vars(row)) for row in rows)
    assert [codes(row) for row in rows] == [[], [], ["password_refused"]]
    part = part_key(TENANT, job, 0).get()
    assert b"Lee" not in part.sealed
    assert b"".join(place.uploads.pieces(TENANT, job, 1)).startswith(b"First name")


def test_a_job_says_that_the_directory_was_not_read(place: PlanPlace) -> None:
    job = place.planned(csv(pupils(1)))
    assert [note.code for note in place.status(job).notes] == ["directory_not_read"]


def test_a_domain_that_asks_google_about_each_name_is_told_what_that_means(informed: PlanPlace) -> None:
    informed.desk.policies.change(TENANT, HANNA, lambda policy: replace(policy, cached_usernames=False))
    job = informed.planned(csv(pupils(1)))
    assert [note.code for note in informed.status(job).notes] == ["names_live"]


def test_more_rows_than_licenses_is_a_warning(informed: PlanPlace) -> None:
    lacking = {"license": "Google-Apps/1010020020", "seats": 2}
    informed.desk.policies.change(TENANT, HANNA, lambda policy: replace(policy, **lacking))
    assert [note.code for note in informed.status(informed.planned(csv(pupils(3)))).notes] == ["seats_short"]
    assert informed.status(informed.planned(csv(pupils(2)))).notes == ()


def test_people_and_groups_are_held_against_the_directory(informed: PlanPlace) -> None:
    desk = informed.desk
    with desk.world.changing():
        user = next(user for user in desk.world.users.values() if user.org_unit_path.startswith("/Students"))
        user.more["externalIds"] = [{"type": "organization", "value": "P77"}]
        unit = user.org_unit_path
    informed.clock.advance(minutes=1)
    informed.read_directory()
    lines = [
        f"{user.given_name},{user.family_name},{unit},p77,",
        f"{user.given_name},{user.family_name},{unit},,teaching@{DOMAIN}",
        f"Zed,Nobody,{unit},,teachers; no-such-group",
    ]
    job = informed.planned(csv(lines, "First name,Last name,OU,Employee ID,Groups"))
    known, named, other = informed.rows(job)
    assert (known.state, codes(known)) == ("skipped", ["has_account"])
    assert (named.state, codes(named)) == ("ready", ["may_have_account"])
    assert [step.target for step in named.steps] == [f"teaching@{DOMAIN}"], (
        "an alias of a group is one of its addresses"
    )
    assert codes(other) == ["group_unknown"]
    assert "no-such-group" in finding(other, "group_unknown").sentence
    assert informed.mend(job, known.line, employee_id="P78").state == "ready", "an ID may be wrong"


def test_groups_of_the_last_reading_need_no_question(informed: PlanPlace) -> None:
    with informed.desk.world.changing():
        informed.desk.world.faults.append(Fault("/admin/directory/v1/groups", "GET", 403, count=-1))
    job = informed.planned(csv(["Ann,Lee,teachers; Teaching"], "First name,Last name,Groups"))
    assert [codes(row) for row in informed.rows(job)] == [[]]


def test_a_group_that_is_newer_than_the_reading_is_asked_for(place: PlanPlace) -> None:
    job = place.planned(csv(["Ann,Lee,teachers", "Bo,Ray,nobodys"], "First name,Last name,Groups"))
    assert [codes(row) for row in place.rows(job)] == [[], ["group_unknown"]]


def test_columns_that_nobody_knows_are_asked_for_and_remembered(place: PlanPlace) -> None:
    data = csv(["Lee,Ann,7", "Ray,Bo,8"], "Alpha,Beta,Gamma")
    job = place.upload(data)
    assert place.status(job).state == "columns"
    assert not place.queue.waiting
    assert place.jobs.sample(TENANT, job, COMMA, 1) == [["Alpha", "Beta", "Gamma"], ["Lee", "Ann", "7"]]
    for wrong in ({"last_name": 0}, {"first_name": 1, "last_name": 3}, {"first_name": 1, "last_name": 0, "x": 2}):
        with pytest.raises(ColumnsRefused):
            place.choose(job, wrong)
    place.choose(job, {"first_name": 1, "last_name": 0})
    place.run()
    assert [row.given_name for row in place.rows(job)] == ["Ann", "Bo"]
    assert actions(place) == ["bulk.uploaded", "bulk.columns_chosen"]
    again = place.planned(data)
    assert place.status(again).mapping == {"first_name": 1, "last_name": 0}


def test_a_file_that_is_none_leaves_nothing_behind(place: PlanPlace) -> None:
    with pytest.raises(FileProblem):
        place.upload(b"PK\x03\x04" + bytes(100))
    assert (place.entities("BulkJob"), place.entities("BulkPart")) == ([], [])


def test_a_fault_in_the_middle_of_a_file_fails_the_job_and_says_where(place: PlanPlace) -> None:
    job = place.upload(csv([*pupils(60), '"never closed,Lee,,,/,']))
    place.run()
    status = place.status(job)
    assert status.state == "failed"
    assert status.reason is not None
    assert status.reason.code == "unclosed_quote"
    assert "62" in status.reason.what


def test_more_text_than_can_be_kept_fails_the_job(place: PlanPlace) -> None:
    rng = random.Random(1)  # noqa: S311 - the same text every time
    text = ["".join(chr(rng.randrange(0x4E00, 0x9FFF)) for _ in range(9_000)) for _ in range(25)]
    job = place.upload(csv([f"Ann,Lee,{cell}" for cell in text], "First name,Last name,Home address"))
    place.run()
    status = place.status(job)
    assert (status.state, status.reason and status.reason.code) == ("failed", "too_much_text")
    assert place.entities("BulkSlice") == []


def test_other_columns_make_another_plan(place: PlanPlace) -> None:
    job = place.planned(csv(["Ann,Lee,,,/,"] * 60))
    assert len(place.entities("BulkSlice")) == 3
    place.slices.entity(TENANT, job, 7, [Row(99, [], {}, "problem")], naive(place.clock() + LATEST)).put()
    place.choose(job, {"first_name": 1, "last_name": 0})
    place.run()
    assert place.status(job).plan_version == 3, "choosing counts, and so does the new plan"
    assert {row.given_name for row in place.rows(job)} == {"Lee"}
    assert len(place.entities("BulkSlice")) == 3


def test_a_plan_made_by_many_tasks_is_the_same(informed: PlanPlace) -> None:
    data = csv(pupils(520))
    whole = informed.planned(data)
    hasty = PlanPlace(informed.desk, work=timedelta(0))
    job = hasty.upload(data)
    assert hasty.run() == 3
    assert hasty.rows(job) == informed.rows(whole)
    assert hasty.status(job).counts == informed.status(whole).counts
    assert sum(hasty.status(job).counts.values()) - hasty.status(job).counts.get("warnings", 0) == 520
    assert max(Counter(row.address for row in hasty.rows(job)).values()) == 1


def test_tasks_may_be_delivered_twice_late_and_not_at_all(place: PlanPlace) -> None:
    hasty = PlanPlace(place.desk, work=timedelta(0))
    job = hasty.upload(csv(pupils(520)))
    first = hasty.queue.waiting[0]
    assert hasty.deliver() is None
    (second,) = hasty.queue.waiting
    hasty.queue.names.discard(second.name)
    hasty.queue.waiting.clear()  # the second was lost, and the first comes again: it sees to it
    hasty.queue.waiting.append(first)
    assert hasty.deliver() is None
    assert hasty.queue.waiting == [second]
    hasty.queue.waiting.clear()  # lost for good
    hasty.plans.tend(TENANT)
    assert not hasty.queue.waiting
    hasty.clock.advance(seconds=REVIVE.total_seconds() + 1)
    hasty.plans.tend(TENANT)
    hasty.run()
    assert hasty.status(job).state == "ready"
    assert [row.line for row in hasty.rows(job)] == list(range(2, 522))


def test_planning_waits_while_google_does_not_answer(place: PlanPlace) -> None:
    job = place.upload(csv(pupils(2)))
    with place.desk.world.changing():
        place.desk.world.faults.append(Fault("/admin/directory/v1/customer", "GET", 503, count=20))
    problem = place.deliver()
    assert problem is not None
    assert problem.retry
    assert place.status(job).state == "planning"
    with place.desk.world.changing():
        place.desk.world.faults.clear()
    place.run()
    assert place.status(job).state == "ready"


def test_confirming_names_the_number_and_the_plan(place: PlanPlace) -> None:
    job = place.planned(csv(pupils(30)))
    for number, version in ((29, 1), (30, 2)):
        with pytest.raises(PlanChanged):
            place.jobs.confirm(TENANT, HANNA, job, number, version)
    place.jobs.confirm(TENANT, HANNA, job, 30, 1)
    status = place.status(job)
    assert (status.state, status.run, status.total, status.over) == ("running", 1, 30, 0)
    assert status.started_by == HANNA
    assert status.counts["ready"] == 30
    assert len(place.queue.waiting) == 2, "a task for each lane that has a slice"
    assert place.entities("BulkPart") == [], "the file can hold passwords"
    with pytest.raises(NotNow):
        place.jobs.confirm(TENANT, HANNA, job, 30, 1)


def test_a_job_is_paused_resumed_and_cancelled(place: PlanPlace) -> None:
    job = place.planned(csv(pupils(3)))
    place.confirm(job)
    place.jobs.pause(TENANT, HANNA, job)
    assert place.status(job).state == "paused"
    place.jobs.resume(TENANT, HANNA, job)
    assert (place.status(job).state, place.status(job).run) == ("running", 2)
    place.jobs.cancel(TENANT, HANNA, job)
    with pytest.raises(NotNow):
        place.jobs.resume(TENANT, HANNA, job)
    assert actions(place)[1:] == ["bulk.confirmed", "bulk.paused", "bulk.resumed", "bulk.cancelled"]


def test_there_is_nothing_to_retry_or_to_undo_where_nothing_happened(place: PlanPlace) -> None:
    job = place.planned(csv(pupils(3)))
    place.jobs.cancel(TENANT, HANNA, job)
    with pytest.raises(NotNow):
        place.jobs.retry_failed(TENANT, HANNA, job)
    for ask in (place.jobs.look, partial(place.jobs.undo, number=3)):
        with pytest.raises(Conflict, match="before it was confirmed"):
            ask(TENANT, HANNA, job)


def test_after_twenty_days_nothing_can_be_undone(place: PlanPlace) -> None:
    job = place.planned(csv(pupils(3)))
    place.confirm(job)
    place.jobs.cancel(TENANT, HANNA, job)
    place.clock.advance(days=21)
    with pytest.raises(Conflict, match="20 days"):
        place.jobs.look(TENANT, HANNA, job)


def test_a_row_is_mended_and_planned_beside_the_others(informed: PlanPlace) -> None:
    job = informed.planned(csv(["Ann,Lee,,,/Students,P1", "Ann,Lee,,bad,/Nowhere,P2", "Cy,Fox,,,/,P2"]))
    assert informed.status(job).counts == {"ready": 1, "problem": 2}
    row = informed.mend(job, 3, org_unit="/Students", password=" better word ", department="School")
    assert (row.state, row.address, codes(row)) == ("ready", f"ann.lee@{DOMAIN}", [])
    assert row.cells[4] == "/Students"
    assert "better word" not in str(vars(row))
    assert informed.rows(job)[1] == row
    assert informed.slices.passwords(TENANT, job, 0) == {3: "better word"}
    status = informed.status(job)
    assert (status.counts, status.plan_version) == ({"ready": 2, "problem": 1}, 2)
    clash = informed.mend(job, 4, employee_id="P3", email="ANNLEE", password="")
    assert codes(clash) == ["duplicate_address"], "a name planned for another row is not to be had"
    assert clash.cells[2] == "ANNLEE"
    free = informed.mend(job, 4, username="")
    assert (free.address, free.cells[2]) == (f"cyfox@{DOMAIN}", "")
    assert informed.status(job).counts == {"ready": 3}
    assert codes(informed.mend(job, 2, employee_id="P3")) == ["duplicate_id"], "also with a row that comes later"
    with pytest.raises(NotFound):
        informed.mend(job, 99, email="")
    assert actions(informed).count("bulk.mended") == 4


def test_an_address_in_a_column_of_usernames_is_mended_in_its_cell(place: PlanPlace) -> None:
    job = place.planned(b"First name,Last name,Username\nAnn,Lee,ann@elsewhere.example\n")
    mended = place.mend(job, 2, email=f"ann@{DOMAIN}")
    assert (mended.state, mended.address, mended.cells[2]) == ("ready", f"ann@{DOMAIN}", f"ann@{DOMAIN}")


def test_two_people_mend_at_the_same_moment(place: PlanPlace) -> None:
    job = place.planned(csv(["Ann,,,,/,1", "Bo,,,,/,2"]))
    faster = [lambda: PlanPlace(place.desk).mend(job, 3, last_name="Lee")]

    class Watched(Slices):
        """Somebody else is faster once, after a job was read."""

        def passwords(self, tenant: str, job: str, number: int) -> dict[int, str]:
            while faster:
                faster.pop()()
            return super().passwords(tenant, job, number)

    place.slices = Watched(Sealer(place.desk.settings.sealing_keys))
    mended = place.new_mending().mend(TENANT, HANNA, job, 2, {"last_name": "Lee"})
    assert [row.state for row in place.rows(job)] == ["ready", "ready"]
    assert mended.address == f"annlee@{DOMAIN}"
    assert (place.status(job).plan_version, place.status(job).counts) == (3, {"ready": 2})


def test_what_was_decided_holds_though_the_queue_does_not_answer(place: PlanPlace) -> None:
    place.queue.is_down = True
    job = place.upload(csv(pupils(2)))
    assert place.status(job).state == "planning"
    place.queue.is_down = False
    place.clock.advance(seconds=REVIVE.total_seconds() + 1)
    place.plans.tend(TENANT)
    place.run()
    place.queue.is_down = True
    place.confirm(job)
    assert place.status(job).state == "running"
    assert place.entities("BulkPart") == []


def test_a_name_that_was_taken_meanwhile_is_replaced(informed: PlanPlace) -> None:
    (row,) = informed.rows(informed.planned(csv(["Ann,Lee,,,/,"])))
    policy = informed.desk.policies.of(TENANT)
    planner = informed.mending._planner
    assert planner.next_name(TENANT, policy, row, {"annlee"}) == "ann.lee"
    informed.desk.taken.add_all(TENANT, DOMAIN, [("ann.lee", "user")])
    informed.clock.advance(minutes=2)
    assert planner.next_name(TENANT, policy, row, {"annlee"}) == "ann_lee"
    every = {f"{first}{between}{last}" for first in ("ann", "a") for between in ("", ".", "_") for last in ("lee", "l")}
    assert planner.next_name(TENANT, policy, row, every) == "annlee1"
    row.is_chosen = True
    assert planner.next_name(TENANT, policy, row, {"annlee"}) is None


def test_nothing_is_mended_once_it_was_confirmed(place: PlanPlace) -> None:
    job = place.planned(csv(pupils(2)))
    place.confirm(job)
    with pytest.raises(NotNow):
        place.mend(job, 2, email="x")


def test_the_newest_jobs_come_first(place: PlanPlace) -> None:
    first = place.upload(csv(pupils(1)))
    place.clock.advance(minutes=1)
    second = place.planned(csv(pupils(2)))
    assert [status.id for status in place.jobs.recent(TENANT, 5)] == [second, first]
    assert [status.id for status in place.jobs.recent(TENANT, 1)] == [second]
    with pytest.raises(NotFound):
        place.status("nosuchjob")


def test_a_status_has_a_version_that_changes_with_what_is_shown(place: PlanPlace) -> None:
    job = place.upload(csv(pupils(1)))
    before = place.status(job).version
    assert place.status(job).version == before
    place.run()
    assert place.status(job).version != before


def test_jobs_that_nobody_confirmed_are_deleted_with_everything(place: PlanPlace) -> None:
    job = place.planned(csv(["Ann,Lee,,a long word,/,1"]))
    kept = place.planned(csv(pupils(2)))
    place.confirm(kept)
    place.clock.advance(seconds=IDLE.total_seconds() + 1)
    place.expiry.tend(TENANT)
    assert [key.id() for key in place.entities("BulkJob")] == [kept]
    assert not [
        key for kind in ("BulkSlice", "BulkSecrets", "BulkPart") for key in place.entities(kind) if job in key.id()
    ]
    assert place.rows(kept)


def test_passwords_are_deleted_before_the_job(place: PlanPlace) -> None:
    job = place.planned(csv(["Ann,Lee,,a long word,/,1"]))
    place.confirm(job)
    place.jobs.cancel(TENANT, HANNA, job)
    place.clock.advance(hours=71)
    place.expiry.tend(TENANT)
    assert place.slices.passwords(TENANT, job, 0)
    place.clock.advance(hours=2)
    place.expiry.tend(TENANT)
    assert place.slices.passwords(TENANT, job, 0) == {}
    assert not job_key(TENANT, job).get().holds_secrets, "it is not looked for again"
    assert place.rows(job)
    place.clock.advance(seconds=KEPT.total_seconds())
    place.expiry.tend(TENANT)
    assert place.entities("BulkJob") == place.entities("BulkSlice") == place.entities("BulkLane") == []


def test_the_file_and_passwords_of_a_job_that_is_not_over_are_left(place: PlanPlace) -> None:
    waits = place.planned(csv(["Bo,Ray,,a long word,/,2"]))
    works = place.planned(csv(["Ann,Lee,,a long word,/,1"]))
    place.confirm(works)
    place.clock.advance(hours=80)
    place.expiry.tend(TENANT)
    assert place.slices.passwords(TENANT, waits, 0)
    assert place.slices.passwords(TENANT, works, 0)
    assert [key.id() for key in place.entities("BulkPart") if waits in key.id()]
    assert job_key(TENANT, works).get().holds_secrets, "so that they are looked for when it is over"


def test_what_a_killed_process_left_is_deleted_by_its_own_date(place: PlanPlace) -> None:
    place.uploads.keep(TENANT, "never-added", b"name\nAnn\n")
    place.clock.advance(seconds=LATEST.total_seconds() - 60)
    place.expiry.tend(TENANT)
    assert len(place.entities("BulkPart")) == 1
    place.clock.advance(seconds=120)
    place.expiry.tend(TENANT)
    assert place.entities("BulkPart") == []


def test_a_part_belongs_to_its_job(place: PlanPlace) -> None:
    job, other = place.upload(csv(pupils(1))), place.upload(csv(pupils(1)))
    part: BulkPart = part_key(TENANT, other, 0).get()
    part.key = part_key(TENANT, job, 0)
    part.put()
    with pytest.raises(CannotOpen, match="does not belong here"):
        list(place.uploads.pieces(TENANT, job, 1))


def test_a_task_that_lost_its_lease_writes_nothing(place: PlanPlace) -> None:
    job = place.upload(csv(pupils(2)))
    ledger, number = PlanLedger(place.clock), int(place.queue.waiting[0].payload["number"])
    slow = ledger.take(TENANT, job, number)
    place.clock.advance(seconds=LEASE.total_seconds() + 1)
    fast = ledger.take(TENANT, job, number)
    assert slow
    assert fast
    with pytest.raises(LeaseLost):
        ledger.end(slow[0], "planned")
    ledger.end(fast[0], "planned")
    assert (place.status(job).state, place.status(job).plan_version) == ("ready", 1)
    with pytest.raises(LeaseLost):
        ledger.pass_on(fast[0])


def test_the_lease_of_the_dead_holds_for_a_while(place: PlanPlace) -> None:
    job = place.upload(csv(pupils(2)))
    task = place.queue.waiting[0].payload
    assert place.plans._ledger.take(TENANT, job, int(task["number"]))
    problem = place.deliver()
    assert problem is not None
    assert 0 < problem.retry_after <= LEASE.total_seconds() + 1
    place.clock.advance(seconds=problem.retry_after)
    place.run()
    assert place.status(job).state == "ready"
