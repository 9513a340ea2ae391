"""A customer leaves: asks, takes it back, asks again, and everything is gone; nobody else's is touched."""

import re

import requests

from sandbox.google import marketplace, people
from sandbox.google.outgoing import id_token
from tests.journeys.rest import Rest, issue_key, order
from tests.journeys.test_bulk import planned
from tests.stack import ADMIN, HELPDESK, OPERATOR, SCHOOL, Stack, allow
from tests.stored import accounts_at_google, nothing_written, rows_of, stored
from tests.web import Page, Web

HARBOUR, HUGO = "harbour.example", "hugo.admin@harbour.example"
DELEGATE, MEMBER = "dario.delegate@northfield.example", "nora.head@northfield.example"
ASK = "Delete everything in 7 days"


def again(stack: Stack, page: Page, email: str = ADMIN) -> Page:
    """Show that it is still the same person."""
    return page.click("Sign in again").form(f"account-{stack.user(email).id}").submit()


def ask(stack: Stack, web: Web, typed: str = SCHOOL, email: str = ADMIN) -> Page:
    """By the administrator's page."""
    page = web.get(f"{stack.base_url}/marketplace/manage/").click("Delete everything about this domain")
    if "Sign in again" in page.text:
        page = again(stack, page, email)
    return page.press(ASK, domain=typed)


def erase(stack: Stack) -> None:
    """What the scheduler and the queue do when it is time."""
    stack.cron("/cron/erasures")
    stack.run_tasks()


def deliver(stack: Stack, path: str, **payload: str | int) -> int:
    """A task of ours that comes late; the status that the queue sees."""
    token = id_token(stack.world, stack.base_url)
    return requests.post(
        stack.base_url + path, json=payload, headers={"Authorization": f"Bearer {token}"}, timeout=30
    ).status_code


def csrf(page: Page) -> dict[str, str]:
    return {"csrf_token": page.form("Sign out").values["csrf_token"]}


def test_nothing_goes_on_while_a_customer_leaves_and_all_does_when_it_is_taken_back(stack: Stack) -> None:
    ada = stack.set_up(creators=HELPDESK)
    api, hanna = Rest(stack, ada, issue_key(ada, stack.base_url)), stack.launch(HELPDESK).web
    people.set_admin(stack.world, stack.user(MEMBER).id)
    second = stack.launch(MEMBER).web
    stack.run_tasks()
    planned(stack, ada, "Maya Quillfeather", "Ben Quillfeather").press("Create 2 account")

    heading = ask(stack, ada).heading

    assert heading == f"Frontdesk is leaving {SCHOOL}"
    for path in ("/accounts/new", "/marketplace/setup/", "/marketplace/manage/", "/"):
        assert ada.get(stack.base_url + path).heading == heading, path
    closed = hanna.get(f"{stack.base_url}/accounts/new")
    assert (closed.status, closed.heading) == (403, heading)
    assert api.call("GET", "config").status_code == 403
    with nothing_written(stack):
        assert stack.run_tasks() > 0, "those of the list that was begun"
        for path in ("/cron/bulk", "/cron/directory", "/cron/erasures"):
            assert stack.cron(path) == 204
    stack.clock.advance(minutes=20)
    page = second.get(f"{stack.base_url}/").press("Take it back, delete nothing")
    assert "is as it was before" in page.text
    assert hanna.get(f"{stack.base_url}/accounts/new").status == 200
    assert api.call("GET", "config").status_code == 200
    assert stack.cron("/cron/bulk") == 204
    stack.run_tasks()
    assert len([user for user in stack.world.users.values() if user.family_name == "Quillfeather"]) == 2
    assert "Deletion of everything taken back" in ada.get(f"{stack.base_url}/manage/audit").text


def test_only_super_administrators_ask_and_take_back_and_only_with_a_fresh_sign_in(stack: Stack) -> None:
    ada, hugo = stack.set_up(), stack.set_up(HARBOUR, HUGO)
    form, dario = f"{stack.base_url}/marketplace/manage/deletion", stack.launch(DELEGATE).web
    page, hanna = ada.get(f"{form}/"), stack.launch(HELPDESK).web
    with nothing_written(stack):
        told = dario.get(f"{form}/")
        assert "Only super administrators" in told.text
        assert dario.post(f"{form}/ask", {**csrf(told), "domain": SCHOOL}).status == 403
        assert hanna.get(f"{form}/").status == 403
    assert ada.post(f"{form}/ask", {**csrf(page), "domain": SCHOOL}).heading == "Choose an account"
    refused = ask(stack, ada, HARBOUR)
    assert (refused.status, "is not the name of the domain" in refused.text) == (400, True)
    assert ask(stack, hugo, SCHOOL, HUGO).status == 400, "what a form says decides nothing"
    assert [stack.launch(email).heading[:7] for email in (ADMIN, HUGO)] == ["Welcome"] * 2

    assert ask(stack, ada).status == 200

    told = dario.get(f"{form}/")
    assert "Your own role does not allow it" in told.text
    assert dario.post(f"{form}/take-back", csrf(told)).status == 403
    assert hugo.post(f"{form}/take-back", csrf(hugo.get(f"{form}/"))).status == 404
    assert "About to be deleted" in ada.get(f"{form}/").title


def test_after_a_week_everything_is_gone_and_nothing_comes_back(stack: Stack) -> None:
    school, harbour = stack.customer(SCHOOL).id, stack.customer(HARBOUR).id
    ada = stack.set_up(creators=HELPDESK)
    stack.set_up(HARBOUR, HUGO)
    api = Rest(stack, ada, issue_key(ada, stack.base_url))
    api.call("POST", "create", order())
    stack.run_tasks()
    planned(stack, ada, "Maya Okonkwo").press("Create 1 account")
    at_google, harbours = accounts_at_google(stack), rows_of(stack, harbour, HARBOUR)
    ask(stack, ada)
    stack.clock.advance(days=6, hours=23)
    erase(stack)
    assert len([name for name in stored(stack) if name.startswith(f"{school}/")]) > 10
    stack.clock.advance(hours=1)

    erase(stack)

    assert rows_of(stack, school, "northfield", stack.user(ADMIN).id) == {}
    assert rows_of(stack, harbour, HARBOUR) == harbours
    assert accounts_at_google(stack) == at_google
    (proof,) = [row for name, row in stored(stack).items() if "/ErasureProof/" in name]
    assert (proof["by"], proof["operator"]) == ("administrator", "")
    with nothing_written(stack):
        for path in ("/tasks/directory/crawl", "/tasks/bulk/run", "/tasks/bulk/plan", "/tasks/accounts/steps"):
            assert deliver(stack, path, tenant=school, job="1", run=1, lane=0, number=1, generation=1, mark="1") == 204
        assert api.call("GET", "config").status_code == 401
    stack.clock.advance(days=-7)  # what the app signs for Google is signed by the machine's own clock
    stack.set_up()
    log = stack.launch(ADMIN).web.get(f"{stack.base_url}/manage/audit")
    assert "API key issued" not in [row[2] for row in log.rows], "a new customer"


def test_operator_erases_at_once_only_who_has_uninstalled(stack: Stack) -> None:
    stack.set_up()
    operator = stack.browser(OPERATOR)
    page = allow(operator.get(f"{stack.base_url}/operators/")).click("Delete its data")
    assert page.heading == f"Everything about {SCHOOL}"
    chooser = page.click("Sign in again")
    page = allow(chooser.form(f"account-{stack.user(OPERATOR).id}").submit())
    assert page.press("Delete everything", domain="nothing").status == 400
    refused = page.press("Delete everything", domain=SCHOOL, at_once="yes")
    assert (refused.status, "does not say that this customer has uninstalled" in refused.text) == (409, True)

    page = page.press("Delete everything", domain=SCHOOL)
    assert "About to be deleted" in page.text
    assert stack.launch(ADMIN).heading == f"Frontdesk is leaving {SCHOOL}"
    page = page.press("Take it back, delete nothing")
    assert "Nothing of northfield.example is deleted" in page.text

    marketplace.delete_app(stack.world, stack.customer(SCHOOL).id)
    stack.clock.advance(minutes=2)
    page = page.click("Delete its data").press("Delete everything", domain=SCHOOL, at_once="yes")
    erase(stack)
    page = operator.get(page.url)
    assert re.search(r"Deleted so far [1-9]\d* entries", page.text)
    late = page.web.post(f"{page.url}/take-back", csrf(page))
    assert (late.status, "has begun" in late.text) == (409, True)
    stack.clock.advance(minutes=15)
    erase(stack)
    page = operator.get(f"{stack.base_url}/operators/deletions")
    assert page.rows[1][2] == OPERATOR
    operator.get(f"{stack.base_url}/operators/")
    assert rows_of(stack, stack.customer(SCHOOL).id, "northfield") == {}


def test_commands_do_what_the_pages_do(stack: Stack) -> None:
    stack.set_up()
    commands = stack.app.test_cli_runner()

    def run(*words: str, code: int = 0) -> str:
        result = commands.invoke(args=["marketplace", *words])
        assert result.exit_code == code, result.output
        return result.output

    assert "not the name" in run("erase", SCHOOL, "--confirm", HARBOUR, code=1)
    assert "has uninstalled" in run("erase", SCHOOL, "--confirm", SCHOOL, "--at-once", code=1)
    assert "is not set up here" in run("keep", "nowhere.example", code=1)
    assert f"Everything of {SCHOOL} is deleted from" in run("erase", SCHOOL, "--confirm", SCHOOL)
    assert run("erasures").startswith(f"{SCHOOL}: asked for ")
    assert run("keep", SCHOOL) == f"Nothing of {SCHOOL} is deleted.\n"
    run("erase", SCHOOL, "--confirm", SCHOOL)
    stack.clock.advance(days=7, minutes=1)
    erase(stack)
    assert re.fullmatch(r"[0-9a-f]{64}: by \S+, over \S+, \d+ deleted\n", run("erasures"))
