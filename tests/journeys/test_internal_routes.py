"""What only the task queue and the scheduler may call, tried by everybody else; and that what is due is done."""

from sandbox.google.cron import SCHEDULE, read_jobs
from sandbox.google.outgoing import id_token
from tests.journeys.place import Person, Place, Route, told
from tests.stack import Stack
from tests.stored import nothing_written

ANYTHING = b'{"tenant": "C01northf", "generation": 1, "number": 1}'
FORGED = {
    "X-Appengine-Cron": "true",
    "X-AppEngine-QueueName": "default",
    "X-CloudTasks-QueueName": "default",
    "X-CloudScheduler": "true",
    "User-Agent": "Google-Cloud-Tasks",
}


def call(who: Person, route: Route, **headers: str) -> int:
    """The status of a call as the queue would make it; a refusal must be a page that says so."""
    method = "POST" if "POST" in route.methods else "GET"
    body = ANYTHING if method == "POST" else None
    answer = who.send(method, route.path, body, **{"X-CSRF-Token": who.csrf, **headers})
    told(answer, 403)
    return answer.status_code


def test_nobody_but_the_queue_and_the_scheduler_is_let_in(place: Place) -> None:
    assert {"/tasks/directory/crawl", "/cron/directory"} <= {route.path for route in place.internal}
    another = id_token(place.stack.world, "https://elsewhere.example")
    queued = set(place.stack.world.queued_tasks)
    with nothing_written(place.stack):
        for route in place.internal:
            for who in (place.stranger, place.member, place.creator, place.admin, place.operator):
                call(who, route)
                call(who, route, **FORGED)
                call(who, route, Authorization=f"Bearer {another}")
    assert set(place.stack.world.queued_tasks) == queued


def test_cron_yaml_names_every_cron_route_and_no_other(place: Place) -> None:
    routes = {route.path for route in place.internal if route.path.startswith("/cron/")}
    assert {job.path for job in read_jobs(SCHEDULE)} == routes


def test_what_runs_by_the_clock_runs_before_and_after_somebody_installs_the_app(stack: Stack) -> None:
    jobs = read_jobs(SCHEDULE)
    assert {stack.cron(job.path) for job in jobs} == {204}
    assert stack.run_tasks() == 0
    stack.set_up()
    assert {stack.cron(job.path) for job in jobs} == {204}
    assert stack.run_tasks() > 0
    assert not [task for task in stack.world.queued_tasks.values() if not task.gone]


def test_the_directory_is_read_although_the_queue_loses_duplicates_and_reorders(stack: Stack) -> None:
    admin = stack.set_up()
    with stack.world.noting() as world:
        world.knobs.tasks_lost_percent = 100
    assert stack.run_tasks() == 0
    assert "In use now" not in admin.get(f"{stack.base_url}/manage/directory").text
    with stack.world.noting() as world:
        world.knobs.tasks_lost_percent, world.knobs.tasks_duplicated_percent = 0, 100
        world.knobs.tasks_reordered, world.knobs.page_limit = True, 50
    stack.clock.advance(minutes=15)
    assert stack.cron("/cron/directory") == 204
    assert stack.run_tasks() >= 2
    text = admin.get(f"{stack.base_url}/manage/directory").text
    assert "In use now" in text
    assert "300 people" in text
