"""The Directory is read by the queue and the scheduler while administrators look on."""

import pytest
from google.cloud import datastore

from sandbox.google import control, people
from sandbox.google.seed import HARBOUR, NORTHFIELD
from tests.stack import ADMIN, SCHOOL, Stack
from tests.web import Page, Web

DELEGATE = "dario.delegate@northfield.example"
GROUPS = "/admin/directory/v1/groups"


@pytest.fixture
def admin(stack: Stack) -> Web:
    """The school's administrator, after setup; nothing was read yet."""
    return stack.set_up()


@pytest.fixture
def informed(stack: Stack, admin: Web) -> Web:
    """The same, after the first reading."""
    stack.run_tasks()
    return admin


def look(web: Web, part: str = "") -> Page:
    return web.get(f"{web.start}/manage/directory{part}")


def set_knobs(stack: Stack, **knobs: object) -> None:
    with stack.world.changing():
        for name, value in knobs.items():
            setattr(stack.world.knobs, name, value)


def dismiss_students(stack: Stack, count: int) -> None:
    with stack.world.changing() as world:
        students = [user.id for user in world.users.values() if user.org_unit_path.startswith("/Students")]
        for user_id in students[:count]:
            del world.users[user_id]


def test_a_new_domain_is_read_at_once(stack: Stack, admin: Web) -> None:
    people.delete_user(stack.world, stack.user("siobhan.obrien@northfield.example").id)
    assert "Reading the Directory" in look(admin).text
    stack.run_tasks()
    page = look(admin)
    assert "299 people, with 67 aliases" in page.text
    assert "1 person; their names are not given to others for 20 days" in page.text
    assert "14 groups, with 20 aliases" in page.text
    assert "northfield.example (also northfield-school.example), students.northfield.example" in page.text
    assert "then every 24 hours" in page.text


def test_a_reading_that_was_never_begun_is_begun_by_the_scheduler(stack: Stack, admin: Web) -> None:
    forget_reading(stack)
    waiting = look(admin)
    assert "has not been read yet" in waiting.text
    assert 'hx-trigger="every 10s"' in waiting.html, "it shows by itself when the reading has begun"
    assert stack.cron("/cron/directory") == 204
    assert "Reading the Directory" in look(admin).text


def forget_reading(stack: Stack) -> None:
    """As where Datastore was away for a moment when setup was finished."""
    client = datastore.Client(project=stack.settings.google_cloud_project)
    client.delete(client.key("DirectoryCrawl", "crawl", namespace=NORTHFIELD))
    client.close()


def test_a_domain_is_enabled_although_the_queue_refuses_and_read_a_little_later(stack: Stack) -> None:
    control.add_fault(stack.world, "/v2/projects", status=403)
    admin = stack.set_up()
    assert queued_for(stack, NORTHFIELD) == 0
    assert "Frontdesk is on for northfield.example" in admin.get(f"{stack.base_url}/marketplace/setup/").text
    stack.clock.advance(minutes=5)
    assert stack.cron("/cron/directory") == 204
    stack.run_tasks()
    assert "300 people" in look(admin).text


def test_a_domain_that_is_turned_on_again_is_not_read_again_at_once(stack: Stack, informed: Web) -> None:
    before = queued_for(stack, NORTHFIELD)
    page = informed.get(f"{stack.base_url}/marketplace/manage/").form("turn-off").submit()
    page.form("/setup/enable").submit()
    assert "300 people" in look(informed).text
    assert queued_for(stack, NORTHFIELD) == before


def test_an_administrator_has_it_read_now_and_another_one_sees_it(stack: Stack, informed: Web) -> None:
    dismiss_students(stack, 3)
    assert "hx-get" not in look(informed, "/state").html
    page = look(informed).press("Refresh now")
    assert "Reading the Directory" in page.text
    assert "300 people" in page.text, "what is in force is shown meanwhile"
    part = look(informed, "/state")
    assert 'hx-trigger="every 2s"' in part.html, "it looks again by itself"
    assert "<html" not in part.html
    dario = stack.browser(DELEGATE)
    dario.get(f"{stack.base_url}/marketplace/launch")
    assert "Reading the Directory" in look(dario).text
    stack.run_tasks()
    assert "297 people" in look(dario).text
    audit = informed.get(f"{stack.base_url}/manage/audit")
    assert ["Directory read" in cell for cell in audit.rows[1]].count(True) == 1
    assert ADMIN in audit.rows[1][1]


def test_a_reading_that_waits_says_what_for_and_goes_on(stack: Stack, informed: Web) -> None:
    set_knobs(stack, page_limit=60)
    look(informed).press("Refresh now")
    control.add_fault(stack.world, GROUPS, count=-1)
    stack.run_tasks()
    page = look(informed)
    assert "Google does not answer just now" in page.text
    assert "Step 4 of 6" in page.text
    control.remove_faults(stack.world)
    stack.clock.advance(minutes=5)
    stack.run_tasks()
    assert "Reading the Directory" not in look(informed).text


def test_a_reading_that_failed_says_why_and_can_be_tried_again(stack: Stack, informed: Web) -> None:
    control.add_fault(stack.world, GROUPS, status=403, count=-1)
    page = look(informed).press("Refresh now")
    stack.run_tasks()
    page = look(informed)
    assert "could not be read" in page.text
    assert "Google does not permit this" in page.text
    assert "The list below stays in use" in page.text
    assert "HTTP 403 forbidden" in page.text, "administrators can unfold Google's own words"
    control.remove_faults(stack.world)
    page.press("Try again")
    stack.run_tasks()
    assert "could not be read" not in look(informed).text


def test_a_list_that_shrank_waits_for_an_administrator(stack: Stack, informed: Web) -> None:
    dismiss_students(stack, 180)
    look(informed).press("Refresh now")
    stack.run_tasks()
    page = look(informed)
    assert "There were 300 people, and now there are 120." in page.text
    token = page.form("/manage/directory/accept").values["csrf_token"]
    for typed in ({}, {"generation": "two"}, {"generation": "1" * 30}, {"generation": "²"}):
        half = informed.post(f"{stack.base_url}/manage/directory/accept", {"csrf_token": token, **typed})
        assert half.status == 400
    page.press("and read again")
    stack.run_tasks()
    page = look(informed)
    assert "300 people, with" in page.text
    page.press("Take over 120 people instead of 300")
    stack.run_tasks()
    assert "120 people, with" in look(informed).text
    again = page.press("Take over 120 people instead of 300")  # the other administrator's page, an hour old
    assert again.status == 409


def test_a_list_that_ends_early_is_told_from_one_that_shrank(stack: Stack, admin: Web) -> None:
    set_knobs(stack, page_limit=60, lists_end_early=True)
    stack.run_tasks()
    page = look(admin)
    assert "Google says that its last one is" in page.text
    assert "Take over 60 people" in page.text
    set_knobs(stack, lists_end_early=False)
    page.press("Read again")
    stack.run_tasks()
    assert "300 people" in look(admin).text


def test_a_domain_that_is_missing_waits_for_an_administrator(stack: Stack, informed: Web) -> None:
    with stack.world.changing():
        school = stack.customer(SCHOOL)
        school.domains = [domain for domain in school.domains if not domain.name.startswith("students.")]
    look(informed).press("Refresh now")
    stack.run_tasks()
    page = look(informed)
    assert "There were 3 domains, and now there are 2. Missing: students.northfield.example." in page.text
    page.press("Take over 2 domains instead of 3")
    stack.run_tasks()
    page = look(informed)
    assert "In use now" in page.text
    assert "students.northfield.example" not in page.text


def queued_for(stack: Stack, tenant: str) -> int:
    """Tasks about a tenant that were left with the queue, whatever became of them."""
    return sum(f"crawl-{tenant}-" in name for name in stack.world.queued_tasks)


def test_domains_that_are_not_in_use_are_left_alone(stack: Stack, informed: Web) -> None:
    before = queued_for(stack, NORTHFIELD)
    assert before
    page = informed.get(f"{stack.base_url}/marketplace/manage/")
    page.form("turn-off").submit()
    stack.clock.advance(hours=25)
    assert stack.cron("/cron/directory") == 204
    assert queued_for(stack, NORTHFIELD) == before


def test_one_domain_that_cannot_be_tended_keeps_no_other_from_it(stack: Stack, admin: Web) -> None:
    stack.set_up("harbour.example", "hugo.admin@harbour.example")
    stack.run_tasks()
    stack.clock.advance(hours=25)
    control.add_fault(stack.world, "/v2/projects", status=403)
    assert stack.cron("/cron/directory") == 204
    second = [f"{tenant}-2" for tenant in (NORTHFIELD, HARBOUR)]
    assert sorted(queued_for(stack, reading) for reading in second) == [0, 1]
    stack.clock.advance(minutes=5)
    stack.cron("/cron/directory")
    assert all(queued_for(stack, reading) for reading in second)


def test_tasks_that_come_twice_and_in_any_order_change_nothing(stack: Stack, admin: Web) -> None:
    set_knobs(stack, page_limit=60, tasks_duplicated_percent=100, tasks_reordered=True)
    stack.run_tasks()
    stack.clock.advance(minutes=5)
    stack.run_tasks()
    assert "300 people" in look(admin).text


def test_tasks_that_are_lost_are_found_missing(stack: Stack, admin: Web) -> None:
    set_knobs(stack, tasks_lost_percent=100)
    stack.run_tasks()
    set_knobs(stack, tasks_lost_percent=0)
    assert "Reading the Directory" in look(admin).text
    stack.clock.advance(minutes=5, google=False)
    stack.cron("/cron/directory")
    stack.run_tasks()
    assert "300 people" in look(admin).text
