"""The walk past the pages of a customer that leaves, up to where nothing is left of it."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.stack import ADMIN, HELPDESK, OPERATOR, SCHOOL, Stack

DELEGATE = "dario.delegate@northfield.example"
CONFIRM = f"Type {SCHOOL} to confirm"


def leaving(stack: Stack, visitors: People) -> Iterator[tuple[str, Page]]:
    """An administrator asks for it, an operator looks on."""
    stack.set_up(creators=HELPDESK)
    stack.run_tasks()
    olivia = visitors.sign_in(stack, OPERATOR)
    olivia.get_by_role("button", name="Allow").click()
    olivia.goto(f"{stack.base_url}/operators/domains/{SCHOOL}/deletion")
    yield "operators, deletion, who is it", olivia
    again(olivia, stack, OPERATOR)
    yield "operators, deletion", olivia
    ada = visitors.sign_in(stack, ADMIN)
    ada.goto(f"{stack.base_url}/marketplace/manage/deletion/")
    yield "deletion, who is it", ada
    again(ada, stack, ADMIN)
    yield "deletion", ada
    ada.get_by_label(CONFIRM).fill("northfield")
    ada.get_by_role("button", name="Delete everything in 7 days").click()
    yield "deletion, refused", ada
    ada.get_by_label(CONFIRM).fill(SCHOOL)
    ada.get_by_role("button", name="Delete everything in 7 days").click()
    expect(ada.get_by_role("heading", name=f"Frontdesk is leaving {SCHOOL}")).to_be_visible()
    yield "leaving, super administrator", ada
    yield "leaving, delegated administrator", visitors.sign_in(stack, DELEGATE)
    yield "leaving, member", visitors.sign_in(stack, HELPDESK)
    olivia.reload()
    olivia.locator("#take-back summary").click()
    yield "operators, about to take back", olivia
    olivia.goto(f"{stack.base_url}/operators/deletions")
    yield "operators, deletions under way", olivia
    yield from gone(stack, visitors)


def gone(stack: Stack, visitors: People) -> Iterator[tuple[str, Page]]:
    """When it is over."""
    stack.clock.advance(days=7, minutes=1)
    stack.cron("/cron/erasures")
    stack.run_tasks()
    olivia = visitors.sign_in(stack, OPERATOR)
    olivia.goto(f"{stack.base_url}/operators/deletions")
    expect(olivia.get_by_text("SHA-256").first).to_be_visible()
    yield "operators, deletions over", olivia


def again(page: Page, stack: Stack, email: str) -> None:
    """Show that it is still the same person."""
    page.get_by_role("link", name="Sign in again").click()
    page.locator(f"[id='account-{stack.user(email).id}'] button").click()
    expect(page.get_by_label(CONFIRM)).to_be_visible()
