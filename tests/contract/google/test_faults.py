"""Faults on request, the control operations, and what the server itself promises."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
import requests

from sandbox.google import control
from sandbox.google.server import GoogleServer
from sandbox.google.world import World
from tests.contract.google.conftest import ADMIN, HANNA, HARBOUR, NORTHFIELD

METADATA = {"Metadata-Flavor": "Google"}
TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"
CERTS = "/oauth2/v3/certs"


class TestFaults:
    """Any path, before or after the work, counted down."""

    @pytest.mark.parametrize("path", [CERTS, "/token", "/o/oauth2/v2/auth", TOKEN, "/admin/directory/v1/users", "/no"])
    def test_every_path_can_fail(self, world: World, caller: "Caller", path: str) -> None:
        control.add_fault(world, path, status=503)
        assert caller.get(path).status_code == 503
        assert caller.get(path).status_code != 503

    def test_fault_hits_as_often_as_it_says(self, world: World, caller: "Caller") -> None:
        control.add_fault(world, "/oauth2", status=500, count=2)
        assert [caller.get(CERTS).status_code for _ in range(3)] == [500, 500, 200]
        assert world.faults == []

    def test_fault_without_end_lasts_until_it_is_removed(self, world: World, caller: "Caller") -> None:
        fault_id = control.add_fault(world, "/oauth2", status=500, count=-1)
        assert {caller.get(CERTS).status_code for _ in range(5)} == {500}
        control.remove_faults(world, fault_id)
        assert caller.get(CERTS).status_code == 200

    def test_fault_can_be_for_one_method(self, world: World, caller: "Caller") -> None:
        control.add_fault(world, "/token", method="post", status=503)
        assert caller.get("/token").status_code == 405
        assert caller.post("/token").status_code == 503

    def test_usual_bodies_are_googles(self, world: World, caller: "Caller") -> None:
        for status in (400, 401, 403, 404, 409, 412, 429, 500, 503):
            control.add_fault(world, "/admin/directory", status=status)
            answer = caller.get("/admin/directory/v1/users")
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (status, status)
            assert error["errors"][0].keys() == {"message", "domain", "reason"}

    def test_token_endpoint_fails_in_its_own_words(self, world: World, caller: "Caller") -> None:
        control.add_fault(world, "/token", status=500)
        assert caller.post("/token").json() == {"error": "internal_failure", "error_description": "Backend Error"}

    def test_forbidden_license_api_names_the_application_id(self, world: World, caller: "Caller") -> None:
        control.add_fault(world, "/appsmarket/", status=403)
        message = caller.get("/appsmarket/v2/customerLicense/1/x.example").json()["error"]["message"]
        assert message == "Not authorized to access the application ID"

    @pytest.mark.parametrize(
        ("body", "kind"),
        [("plain words", "text/plain"), ("<html></html>", "text/html"), ('{"a": 1}', "application/json")],
    )
    def test_body_can_be_anything(self, world: World, caller: "Caller", body: str, kind: str) -> None:
        control.add_fault(world, CERTS, status=502, body=body)
        answer = caller.get(CERTS)
        assert (answer.status_code, answer.text) == (502, body)
        assert answer.headers["Content-Type"].startswith(kind)

    def test_before_nothing_is_done_and_after_everything_is(self, world: World, caller: "Caller") -> None:
        control.add_fault(world, TOKEN, when="before")
        assert caller.get(TOKEN).status_code == 503
        assert len(world.tokens) == 0

        control.add_fault(world, TOKEN, when="after")
        assert caller.get(TOKEN).status_code == 503
        assert len(world.tokens) == 1

    @pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
    def test_cut_connection_gives_no_answer(self, world: World, caller: "Caller", when: str, done: int) -> None:
        control.add_fault(world, TOKEN, status=0, when=when)
        with pytest.raises(requests.exceptions.ConnectionError):
            caller.get(TOKEN)
        assert len(world.tokens) == done
        assert caller.get(TOKEN).status_code == 200

    def test_latency_delays_the_answer(self, world: World, caller: "Caller") -> None:
        control.set_knobs(world, latency=0.2)
        begun = monotonic()
        caller.get(CERTS)
        assert monotonic() - begun >= 0.2

    def test_administration_is_out_of_reach_of_faults(self, world: World, caller: "Caller") -> None:
        control.set_knobs(world, latency=30.0)
        control.add_fault(world, "/", status=0, count=-1)
        assert caller.control("set_knobs", latency=0.0).status_code == 200
        assert caller.control("remove_faults").status_code == 200
        assert caller.get(CERTS).status_code == 200

    def test_parallel_requests_share_one_fault_fairly(self, world: World, google: GoogleServer) -> None:
        control.add_fault(world, CERTS, status=500, count=5)
        seen: list[int] = []
        threads = [
            threading.Thread(target=lambda: seen.append(requests.get(google.url + CERTS, timeout=10).status_code))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen) == [200] * 7 + [500] * 5


class TestControl:
    """Operations by name over HTTP."""

    def test_story_of_an_install(self, world: World, caller: "Caller") -> None:
        caller.control("install", customer_id=NORTHFIELD, target=["/Staff"])
        caller.control("set_delegation", customer_id=NORTHFIELD, client_id="123", scopes=["openid"])
        caller.control("turn_off", customer_id=NORTHFIELD, org_unit="/Staff")
        caller.control("suspend", user_id=HANNA)
        caller.control("set_admin", user_id=HANNA, role="delegated")
        caller.control("rename_user", user_id=ADMIN, email="ada.new@northfield.example")
        state = caller.get("/__control/state").json()

        installation = state["customers"][NORTHFIELD]["installation"]
        assert (installation["installed"], installation["everyone"]) == (True, False)
        assert (installation["org_units"], installation["off_org_units"]) == ([], ["/Staff"])
        assert state["customers"][NORTHFIELD]["delegations"] == {"123": ["openid"]}
        assert (state["users"][HANNA]["suspended"], state["users"][HANNA]["is_delegated_admin"]) == (True, True)
        assert state["users"][ADMIN]["primary_email"] == "ada.new@northfield.example"
        assert state["users"][ADMIN]["aliases"] == ["ada.admin@northfield.example"]

    def test_new_customer_and_new_person(self, world: World, caller: "Caller") -> None:
        caller.control("create_customer", customer_id="C0new", primary="new.example", secondary=["also.example"])
        user_id = caller.control("create_user", email="a@also.example", password="pw", is_admin=True).json()["result"]

        assert len(user_id) == 21
        user = world.users[user_id]
        assert (user.customer_id, user.is_admin) == ("C0new", True)

    def test_lapsed_domain_answers_with_the_new_customer(self, world: World, caller: "Caller") -> None:
        new_id = caller.control("lapse_domain", customer_id=HARBOUR).json()["result"]
        assert HARBOUR not in world.customers
        assert world.customers[new_id].primary_domain == "harbour.example"

    def test_reset_starts_again_from_the_seed(self, world: World, caller: "Caller") -> None:
        caller.control("install", customer_id=NORTHFIELD)
        caller.control("delete_user", user_id=HANNA)
        caller.control("advance_time", seconds=3600)
        caller.control("reset")

        assert not world.customers[NORTHFIELD].installation.installed
        assert not world.users[HANNA].deletion_time
        assert world.knobs.clock_offset == 0.0

    def test_state_holds_no_secrets(self, caller: "Caller", world: World) -> None:
        text = caller.get("/__control/state").text
        for secret in ("a-known-password", world.project.oauth_client_secret, world.project.data_key, "PRIVATE KEY"):
            assert secret not in text

    @pytest.mark.parametrize(
        ("operation", "arguments", "status"),
        [
            ("nothing", {}, 404),
            ("install", {}, 400),
            ("install", {"customer_id": "C0none"}, 400),
            ("set_knobs", {"nothing": 1}, 400),
            ("set_project", {"nothing": 1}, 400),
            ("suspend", {"user_id": "none"}, 400),
            ("add_fault", {"path": "/", "when": "sometime"}, 400),
        ],
    )
    def test_wrong_use_is_refused(
        self, caller: "Caller", operation: str, arguments: dict[str, Any], status: int
    ) -> None:
        answer = caller.control(operation, **arguments)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)

    def test_form_of_a_foreign_page_is_refused(self, world: World, caller: "Caller") -> None:
        answer = caller.post("/__control/delete_app", data={"customer_id": NORTHFIELD})
        assert answer.status_code == 415


class TestServer:
    """HTTP/1.1 as a client on the same machine wants it."""

    def test_connection_is_kept(self, google: GoogleServer) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", int(google.url.rpartition(":")[2]), timeout=10)
        used = set()
        for _ in range(3):
            connection.request("GET", CERTS)
            assert json.loads(connection.getresponse().read())["keys"]
            used.add(connection.sock.getsockname())
        connection.close()
        assert len(used) == 1

    def test_answer_comes_in_one_piece(self, google: GoogleServer) -> None:
        question = b"GET /computeMetadata/v1/project/project-id HTTP/1.1\r\nHost: x\r\nMetadata-Flavor: Google\r\n\r\n"
        with socket.create_connection(("127.0.0.1", int(google.url.rpartition(":")[2])), timeout=10) as connection:
            for _ in range(200):  # two pieces sometimes arrive as one, but not every time
                connection.sendall(question)
                piece = connection.recv(65536)
                assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
                assert piece.endswith(b"\r\n\r\nfrontdesk-sandbox")

    def test_head_has_no_body(self, google: GoogleServer) -> None:
        with requests.Session() as session:
            answer = session.head(google.url + CERTS, timeout=10)
            assert (answer.status_code, answer.content) == (200, b"")
            assert session.get(google.url + CERTS, timeout=10).json()["keys"]

    def test_chunked_body_is_refused(self, google: GoogleServer) -> None:
        answer = requests.post(google.url + "/token", data=iter([b"a=b"]), timeout=10)
        assert answer.status_code == 411

    def test_stopped_server_leaves_nothing_behind(self, world: World) -> None:
        before = threading.active_count()
        server = GoogleServer(world).start()
        with requests.Session() as session:
            assert session.get(server.url + CERTS, timeout=10).status_code == 200
            server.stop()
            with pytest.raises(requests.exceptions.ConnectionError):
                session.get(server.url + CERTS, timeout=10)
        assert threading.active_count() == before


class Caller:
    """Plain requests to the simulation."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.session = requests.Session()

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.origin + path, headers=METADATA, timeout=10)

    def post(self, path: str, data: dict[str, str] | None = None) -> requests.Response:
        return self.session.post(self.origin + path, data=data, timeout=10)

    def control(self, operation: str, **arguments: Any) -> requests.Response:
        return self.session.post(f"{self.origin}/__control/{operation}", json=arguments, timeout=10)


@pytest.fixture
def caller(google: GoogleServer) -> Iterator[Caller]:
    caller = Caller(google.url)
    yield caller
    caller.session.close()
