"""Sign-in, sign-out and switching: what is bound to the browser, what is used once, what leads nowhere else."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.google import seed
from sandbox.google.world import Fault
from tests.stack import ADMIN, HELPDESK, SCHOOL, Stack
from tests.web import Web

TARGETS = [
    "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/", "/\t/evil.example",
    "/%09//evil.example", "/%2F/evil.example", "/%5Cevil.example", "javascript:alert(1)", "///evil.example",
    "/..//evil.example", " //evil.example",
]  # fmt: skip


def begun(school: Stack, web: Web, **query: str) -> str:
    """Begin to sign in and stop at Google; the address that Google would send the browser back to."""
    answer = web.session.get(f"{school.base_url}/marketplace/login/?{urlencode(query)}", allow_redirects=False)
    google = answer.headers["Location"]
    back = web.session.get(google, allow_redirects=False)
    return str(back.headers["Location"])


@pytest.mark.parametrize("target", TARGETS)
def test_next_never_leaves_the_origin(school: Stack, target: str) -> None:
    page = school.browser(HELPDESK).get(f"{school.base_url}/marketplace/login/?{urlencode({'next': target})}")

    assert page.url == f"{school.base_url}/"


def test_person_comes_back_to_where_they_were_going(school: Stack) -> None:
    page = school.browser(HELPDESK).get(f"{school.base_url}/accounts/new?firstname=Carlos")

    assert page.url == f"{school.base_url}/accounts/new?firstname=Carlos"


def test_person_whose_session_ended_comes_back_to_the_page_of_the_form(school: Stack) -> None:
    web = school.browser(HELPDESK)
    page = web.get(f"{school.base_url}/accounts/new")
    elsewhere = Web()
    elsewhere.session.cookies = web.session.cookies.copy()
    elsewhere.get(f"{school.base_url}/").press("Sign out")
    refused = page.press("Create account", firstname="Zoë")

    assert refused.status == 401
    (back,) = [link for link in refused.links if "next=" in link.url]
    assert back.follow().url == page.url


def test_who_may_not_can_come_back_to_the_page_with_another_account(school: Stack) -> None:
    web = school.browser(HELPDESK)
    page = web.get(f"{school.base_url}/manage/creators?from=mail")
    assert page.status == 403
    school.sign_in_at_google(web, ADMIN)

    chooser = page.click("Use another account")
    back = chooser.form(f"account-{school.user(ADMIN).id}").submit()

    assert (back.status, back.url) == (200, page.url)


def test_part_of_a_page_that_asks_again_sends_the_page_to_sign_in_and_back(school: Stack) -> None:
    page = f"{school.base_url}/marketplace/manage/"
    for referrer, path in (
        (page, "/marketplace/manage/"),
        ("https://evil.example/x", "/"),
        ("http://[", "/"),
        ("", "/"),
    ):
        answer = Web().get(page, **{"HX-Request": "true", "Referer": referrer}).answer
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == f"/marketplace/login/?{urlencode({'next': path}, safe='/')}"


def test_callback_is_used_once(school: Stack) -> None:
    web = school.browser(HELPDESK)
    callback = begun(school, web)

    assert web.get(callback).status == 200
    again = web.get(callback)

    assert again.status == 400
    assert "used already" in again.text


def test_callback_of_another_browser_signs_nobody_in(school: Stack) -> None:
    attacker, victim = school.browser(HELPDESK), school.browser(ADMIN)
    callback = begun(school, attacker)

    page = victim.get(callback)

    assert page.status == 400
    assert "frontdesk" not in victim.session.cookies


def test_callback_expires(stack: Stack) -> None:
    stack.set_up(creators=HELPDESK)
    web = stack.browser(HELPDESK)
    callback = begun(stack, web)
    stack.clock.advance(minutes=11)

    assert web.get(callback).status == 400


@pytest.mark.parametrize(
    "query",
    ["", "?state=wrong&code=4/0A", "?error=access_denied", "?error=access_denied&state=wrong", "?code=x", "?state="],
)
def test_callback_that_nobody_asked_for_changes_nothing(school: Stack, query: str) -> None:
    web = school.browser()
    page = web.get(f"{school.base_url}/marketplace/return{query}")

    assert page.status == 400
    assert "Request id" in page.text
    assert not web.session.cookies


def test_cancelling_at_google_is_explained(school: Stack) -> None:
    web = school.browser(HELPDESK)
    state = parse_qs(urlsplit(begun(school, web)).query)["state"][0]

    page = web.get(f"{school.base_url}/marketplace/return?{urlencode({'error': 'access_denied', 'state': state})}")

    assert page.status == 400
    assert "cancelled" in page.text


def test_callback_from_another_issuer_is_refused(school: Stack) -> None:
    web = school.browser(HELPDESK)
    callback = begun(school, web)
    forged = re.sub(r"iss=[^&]*", "iss=https%3A%2F%2Fevil.example", callback)

    assert web.get(forged).status == 400


@pytest.mark.parametrize("parameter", ["state", "code"])
def test_doubled_parameters_are_refused(school: Stack, parameter: str) -> None:
    web = school.browser(HELPDESK)
    assert web.get(f"{begun(school, web)}&{parameter}=other").status == 400


def test_token_answer_without_id_token_is_a_failed_sign_in(school: Stack) -> None:
    web = school.browser(HELPDESK)
    callback = begun(school, web)
    body = '{"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer","scope":"openid"}'
    school.world.faults.append(Fault("/token", "POST", 200, body))

    page = web.get(callback)

    assert page.status == 400
    assert "names nobody" in page.text
    assert "frontdesk" not in web.session.cookies


def test_keys_may_rotate_between_two_sign_ins(school: Stack) -> None:
    school.browser().post(f"{school.google.url}/__control/rotate_keys")

    assert school.launch(HELPDESK).status == 200


def test_session_id_changes_at_sign_in_and_the_old_one_is_dead(school: Stack) -> None:
    web = school.browser(HELPDESK)
    web.get(f"{school.base_url}/marketplace/launch")
    before = web.session.cookies["frontdesk"]
    chooser = web.get(f"{school.base_url}/marketplace/login/?prompt=select_account")
    chooser.form(f"account-{school.user(HELPDESK).id}").submit()

    assert web.session.cookies["frontdesk"] != before
    assert not signed_in(school, before)


def test_many_begun_sign_ins_keep_cookies_small_and_the_newest_works(school: Stack) -> None:
    web = school.browser(HELPDESK)
    callbacks = [begun(school, web) for _ in range(12)]

    assert sum(len(cookie.name) + len(cookie.value or "") for cookie in web.session.cookies) < 1000
    assert web.get(callbacks[0]).status == 400
    assert web.get(callbacks[-1]).status == 200


def test_signing_out_needs_a_form_and_ends_the_session_everywhere(school: Stack) -> None:
    web = school.browser(HELPDESK)
    web.get(f"{school.base_url}/marketplace/launch")
    cookie = web.session.cookies["frontdesk"]
    assert web.get("/marketplace/logout").status == 405
    assert web.post("/marketplace/logout").status == 403
    assert signed_in(school, cookie)

    page = web.get("/").form("Sign out").submit()

    assert page.path == "/marketplace/signed-out"
    assert "Google" in page.text
    assert "frontdesk" not in web.session.cookies
    assert not signed_in(school, cookie)


def test_link_for_another_domain_asks_before_it_switches(school: Stack) -> None:
    web = school.browser(HELPDESK)
    web.get(f"{school.base_url}/marketplace/launch")
    cookie = web.session.cookies["frontdesk"]

    page = web.get("/marketplace/login/harbour.example/?from=google")
    assert "harbour.example" in page.heading
    assert signed_in(school, cookie)
    assert page.form("/switch").submit("Stay in northfield.example").path == "/"
    form = web.get("/marketplace/login/harbour.example/?from=google").form("/switch")
    page = form.submit("Switch to harbour.example")

    assert page.url.startswith(school.google.url)
    assert not signed_in(school, cookie)


@pytest.mark.parametrize(
    "domain", ["students.northfield.example", SCHOOL, "northfield-school.example", "NorthField.Example"]
)
def test_link_for_a_domain_of_the_same_customer_just_goes_on(school: Stack, domain: str) -> None:
    web = school.browser(HELPDESK)
    web.get(f"{school.base_url}/marketplace/launch")

    assert web.get(f"/marketplace/launch?hd={domain}").path == "/"


@pytest.mark.parametrize(
    "path",
    [
        "/marketplace/login/", "/marketplace/launch", "/marketplace/login/${DOMAIN_NAME}/?from=google",
        "/marketplace/login/%24%7BDOMAIN_NAME%7D/?from=google", "/marketplace/launch/northfield.example",
        "/marketplace/launch?hd=northfield.example", "/marketplace/login/northfield.example/?from=google",
        "/marketplace/launch?hd=not%20a%20domain", "/marketplace/setup/${DOMAIN_NAME}/",
        "/marketplace/manage/${DOMAIN_NAME}/",
    ],
)  # fmt: skip
def test_every_entrance_works_with_and_without_a_domain(school: Stack, path: str) -> None:
    page = school.browser(ADMIN).get(school.base_url + path)

    assert page.status == 200
    assert page.url.startswith(school.base_url)


def test_account_without_workspace_is_told_so(school: Stack) -> None:
    consumer = "sandbox.consumer@gmail.com"
    page = school.launch(consumer)  # the chooser offers accounts of organizations only, but enforces nothing
    page = page.form("signin").submit(email=consumer, password=seed.PASSWORD)
    page = page.form("consent").submit("Allow")

    assert page.status == 403
    assert "sandbox.consumer@gmail.com" in page.text


def test_signed_out_visitor_sees_the_front_page(school: Stack) -> None:
    page = school.browser().get(f"{school.base_url}/")

    assert page.status == 200
    assert page.path == "/marketplace/"
    assert page.link("Sign in")


def signed_in(stack: Stack, cookie: str) -> bool:
    """Whether a session cookie alone, with no account at Google behind it, still opens a page."""
    thief = stack.browser()
    thief.session.cookies.set("frontdesk", cookie, domain="localhost.local")
    return thief.get(f"{stack.base_url}/accounts/new").path == "/accounts/new"
