"""What the adapters change after an account was made, against the simulated Google with its own client."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.directory.google_bodies import account_body, details_body
from provisioning.directory.google_licensing import GoogleLicenses
from provisioning.directory.licensing import NoSeats, OtherLicense
from provisioning.directory.port import DETAILS, NewAccount
from runtime.google_problems import (
    AlreadyExists,
    ChangeUnderWay,
    GoogleNotFound,
    GoogleProblem,
    GoogleUnreachable,
    InvalidValue,
    LimitReached,
    NotDelegated,
    NotReadyYet,
)
from sandbox.google import marketplace
from sandbox.google.directory.index import text_of
from sandbox.google.scopes import LICENSING
from sandbox.google.seed import STAFF_LICENSE, STUDENT_LICENSE
from sandbox.google.world import Fault, User
from tests.provisioning.conftest import ADMIN, HELPDESK, TENANT, Desk

GROUP = "maths@northfield.example"
PRODUCT, STAFF = STAFF_LICENSE.split("/")
CONFLICT = '{"error": {"code": 409, "message": "Conflict", "errors": [{"message": "Conflict", "reason": "conflict"}]}}'


def hanna(desk: Desk) -> User:
    found = desk.user(HELPDESK)
    assert found is not None
    return found


def members(desk: Desk) -> dict[str, str]:
    return next(group.members for group in desk.world.groups.values() if group.email == GROUP)


def answer(desk: Desk, path: str, status: int, body: str = "", when: Any = "before") -> None:
    """What Google answers to the next POST or PATCH there."""
    with desk.world.changing():
        desk.world.faults.append(Fault(f"/admin/directory/v1/{path}", "", status, body, when))


@pytest.mark.parametrize("by", ["address", "id"])
def test_an_account_joins_a_group_once_however_often_it_is_said(desk: Desk, by: str) -> None:
    member = HELPDESK if by == "address" else hanna(desk).id
    desk.directory.add_member(ADMIN, GROUP, member)
    desk.directory.add_member(ADMIN, GROUP, member)
    assert members(desk)[HELPDESK] == "MEMBER"


def test_a_member_that_google_takes_in_later_is_taken_in(desk: Desk) -> None:
    answer(desk, "groups", 409, CONFLICT)
    desk.directory.add_member(ADMIN, GROUP, HELPDESK)
    assert HELPDESK not in members(desk), "so far there was only the answer, which is no failure"


@pytest.mark.parametrize(("group", "member"), [("no@northfield.example", HELPDESK), (GROUP, "no@northfield.example")])
def test_an_unknown_group_or_member_is_not_found(desk: Desk, group: str, member: str) -> None:
    with pytest.raises(GoogleNotFound):
        desk.directory.add_member(ADMIN, group, member)


def test_an_account_gets_an_alias_that_nobody_has(desk: Desk) -> None:
    desk.directory.add_alias(ADMIN, hanna(desk).id, "lobby@northfield.example")
    assert "lobby@northfield.example" in hanna(desk).aliases
    with pytest.raises(AlreadyExists):
        desk.directory.add_alias(ADMIN, hanna(desk).id, "lobby@northfield.example")


def test_a_change_that_waits_for_another_is_told_from_one_that_is_refused(desk: Desk) -> None:
    answer(desk, "users", 409, CONFLICT)
    with pytest.raises(ChangeUnderWay):
        desk.directory.add_alias(ADMIN, hanna(desk).id, "lobby@northfield.example")


def test_details_are_written_where_the_directory_shows_them(desk: Desk) -> None:
    details = {name: f"{name} of Hanna" for name in DETAILS}
    details |= {"recovery_email": "hanna@home.example", "recovery_phone": "+4930123456"}
    desk.directory.patch_details(ADMIN, hanna(desk).id, details)
    kept: dict[str, Any] = hanna(desk).more
    assert (kept["recoveryEmail"], kept["recoveryPhone"]) == ("hanna@home.example", "+4930123456")
    assert {(entry["type"], entry["value"]) for entry in kept["phones"]} == {
        ("work", "work_phone of Hanna"), ("home", "home_phone of Hanna"), ("mobile", "mobile_phone of Hanna"),
    }  # fmt: skip
    assert kept["relations"] == [{"type": "manager", "value": "manager_email of Hanna"}]
    (work,) = kept["organizations"]
    assert (work["title"], work["department"], work["costCenter"], work["description"]) == (
        "title of Hanna", "department of Hanna", "cost_center of Hanna", "employee_type of Hanna",
    )  # fmt: skip
    assert kept["locations"][0]["buildingId"] == "building_id of Hanna"
    assert all(value in str(kept) for value in details.values())


def test_a_detail_that_google_refuses_is_named(desk: Desk) -> None:
    with pytest.raises(InvalidValue) as refused:
        desk.directory.patch_details(ADMIN, hanna(desk).id, {"recovery_phone": "0301234"})
    assert "recovery_phone" in refused.value.raw


@given(st.dictionaries(st.sampled_from([*DETAILS, "no_detail"]), st.text(max_size=5)))
def test_every_detail_is_sent_once_and_nothing_else(details: dict[str, str]) -> None:
    sent = str(details_body({name: f"<{value}>" if value else "" for name, value in details.items()}))
    wanted = [name for name, value in details.items() if value and name in DETAILS]
    assert sent.count("<") - sum(details[name].count("<") for name in wanted) == len(wanted)


def test_the_organizations_own_number_stands_beside_our_mark() -> None:
    account = NewAccount("a@b.example", "A", "B", "password", "/", True, "mark", "4711")
    assert account_body(account)["externalIds"] == [
        {"type": "custom", "customType": "frontdesk", "value": "mark"}, {"type": "organization", "value": "4711"},
    ]  # fmt: skip


def test_activity_says_whether_anybody_has_used_the_account(desk: Desk) -> None:
    with desk.world.changing():
        hanna(desk).agreed_to_terms = False
    before = desk.directory.activity(ADMIN, hanna(desk).id)
    assert (before.person.email, before.last_sign_in, before.agreed_to_terms) == (HELPDESK, None, False)
    assert before.created == datetime(2026, 1, 1, tzinfo=UTC)
    with desk.world.changing():
        hanna(desk).last_login_time, hanna(desk).agreed_to_terms = "2026-03-04T05:06:07.000Z", True
    after = desk.directory.activity(ADMIN, hanna(desk).id)
    assert (after.last_sign_in, after.agreed_to_terms) == (datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), True)


@pytest.mark.parametrize("body", ["{}", '{"id": "1", "primaryEmail": "a@b.example"}'])
def test_an_answer_that_does_not_say_is_no_sign_that_nobody_used_it(desk: Desk, body: str) -> None:
    with desk.world.changing():
        desk.world.faults.append(Fault("/admin/directory/v1/users", "GET", 200, body, count=-1))
    with pytest.raises(GoogleUnreachable):
        desk.directory.activity(ADMIN, hanna(desk).id)


def test_an_account_is_deleted_once(desk: Desk) -> None:
    person = hanna(desk).id
    desk.directory.delete(ADMIN, person)
    assert desk.user(HELPDESK) is None
    for again in (desk.directory.delete, desk.directory.activity):
        with pytest.raises(GoogleNotFound):
            again(ADMIN, person)


CHANGES: list[Callable[[Desk], object]] = [
    lambda desk: desk.directory.add_member(ADMIN, GROUP, HELPDESK),
    lambda desk: desk.directory.add_alias(ADMIN, hanna(desk).id, "lobby@northfield.example"),
    lambda desk: desk.directory.patch_details(ADMIN, hanna(desk).id, {"title": "Head"}),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_whose_answer_is_lost_is_not_sent_again(desk: Desk, change: Callable[[Desk], object]) -> None:
    answer(desk, "", 0, when="after")
    with pytest.raises(GoogleUnreachable):
        change(desk)
    assert not desk.world.faults


@pytest.fixture
def licenses(desk: Desk) -> GoogleLicenses:
    """The school's administrator has delegated the optional scope."""
    client = desk.world.project.service_account_client_id
    marketplace.set_delegation(desk.world, TENANT, client, [LICENSING])
    return GoogleLicenses(desk.transport)


def test_a_license_is_given_once(desk: Desk, licenses: GoogleLicenses) -> None:
    licenses.assign(ADMIN, PRODUCT, STAFF, HELPDESK)
    licenses.assign(ADMIN, PRODUCT, STAFF, HELPDESK)
    assert hanna(desk).licenses == {PRODUCT: STAFF}


def test_a_license_that_cannot_be_given_says_why(desk: Desk, licenses: GoogleLicenses) -> None:
    other = STUDENT_LICENSE.partition("/")[2]

    def assign(sku: str, problem: type[GoogleProblem]) -> None:
        with pytest.raises(problem) as caught:
            licenses.assign(ADMIN, PRODUCT, sku, HELPDESK)
        assert type(caught.value) is problem

    assign("nothing", InvalidValue)
    with desk.world.changing():
        desk.world.customers[TENANT].license_seats[STAFF_LICENSE] = 0
    assign(STAFF, NoSeats)
    assert issubclass(NoSeats, LimitReached)
    with desk.world.changing():
        hanna(desk).licenses[PRODUCT] = other
    assign(STAFF, OtherLicense)
    desk.set_knobs(get_lag=60)
    with desk.world.changing():
        hanna(desk).creation_time = text_of(desk.world.now())
    assign(STAFF, NotReadyYet)


def test_licenses_need_a_scope_of_their_own(desk: Desk) -> None:
    with pytest.raises(NotDelegated):
        GoogleLicenses(desk.transport).assign(ADMIN, PRODUCT, STAFF, HELPDESK)
