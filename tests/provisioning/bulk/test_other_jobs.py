"""Two jobs with the same people, both looked at before either was confirmed: everybody gets one account."""

from collections import Counter
from collections.abc import Sequence

import pytest

from provisioning.accounts.steps import PATIENCE
from provisioning.bulk.records import BulkJob, job_key
from provisioning.bulk.rows import Row
from provisioning.bulk.slices import Slices
from runtime.problems import Conflict
from runtime.sealing import Sealer
from sandbox.google.world import Fault
from tests.provisioning.bulk.place import HANNA, BulkPlace
from tests.provisioning.bulk.two_jobs import both, confirm, deliver, made, people
from tests.provisioning.conftest import DOMAIN, TENANT, USERS_PATH


def test_whoever_is_in_both_is_made_by_the_job_that_was_confirmed_first(place: BulkPlace) -> None:
    both(place, people(*range(30)), people(28, 29, 40, 0))
    place.run()
    assert made(place) == {f"P{number}": 1 for number in (*range(30), 40)}
    assert [found.state for found in place.rows("job2")] == ["skipped", "skipped", "finished", "skipped"]
    status = place.status("job2")
    assert (status.state, status.over, status.total) == ("done", 4, 4)
    assert place.live_holds() == []


def test_who_was_passed_over_is_told_with_the_account_and_another_name(place: BulkPlace) -> None:
    both(place, people(0, 1), [*people(0), *people(1, family="Otherwise")])
    place.run()
    same, other = place.rows("job2")
    [known], [warned] = same.findings, other.findings
    assert (known.code, known.severity, same.address) == ("has_account", "note", "")
    assert f"example0@{DOMAIN}" in known.sentence
    assert (warned.code, warned.severity) == ("id_of_another", "warning")
    assert f"Pupil1 Example has this ID, and the account example1@{DOMAIN}" in warned.sentence
    assert place.status("job2").counts["warnings"] == 1


@pytest.mark.parametrize("turned", [False, True])
def test_two_that_were_confirmed_at_the_same_moment_make_everybody_once(place: BulkPlace, *, turned: bool) -> None:
    both(place, people(*range(6)), people(*range(6), family="Again"))
    jobs: list[BulkJob] = [job_key(TENANT, job).get() for job in ("job1", "job2")]
    for job in jobs:
        job.began = jobs[0].began
        job.put()
    if turned:
        place.queue.waiting.reverse()
    place.run()
    assert made(place) == {f"P{number}": 1 for number in range(6)}
    assert [found.state for found in place.rows("job2")] == ["skipped"] * 6, "by their ids"


def test_an_account_that_a_later_job_made_meanwhile_is_seen_when_a_row_is_tried_again(place: BulkPlace) -> None:
    place.start(people(0, unit="/Nowhere"))
    place.run()
    assert place.count("failed") == 1
    place.start(people(0, family="Again"), job_id="job2")
    place.run()
    place.add_unit("/Nowhere")
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.run()
    assert (place.rows()[0].state, place.status().state) == ("skipped", "done")
    assert made(place) == {"P0": 1}


def test_a_job_that_is_begun_again_comes_after_those_that_are_at_work(place: BulkPlace) -> None:
    place.start(people(0, unit="/Nowhere"))
    place.run()
    place.add_unit("/Nowhere")
    place.start(people(0, family="Again"), job_id="job2")
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.queue.waiting.reverse()
    place.run()
    assert (place.rows()[0].state, place.rows("job2")[0].state) == ("skipped", "finished")


def test_what_google_may_have_been_asked_is_found_out_whoever_else_has_the_id(place: BulkPlace) -> None:
    place.start(people(0))
    place.fault(Fault(f"{USERS_PATH}/example0", "GET", 503, count=-1))
    place.fault(Fault(USERS_PATH, "POST", 503, when="after", count=1))
    place.deliver()
    place.clock.advance(seconds=PATIENCE, google=False)
    place.run()
    assert place.count("review") == 1
    place.start(people(0, family="Again"), job_id="job2")
    place.run()
    place.heal()
    place.jobs.retry_failed(TENANT, HANNA, "job1")
    place.run()
    assert place.count("finished") == 1, "an account that exists is told"


def test_a_job_that_was_stopped_keeps_nobody_from_getting_an_account(place: BulkPlace) -> None:
    both(place, people(0, 1), people(0, 1))
    place.jobs.cancel(TENANT, HANNA, "job1")
    place.run()
    assert made(place) == {"P0": 1, "P1": 1}
    assert place.count("finished", "job2") == 2


def test_who_is_left_to_a_job_that_is_stopped_then_is_told_as_coming_and_not_as_made(place: BulkPlace) -> None:
    both(place, people(0), people(0))
    deliver(place, "job2")
    place.jobs.cancel(TENANT, HANNA, "job1")
    place.run()
    [skipped] = place.rows("job2")
    [finding] = skipped.findings
    assert (made(place), skipped.state) == (Counter(), "skipped")
    assert (finding.code, finding.severity) == ("comes_by_another", "warning")
    assert f"about to open example0@{DOMAIN}" in finding.sentence


def test_what_a_stopped_job_asked_google_for_is_not_made_by_another_besides(place: BulkPlace) -> None:
    both(place, people(0), people(0, family="Again"))
    place.fault(Fault(f"{USERS_PATH}/example0", "GET", 503, count=-1))
    place.fault(Fault(USERS_PATH, "POST", 503, when="after", count=1))
    deliver(place, "job1")
    assert place.count("intent") == 1
    place.jobs.cancel(TENANT, HANNA, "job1")
    deliver(place, "job2")
    place.heal()
    place.run()
    assert made(place) == {"P0": 1}


def test_a_list_that_was_cancelled_before_it_was_confirmed_stands_in_nobodys_way(place: BulkPlace) -> None:
    place.plan(people(0), job_id="job2")
    place.start(people(0))
    place.jobs.cancel(TENANT, HANNA, "job2")
    with pytest.raises(Conflict, match="before it was confirmed"):
        place.jobs.look(TENANT, HANNA, "job2")
    assert place.run() == []
    assert made(place) == {"P0": 1}


class CountedSlices(Slices):
    """Counts whose slices are read."""

    def __init__(self, sealer: Sealer) -> None:
        super().__init__(sealer)
        self.reads: Counter[str] = Counter()

    def read(self, tenant: str, job: str, numbers: Sequence[int]) -> list[list[Row]]:
        self.reads[job] += len(numbers)
        return super().read(tenant, job, numbers)


def test_rows_of_other_jobs_are_read_only_where_they_can_matter(place: BulkPlace) -> None:
    place.desk.set_knobs(enforce_quota=False)
    counted = CountedSlices(Sealer(place.desk.settings.sealing_keys))
    place.slices = counted
    place.runs = place.service()
    place.start(people(0, 1))
    place.run()
    place.start(people(2, 3), job_id="job2")
    counted.reads.clear()
    place.run()
    assert counted.reads["job1"] == 0, "it was over before the other one was uploaded"
    place.plan(people(4, 5), job_id="job3")
    place.start(people(*range(6, 32), 4), job_id="job4")
    confirm(place, "job3")
    counted.reads.clear()
    place.run()
    assert counted.reads["job1"] == counted.reads["job2"] == 0
    worked_on, looked_through, shared = 2 * 2, 2 * 2, 1  # both slices: in two phases, for each job; one of them again
    assert counted.reads["job4"] == worked_on + looked_through + shared
