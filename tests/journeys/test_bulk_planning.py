"""A list of people is planned by the queue and waits; a task that is lost is found by the scheduler."""

from tests.stack import Stack
from tests.stored import stored

LIST = "First name,Last name,Organizational unit\nAnn,Lee,/Students\nAnn,Lee,/Staff\nBo,Ray,/Moon\n"


def kinds(stack: Stack) -> set[str]:
    """What is kept of jobs."""
    return {kind for name in stored(stack) if (kind := name.split("/")[1]).startswith("Bulk")}


def test_a_list_is_planned_whatever_becomes_of_its_task_and_deleted_in_the_end(stack: Stack) -> None:
    web = stack.set_up()
    page = web.get(f"{stack.base_url}/bulk").form("upload").submit(pasted=LIST)
    assert "Nothing is created yet" in page.text
    with stack.world.changing() as world:
        world.queued_tasks.clear()
    stack.clock.advance(minutes=2)
    assert stack.cron("/cron/bulk") == 204
    assert stack.run_tasks() == 1
    page = web.get(page.url)
    assert "There is no organizational unit /Moon" in page.text
    assert "The Directory has not been read yet" in page.text
    stack.clock.advance(minutes=5)
    assert stack.cron("/cron/directory") == 204
    stack.run_tasks()
    page = web.get(f"{stack.base_url}/bulk").form("upload").submit(pasted=LIST)
    stack.run_tasks()
    page = web.get(f"{page.url}?show=all")
    assert [name in page.text for name in ("annlee@", "ann.lee@", "boray@")] == [True, True, False]
    assert "The Directory has not been read yet" not in page.text
    assert kinds(stack) == {"BulkJob", "BulkPart", "BulkSlice"}
    web.get(f"{stack.base_url}/marketplace/manage/").form("turn-off").submit()
    stack.clock.advance(days=8)
    assert stack.cron("/cron/bulk-expiry") == 204
    assert kinds(stack) == set()
