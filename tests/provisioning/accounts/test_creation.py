"""One account of many, made once: every answer that Google gives to the insert, and to the looks that follow.

The real client asks the simulated Google over sockets; sleeping moves both clocks. One Google for the module: each test
has an address of its own, and begins without faults.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from provisioning.accounts.creation import (
    HIDDEN_AFTER,
    AccountCreation,
    Created,
    Outcome,
    Refused,
    Taken,
    Unknown,
)
from provisioning.directory.google import GoogleDirectory
from provisioning.directory.port import NewAccount
from runtime.google_api import GoogleTransport
from runtime.google_problems import (
    AccessRefused,
    ChangeUnderWay,
    GoogleNotFound,
    GoogleProblem,
    GoogleThrottled,
    GoogleUnreachable,
    InvalidValue,
    LimitReached,
    NotDelegated,
    OurConfiguration,
    SubjectUnusable,
)
from sandbox.google import marketplace, seed
from sandbox.google.passwords import password_matches
from sandbox.google.server import GoogleServer
from sandbox.google.world import Fault, Knobs, User, World
from sandbox.runner import product_environment
from tests.clock import MovableClock
from tests.stack import settings_from
from tests.worlds import new_world

USERS = "/admin/directory/v1/users"
TENANT, ADMIN, DOMAIN = seed.NORTHFIELD, seed.ADMIN, "northfield.example"
BASE = "http://localhost:1"
HTML = "<html><title>502</title></html>"
BUSY = "Quota exceeded for the current request"


class Bench:
    """Accounts are made here, one address after another."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.clock = MovableClock(world)
        variables = product_environment(
            base_url="http://localhost:1", google_url=url, datastore_address="", world=world
        )
        self.settings = settings_from({name: value for name, value in variables.items() if value})
        self.transport = GoogleTransport(self.settings, read_patience=0.0)
        self.directory = GoogleDirectory(self.transport)
        self.slept = 0.0
        self.creation = AccountCreation(self.directory, self.clock, sleep=self.sleep)
        self._numbers = itertools.count(1)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.clock.advance(seconds=seconds)

    def account(self, **changes: str) -> NewAccount:
        number = next(self._numbers)
        account = NewAccount(
            f"zoe{number}@{DOMAIN}", "Zoë", "Quill", "correct horse", "/Staff", True, f"mark-{number}"
        )  # fmt: skip
        return replace(account, **changes)  # type: ignore[arg-type]

    def create_in_a_hurry(self, account: NewAccount, latency: float) -> Outcome:
        """With less patience than Google takes for an answer."""
        with closing(GoogleTransport(self.settings, read_patience=0.0, timeout=0.3)) as transport:
            creation = AccountCreation(GoogleDirectory(transport), self.clock, sleep=self.sleep)
            creation.prepare(ADMIN)
            self.knobs(latency=latency)
            return creation.create(ADMIN, account, asked_before=False, refused=0.0)

    def create(self, account: NewAccount, *, asked_before: bool = False, ago: float = 0.0) -> Outcome:
        """ago: seconds since Google refused the address first; 0: it did not yet."""
        self.slept = 0.0
        refused = self.clock().timestamp() - ago if ago else 0.0
        return self.creation.create(ADMIN, account, asked_before=asked_before, refused=refused)

    def fault(self, status: int, *, method: str = "POST", body: str = "", when: str = "before", count: int = 1) -> None:
        path = USERS if method == "POST" else USERS + "/"
        with self.world.changing():
            self.world.faults.append(Fault(path, method, status, body, when, count))  # type: ignore[arg-type]

    def knobs(self, **values: object) -> None:
        with self.world.changing():
            for name, value in values.items():
                setattr(self.world.knobs, name, value)

    def users(self, account: NewAccount) -> list[User]:
        return [user for user in self.world.users.values() if user.primary_email == account.email]

    def require_one(self, account: NewAccount) -> User:
        """There is one account of the address, which signs in with the password that was asked for."""
        [user] = self.users(account)
        assert password_matches(user, account.password)
        return user


@pytest.fixture(scope="module")
def running() -> Iterator[Bench]:
    world = new_world()
    seed.seed(world)
    with GoogleServer(world) as google:
        marketplace.install(world, TENANT)
        bench = Bench(world, google.url)
        yield bench
        bench.transport.close()


@pytest.fixture
def bench(running: Bench) -> Bench:
    """With no faults, and nobody counting how many accounts these tests make in a second."""
    with running.world.changing():
        running.world.faults.clear()
        running.world.knobs = Knobs(clock_offset=running.world.knobs.clock_offset, enforce_quota=False)
    return running


def created(outcome: Outcome) -> Created:
    assert isinstance(outcome, Created), outcome
    return outcome


def unknown(outcome: Outcome) -> Unknown:
    assert isinstance(outcome, Unknown), outcome
    return outcome


def taken(outcome: Outcome) -> Taken:
    assert isinstance(outcome, Taken), outcome
    return outcome


# The insert


def test_all_is_well_with_the_insert_as_the_only_call(bench: Bench) -> None:
    bench.fault(503, method="GET", count=-1)
    account = bench.account()
    outcome = created(bench.create(account))
    user = bench.require_one(account)
    assert (outcome.person.id, outcome.again) == (user.id, False)
    assert outcome.person.marks == (account.mark,)
    assert (user.given_name, user.org_unit_path, user.change_password_at_next_login) == ("Zoë", "/Staff", True)
    assert bench.slept == 0


def test_what_was_prepared_waits_for_no_token(bench: Bench) -> None:
    bench.transport.forget(ADMIN)
    bench.creation.prepare(ADMIN)
    with bench.world.changing():
        bench.world.faults.append(Fault("/token", "POST", 400, '{"error": "invalid_grant"}', "before", -1))
    bench.creation.prepare(ADMIN)
    created(bench.create(bench.account()))
    bench.transport.forget(ADMIN)
    bench.creation.prepare(ADMIN)  # says nothing: what is wrong is said by the call
    with pytest.raises(GoogleProblem):
        bench.create(bench.account())


LOST = {
    "500": (500, ""), "502 html": (502, HTML), "503": (503, ""), "504 text": (504, BUSY), "cut": (0, ""),
    "half an object": (200, '{"kind": "admin#directory#user"}'), "not an object": (200, "[]"), "page": (404, HTML),
    "unknown status": (418, ""), "not ready": (412, ""),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body"), LOST.values(), ids=LOST)
def test_answer_lost_after_the_account_was_made_is_found_by_its_mark(bench: Bench, status: int, body: str) -> None:
    account = bench.account()
    bench.fault(status, body=body, when="after")
    outcome = created(bench.create(account))
    assert (outcome.person.id, outcome.again) == (bench.require_one(account).id, True)


@pytest.mark.parametrize(("status", "body"), LOST.values(), ids=LOST)
def test_answer_lost_before_the_account_was_made_is_unknown_and_made_later(
    bench: Bench, status: int, body: str
) -> None:
    account = bench.account()
    bench.fault(status, body=body)
    assert unknown(bench.create(account)).retry_after >= 1
    assert bench.users(account) == []
    assert 4 <= bench.slept <= 9, "reads may lag, so it looks for some seconds, and not for longer"
    assert not created(bench.create(account, asked_before=True)).again
    bench.require_one(account)


def test_answer_that_does_not_come_in_time_is_unknown_and_found_later(bench: Bench) -> None:
    account = bench.account()
    assert isinstance(unknown(bench.create_in_a_hurry(account, latency=0.5)).problem, GoogleUnreachable)
    bench.knobs(latency=0.0)
    for _ in range(3):  # the insert is worked on after the client has gone
        outcome = bench.create(account, asked_before=True)
    assert created(outcome).person.id == bench.require_one(account).id


TOO_FAST = "Request rate higher than configured."


def error(status: int, reason: str, message: str) -> str:
    entry = {"message": message, "domain": "global", "reason": reason}
    return json.dumps({"error": {"code": status, "message": message, "errors": [entry]}})


THROTTLED = {
    "user rate": (403, error(403, "userRateLimitExceeded", "x")), "quota": (403, error(403, "quotaExceeded", "x")),
    "429": (429, ""), "plain text": (403, TOO_FAST),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body"), THROTTLED.values(), ids=THROTTLED)
@pytest.mark.parametrize("asked_before", [False, True])
def test_too_fast_is_raised_at_once_and_nothing_is_made(
    bench: Bench, status: int, body: str, asked_before: bool
) -> None:
    account = bench.account()
    bench.fault(status, body=body)
    with pytest.raises(GoogleThrottled):
        bench.create(account, asked_before=asked_before)
    assert (bench.users(account), bench.slept) == ([], 0)


def test_real_quota_is_told_as_too_fast_or_looked_up_when_told_as_503(bench: Bench) -> None:
    bench.knobs(enforce_quota=True, creates_per_second=0)
    for answer in ("403", "403 text", "429"):
        bench.knobs(quota_answer=answer)
        with pytest.raises(GoogleThrottled):
            bench.create(bench.account())
    bench.knobs(quota_answer="503")
    assert isinstance(unknown(bench.create(bench.account())).problem, GoogleUnreachable)


STOPPERS = {
    "no administrator": (403, error(403, "forbidden", "Not Authorized to access this resource/api"), AccessRefused),
    "API off": (403, error(403, "accessNotConfigured", "x"), OurConfiguration),
    "scopes": (403, error(403, "insufficientPermissions", "x"), OurConfiguration),
    "no room": (412, error(412, "limitExceeded", "Domain user limit reached."), LimitReached),
    "no room, other words": (412, error(412, "conditionNotMet", "Domain user limit reached for x."), LimitReached),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body", "problem"), STOPPERS.values(), ids=STOPPERS)
def test_what_concerns_every_account_is_raised(
    bench: Bench, status: int, body: str, problem: type[GoogleProblem]
) -> None:
    account = bench.account()
    bench.fault(status, body=body)
    with pytest.raises(problem):
        bench.create(account)
    assert (bench.users(account), bench.slept) == ([], 0)


def test_no_licence_left(bench: Bench) -> None:
    with limited(bench, 1), pytest.raises(LimitReached):
        bench.create(bench.account())


@contextmanager
def limited(bench: Bench, limit: int) -> Iterator[None]:
    with bench.world.changing():
        bench.world.customers[TENANT].user_limit = limit
    yield
    with bench.world.changing():
        bench.world.customers[TENANT].user_limit = 0


TOKENS = {"unauthorized_client": NotDelegated, "access_denied": NotDelegated, "invalid_grant": SubjectUnusable}


@pytest.mark.parametrize(("code", "problem"), TOKENS.items(), ids=TOKENS)
def test_lost_delegation_is_raised(bench: Bench, code: str, problem: type[GoogleProblem]) -> None:
    bench.transport.forget(ADMIN)
    with bench.world.changing():
        bench.world.faults.append(Fault("/token", "", 400, json.dumps({"error": code, "error_description": "x"})))
    with pytest.raises(problem):
        bench.create(bench.account())


REFUSED = {
    "unit": {"org_unit_path": "/No such unit"}, "name": {"given_name": "<b>"}, "password": {"password": "short"},
    "domain": {"email": "zoe@no-such-domain.example"},
}  # fmt: skip


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("asked_before", [False, True])
def test_values_that_google_refuses_are_this_accounts_own_trouble(
    bench: Bench, changes: dict[str, str], asked_before: bool
) -> None:
    account = bench.account(**changes)
    outcome = bench.create(account, asked_before=asked_before)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.problem, InvalidValue | GoogleNotFound)
    assert (bench.users(account), bench.slept) == ([], 0)


# 409


def test_409_for_our_own_account_is_success(bench: Bench) -> None:
    account = bench.account()
    bench.fault(409, when="after")
    assert created(bench.create(account)).person.id == bench.require_one(account).id


def test_account_that_another_process_made_meanwhile_is_ours(bench: Bench) -> None:
    account = bench.account()
    first = created(bench.create(account))
    again = created(bench.create(account))
    assert (again.person.id, again.again) == (first.person.id, True)
    bench.require_one(account)


@pytest.mark.parametrize("asked_before", [False, True])
def test_somebody_elses_account_is_never_adopted(bench: Bench, asked_before: bool) -> None:
    account = bench.account()
    bench.create(replace(account, mark="another mark", password="their own secret"))
    outcome = taken(bench.create(account, asked_before=asked_before))
    assert (outcome.kind, outcome.sentence) == ("user", f"{account.email} is the address of another user already.")
    assert outcome.learned == "user"
    [user] = bench.users(account)
    assert password_matches(user, "their own secret")


def test_aliases_and_groups_are_named(bench: Bench) -> None:
    group = next(group for group in bench.world.groups.values() if group.email.endswith("@" + DOMAIN) and group.aliases)
    for address, kind, words in (
        ("front.desk@northfield.example", "alias", "an alias of hanna.helpdesk@northfield.example"),
        (group.email, "group", "the address of another group"),
        (group.aliases[0], "group alias", f"an alias of {group.email}"),
    ):
        outcome = taken(bench.create(bench.account(email=address)))
        assert (outcome.kind, outcome.learned) == (kind, kind)
        assert words in outcome.sentence
        assert bench.slept == 0


@pytest.mark.parametrize("asked_before", [False, True])
def test_address_that_google_keeps_back_for_long_is_hidden(bench: Bench, asked_before: bool) -> None:
    account = bench.account()
    bench.fault(409, count=-1)
    assert isinstance(bench.create(account, asked_before=asked_before, ago=HIDDEN_AFTER - 60), Unknown)
    outcome = taken(bench.create(account, asked_before=asked_before, ago=HIDDEN_AFTER))
    assert (outcome.kind, outcome.occupant, outcome.learned) == ("hidden", None, "other")
    assert bench.slept == 0 if asked_before else 4 <= bench.slept <= 9


def test_409_of_an_account_that_was_made_is_found_out_when_google_shows_it(bench: Bench) -> None:
    account = bench.account()
    bench.knobs(get_lag=60.0)
    bench.fault(409, when="after")
    assert isinstance(bench.create(account), Unknown)
    bench.clock.advance(seconds=60)
    assert created(bench.create(account, asked_before=True, ago=70)).again
    bench.require_one(account)


def test_address_kept_back_may_be_ours_for_a_while_when_it_was_asked_for_before(bench: Bench) -> None:
    account = bench.account()
    bench.knobs(get_lag=60.0)
    bench.create(account)
    assert isinstance(bench.create(account, asked_before=True), Unknown)
    bench.clock.advance(seconds=60)
    assert created(bench.create(account, asked_before=True, ago=60)).again
    bench.require_one(account)


def test_409_of_a_change_under_way_is_asked_again(bench: Bench) -> None:
    account = bench.account()
    bench.fault(409, body=error(409, "conflict", "Conflict"))
    assert isinstance(unknown(bench.create(account)).problem, ChangeUnderWay)
    assert created(bench.create(account, asked_before=True))


def test_name_of_a_deleted_account_is_hidden(bench: Bench) -> None:
    account = bench.account()
    person = created(bench.create(account)).person
    bench.directory.delete(ADMIN, person.id)
    bench.knobs(deleted_name_blocks=True)
    assert taken(bench.create(replace(account, mark="another mark"), ago=HIDDEN_AFTER)).kind == "hidden"


def test_personal_account_is_treated_as_the_domain_has_chosen(bench: Bench) -> None:
    for option, kind in (("keep", "hidden"), ("invite", "invited"), ("replace", "")):
        account = bench.account()
        with bench.world.changing():
            own = bench.world.users[f"own-{option}"] = User(f"own-{option}", account.email, "Own", "Account", "x", "")
        bench.knobs(conflict_account=option)
        outcome = bench.create(account, ago=HIDDEN_AFTER)
        assert (outcome.kind if isinstance(outcome, Taken) else "") == kind
        assert (own.primary_email == account.email) is (option != "replace")
    bench.require_one(account)


# Looks


def lacking(account: NewAccount) -> str:
    """An account of which Google shows no more than the id and the address yet."""
    return json.dumps({"id": "123", "primaryEmail": account.email})


LOOKS: dict[str, Callable[[NewAccount], tuple[int, str]]] = {
    "404": lambda _: (404, ""), "412": lambda _: (412, ""), "403": lambda _: (403, ""),
    "no name": lambda account: (200, lacking(account)),
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("status", [503, 409])
def test_look_that_shows_nothing_yet_is_waited_out(
    bench: Bench, look: Callable[[NewAccount], tuple[int, str]], status: int
) -> None:
    account = bench.account()
    answer, body = look(account)
    bench.fault(status, when="after")
    bench.fault(answer, body=body, method="GET", count=2)
    assert created(bench.create(account)).person.id == bench.require_one(account).id
    assert 1 <= bench.slept <= 5


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_look_at_an_earlier_attempt_that_shows_nothing_yet_leads_to_the_insert(
    bench: Bench, look: Callable[[NewAccount], tuple[int, str]]
) -> None:
    account = bench.account()
    answer, body = look(account)
    bench.fault(answer, body=body, method="GET")
    assert not created(bench.create(account, asked_before=True)).again
    bench.require_one(account)


def test_account_that_shows_up_late_is_waited_for(bench: Bench) -> None:
    for lag in ("get_lag", "creation_window"):
        account = bench.account()
        bench.knobs(**{lag: 4.0})
        bench.fault(503, when="after")
        assert created(bench.create(account)).person.id == bench.require_one(account).id


@pytest.mark.parametrize(("status", "body"), [(503, ""), (502, HTML), (0, ""), (429, ""), (404, HTML)])
def test_look_that_fails_leaves_it_unknown_whatever_was_asked(bench: Bench, status: int, body: str) -> None:
    account = bench.account()
    for inserted in (503, 409):
        bench.fault(inserted, when="after")
        bench.fault(status, body=body, method="GET", count=1 if status else 2)  # a cut connection is tried anew
        assert isinstance(unknown(bench.create(account)).problem, GoogleThrottled | GoogleUnreachable)
    bench.require_one(account)
    assert created(bench.create(account, asked_before=True)).again


def test_look_at_an_earlier_attempt_that_fails_asks_for_nothing(bench: Bench) -> None:
    account = bench.account()
    bench.fault(503, method="GET")
    assert isinstance(bench.create(account, asked_before=True), Unknown)
    bench.fault(429, method="GET")
    with pytest.raises(GoogleThrottled):
        bench.create(account, asked_before=True)
    assert bench.users(account) == []


def test_refusal_of_a_second_attempt_may_come_of_the_first(bench: Bench) -> None:
    """The first took the last licence, and was not shown to the look."""
    account = bench.account()
    bench.create(account)
    for status in (400, 412):
        bench.fault(404, method="GET")
        body = error(412, "limitExceeded", "Domain user limit reached.") if status == 412 else ""
        bench.fault(status, body=body)
        assert created(bench.create(account, asked_before=True)).again


def test_many_who_make_the_same_account_at_once_make_one(bench: Bench) -> None:
    """As a task that lost its lease and the one that took over: both find the account of their row."""
    account = bench.account()
    bench.create(bench.account())  # has a token fetched
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda number: bench.create(account, asked_before=number % 2 == 0), range(6)))
    user = bench.require_one(account)
    assert {created(outcome).person.id for outcome in outcomes} == {user.id}
    assert [created(outcome).again for outcome in outcomes].count(False) == 1


def test_many_who_want_the_same_address_never_share_it(bench: Bench) -> None:
    accounts = [bench.account(email="wanted@" + DOMAIN) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(bench.create, accounts))
    [winner] = [account for account, outcome in zip(accounts, outcomes, strict=True) if isinstance(outcome, Created)]
    assert {outcome.kind for outcome in outcomes if isinstance(outcome, Taken)} == {"user"}
    assert bench.directory.person(ADMIN, winner.email).marks == (winner.mark,)
