"""What goes over the wire: masks, indentation, gzip, long questions as POST, batches."""

import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from googleapiclient.errors import HttpError

from sandbox.google.directory import mask as masks
from sandbox.google.world import Fault, World
from tests.contract.google.conftest import ADMIN, HANNA, NORTHFIELD
from tests.contract.google.directory_service import Caller, person, refused

BASE = "https://admin.googleapis.com/admin/directory/v1/"


def test_a_mask_without_next_page_token_stops_the_client_early(admin: Caller) -> None:
    assert len(admin.all_users(maxResults=1, fields="users(id)")) == 1
    assert len(admin.all_users(maxResults=1, fields="nextPageToken,users(id)")) == 3


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("users/id", {"users": [{"id": HANNA}]}),
        ("users(id,name/givenName)", {"users": [{"id": HANNA, "name": {"givenName": "Hanna"}}]}),
        ("users/name(givenName,familyName)", {"users": [{"name": {"givenName": "Hanna", "familyName": "Helpdesk"}}]}),
        ("kind,users(aliases)", {"kind": "admin#directory#users", "users": [{}]}),
        ("kind", {"kind": "admin#directory#users"}),
    ],
)
def test_masks_are_honoured_exactly(fields: str, expected: dict[str, Any], admin: Caller) -> None:
    request = admin.api.users().list(customer="my_customer", query="email:hanna*", fields=fields)
    assert request.execute() == expected


def test_a_star_is_everything(admin: Caller) -> None:
    within = admin.api.users().get(userKey=HANNA, fields="*/givenName").execute()
    assert within["name"] == {"givenName": "Hanna"}
    everything = admin.api.users().get(userKey=HANNA).execute()
    assert admin.api.users().get(userKey=HANNA, fields="*").execute() == everything


@pytest.mark.parametrize(
    "fields", ["nonsense", "users(nonsense)", "users(id", "users)", "users,,kind", "users//id", "("]
)
def test_a_mask_that_names_nothing_or_cannot_be_read(fields: str, admin: Caller) -> None:
    refusal = refused(admin.api.users().list(customer="my_customer", fields=fields))
    assert (refusal.status, refusal.reason) == (400, "invalidParameter")
    assert refusal.message.startswith("Invalid field selection ")


def raw(admin: Caller, path: str, **headers: str) -> tuple[Any, bytes]:
    return admin.wire.request(BASE + path, headers=headers)


def test_answers_are_indented_unless_told_otherwise(admin: Caller) -> None:
    _, pretty = raw(admin, f"users/{HANNA}")
    _, compact = raw(admin, f"users/{HANNA}?prettyPrint=false")
    assert pretty.startswith(b'{\n  "kind"')
    assert b"\n" not in compact
    assert json.loads(pretty) == json.loads(compact)
    _, listed = raw(admin, "users?customer=my_customer")
    assert listed.decode() == json.dumps(json.loads(listed), indent=2, ensure_ascii=False)


def test_answers_are_compressed_for_those_who_accept_it(admin: Caller) -> None:
    response, content = raw(admin, f"users/{HANNA}", **{"accept-encoding": "gzip"})
    assert response["-content-encoding"] == "gzip"
    assert b"primaryEmail" in content
    plain, _ = raw(admin, f"users/{HANNA}", **{"accept-encoding": "identity"})
    assert "-content-encoding" not in plain
    assert int(plain["content-length"]) > len(gzip.compress(content))


def test_names_in_every_script_arrive(world: World, admin: Caller) -> None:
    person(world, world.customers[NORTHFIELD], "x@northfield.example").given_name = '小明 "Ærø" 100% \ue000'
    found = admin.all_users(query="email:x*", fields="users(name)")
    assert found[0]["name"]["givenName"] == '小明 "Ærø" 100% \ue000'


def test_a_long_question_comes_as_post_and_lists(world: World, admin: Caller) -> None:
    before = len(world.users)
    query = "email:hanna* " + " ".join(f"email:{'hanna.helpdesk'[: n % 14 + 1]}*" for n in range(200))
    assert [user["id"] for user in admin.all_users(query=query)] == [HANNA]
    assert admin.wire.hosts.seen[-1][0] == "POST"
    assert len(world.users) == before


def test_the_override_reads_its_parameters_from_the_form(admin: Caller) -> None:
    form = urlencode({"customer": "my_customer", "maxResults": 1, "fields": "users(id)"})
    headers = {"x-http-method-override": "GET", "content-type": "application/x-www-form-urlencoded"}
    _, content = admin.wire.request(BASE + "users", "POST", form, headers)
    assert json.loads(content) == {"users": [{"id": ADMIN}]}


def test_an_address_that_is_no_method(admin: Caller) -> None:
    response, _ = raw(admin, "nothing/here")
    assert response.status == 404


def test_quota_user_is_short(admin: Caller) -> None:
    assert raw(admin, f"users/{HANNA}?quotaUser={'x' * 40}")[0].status == 200
    assert raw(admin, f"users/{HANNA}?quotaUser={'x' * 41}")[0].status == 400


Collected = dict[str, dict[str, Any] | HttpError]


def collector(found: Collected) -> Callable[[str, Any, Any], None]:
    def collect(request_id: str, answer: Any, error: Any) -> None:
        found[request_id] = error or answer

    return collect


def test_a_batch_is_answered_call_by_call(world: World, admin: Caller) -> None:
    found: Collected = {}
    batch = admin.api.new_batch_http_request(callback=collector(found))
    batch.add(admin.api.users().get(userKey="hanna.helpdesk@northfield.example", fields="id"), request_id="hanna")
    batch.add(admin.api.users().get(userKey="nobody@northfield.example"), request_id="nobody")
    batch.add(admin.api.groups().insert(body={"email": "made@northfield.example"}), request_id="made")
    batch.execute()
    assert found["hanna"] == {"id": HANNA}
    nobody, made = found["nobody"], found["made"]
    assert isinstance(nobody, HttpError)
    assert nobody.resp.status == 404
    assert isinstance(made, dict)
    assert made["id"] in world.groups
    assert admin.wire.hosts.seen[-1] == ("POST", "https://admin.googleapis.com/batch")


def test_a_batch_with_empty_answers(world: World, admin: Caller) -> None:
    found: Collected = {}
    batch = admin.api.new_batch_http_request(callback=collector(found))
    batch.add(admin.api.users().delete(userKey=HANNA), request_id="gone")
    batch.execute()
    assert not found["gone"]
    assert world.users[HANNA].deletion_time


def test_each_call_of_a_batch_counts_and_may_fail_alone(world: World, admin: Caller) -> None:
    world.knobs.queries_per_minute = 2
    world.faults.append(Fault("/admin/directory/v1/users/", count=1))
    found: Collected = {}
    batch = admin.api.new_batch_http_request(callback=collector(found))
    for number in range(4):
        batch.add(admin.api.users().get(userKey=HANNA, fields="id"), request_id=str(number))
    batch.execute()
    statuses = [error.resp.status if isinstance(error, HttpError) else 200 for error in found.values()]
    assert sorted(statuses) == [200, 200, 403, 503]


def test_the_old_batch_address_works_too(admin: Caller) -> None:
    body = "--b\nContent-Type: application/http\nContent-ID: <a + 1>\n\nGET /admin/directory/v1/users/"
    body += f"{HANNA}?fields=id HTTP/1.1\n\n--b--"
    headers = {"content-type": 'multipart/mixed; boundary="b"'}
    url = "https://www.googleapis.com/batch/admin/directory_v1"
    response, content = admin.wire.request(url, "POST", body, headers)
    assert response.status == 200
    assert b"Content-ID: <response-a + 1>" in content
    assert HANNA.encode() in content


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", "{}"),
        ('multipart/mixed; boundary="b"', "--b\nContent-Type: application/http\n\nnonsense\n--b--"),
        ('multipart/mixed; boundary="b"', "--b\nContent-Type: application/http\n\nGET / HTTP/1.1\n\n" * 1001 + "--b--"),
    ],
)
def test_what_is_no_batch_is_refused(kind: str, body: str, admin: Caller) -> None:
    response, _ = admin.wire.request("https://admin.googleapis.com/batch", "POST", body, {"content-type": kind})
    assert response.status == 400


def test_the_text_of_a_mask_reads_as_written() -> None:
    assert masks.parse("a,b(c,d/e),*") == {"a": None, "b": {"c": None, "d": {"e": None}}, "*": None}
    assert masks.parse("a/b,a(c)") == {"a": {"b": None, "c": None}}
    assert masks.parse("a/b,a") == {"a": None}
