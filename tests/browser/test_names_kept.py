"""Names are kept for the page that was offered them: how long, told how, and what two pages do to each other."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.new_account import (
    RENEW,
    STILL_KEPT,
    SUGGESTIONS,
    HeldBack,
    asked,
    keep_again,
    left,
    options,
    press_create,
    status,
    stop_time,
    token,
    username,
    write_name,
)
from tests.stack import Stack

pytestmark = pytest.mark.browser

LAPSED = "The suggestions are no longer kept for you."
SEND_AGAIN = """token => {
  const form = document.getElementById("new-account");
  form.elements.holder.value = token;
  const step = document.createElement("input");
  step.name = "step";
  step.value = "suggest";
  form.append(step);
  HTMLFormElement.prototype.submit.call(form);
}"""
"""As a browser does that shows a page again which it got by sending a form."""


def test_names_are_kept_while_the_page_is_in_use_and_no_longer(page: Page) -> None:
    stop_time(page)
    write_name(page, "Ben", "Okri")
    page.clock.run_for(300)
    expect(left(page)).to_have_text(STILL_KEPT)
    page.clock.run_for(60_000)
    expect(left(page)).to_have_text("Suggestions are kept for you for 0:59")
    said = status(page).text_content()
    for until_renewed in (22_000, 80_000):  # the second time not quite three minutes after the last key
        with page.expect_response(RENEW):
            page.clock.run_for(until_renewed)
        expect(left(page)).to_have_text(STILL_KEPT)
    assert status(page).text_content() == said, "what goes on as it was is not spoken"

    renewals = HeldBack(page, RENEW)
    page.clock.run_for(95_000)
    expect(status(page)).to_contain_text("more seconds")
    expect(left(page)).not_to_have_text(LAPSED)
    page.clock.run_for(35_000)
    expect(left(page)).to_have_text(LAPSED)
    expect(status(page)).to_contain_text("What you typed is still here")
    assert asked(renewals, 0) == []


def test_lapsed_names_are_kept_again_when_asked_for(page: Page) -> None:
    write_name(page, "Slow", "Thinker")
    expect(left(page)).to_have_text(STILL_KEPT)
    username(page).press("ArrowDown")
    username(page).press("ArrowDown")
    username(page).press("Enter")
    expect(username(page)).to_have_value("slow.thinker")
    let_pass(page, minutes=10)
    expect(left(page)).to_have_text(LAPSED)
    expect(username(page)).to_have_value("slow.thinker")

    keep_again(page).press("Enter")

    expect(status(page)).to_have_text("The suggestions are kept for you again.")
    expect(left(page)).to_have_text(STILL_KEPT)
    expect(keep_again(page)).to_be_hidden()
    expect(username(page)).to_be_focused()
    expect(username(page)).to_have_value("slow.thinker")


def test_names_that_somebody_else_took_meanwhile_are_told_one_by_one(page: Page, school: Stack) -> None:
    write_name(page, "Lost", "Hope")
    expect(username(page)).to_have_value("losthope")
    page.get_by_label("Organizational unit").select_option("/Staff/Office")
    let_pass(page, minutes=10)
    school.clock.advance(minutes=10, google=False)
    rival = another_tab(page)
    username(rival).fill("lost.hope")
    expect(status(rival)).to_contain_text("free just now")
    write_name(rival, "Lost", "Hope")
    expect(left(rival)).to_have_text(STILL_KEPT)
    username(rival).fill("losthope")
    press_create(rival)
    expect(rival.get_by_role("heading", level=1)).to_have_text("Account created")

    keep_again(page).click()

    expect(status(page)).to_contain_text("losthope could not be kept: ")
    expect(status(page)).not_to_contain_text("lost.hope could not be kept")
    expect(left(page)).to_have_text(STILL_KEPT)
    expect(username(page)).to_have_value("lost.hope")
    expect(page.get_by_label("Organizational unit")).to_have_value("/Staff/Office")


def test_failing_to_keep_names_is_told_before_the_time_is_up(page: Page) -> None:
    stop_time(page)
    write_name(page, "Poor", "Reception")
    page.clock.run_for(300)
    expect(left(page)).to_have_text(STILL_KEPT)
    page.route(RENEW, lambda route: route.abort())
    page.clock.run_for(82_000)

    expect(status(page)).to_contain_text("could not be kept longer. No answer.")
    page.unroute(RENEW)
    with page.expect_response(RENEW):
        page.clock.run_for(12_000)
    expect(left(page)).to_have_text(STILL_KEPT)


def test_two_tabs_of_one_person_have_names_of_their_own_and_each_creates(page: Page) -> None:
    other = another_tab(page)
    for tab in (page, other):
        write_name(tab, "Twin", "Sister")
        expect(left(tab)).to_have_text(STILL_KEPT)
    mine, others = options(page), options(other)
    assert not set(mine) & set(others)
    username(other).fill(mine[0])
    expect(status(other)).to_contain_text("somebody else, or another tab of yours, has just been offered it")
    username(other).fill(others[0])
    with other.expect_response(SUGGESTIONS):
        other.get_by_role("button", name="Suggest usernames").click()

    for tab, name in ((page, mine[0]), (other, others[0])):
        press_create(tab)
        expect(tab.get_by_label("Address", exact=True)).to_have_value(f"{name}@northfield.example")


def test_another_domain_gives_the_names_of_the_first_one_back(page: Page) -> None:
    write_name(page, "Moved", "House")
    expect(username(page)).to_have_value("movedhouse")
    with page.expect_request_finished(lambda request: request.url.endswith("/release")):
        page.get_by_label("Domain").select_option("students.northfield.example")
    other = another_tab(page)
    write_name(other, "Moved", "House")

    expect(username(other)).to_have_value("movedhouse")
    expect(page.get_by_role("combobox", name="Domain")).to_have_value("students.northfield.example")
    expect(username(page)).to_have_value("movedhouse")


def test_a_page_that_is_loaded_again_has_another_token(page: Page) -> None:
    write_name(page, "Many", "Loads")
    tokens = [token(page)]
    with page.context.expect_page() as opened:
        page.evaluate("void open(location.href)")  # what a tab remembers is copied, as for a duplicated tab
    expect(username(opened.value)).to_be_visible()
    tokens.append(token(opened.value))
    page.reload()
    tokens.append(token(page))
    page.goto("about:blank")
    page.go_back()
    expect(username(page)).to_be_visible()
    tokens.append(token(page))

    assert len(set(tokens)) == len(tokens)


def test_a_form_sent_again_in_another_tab_gives_way_to_the_page_that_was_first(page: Page) -> None:
    write_name(page, "Dolly", "Sheep")
    expect(username(page)).to_have_value("dollysheep")
    mine, first = options(page), token(page)
    other = another_tab(page)
    write_name(other, "Dolly", "Clone")  # so that the server frees what the first page holds
    with page.expect_response(SUGGESTIONS), other.expect_response(SUGGESTIONS):  # both look what they have now
        other.evaluate(SEND_AGAIN, first)

    expect(other.locator("[name=holder]")).not_to_have_value(first)
    expect(left(page)).to_have_text(STILL_KEPT)
    assert token(page) == first
    assert options(page) == mine
    assert not set(options(other)) & set(mine)
    third = another_tab(page)
    username(third).fill(mine[1])
    expect(status(third)).to_contain_text("somebody else, or another tab of yours, has just been offered it")


def let_pass(page: Page, *, minutes: int) -> None:
    """For the page, which notices within a second; the server's time is the server's."""
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=minutes))
    expect(keep_again(page)).to_be_visible()


def another_tab(page: Page) -> Page:
    """Of the same person, at the empty form."""
    tab = page.context.new_page()
    tab.goto(page.url)
    return tab
