"""A page like the original's, opened from a file: no header, text for a body, errors found by searching for words."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import PATIENCE, People
from tests.journeys.test_compatibility import issue_address, switch
from tests.stack import ADMIN, SCHOOL, Stack

pytestmark = pytest.mark.browser

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>New account</title>
<p id="config"></p>
<input id="first"> <input id="last"> <button id="suggest">Suggest</button>
<ul id="names"></ul>
<input id="password"> <button id="create">Create</button>
<p id="outcome"></p>
<script>
var API_HOST = 'ADDRESS', names = [], chosen = '';

function call(method, path, body, done) {
  var xhr = new XMLHttpRequest();
  xhr.onload = function () { done(this.responseText); };
  xhr.onerror = function () { done('unreachable'); };
  xhr.open(method, API_HOST + '/rest/' + path, true);
  xhr.send(body);
}

function show(id, text) { document.getElementById(id).textContent = text; }
function value(id) { return document.getElementById(id).value; }
function failed(text) { return text.indexOf('errorMessage: ') >= 0 || text === 'unreachable'; }

call('GET', 'config', null, function (text) { show('config', failed(text) ? text : JSON.parse(text).domain); });

document.getElementById('suggest').onclick = function () {
  var body = JSON.stringify({firstname: value('first'), lastname: value('last')});
  call('POST', 'suggest', body, function (text) {
    if (failed(text)) { show('outcome', 'Failed: ' + text); return; }
    names = JSON.parse(text);
    show('names', names.join(' '));
    chosen = names[0];
    call('POST', 'select', JSON.stringify({username: chosen, suggestions: names}), function (text) {
      show('outcome', failed(text) ? 'Failed: ' + text : 'Selected');
    });
  });
};

document.getElementById('create').onclick = function () {
  var person = {username: chosen, firstname: value('first'), lastname: value('last'), password: value('password')};
  call('POST', 'create', JSON.stringify(person), function (text) {
    show('outcome', failed(text) ? 'Failed: ' + text : 'Created ' + chosen);
  });
};
</script>
"""


@pytest.fixture(scope="module")
def address(school: Stack) -> str:
    admin = school.launch(ADMIN).web
    switch(admin, school.base_url, on=True, origins="null")
    return issue_address(admin, school.base_url)


@pytest.fixture
def page(browser: Browser, address: str, tmp_path: Path) -> Iterator[Page]:
    """The page, opened from a folder."""
    file = tmp_path / "index.html"
    file.write_text(PAGE.replace("ADDRESS", address))
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    opened = context.new_page()
    opened.goto(file.as_uri())
    yield opened
    context.close()


def fill(page: Page, first: str, last: str, password: str) -> None:
    page.locator("#first").fill(first)
    page.locator("#last").fill(last)
    page.locator("#password").fill(password)


def test_the_originals_steps_work_from_a_file_and_failure_is_shown_as_failure(page: Page, school: Stack) -> None:
    expect(page.locator("#config")).to_have_text(SCHOOL)
    fill(page, "Dorothy", "Vaughan", "short")
    page.locator("#suggest").click()
    expect(page.locator("#names")).to_have_text("dorothyvaughan dorothy.vaughan dorothy_vaughan")
    expect(page.locator("#outcome")).to_have_text("Selected")

    page.locator("#create").click()
    expect(page.locator("#outcome")).to_have_text(re.compile(r"Failed: .*8 to 100"))
    assert school.world.user_by_email(f"dorothyvaughan@{SCHOOL}") is None

    page.locator("#password").fill("correct horse")
    page.locator("#create").click()
    expect(page.locator("#outcome")).to_have_text("Created dorothyvaughan")
    account = school.user(f"dorothyvaughan@{SCHOOL}")
    assert (account.org_unit_path, account.change_password_at_next_login) == ("/Students", True)


def test_preflight_of_a_json_body_and_of_a_key_in_the_header_work(page: Page, address: str) -> None:
    statuses = page.evaluate(
        """async ([address, host, key]) => {
          const body = JSON.stringify({firstname: 'Annie', lastname: 'Easley'});
          const json = {'Content-Type': 'application/json'};
          const ask = (url, headers) => fetch(url, {method: 'POST', headers, body});
          const inAddress = await ask(address + '/rest/suggest', json);
          const refused = await ask(host + '/rest/suggest', {...json, Authorization: 'Bearer ' + key});
          return [inAddress.status, refused.status];
        }""",
        [address, address.partition("/k/")[0], address.rpartition("/")[2]],
    )
    assert statuses == [200, 401], "a key for addresses is told, readably, that it is none for the header"


def test_address_is_made_with_the_keyboard(school: Stack, people: People) -> None:
    """By an administrator, on the page."""
    page = people.sign_in(school, ADMIN, "/manage/compatibility")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compatibility access")
    page.get_by_label("What it is for").fill("Lobby")
    page.get_by_label("What it is for").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your new address")
    shown = page.get_by_label("Address", exact=True)
    assert re.fullmatch(rf"{school.base_url}/k/fdk_[0-9a-f]{{16}}_[\w-]{{43}}", shown.input_value())
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("table", name="Keys in addresses")).to_contain_text("at most 100 a day")
