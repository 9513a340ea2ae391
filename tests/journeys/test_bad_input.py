"""Every address of the app: wrong methods, forged requests, wrong people, unknown ids. Nothing is written."""

import pytest

from tests.journeys.place import BY_KEY, FORMS, PUBLIC, Person, Place, Route, person, told, told_as_json
from tests.stack import SCHOOL
from tests.stored import nothing_written

METHODS = ("GET", "POST", "PUT", "DELETE", "PROPFIND")


def test_every_view_has_a_guard_a_key_or_is_meant_for_everybody(place: Place) -> None:
    unguarded = {route.endpoint for route in place.routes if not route.guard and not route.endpoint.startswith(BY_KEY)}

    assert unguarded == PUBLIC


def test_every_form_is_tried_here(place: Place) -> None:
    takes_post = {rule.endpoint for rule in place.stack.app.url_map.iter_rules() if "POST" in (rule.methods or ())}

    assert {endpoint for endpoint in takes_post if not endpoint.startswith(BY_KEY)} == set(FORMS)


def test_wrong_methods_are_refused_by_every_address(place: Place) -> None:
    with nothing_written(place.stack):
        for route in place.routes:
            for method in METHODS:
                if method in route.methods or route.endpoint.startswith(BY_KEY):
                    continue
                answer = place.admin.send(method, route.path)
                if (
                    answer.status_code == 308
                ):  # "checks" could be a domain: /marketplace/setup/checks/ is the setup page
                    assert answer.headers["Location"] == f"{place.stack.base_url}{route.path}/"
                    continue
                told(answer, 405)
                assert set(answer.headers["Allow"].split(", ")) == route.methods, route
        told_as_json(place.admin.send("DELETE", "/manage/keys", Accept="application/json"), 405)


def test_unknown_addresses_are_pages_that_help(place: Place) -> None:
    with nothing_written(place.stack):
        for path in (
            "/nothing",
            "/manage",
            "/manage/keys/",
            "/marketplace/nothing",
            "/static/no.css",
            "/%00",
            "/a" * 2000,
        ):
            told(place.admin.send("GET", path), 404)
            told_as_json(place.admin.send("GET", path, Accept="application/json"), 404)
            told(place.admin.send("POST", path), 405 if "static" in path else 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forms_from_a_foreign_page_change_nothing(place: Place, headers: dict[str, str]) -> None:
    with nothing_written(place.stack):
        for route in place.forms():
            assert "Reload the page" in told(place.fits(route).fill_in(route, **headers), 403)


def test_forms_without_the_token_or_with_that_of_another_session_change_nothing(place: Place) -> None:
    with nothing_written(place.stack):
        for route in place.forms():
            fitting = place.fits(route)
            for token in ("", place.member.csrf, fitting.csrf[:-1], fitting.csrf.swapcase(), "é", fitting.cookie):
                told(fitting.send("POST", route.path, {**FORMS[route.endpoint], "csrf_token": token}), 403)
            told(fitting.send("POST", route.path, FORMS[route.endpoint]), 403)
            told_as_json(fitting.send("POST", route.path, FORMS[route.endpoint], Accept="application/json"), 403)


def test_without_a_session_forms_change_nothing_and_pages_lead_to_sign_in(place: Place) -> None:
    dead = ended_session(place)
    with nothing_written(place.stack):
        for route in place.routes:
            if route.is_form and route.guard:
                told(dead.fill_in(route), 401)
            elif route.guard and route.path != "/":
                answer = dead.send("GET", route.path)
                assert answer.status_code == 303, route
                assert answer.headers["Location"].startswith("/marketplace/login/?next="), route
                told_as_json(place.stranger.send("GET", route.path, Accept="application/json"), 401)


def test_expired_session_is_no_session(place: Place) -> None:
    """Two hours without a request; what the others do in the meantime does not keep it."""
    stack = place.stack
    cookie = str(stack.launch("dario.delegate@northfield.example").web.session.cookies["frontdesk"])
    expired = Person(stack, cookie, "")
    stack.clock.advance(hours=2, google=False)

    assert expired.send("GET", "/accounts/new").status_code == 303
    stack.clock.advance(hours=-2, google=False)
    assert expired.send("GET", "/accounts/new").status_code == 303, "it has ended for good"


def ended_session(place: Place) -> Person:
    """Signed out, with cookie and token as they were."""
    web = place.stack.launch("siobhan.obrien@northfield.example").web
    dead = person(place.stack, web.get(f"{place.stack.base_url}/"))
    web.get(f"{place.stack.base_url}/").form("Sign out").submit()
    return dead


def test_people_reach_what_is_theirs_and_nothing_else(place: Place) -> None:
    """The matrix of roles: a member, one who may create accounts, an administrator and an operator."""
    with nothing_written(place.stack):
        for route in place.routes:
            for who in (place.member, place.creator, place.admin, place.operator):
                if not is_for(place, route, who):
                    answer = who.fill_in(route) if route.is_form else who.send("GET", route.path)
                    if who is place.operator:
                        assert answer.status_code == (303 if route.path == "/" else 403), route
                    else:
                        told(answer, 403)


def is_for(place: Place, route: Route, who: Person) -> bool:
    """The operator belongs to a domain that has not installed the app, and may prepare that."""
    if who is place.operator:
        return route.guard in {"operator", "visitor", "require_visitor", ""}
    if route.guard in {"administrator", "operator"}:
        return who is (place.admin if route.guard == "administrator" else place.operator)
    if route.guard == "fresh_member":
        return True  # who has not just signed in is sent to do so first, whoever it is: see test_bulk
    if route.path.startswith(("/accounts", "/bulk")):
        return who in (place.creator, place.admin)
    if route.guard in {"visitor", "require_visitor"}:
        return who is place.admin or route.endpoint in {"setup.show", "setup.link", "setup.redeem", "manage.show"}
    return True


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [
        ("admin", "POST", "/marketplace/setup/checks/{}"),
        ("admin", "POST", "/marketplace/setup/choices/{}"),
        ("admin", "GET", "/marketplace/setup-link/{}"),
        ("admin", "POST", "/marketplace/setup-link/{}"),
        ("admin", "POST", "/manage/keys/{}/revoke"),
        ("admin", "GET", "/bulk/{}"),
        ("admin", "GET", "/bulk/{}/results.csv"),
        ("admin", "POST", "/bulk/{}/pause"),
        ("admin", "POST", "/bulk/{}/rows/2"),
    ],
)
def test_unknown_ids_are_not_found(place: Place, who: str, method: str, path: str) -> None:
    with nothing_written(place.stack):
        for unknown in (
            "nothing",
            "0123456789abcdef",
            "%00",
            "%F0%9F%99%82",
            "x" * 2000,
            "..%2F..",
            "%E2%80%AE",
            "' OR 1",
        ):
            fields = {"csrf_token": place.admin.csrf} if method == "POST" else None
            told(getattr(place, who).send(method, path.format(unknown), fields), 404)


def test_operators_are_told_of_domains_that_are_not_there(place: Place) -> None:
    token = {"csrf_token": place.operator.csrf, "reason": "The invoice of May is open."}
    with nothing_written(place.stack):
        for action in ("disable", "enable", "setup-link", "release"):
            told(place.operator.send("POST", f"/operators/domains/never-seen.example/{action}", token), 404)
            for nonsense in ("nonsense", "%00", "x" * 2000, "a..b", "-a.example", "%24%7BDOMAIN_NAME%7D"):
                told(place.operator.send("POST", f"/operators/domains/{nonsense}/{action}", token), 400)
        told(place.operator.send("POST", f"/operators/domains/{SCHOOL}/setup-link", token), 409)
        for reason in ("", "   "):
            path = f"/operators/domains/{SCHOOL}/disable"
            told(place.operator.send("POST", path, {**token, "reason": reason}), 400)
