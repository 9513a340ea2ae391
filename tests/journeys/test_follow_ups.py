"""A rule names a group and a license; whoever is given an account is in the group, and what was refused is mended."""

from tests.stack import Stack
from tests.web import Page, Web

ZOE, MATHS = "zoe.quill@northfield.example", "maths@northfield.example"
LICENSE = "101031/1010310009"


def test_rules_are_followed_and_what_is_refused_waits_for_an_administrator(stack: Stack) -> None:
    web = stack.set_up()
    save_rules(stack, web, LICENSE, match="under", value="/Staff")

    created = open_account(stack, web)
    assert f"The group {MATHS}: being done" in created.text
    assert MATHS in created.text
    stack.run_tasks()
    assert ZOE in next(group.members for group in stack.world.groups.values() if group.email == MATHS)

    left = web.get(f"{stack.base_url}/accounts/follow-ups")
    assert ZOE in left.text
    assert f"Giving the license {LICENSE}: your domain has not permitted that yet. See its setup page." in left.text

    setup = web.get(f"{stack.base_url}/marketplace/setup/").form("/setup/checks/optional-licenses").submit()
    setup.link("Grant it in the Admin console").follow().form("/admin/delegation/add").submit("Authorize")
    web.get(f"{stack.base_url}/accounts/follow-ups").form("/follow-ups/retry").submit()
    stack.run_tasks()
    assert stack.user(ZOE).licenses == dict([LICENSE.split("/")])
    assert "Nothing is left to do" in web.get(f"{stack.base_url}/accounts/follow-ups").text
    audit = web.get(f"{stack.base_url}/manage/audit").text
    assert audit.count("Account followed up") == 2


def test_the_schedule_goes_on_where_a_task_was_lost(stack: Stack) -> None:
    web = stack.set_up()
    save_rules(stack, web, match="always")
    stack.world.knobs.tasks_lost_percent = 100
    open_account(stack, web)
    stack.run_tasks()
    stack.world.knobs.tasks_lost_percent = 0
    stack.clock.advance(minutes=2, google=False)
    assert stack.cron("/cron/accounts") == 204
    stack.run_tasks()
    assert ZOE in next(group.members for group in stack.world.groups.values() if group.email == MATHS)


def open_account(stack: Stack, web: Web) -> Page:
    form = web.get(f"{stack.base_url}/accounts/new").form("new-account")
    page = form.submit("Suggest usernames", firstname="Zoë", lastname="Quill", org_unit="/Staff")
    page = page.form("new-account").submit("Create account", choice="zoe.quill")
    assert page.heading == "Account created", page.text
    return page


def save_rules(stack: Stack, web: Web, license: str = "", **rule: str) -> None:  # noqa: A002 - the field's name
    """A rule for the group maths, and perhaps a license."""
    page = web.get(f"{stack.base_url}/manage/names/rules").form("rules-form").submit("Add a group rule")
    fields = {f"group-0-{part}": value for part, value in {**rule, "target": MATHS}.items()}
    page = page.form("rules-form").submit("Save", license=license, **fields)
    assert "Saved." in page.text, page.text
