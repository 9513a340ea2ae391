"""Cloud Tasks v2, through google-api-python-client and checked against its discovery document; and what it delivers."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.auth.compute_engine import Credentials
from google.auth.exceptions import RefreshError
from google.oauth2 import credentials as oauth2
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from sandbox.google import control, task_queue
from sandbox.google.journal import open_world
from sandbox.google.keys import read, verify
from sandbox.google.scopes import CLOUD_PLATFORM, LICENSE
from sandbox.google.server import GoogleServer
from sandbox.google.task_queue_dispatch import TaskDispatcher
from sandbox.google.world import World
from tests.contract.google.discovery_schema import complaints
from tests.contract.google.transport import AuthTransport, SimulatedHosts
from tests.runtime.listener import HANG_UP, Listener, Reply, Seen

QUEUE = "projects/frontdesk-sandbox/locations/europe-west1/queues/work"
ACCOUNT = "frontdesk@frontdesk-sandbox.iam.gserviceaccount.com"


@lru_cache(maxsize=1)
def _service() -> Any:
    """Made once: it takes longer than most tests here."""
    return build("cloudtasks", "v2", http=httplib2.Http(), static_discovery=True, cache_discovery=False)


class Queue:
    """Its methods, called with a token of the service account; answers are checked against the schema."""

    def __init__(self, http: SimulatedHosts, scope: str = CLOUD_PLATFORM) -> None:
        credentials = Credentials(scopes=[scope], universe_domain="googleapis.com")
        credentials.refresh(AuthTransport(http))
        self.http = google_auth_httplib2.AuthorizedHttp(oauth2.Credentials(credentials.token), http=http)
        self.queues = _service().projects().locations().queues()

    def get_queue(self, name: str = QUEUE) -> dict[str, Any]:
        return self._checked("Queue", self.queues.get(name=name))

    def create(self, task: dict[str, Any], parent: str = QUEUE) -> dict[str, Any]:
        return self._checked("Task", self.queues.tasks().create(parent=parent, body={"task": task}))

    def get(self, task_id: str) -> dict[str, Any]:
        return self._checked("Task", self.queues.tasks().get(name=f"{QUEUE}/tasks/{task_id}"))

    def delete(self, task_id: str) -> dict[str, Any]:
        return self._checked("Empty", self.queues.tasks().delete(name=f"{QUEUE}/tasks/{task_id}"))

    def list(self, **paging: Any) -> dict[str, Any]:
        return self._checked("ListTasksResponse", self.queues.tasks().list(parent=QUEUE, **paging))

    def _checked(self, schema: str, request: Any) -> dict[str, Any]:
        answer = request.execute(http=self.http, num_retries=0)
        assert complaints("cloudtasks", "v2", schema, answer) == []
        return dict(answer)


class App:
    """Where tasks go; answers what is in `statuses`, one after the other, then 200."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.listener = Listener(lambda _: self.replies.pop(0) if self.replies else Reply(b""))

    @property
    def seen(self) -> list[Seen]:
        return self.listener.seen


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    with app.listener:
        yield app


@pytest.fixture
def queue(http: SimulatedHosts) -> Queue:
    return Queue(http)


@pytest.fixture
def deliver(world: World) -> Callable[[], int]:
    return TaskDispatcher(world, Random(1)).deliver_due  # noqa: S311 - no secret


def task(app: App, task_id: str = "", **more: Any) -> dict[str, Any]:
    call = {
        "url": f"{app.listener.url}/tasks/work?x=1",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json", "X-CloudTasks-TaskName": "forged", "X-Own": "kept"},
        "body": base64.b64encode(b'{"number": 1}').decode(),
        "oidcToken": {"serviceAccountEmail": ACCOUNT, "audience": "https://frontdesk.example.com"},
    }
    name = {"name": f"{QUEUE}/tasks/{task_id}"} if task_id else {}
    return name | {"httpRequest": call | more.pop("call", {})} | more


def refused(call: Callable[[], object]) -> tuple[int, str, str]:
    """HTTP status, status word and message of an error."""
    with pytest.raises(HttpError) as error:
        call()
    told = json.loads(error.value.content)["error"]
    assert told["code"] == error.value.resp.status
    return told["code"], told["status"], told["message"]


# The interface


def test_queue_has_googles_numbers(queue: Queue) -> None:
    answer = queue.get_queue()
    assert answer["state"] == "RUNNING"
    assert answer["retryConfig"] == {
        "maxAttempts": 100,
        "minBackoff": "0.100s",
        "maxBackoff": "3600s",
        "maxDoublings": 16,
    }


def test_created_task_is_shown_without_its_body(queue: Queue, app: App) -> None:
    made = queue.create(task(app, "one", dispatchDeadline="30s"))
    assert made["name"] == f"{QUEUE}/tasks/one"
    assert (made["view"], made["dispatchDeadline"]) == ("BASIC", "30s")
    assert "body" not in made["httpRequest"]
    created, scheduled = (datetime.fromisoformat(made[name]) for name in ("createTime", "scheduleTime"))
    assert timedelta() <= scheduled - created < timedelta(seconds=1)
    assert queue.get("one") == made
    assert queue.list() == {"tasks": [made]}


def test_task_without_a_name_gets_one(queue: Queue, app: App) -> None:
    names = {queue.create(task(app))["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith(f"{QUEUE}/tasks/") for name in names)


def test_lists_come_in_pages(queue: Queue, app: App) -> None:
    for number in range(5):
        queue.create(task(app, f"t{number}"))
    first = queue.list(pageSize=3)
    second = queue.list(pageSize=3, pageToken=first["nextPageToken"])
    assert [len(first["tasks"]), len(second["tasks"])] == [3, 2]
    assert "nextPageToken" not in second
    assert {one["name"] for one in first["tasks"] + second["tasks"]} == {f"{QUEUE}/tasks/t{n}" for n in range(5)}


def test_name_in_use_is_refused(queue: Queue, app: App) -> None:
    queue.create(task(app, "one"))
    assert refused(lambda: queue.create(task(app, "one"))) == (409, "ALREADY_EXISTS", "Requested entity already exists")


def test_name_of_a_deleted_or_done_task_is_refused_for_a_while(
    http: SimulatedHosts, queue: Queue, app: App, world: World, deliver: Callable[[], int]
) -> None:
    queue.create(task(app, "deleted"))
    assert queue.delete("deleted") == {}
    queue.create(task(app, "done"))
    deliver()
    for name in ("deleted", "done"):
        code, word, message = refused(lambda name=name: queue.create(task(app, name)))  # type: ignore[misc]
        assert (code, word) == (409, "ALREADY_EXISTS")
        assert "existed too recently" in message
        assert refused(lambda name=name: queue.get(name))[:2] == (404, "NOT_FOUND")  # type: ignore[misc]
    assert refused(lambda: queue.delete("done"))[:2] == (404, "NOT_FOUND")
    control.people.advance_time(world, task_queue.NAME_KEPT + 1)
    assert Queue(http).create(task(app, "done"))["name"].endswith("/done")  # with a token of this hour


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": f"{QUEUE}/tasks/not allowed"},
        {"name": f"{QUEUE}/tasks/" + "x" * 501},
        {"name": "projects/frontdesk-sandbox/locations/europe-west1/queues/other/tasks/x"},
        {"call": {"url": "https://example.com/"}},
        {"call": {"url": "ftp://localhost/"}},
        {"call": {"url": ""}},
        {"call": {"body": "not base64!"}},
        {"dispatchDeadline": "14s"},
        {"dispatchDeadline": "1801s"},
        {"dispatchDeadline": "soon"},
        {"scheduleTime": "tomorrow"},
        {"scheduleTime": "2999-01-01T00:00:00Z"},
        {"call": {"body": "A" * 100_000}},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_task_that_makes_no_sense_is_refused(queue: Queue, app: App, world: World, wrong: dict[str, Any]) -> None:
    assert refused(lambda: queue.create(task(app, **wrong)))[:2] == (400, "INVALID_ARGUMENT")
    assert world.queued_tasks == {}


def test_task_needs_a_target(queue: Queue) -> None:
    assert refused(lambda: queue.create({}))[:2] == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("name", ["europe-west1/queues/other", "us-central1/queues/work"])
def test_unknown_queue_is_not_found(queue: Queue, app: App, name: str) -> None:
    elsewhere = f"projects/frontdesk-sandbox/locations/{name}"
    assert refused(lambda: queue.get_queue(elsewhere))[:2] == (404, "NOT_FOUND")
    assert refused(lambda: queue.create(task(app), elsewhere))[:2] == (404, "NOT_FOUND")


def test_another_project_s_queue_is_forbidden(queue: Queue) -> None:
    code, word, message = refused(lambda: queue.get_queue(QUEUE.replace("frontdesk-sandbox", "another")))
    assert (code, word) == (403, "PERMISSION_DENIED")
    assert "lacks IAM permission" in message


def test_tokens_of_another_account_need_a_permission(queue: Queue, app: App) -> None:
    other = {"oidcToken": {"serviceAccountEmail": "other@frontdesk-sandbox.iam.gserviceaccount.com"}}
    code, word, message = refused(lambda: queue.create(task(app, call=other)))
    assert (code, word) == (403, "PERMISSION_DENIED")
    assert "iam.serviceAccounts.actAs" in message


def test_scope_token_and_api_are_checked(http: SimulatedHosts, queue: Queue, world: World) -> None:
    assert refused(lambda: Queue(http, LICENSE).get_queue())[:2] == (403, "PERMISSION_DENIED")
    world.project.disabled_apis = ["cloudtasks"]
    assert "Cloud Tasks API has not been used" in refused(queue.get_queue)[2]
    world.project.disabled_apis = []
    world.tokens.clear()
    with pytest.raises(RefreshError):  # what google-auth makes of a 401
        queue.get_queue()


# What is delivered


def test_delivery_carries_the_task_and_says_what_it_is(
    queue: Queue, app: App, world: World, deliver: Callable[[], int]
) -> None:
    queue.create(task(app, "one"))
    assert deliver() == 1
    (seen,) = app.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/tasks/work?x=1", b'{"number": 1}')
    named = {name: value for name, value in seen.headers.items() if name.startswith("x-")}
    eta = float(named.pop("x-cloudtasks-tasketa"))
    assert abs(eta - world.now().timestamp()) < 60
    assert named == {
        "x-own": "kept",
        "x-cloudtasks-queuename": "work",
        "x-cloudtasks-taskname": "one",
        "x-cloudtasks-taskretrycount": "0",
        "x-cloudtasks-taskexecutioncount": "0",
    }
    assert (seen.headers["user-agent"], seen.headers["content-type"]) == ("Google-Cloud-Tasks", "application/json")
    token = seen.headers["authorization"].removeprefix("Bearer ")
    verify(token, world.signing_keys)
    claims = read(token)
    assert (claims["iss"], claims["aud"]) == ("https://accounts.google.com", "https://frontdesk.example.com")
    assert (claims["email"], claims["email_verified"]) == (ACCOUNT, True)


def test_audience_is_the_target_when_none_is_named(queue: Queue, app: App, deliver: Callable[[], int]) -> None:
    queue.create(task(app, call={"oidcToken": {"serviceAccountEmail": ACCOUNT}}))
    deliver()
    token = app.seen[0].headers["authorization"].removeprefix("Bearer ")
    assert read(token)["aud"] == f"{app.listener.url}/tasks/work?x=1"


def test_task_without_a_token_is_delivered_without_one(queue: Queue, app: App, deliver: Callable[[], int]) -> None:
    queue.create(task(app, call={"oidcToken": None}))
    deliver()
    assert "authorization" not in app.seen[0].headers


def test_attempts_are_counted_and_the_queue_waits_longer_each_time(
    queue: Queue, app: App, world: World, deliver: Callable[[], int]
) -> None:
    app.replies = [Reply(status=500), Reply(status=404), HANG_UP, Reply(status=302), Reply(status=204)]
    queue.create(task(app, "one"))
    waits = []
    for _ in range(5):
        deliver()
        (left,) = world.queued_tasks.values()
        waits.append(round(left.due - left.last_attempt, 1))
        world.knobs.clock_offset += 10
    assert all(wait >= least for wait, least in zip(waits, (0.1, 0.2, 0.4, 0.8), strict=False)), waits
    headers = [
        tuple(
            seen.headers.get(f"x-cloudtasks-task{name}")
            for name in ("retrycount", "executioncount", "previousresponse")
        )
        for seen in app.seen
    ]
    assert headers == [("0", "0", None), ("1", "0", "500"), ("2", "1", "404"), ("3", "1", None), ("4", "2", "302")]
    assert task_queue.waiting(world) == []


def test_backoff_doubles_up_to_an_hour() -> None:
    waits = [task_queue.backoff(attempts) for attempts in range(1, 100)]
    assert waits == sorted(waits)
    assert waits[:3] == [0.1, 0.2, 0.4]
    assert waits[-1] == 3600


def test_a_task_is_given_up_after_a_hundred_attempts(
    queue: Queue, app: App, world: World, deliver: Callable[[], int]
) -> None:
    queue.create(task(app, "one"))
    world.queued_tasks[f"{QUEUE}/tasks/one"].dispatches = task_queue.MAX_ATTEMPTS - 1
    app.replies = [Reply(status=500)]
    deliver()
    assert task_queue.waiting(world) == []


def test_retry_after_is_waited_for(queue: Queue, app: App, world: World, deliver: Callable[[], int]) -> None:
    app.replies = [Reply(status=503, headers={"Retry-After": "120"})]
    queue.create(task(app, "one"))
    deliver()
    (left,) = task_queue.waiting(world)
    assert left.due - world.now().timestamp() > 100
    world.knobs.clock_offset += timedelta(seconds=120).total_seconds()
    assert deliver() == 1


def test_tasks_are_still_there_after_a_restart(world: World, app: App, tmp_path: Path) -> None:
    def fill(empty: World) -> None:
        empty.signing_keys, empty.service_account_keys = world.signing_keys, world.service_account_keys

    first = open_world(tmp_path / "google.sqlite3", fill)
    with GoogleServer(first) as server, closing(SimulatedHosts(server.url)) as http:
        queue = Queue(http)
        queue.create(task(app, "waits"))
        queue.create(task(app, "done"))
        queue.delete("done")
    first.close()
    again = open_world(tmp_path / "google.sqlite3", lambda _: None)
    assert TaskDispatcher(again).deliver_due() == 1
    assert app.seen[0].headers["x-cloudtasks-taskname"] == "waits"
    with GoogleServer(again) as server, closing(SimulatedHosts(server.url)) as http:
        queue = Queue(http)
        assert refused(lambda: queue.create(task(app, "done")))[0] == 409
    again.close()


def test_endless_work_is_noticed(world: World, queue: Queue, app: App) -> None:
    for number in range(4):
        queue.create(task(app, f"t{number}"))
    with pytest.raises(RuntimeError, match="more are due"):
        TaskDispatcher(world).deliver_due(most=3)
