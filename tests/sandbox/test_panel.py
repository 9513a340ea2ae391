"""The panel: every kind of trouble can be made, seen and ended."""

import base64
import json
from urllib.request import Request, urlopen

import pytest
import requests

from sandbox.google import seed
from sandbox.google.screens import knobs
from sandbox.google.screens.presets import PRESETS, Preset
from sandbox.google.task_queue import create
from sandbox.google.task_queue_state import QueuedTask
from sandbox.google.tokens import issue
from sandbox.google.world import Fault, Knobs, World
from tests.runtime.listener import Listener, Reply
from tests.sandbox.steps import Person
from tests.web import Page, Web

CERTS = "/oauth2/v3/certs"


def test_a_fault_is_added_hits_as_often_as_said_and_is_gone(web: Web, world: World) -> None:
    page = web.get("/panel").form("Add the fault").submit(path=CERTS, status="503", count="2", body="boom")
    assert page.status == 200
    assert [row[:4] for row in page.rows if CERTS in row[0]] == [
        [f"any {CERTS}…", "503 with its own body", "instead of the work", "2 more"]
    ]
    assert [web.get(CERTS).status for _ in range(3)] == [503, 503, 200]
    assert world.faults == []


def test_a_cut_connection_is_cut(web: Web) -> None:
    web.get("/panel").form("Add the fault").submit(path=CERTS, status="0", count="1")
    with pytest.raises(requests.ConnectionError):
        web.get(CERTS)
    assert web.get("/panel/log").rows[1][2] == "cut"


def test_a_fault_after_the_work_is_listed_as_such_and_can_be_removed(web: Web, world: World) -> None:
    page = (
        web.get("/panel").form("Add the fault").submit(path="/x", method="POST", status="500", count="-1", when="after")
    )
    assert world.faults == [Fault("/x", "POST", 500, "", "after", -1, world.faults[0].id)]
    assert "after the change was made" in page.text
    page.press("Remove")
    assert world.faults == []


@pytest.mark.parametrize(
    "typed",
    [
        {"path": "admin"},
        {"path": "/a", "count": "0"},
        {"path": "/a", "count": "-2"},
        {"path": "/a", "count": "many"},
        {"path": "/a", "count": "99999"},
        {"path": "/a", "count": "--1"},
    ],
)
def test_a_fault_that_makes_no_sense_is_not_added(web: Web, world: World, typed: dict[str, str]) -> None:
    assert (
        web.get("/panel").form("Add the fault").submit(**typed).document.all("p", where=lambda p: p["role"] == "alert")
    )
    assert world.faults == []


@pytest.mark.parametrize("fields", [{"status": "299"}, {"status": "x"}, {"method": "BREW"}, {}])
def test_a_fault_that_no_form_offers_is_not_added(web: Web, world: World, fields: dict[str, str]) -> None:
    web.post("/panel/faults", {"path": "/a"} | fields)
    assert world.faults == []


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_makes_trouble_and_all_of_it_ends(web: Web, world: World, preset: Preset) -> None:
    page = _start(web, preset)
    assert page.notices == [f"From now on: {preset.label}."]
    assert (world.faults, world.knobs, world.project.token_creator, world.project.disabled_apis) != _peace()
    web.get("/panel").press("End all trouble")
    assert (world.faults, world.knobs, world.project.token_creator, world.project.disabled_apis) == _peace()


def test_an_unknown_preset_answers_404(web: Web) -> None:
    assert web.post("/panel/presets", {"preset": "nonsense"}).status == 404


def test_faults_have_ids_of_their_own(web: Web, world: World) -> None:
    for _ in range(3):
        _start(web, PRESETS[0])
    assert len({fault.id for fault in world.faults}) == 3


def test_every_setting_is_on_the_form() -> None:
    assert {knob.name for knob in knobs.described()} == vars(Knobs()).keys()


def test_settings_are_saved_as_typed(web: Web, world: World) -> None:
    page = (
        web.get("/panel")
        .form("Save the settings")
        .submit(latency="0.01", page_limit="7", enforce_quota=False, quota_answer="429", clock_offset="-60")
    )
    assert page.notices == ["The settings are in force."]
    assert world.knobs == Knobs(latency=0.01, page_limit=7, enforce_quota=False, quota_answer="429", clock_offset=-60)


@pytest.mark.parametrize(
    "typed",
    [
        {"latency": "-1"},
        {"latency": "soon"},
        {"latency": "nan"},
        {"latency": "inf"},
        {"queries_per_minute": "1.5"},
        {"page_limit": "9" * 30},
        {"quota_answer": "200"},
    ],
)
def test_settings_that_make_no_sense_change_nothing(web: Web, world: World, typed: dict[str, str]) -> None:
    page = web.post("/panel/knobs", typed)
    assert "cannot be" in page.notices[0] or "needs a number" in page.notices[0]
    assert world.knobs == Knobs()


def test_the_clock_goes_ahead(web: Web, world: World) -> None:
    web.get("/panel").press("+21 days")
    assert world.knobs.clock_offset == 21 * 86400
    assert web.post("/panel/clock", {"seconds": "-5"}).status == 400


def test_access_tokens_run_out(web: Web, world: World) -> None:
    token = issue(world, "user", seed.account_id(seed.ADMIN), "client", ["openid"])
    secret = {"Authorization": f"Bearer {token.value}"}
    assert web.get("/v1/userinfo", **secret).status == 200
    web.get("/panel").press("Let access tokens run out")
    assert web.get("/v1/userinfo", **secret).status == 401


def test_keys_rotate(web: Web) -> None:
    before = web.get(CERTS).answer.json()["keys"]
    web.get("/panel").press("Sign ID tokens with a new key")
    after = web.get(CERTS).answer.json()["keys"]
    assert before[0] in after
    assert after[0]["kid"] not in {key["kid"] for key in before}


def test_the_project_loses_and_regains_its_role_and_apis(web: Web, world: World) -> None:
    form = web.get("/panel").form("Change the project")
    form.submit(token_creator=False, enabled_admin=False, enabled_licensing=False)
    assert (world.project.token_creator, world.project.disabled_apis) == (False, ["admin", "licensing"])
    web.get("/panel").form("Change the project").submit(token_creator=True, enabled_admin=True, enabled_licensing=True)
    assert (world.project.token_creator, world.project.disabled_apis) == (True, [])


def test_waiting_tasks_are_shown_run_and_lost(web: Web, world: World) -> None:
    assert "None. What the app leaves with its task queue" in web.get("/panel").text
    for number in (1, 2):
        name = f"projects/p/locations/l/queues/default/tasks/{number}"
        body = base64.b64encode(f'{{"number": {number}}}'.encode()).decode()
        due = world.now().timestamp() + 600 * number
        create(
            world, QueuedTask(name, "http://localhost:1/tasks/work", body=body, due=due, dispatches=2, last_status=503)
        )
    page = web.get("/panel")
    rows = [row[:4] for row in page.rows if "/tasks/work" in row[0]]
    assert rows[0][:2] == ["/tasks/work", '{"number": 1}']
    assert rows[0][3] == "2, last answer 503"
    page = page.press("Run now")
    assert page.notices == ["That task leaves now."]
    assert next(row[2] for row in page.rows if "/tasks/work" in row[0]) == "now"
    page = page.press("Lose it")
    assert [row[1] for row in page.rows if "/tasks/work" in row[0]] == ['{"number": 2}']
    assert web.post("/panel/tasks/run", {"task": "no-such"}).status == 404


def test_the_scheduler_is_called_on_demand(web: Web, world: World) -> None:
    with Listener(lambda _: Reply(b"", status=204)) as app:
        world.project.launch_url = f"{app.url}/marketplace/launch"
        assert web.get("/panel").form("Call now").submit().notices == ["/cron/directory answered 204."]
        assert [(seen.method, seen.path, seen.headers["authorization"][:7]) for seen in app.seen] == [
            ("GET", "/cron/directory", "Bearer ")
        ]
        assert web.post("/panel/cron", {"path": "/manage/keys"}).status == 404
        assert len(app.seen) == 1
    assert web.post("/panel/cron", {"path": "/cron/directory"}).notices == ["/cron/directory answered nothing."]


def test_reset_brings_the_beginning_back(ada: Person, web: Web, world: World) -> None:
    ada.install()
    ada.user(seed.HELPDESK).press("Delete Hanna Helpdesk")
    web.get("/panel").press("Reset to the seed")
    assert not world.customers[seed.NORTHFIELD].installation.installed
    assert world.user_by_email(seed.HELPDESK)
    assert len(world.signing_keys) == 2


def test_log_tells_what_was_asked_and_for_whom_without_secrets(ada: Person, web: Web, world: World) -> None:
    token = issue(world, "user", seed.account_id(seed.ADMIN), "client", ["openid"])
    secret = {"Authorization": f"Bearer {token.value}"}
    with urlopen(Request(f"{web.start}/v1/userinfo?access_token={token.value}", headers=secret), timeout=5) as answer:  # noqa: S310 - our own server
        assert json.load(answer)["sub"] == seed.account_id(seed.ADMIN)
    page = web.get("/panel/log")
    assert page.rows[1][1:3] == ["GET /v1/userinfo", "200"]
    assert page.rows[1][4] == seed.ADMIN
    assert token.value not in page.html
    assert seed.PASSWORD not in page.html


def test_log_keeps_a_hundred_and_reloads_itself_only_when_asked(web: Web) -> None:
    for _ in range(105):
        web.get(CERTS)
    page = web.get("/panel/log?live=1")
    assert len(page.rows) == 101
    assert 'http-equiv="refresh"' in page.html
    assert 'http-equiv="refresh"' not in page.click("Pause").html
    assert "Nothing has been asked yet." in page.press("Empty the log").text


def _start(web: Web, preset: Preset) -> Page:
    forms = [form for form in web.get("/panel").forms if form.values.get("preset") == preset.name]
    return forms[0].submit()


def _peace() -> tuple[list[Fault], Knobs, bool, list[str]]:
    return [], Knobs(), True, []
