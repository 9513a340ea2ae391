"""What the journeys with bad input share: every address of the app, every form filled in, and people to send them."""

import re
from dataclasses import dataclass, field

import requests

from tests.stack import SCHOOL, Stack
from tests.web import Page, Web

EXAMPLES = {
    "domain": SCHOOL, "step_id": "license", "token": "A" * 43, "key_id": "0123456789abcdef", "rest": "nothing",
    "filename": "frontdesk.css", "key": "fdk_0123456789abcdef_" + "A" * 43, "_": "nothing",
    "invitation_id": "0123456789abcdef", "job": "0123456789abcdef", "line": "2",
}  # fmt: skip
"""What stands in an address in place of its parts."""
PUBLIC = {
    "static", "healthz", "sign_in.front", "sign_in.login", "sign_in.launch", "sign_in.again", "sign_in.come_back",
    "sign_in.signed_out", "sign_in.switch", "sign_in.logout", "pages.support", "pages.privacy", "pages.terms",
    "pages.data_deletion", "join.show", "join.open", "join.account", "join.submit", "join.leave",
}  # fmt: skip
"""For people who are not signed in, too. Everything else has a guard, or takes a key."""
BY_KEY = ("rest.", "compatible.", "internal.")
"""How endpoints begin whose callers show a key or a token."""
FORMS: dict[str, dict[str, str]] = {
    "sign_in.switch": {"action": "switch", "domain": "harbour.example", "next": "/"},
    "sign_in.logout": {},
    "setup.check_all": {},
    "setup.check": {},
    "setup.choose": {"patterns": "[lastname]"},
    "setup.enable": {},
    "setup.redeem": {},
    "manage.check": {},
    "manage.take_over": {},
    "manage.turn_off": {},
    "erasure.ask": {"domain": SCHOOL},
    "erasure.take_back": {},
    "operators_erasure.ask": {"domain": SCHOOL},
    "operators_erasure.take_back": {},
    "operators.add_independent": {"domain": "oldmill.example"},
    "operators.disable": {"reason": "The invoice of May is open."},
    "operators.enable": {},
    "operators.setup_link": {},
    "operators.release": {},
    "accounts.submit": {"step": "create", "firstname": "Zoë", "lastname": "Quill", "username": "zoe.quill",
                        "password": "correct horse", "org_unit": "/", "domain": SCHOOL},
    "accounts.suggest": {"firstname": "Zoë", "lastname": "Quill", "holder": "A" * 22},
    "accounts.placement": {"org_unit": "/"},
    "accounts.check": {"username": "zoe.quill", "holder": "A" * 22},
    "accounts.renew": {"holder": "A" * 22},
    "accounts.release": {"holder": "A" * 22},
    "bulk.upload": {"pasted": "First name,Last name\nZoë,Quill\n"},
    "bulk.choose": {"step": "choose", "column-0": "first_name", "column-1": "last_name"},
    "bulk.mend": {"first_name": "Zoë", "show": "all", "start": "0"},
    "bulk.confirm": {"number": "1", "plan_version": "1"},
    "bulk.pause": {},
    "bulk.resume": {},
    "bulk.cancel": {},
    "bulk.retry": {},
    "bulk.follow_up": {},
    "bulk.look": {},
    "bulk.undo": {"number": "1"},
    "bulk.passwords": {},
    "bulk.letters": {},
    "follow_ups.retry": {"account": "0" * 32},
    "follow_ups.dismiss": {"account": "0" * 32},
    "settings.save_names": {"patterns": "[lastname]", "patterns_version": "1"},
    "patterns.save": {"patterns": "[lastname]", "patterns_version": "1"},
    "patterns.preview": {"patterns": "[lastname]"},
    "patterns.bring_back": {"number": "1", "patterns_version": "1"},
    "settings.save_creators": {"creators": ""},
    "rules.save": {"default_org_unit": "/", "seen": "x"},
    "directory.refresh": {},
    "directory.accept": {"generation": "1"},
    "directory.discard": {"generation": "1"},
    "keys.issue": {"name": "Timetable", "days": "90"},
    "keys.revoke": {},
    "compatibility.save": {"is_on": "yes", "origins": "https://school.example"},
    "compatibility.issue": {"name": "Lobby", "org_unit": "/", "creates_a_day": "5", "days": "7"},
    "compatibility.revoke": {},
    "invitations.limit": {"is_on": "yes", "a_day": "500"},
    "invitations.make": {"label": "Class 7b", "days": "7", "quota": "1", "domain": SCHOOL, "org_unit": "/"},
    "invitations.close": {},
    "invited.open": {},
    "join.open": {"link": "fdi_C0_0123456789abcdef_" + "A" * 22},
    "join.submit": {"step": "create", "firstname": "Zoë", "lastname": "Quill", "username": "zoe.quill",
                    "password": "correct horse"},
    "join.leave": {},
}  # fmt: skip
"""Every form of the app, filled in so that it could do something."""


@dataclass(frozen=True)
class Route:
    """One rule of the map, as an address that could be asked for. methods: of all rules with this address."""

    endpoint: str
    path: str
    methods: frozenset[str]
    guard: str

    @property
    def is_form(self) -> bool:
        return self.endpoint in FORMS


@dataclass
class Person:
    """A signed-in browser, asked without following redirects. `csrf`: what its pages put into their forms."""

    stack: Stack
    cookie: str
    csrf: str

    def send(
        self, method: str, path: str, fields: dict[str, str] | bytes | None = None, **headers: str
    ) -> requests.Response:
        return requests.request(
            method, self.stack.base_url + path, data=fields, headers={"Accept": "text/html", **headers},
            cookies={"frontdesk": self.cookie}, allow_redirects=False, timeout=30,
        )  # fmt: skip

    def fill_in(self, route: Route, **headers: str) -> requests.Response:
        """Send the route's form, complete."""
        return self.send("POST", route.path, {**FORMS[route.endpoint], "csrf_token": self.csrf}, **headers)


@dataclass
class Place:
    """The school and its people."""

    stack: Stack
    admin: Person
    operator: Person
    creator: Person
    member: Person
    stranger: Person = field(init=False)
    routes: list[Route] = field(init=False)
    internal: list[Route] = field(init=False)
    """Those for the task queue and the scheduler; `routes` are all others."""

    def __post_init__(self) -> None:
        self.stranger = Person(self.stack, "", "")
        found = routes_of(self.stack)
        self.routes = [route for route in found if route.guard != "internal"]
        self.internal = [route for route in found if route.guard == "internal"]

    def forms(self) -> list[Route]:
        return [route for route in self.routes if route.is_form]

    def fits(self, route: Route) -> Person:
        """Somebody who may use the route."""
        return self.operator if route.guard == "operator" else self.admin


def person(stack: Stack, page: Page) -> Person:
    """Whose page this is."""
    return Person(stack, str(page.web.session.cookies["frontdesk"]), page.form("Sign out").values["csrf_token"])


def routes_of(stack: Stack) -> list[Route]:
    """The whole map."""
    found, methods = [], dict[str, set[str]]()
    for rule in stack.app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: EXAMPLES[part[1]], rule.rule)
        path = path.replace("choices/license", "choices/defaults")
        methods.setdefault(path, set()).update(rule.methods or ())
        guard = getattr(stack.app.view_functions[rule.endpoint], "guard", "")
        found.append((rule.endpoint, path, guard))
    return [Route(endpoint, path, frozenset(methods[path]), guard) for endpoint, path, guard in found]


def told(answer: requests.Response, status: int) -> str:
    """Checks that it is a page that says what to do, with the request's id; what it says."""
    assert answer.status_code == status, (answer.request.method, answer.request.url, answer.status_code, answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"] in answer.text
    page = Page(Web(), answer, [])
    assert page.heading
    assert page.links, "somewhere to go from here"
    return page.text


def told_as_json(answer: requests.Response, status: int) -> dict[str, object]:
    """Checks that it is a problem document; its members."""
    assert answer.status_code == status, (answer.request.method, answer.request.url, answer.text)
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert problem["title"]
    assert problem["detail"]
    assert problem["advice"]
    return problem


def browser_of(who: Person) -> Web:
    """A browser with the person's cookie only."""
    web = who.stack.browser()
    web.session.cookies.set("frontdesk", who.cookie, domain="localhost.local")
    return web
