"""One of the school's domains is sold: its buyer sees nothing of the school, and decides nothing there."""

import pytest
from google.cloud import ndb

import main
from marketplace.records import AppsDomain
from sandbox.google import control, marketplace
from sandbox.google.world import Domain
from tests.stack import ADMIN, HELPDESK, SCHOOL, Stack, allow
from tests.web import Page, Web

STUDENTS = "students.northfield.example"
HARBOUR = "harbour.example"


def sell(stack: Stack) -> None:
    """The students' domain with its people goes to the neighbours, and one of the people runs it there."""
    school, buyer = stack.customer(SCHOOL), stack.customer(HARBOUR)
    with stack.world.changing():
        school.domains = [domain for domain in school.domains if domain.name != STUDENTS]
        buyer.domains.append(Domain(STUDENTS, is_primary=False))
        for user in stack.world.users.values():
            if user.primary_email.endswith("@" + STUDENTS):
                user.customer_id, user.is_admin, user.suspended = buyer.id, True, False
    marketplace.install(stack.world, buyer.id)


def student(stack: Stack) -> str:
    people = stack.world.users.values()
    return next(u.primary_email for u in people if u.primary_email.endswith("@" + STUDENTS) and not u.suspended)


def row(stack: Stack, domain: str) -> dict[str, object]:
    host: main.Host = stack.app.extensions["frontdesk"]
    with host.datastore.context():
        return dict(ndb.Key(AppsDomain, domain).get().to_dict())


def post(web: Web, page: Page, path: str) -> Page:
    return web.post(path, {"csrf_token": str(page.form("/marketplace/logout").values["csrf_token"])})


def test_buyer_that_grants_nothing_yet_is_not_taken_for_the_school(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    sell(stack)
    marketplace.revoke_data_access(stack.world, stack.customer(HARBOUR).id)
    web = stack.browser(student(stack))

    pages = [allow(web.get(f"{stack.base_url}{path}")) for path in ("/marketplace/launch", "/marketplace/setup/")]

    assert [page.status for page in pages] == [503, 503]
    assert not [page.url for page in pages if ADMIN in page.html]
    assert "frontdesk" not in web.session.cookies


@pytest.mark.parametrize("path", ["/marketplace/manage/take-over", "/marketplace/setup/choices/defaults"])
def test_administrator_elsewhere_decides_nothing_with_a_session_of_before(stack: Stack, path: str) -> None:
    stack.set_up(creators=HELPDESK)
    web = stack.browser(student(stack))
    page = web.get(f"{stack.base_url}/marketplace/launch")
    before = row(stack, SCHOOL)
    sell(stack)

    assert post(web, page, stack.base_url + path).status == 403
    assert row(stack, SCHOOL) == before


def test_customer_whose_primary_domain_is_not_verified_cannot_set_up(stack: Stack) -> None:
    control.create_customer(stack.world, "C0squat1", "squatted.example")
    boss = "boss@squatted.example"
    control.create_user(stack.world, boss, "sandbox-password", is_admin=True)
    with stack.world.changing():
        stack.customer("squatted.example").domains[0].verified = False
    marketplace.install(stack.world, "C0squat1")

    page = stack.browser(boss).get(f"{stack.base_url}/marketplace/setup/").form("/setup/checks").submit()

    assert "not verified yet" in page.text
    host: main.Host = stack.app.extensions["frontdesk"]
    with host.datastore.context():
        assert ndb.Key(AppsDomain, "squatted.example").get() is None
