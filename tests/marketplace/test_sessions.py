"""Sessions: what they hold, how they end, and that Google is asked again in time."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from google.cloud import ndb

from marketplace.identity import SignInRefused
from marketplace.records import Session
from marketplace.rules import Standing
from marketplace.sessions import NotLicensedForPerson
from runtime.datastore import Datastore
from runtime.google_problems import GoogleUnreachable
from runtime.problems import Unavailable
from sandbox.google import control, marketplace, people, seed
from tests.marketplace.house import CONSUMER_OPERATOR, SCHOOL, STUDENTS, VENDOR, House, count

DIRECTORY = "/admin/directory/"
DELEGATE = "dario.delegate@northfield.example"


@pytest.fixture
def school(house: House) -> House:
    """Set up, with the license known."""
    house.set_up()
    return house


# What a session holds


@pytest.mark.parametrize(("email", "is_admin"), [(seed.ADMIN, True), (DELEGATE, True), (seed.HELPDESK, False)])
def test_principal_is_who_google_says(school: House, email: str, is_admin: bool) -> None:
    principal = school.visit(school.sign_in(email)).principal()
    assert (principal.person, principal.email) == (school.user(email).id, email)
    assert (principal.tenant, principal.primary_domain, principal.domain) == (seed.NORTHFIELD, SCHOOL, SCHOOL)
    assert (principal.is_admin, principal.is_operator) == (is_admin, False)
    assert principal.delegated_admin == seed.ADMIN


def test_person_of_a_secondary_domain_is_of_the_same_tenant(school: House) -> None:
    student = next(user for user in school.world.users.values() if user.org_unit_path == "/Students/2030")
    principal = school.visit(school.sign_in(student.primary_email)).principal()
    assert (principal.domain, principal.primary_domain) == (STUDENTS, SCHOOL)
    assert principal.tenant == seed.NORTHFIELD


def test_people_of_two_customers_never_share_a_tenant(school: House) -> None:
    school.set_up(seed.HARBOUR, "hugo.admin@harbour.example")
    hugo = school.visit(school.sign_in("hugo.admin@harbour.example")).principal()
    ada = school.visit(school.sign_in(seed.ADMIN)).principal()
    assert (hugo.tenant, ada.tenant) == (seed.HARBOUR, seed.NORTHFIELD)
    assert hugo.delegated_admin == "hugo.admin@harbour.example"


def test_cookie_is_random_and_not_in_the_datastore(school: House) -> None:
    tokens = {school.sign_in(seed.HELPDESK) for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) == 43 for token in tokens)
    keys = {key.id() for key in Session.query().fetch(keys_only=True)}
    assert keys == {hashlib.sha256(token.encode()).hexdigest() for token in tokens}


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "ü\n"])
def test_unknown_cookie_is_nobody(school: House, token: str) -> None:
    school.sign_in(seed.HELPDESK)
    assert school.sessions.current(token) is None


def test_hash_of_a_cookie_is_no_cookie(school: House) -> None:
    token = school.sign_in(seed.HELPDESK)
    assert school.sessions.current(hashlib.sha256(token.encode()).hexdigest()) is None


def test_sign_in_rotates_the_session(school: House) -> None:
    old = school.sign_in(seed.HELPDESK)
    new = school.sign_in(seed.HELPDESK, old)
    assert new != old
    assert school.sessions.current(old) is None
    assert school.visit(new)
    assert count("Session") == 1


def test_ended_session_is_gone(school: House) -> None:
    token, other = school.sign_in(seed.HELPDESK), school.sign_in(seed.HELPDESK)
    school.sessions.end(token)
    school.sessions.end(token)
    school.sessions.end("")
    assert school.sessions.current(token) is None
    assert school.visit(other)


@pytest.mark.parametrize(("hours_ago", "asked", "fresh"), [(0, False, False), (0, True, True), (3, True, False)])
def test_sign_in_is_fresh_for_five_minutes_where_the_person_was_asked(
    school: House, hours_ago: int, asked: bool, fresh: bool
) -> None:
    who = school.identity(seed.HELPDESK)
    told = int(school.clock().timestamp()) - hours_ago * 3600 if hours_ago else 0
    token = school.sessions.start(replace(who, auth_time=told), school.domains.state(who.hd), asked=asked)
    visitor = school.visit(token)

    assert (visitor.is_fresh, visitor.principal().is_fresh) == (fresh, fresh)
    assert bool(visitor.notices) is (asked and not fresh), "who was asked in vain is told what to do"
    school.clock.advance(minutes=5)
    assert not school.visit(token).is_fresh


# Limits


def test_idle_session_ends(school: House) -> None:
    token = school.sign_in(seed.HELPDESK)
    for _ in range(3):
        school.clock.advance(hours=1, minutes=59)
        assert school.visit(token)
    school.clock.advance(hours=2)
    assert school.sessions.current(token) is None
    assert count("Session") == 0


def test_used_session_ends_too(school: House) -> None:
    token = school.sign_in(seed.HELPDESK)
    for _ in range(11):
        school.clock.advance(hours=1)
        assert school.visit(token)
    school.clock.advance(hours=1)
    assert school.sessions.current(token) is None


def test_session_row_expires_with_the_session(school: House) -> None:
    school.sign_in(seed.HELPDESK)
    (row,) = Session.query().fetch()
    assert (row.expires_at - row.created_at).total_seconds() == 12 * 3600


# Within a minute


def _deletion(house: House) -> None:
    people.delete_user(house.world, house.user(seed.HELPDESK).id)


@pytest.mark.parametrize(
    "change",
    [
        lambda h: people.suspend(h.world, h.user(seed.HELPDESK).id),
        _deletion,
        lambda h: marketplace.delete_app(h.world, seed.NORTHFIELD),
        lambda h: marketplace.turn_off(h.world, seed.NORTHFIELD, "/Staff"),
        lambda h: marketplace.turn_off(h.world, seed.NORTHFIELD, "/"),
        lambda h: people.move_user(h.world, h.user(seed.HELPDESK).id, org_unit="/Guests"),
        lambda h: h.operators.disable(SCHOOL, "Unpaid.", VENDOR),
        lambda h: h.domains.quarantine(SCHOOL, VENDOR, "C9"),
        lambda h: people.lapse_domain(h.world, seed.NORTHFIELD, "C09newown"),
    ],
    ids=["suspended", "deleted", "app-deleted", "unit-off", "all-off", "moved", "disabled", "quarantined", "lapsed"],
)
def test_session_ends_within_a_minute(house: House, change: Callable[[House], object]) -> None:
    marketplace.install(house.world, seed.NORTHFIELD, ["/Staff"])
    house.pin()
    house.domains.enable(SCHOOL, VENDOR)
    token = house.sign_in(seed.HELPDESK)
    change(house)
    house.clock.advance(seconds=60)
    assert house.sessions.current(token) is None
    assert count("Session") == 0


@pytest.mark.parametrize("email", [seed.ADMIN, DELEGATE])
def test_demotion_ends_the_session(school: House, email: str) -> None:
    token = school.sign_in(email)
    people.set_admin(school.world, school.user(email).id, "none")
    school.clock.advance(seconds=60)
    assert school.sessions.current(token) is None


def test_suspension_ends_the_session_of_the_administrator_we_act_for(school: House) -> None:
    token = school.sign_in(seed.ADMIN)
    people.suspend(school.world, school.user(seed.ADMIN).id)
    school.clock.advance(seconds=60)
    assert school.sessions.current(token) is None


def test_promotion_shows_without_a_new_sign_in(school: House) -> None:
    token = school.sign_in(seed.HELPDESK)
    people.set_admin(school.world, school.user(seed.HELPDESK).id, "delegated")
    school.clock.advance(seconds=60)
    assert school.visit(token).is_admin


def test_renamed_person_stays_who_they_are(school: House) -> None:
    """Defect 12 of the original: an address was the key."""
    before = school.visit(school.sign_in(seed.HELPDESK)).principal()
    people.rename_user(school.world, before.person, "hanna.married@northfield.example")
    after = school.visit(school.sign_in("hanna.married@northfield.example")).principal()
    assert (after.person, after.tenant) == (before.person, before.tenant)


def test_google_is_not_asked_at_every_request(school: House) -> None:
    token = school.sign_in(seed.HELPDESK)
    asked: list[int] = []
    school.workspace.meanwhile = lambda: asked.append(1)
    for _ in range(5):
        assert school.visit(token)
        school.clock.advance(seconds=9)
    assert asked == []
    school.clock.advance(seconds=20)
    assert school.visit(token)
    assert school.visit(token)
    assert asked == [1]


def test_people_outside_the_unit_are_not_let_in(house: House) -> None:
    marketplace.install(house.world, seed.NORTHFIELD, ["/Students"])
    house.pin()
    house.domains.enable(SCHOOL, VENDOR)
    with pytest.raises(NotLicensedForPerson):
        house.sign_in(seed.HELPDESK)
    assert count("Session") == 0
    assert house.visit(house.sign_in(seed.ADMIN)).is_admin  # to set it up


@pytest.mark.parametrize(
    "change",
    [
        lambda h: people.suspend(h.world, h.user(seed.HELPDESK).id),
        _deletion,
        lambda h: setattr(h.user(seed.HELPDESK), "archived", True),
    ],
    ids=["suspended", "deleted", "archived"],
)
def test_account_that_may_not_be_used_is_not_let_in(school: House, change: Callable[[House], object]) -> None:
    who = school.identity(seed.HELPDESK)
    change(school)
    with pytest.raises(SignInRefused):
        school.sessions.start(who, school.domains.state(SCHOOL))
    assert count("Session") == 0


# When Google does not say


def test_person_stays_for_a_while_when_the_directory_is_silent(school: House) -> None:
    token = school.sign_in(seed.ADMIN)
    control.add_fault(school.world, DIRECTORY, count=-1)
    for _ in range(2):
        school.clock.advance(minutes=7)
        assert school.visit(token).is_admin
    school.clock.advance(minutes=1)
    with pytest.raises(Unavailable):
        school.sessions.current(token)
    control.remove_faults(school.world)
    school.clock.advance(minutes=1)
    assert school.visit(token).is_admin


def test_silence_is_not_waited_for_by_everybody(school: House) -> None:
    tokens = [school.sign_in(seed.HELPDESK) for _ in range(3)]
    fault = control.add_fault(school.world, DIRECTORY, count=1000)
    school.clock.advance(minutes=1)
    school.visit(tokens[0])
    left = next(one.count for one in school.world.faults if one.id == fault)
    assert left < 1000
    for token in tokens:
        school.visit(token)
    assert next(one.count for one in school.world.faults if one.id == fault) == left


def test_silence_that_took_long_is_not_waited_for_again_at_once(school: House) -> None:
    """As when Google does not refuse but hangs, until the transport gives up."""
    token, asked = school.sign_in(seed.HELPDESK), []

    def hang() -> None:
        asked.append(1)
        school.clock.advance(seconds=20)
        raise GoogleUnreachable

    school.workspace.meanwhile = hang
    school.clock.advance(minutes=1)
    for _ in range(3):
        school.visit(token)
    assert len(asked) == 1


def test_nobody_new_is_believed_while_the_directory_is_silent(school: House) -> None:
    control.add_fault(school.world, DIRECTORY, count=-1)
    with pytest.raises(Unavailable):
        school.sign_in(seed.HELPDESK)
    assert count("Session") == 0


def test_license_of_a_person_has_its_own_grace(school: House) -> None:
    token = school.sign_in(seed.HELPDESK)
    control.add_fault(school.world, "/appsmarket/v2/userLicense", count=-1)
    school.clock.advance(minutes=2)
    assert school.visit(token)
    with pytest.raises(Unavailable):
        school.sign_in(seed.HELPDESK)  # nothing is known yet of this session
    assert count("Session") == 1


# When the domain does not let us ask


def test_revoked_access_makes_nobody_an_administrator(school: House) -> None:
    token = school.sign_in(seed.ADMIN)
    marketplace.revoke_data_access(school.world, seed.NORTHFIELD)
    school.transport.forget(seed.ADMIN)
    school.clock.advance(minutes=1)
    visitor = school.visit(token)
    assert (visitor.is_admin, visitor.obstacle) == (False, "not_delegated")
    marketplace.grant_data_access(school.world, seed.NORTHFIELD)
    school.clock.advance(minutes=1)
    visitor = school.visit(token)
    assert (visitor.is_admin, visitor.obstacle) == (True, "")


@pytest.mark.parametrize(
    "change",
    [
        lambda h: people.suspend(h.world, h.user(seed.ADMIN).id),
        lambda h: people.delete_user(h.world, h.user(seed.ADMIN).id),
        lambda h: people.set_admin(h.world, h.user(seed.ADMIN).id, "none"),
    ],
    ids=["suspended", "deleted", "demoted"],
)
def test_another_administrator_can_take_over(school: House, change: Callable[[House], object]) -> None:
    member, delegate = school.sign_in(seed.HELPDESK), school.sign_in(DELEGATE)
    change(school)
    school.transport.forget(seed.ADMIN)
    school.clock.advance(minutes=1)
    assert school.visit(member).obstacle == "subject_unusable"
    visitor = school.visit(delegate)
    assert (visitor.is_admin, visitor.obstacle) == (True, "")
    assert school.people.can_act(DELEGATE, visitor.person, seed.NORTHFIELD)
    assert not school.people.can_act(DELEGATE, visitor.person, seed.HARBOUR)
    assert not school.people.can_act(seed.ADMIN, school.identity(DELEGATE).sub, seed.NORTHFIELD)
    school.domains.act_as(SCHOOL, DELEGATE, visitor.person, VENDOR)
    school.clock.advance(minutes=1)
    assert school.visit(member).obstacle == ""


# Races


def test_session_that_ends_while_google_is_asked_stays_ended(school: House) -> None:
    token = school.sign_in(seed.HELPDESK)
    school.workspace.meanwhile = lambda: school.sessions.end(token)
    school.clock.advance(minutes=1)
    school.sessions.current(token)
    assert count("Session") == 0
    school.workspace.meanwhile = lambda: None
    assert school.sessions.current(token) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda s, token: s.add_notice(token, "info", "hello"),
        lambda s, token: s.clear_notices(token),
        lambda s, token: s.recheck(token),
        lambda s, token: s.follow_domain(token),
        lambda s, token: s.redeem(token, SCHOOL),
    ],
)
def test_nothing_makes_a_session_that_is_not_there(school: House, change: Callable[[object, str], None]) -> None:
    token = school.sign_in(seed.HELPDESK)
    school.sessions.end(token)
    change(school.sessions, token)
    assert count("Session") == 0


def test_signing_out_wins_against_many_pages(school: House, datastore: Datastore) -> None:
    token = school.sign_in(seed.HELPDESK)
    school.clock.advance(minutes=1)
    together = threading.Barrier(6)

    def page(number: int) -> None:
        with datastore.context():
            together.wait(10)
            if number == 0:
                school.sessions.end(token)
            else:
                school.sessions.add_notice(token, "info", str(number))
                school.sessions.current(token)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(page, range(6)))
    assert school.sessions.current(token) is None
    assert count("Session") == 0


# Operators, notices, setup links


def test_operator_with_a_consumer_account(house: House) -> None:
    control.create_user(house.world, CONSUMER_OPERATOR, "a-password")
    who = replace(house.identity(CONSUMER_OPERATOR), hd="")
    assert house.sessions.is_operator(who)
    token = house.sessions.start(who, house.domains.state("nowhere.example"))
    house.clock.advance(minutes=5)
    principal = house.visit(token).principal()
    assert (principal.is_operator, principal.is_admin, principal.tenant) == (True, False, "")
    for _ in range(3):
        house.clock.advance(minutes=90)
        assert house.sessions.current(token), "it is idle sessions that end after two hours"
    house.clock.advance(hours=2)
    assert house.sessions.current(token) is None


def test_operator_stays_in_whatever_their_domain(house: House) -> None:
    token = house.sign_in(seed.OPERATOR)
    house.clock.advance(minutes=5)
    visitor = house.visit(token)
    assert visitor.is_operator
    assert visitor.state.standing is Standing.UNLICENSED


def test_notices_are_few_and_shown_once(school: House) -> None:
    token = school.sign_in(seed.HELPDESK)
    for number in range(7):
        school.sessions.add_notice(token, "info", f"Notice {number}.")
    assert school.visit(token).notices == tuple(("info", f"Notice {number}.") for number in range(2, 7))
    school.sessions.clear_notices(token)
    assert school.visit(token).notices == ()


def test_session_remembers_its_setup_link(school: House) -> None:
    token, other = school.sign_in(seed.HELPDESK), school.sign_in(seed.HELPDESK)
    school.sessions.redeem(token, SCHOOL)
    assert (school.visit(token).install_link, school.visit(other).install_link) == (SCHOOL, "")


def test_session_from_before_setup_follows_to_the_primary_domain(house: House) -> None:
    house.install()
    student = next(user for user in house.world.users.values() if user.org_unit_path == "/Students/2030")
    token = house.sign_in(student.primary_email)
    assert house.visit(token).state.domain == STUDENTS
    house.pin()
    house.domains.enable(SCHOOL, VENDOR)
    assert house.visit(token).state.domain == SCHOOL
    house.sessions.follow_domain(token)
    assert ndb.Key(Session, hashlib.sha256(token.encode()).hexdigest()).get().rule_domain == SCHOOL
    assert house.visit(token).state.standing is Standing.ACTIVE
