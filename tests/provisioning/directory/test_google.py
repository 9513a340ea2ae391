"""The adapter against the simulated Directory, over a socket, with Google's own client."""

import pytest

from provisioning.directory.google import GoogleDirectory
from provisioning.directory.port import NewAccount, OrgUnit
from provisioning.directory.port import WorkspaceDomain as Domain
from runtime.google_problems import (
    AccessRefused,
    AlreadyExists,
    GoogleNotFound,
    GoogleProblem,
    GoogleThrottled,
    GoogleUnreachable,
    InvalidValue,
    LimitReached,
    NotDelegated,
)
from sandbox.google import marketplace
from sandbox.google.seed import LISTED_SCOPES
from sandbox.google.world import Fault
from tests.provisioning.conftest import ADMIN, DOMAIN, HELPDESK, TENANT, Desk

MATHS = "maths@northfield.example"


def new_account(email: str = "zoe.quill@northfield.example", **changes: object) -> NewAccount:
    values: dict[str, object] = {
        "email": email,
        "given_name": "Zoë",
        "family_name": "O'Quill",
        "password": "correct horse",
        "org_unit_path": "/Staff",
        "change_password_at_next_sign_in": True,
        "mark": "operation-1",
    }
    return NewAccount(**(values | changes))  # type: ignore[arg-type]


def test_person_says_what_the_administrator_sees(desk: Desk) -> None:
    found = desk.directory.person(ADMIN, ADMIN)
    assert (found.email, found.given_name, found.family_name) == (ADMIN, "Ada", "Admin")
    assert (found.customer_id, found.org_unit_path) == (TENANT, "/Staff/Office")
    assert (found.is_super_admin, found.suspended, found.archived, found.marks) == (True, False, False, ())
    assert desk.user(ADMIN).id == found.id  # type: ignore[union-attr]


def test_person_is_found_by_alias_and_by_id(desk: Desk) -> None:
    by_alias = desk.directory.person(ADMIN, "front.desk@northfield.example")
    assert by_alias.email == HELPDESK
    assert desk.directory.person(ADMIN, by_alias.id) == by_alias


def test_customer_is_the_subjects_own(desk: Desk) -> None:
    assert desk.directory.customer(ADMIN).id == TENANT
    assert desk.directory.customer(ADMIN).primary_domain == DOMAIN


def test_domains_begin_with_the_primary_one_and_carry_their_aliases(desk: Desk) -> None:
    assert desk.directory.domains(ADMIN) == [
        Domain(DOMAIN, True, True, ("northfield-school.example",)),
        Domain("students.northfield.example", False, True, ()),
    ]


def test_org_units_include_the_root_and_all_levels(desk: Desk) -> None:
    found = desk.directory.org_units(ADMIN)
    assert found[0] == OrgUnit("/", "/")
    assert OrgUnit("/Staff/Teachers", "Teachers") in found
    assert [unit.path for unit in found] == sorted((unit.path for unit in found), key=str.casefold)


def test_first_users_and_groups_are_limited(desk: Desk) -> None:
    assert len(desk.directory.first_users(ADMIN, 2)) == 2
    assert len(desk.directory.first_groups(ADMIN, 1)) == 1


def test_first_users_are_empty_when_google_leaves_the_key_out(desk: Desk) -> None:
    with desk.world.changing():
        for group in list(desk.world.groups.values()):
            del desk.world.groups[group.id]
    assert desk.directory.first_groups(ADMIN, 5) == []


def test_occupant_tells_users_aliases_groups_and_group_aliases_apart(desk: Desk) -> None:
    group = next(group for group in desk.world.groups.values() if group.aliases and group.customer_id == TENANT)
    uses = {
        HELPDESK: "user",
        HELPDESK.upper(): "user",
        "front.desk@northfield.example": "alias",
        "hanna.helpdesk@northfield-school.example": "alias",
        group.email: "group",
        group.aliases[0]: "group alias",
    }
    found = {address: desk.directory.occupant(ADMIN, address) for address in uses}
    assert {address: occupant.use if occupant else None for address, occupant in found.items()} == uses
    assert desk.directory.occupant(ADMIN, "nobody.here@northfield.example") is None


@pytest.mark.parametrize(
    ("status", "problem"), [(503, GoogleUnreachable), (429, GoogleThrottled), (0, GoogleUnreachable)]
)
def test_occupant_is_never_free_when_google_does_not_answer(
    desk: Desk, status: int, problem: type[GoogleProblem]
) -> None:
    desk.break_google(status, method="GET", count=-1)
    with pytest.raises(problem):
        desk.directory.occupant(ADMIN, "nobody.here@northfield.example")


def test_insert_makes_the_account_with_our_mark(desk: Desk) -> None:
    person = desk.directory.insert(ADMIN, new_account())
    assert person.marks == ("operation-1",)
    assert desk.directory.person(ADMIN, person.id) == person
    user = desk.user("zoe.quill@northfield.example")
    assert user is not None
    assert (user.given_name, user.family_name, user.org_unit_path) == ("Zoë", "O'Quill", "/Staff")
    assert user.change_password_at_next_login


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"email": HELPDESK}, AlreadyExists),
        ({"email": "front.desk@northfield.example"}, AlreadyExists),
        ({"org_unit_path": "/Nowhere"}, InvalidValue),
        ({"password": "short"}, InvalidValue),
        ({"email": "x@harbour.example"}, GoogleProblem),
    ],
)
def test_insert_passes_refusals_on(desk: Desk, changes: dict[str, object], problem: type[GoogleProblem]) -> None:
    with pytest.raises(problem):
        desk.directory.insert(ADMIN, new_account(**changes))


def test_insert_says_when_the_domain_is_full(desk: Desk) -> None:
    with desk.world.changing():
        desk.world.customers[TENANT].user_limit = 1
    with pytest.raises(LimitReached):
        desk.directory.insert(ADMIN, new_account())


@pytest.mark.parametrize("status", [500, 503, 0])
def test_insert_is_sent_once_whatever_the_answer(desk: Desk, status: int) -> None:
    desk.break_google(status, count=1)
    with pytest.raises(GoogleUnreachable):
        desk.directory.insert(ADMIN, new_account())
    assert desk.user("zoe.quill@northfield.example") is None


def test_ordinary_members_are_refused(desk: Desk) -> None:
    with pytest.raises(AccessRefused):
        desk.directory.first_users(HELPDESK, 1)


def test_each_call_needs_only_its_own_scope(desk: Desk) -> None:
    calls = {
        "admin.directory.user": lambda directory: directory.first_users(ADMIN, 1),
        "admin.directory.group.readonly": lambda directory: directory.first_groups(ADMIN, 1),
        "admin.directory.group.member": lambda directory: directory.add_member(ADMIN, MATHS, HELPDESK) or True,
        "admin.directory.orgunit.readonly": lambda directory: directory.org_units(ADMIN),
        "admin.directory.domain.readonly": lambda directory: directory.domains(ADMIN),
        "admin.directory.customer.readonly": lambda directory: directory.customer(ADMIN),
    }
    marketplace.revoke_data_access(desk.world, TENANT)
    client = desk.world.project.service_account_client_id
    for granted in calls:
        scope = next(scope for scope in LISTED_SCOPES if scope.endswith(granted))
        marketplace.set_delegation(desk.world, TENANT, client, [scope])
        desk.transport.forget(ADMIN)
        for needed, call in calls.items():
            if needed == granted:
                assert call(GoogleDirectory(desk.transport))
            else:
                with pytest.raises(NotDelegated):
                    call(GoogleDirectory(desk.transport))


def test_a_person_who_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(GoogleNotFound):
        desk.directory.person(ADMIN, "nobody.here@northfield.example")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, "<html><title>Error 404 (Not Found)</title></html>"),
        (200, "<html>"),
        (200, "{}"),
        (200, "[]"),
        (200, "null"),
    ],
)
def test_an_address_is_free_only_if_google_says_so_in_its_own_words(desk: Desk, status: int, body: str) -> None:
    for path, ask in (("users", desk.directory.person_at), ("groups", desk.directory.group_at)):
        with desk.world.changing():
            desk.world.faults.append(Fault(f"/admin/directory/v1/{path}", "GET", status, body, count=-1))
        with pytest.raises(GoogleUnreachable):
            ask(ADMIN, ADMIN)


def test_an_account_made_by_an_answer_that_cannot_be_read_may_exist(desk: Desk) -> None:
    with desk.world.changing():
        desk.world.faults.append(Fault("/admin/directory/v1/users", "POST", 200, "{}", when="after"))
    with pytest.raises(GoogleUnreachable):
        desk.directory.insert(ADMIN, new_account())
    assert desk.user("zoe.quill@northfield.example")
