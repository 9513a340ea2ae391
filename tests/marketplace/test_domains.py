"""Domains, the license rule and its grace, and who can open or close what."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from marketplace.access import CustomerId
from marketplace.identity import SignInRefused
from marketplace.rules import Standing
from runtime.datastore import Datastore
from runtime.problems import Conflict, Forbidden, NotFound, Unavailable
from sandbox.google import control, marketplace, people, seed
from sandbox.google.world import Domain
from tests.marketplace.house import ALIAS, SCHOOL, STUDENTS, VENDOR, House, count, everything

LICENSES = "/appsmarket/"
NEW_OWNER = "C09newown"


def test_stranger_leaves_nothing_behind(house: House) -> None:
    for domain in ("nowhere.example", SCHOOL, "xn--mnchen-3ya.example"):
        assert house.standing(domain) is Standing.UNLICENSED
        assert not house.domains.is_arbitrary_domain_active(domain)
        assert house.domains.rule_domain(domain) == domain
        house.domains.record_sign_in(domain)
        house.domains.keep_setup_results(domain, {"license": {"state": "ok"}})
        assert house.domains.state(domain).setup_results == {}
        assert house.domains.domains_of(seed.NORTHFIELD) == []
    house.install()
    house.clock.advance(seconds=11)
    assert house.domains.is_arbitrary_domain_active(SCHOOL)
    assert house.standing() is Standing.NOT_SET_UP
    assert everything() == 0


@pytest.mark.parametrize("change", ["enable", "turn_off", "act_as"])
def test_unknown_domain_cannot_be_changed(house: House, change: str) -> None:
    arguments = (SCHOOL, "a@b", "1", VENDOR) if change == "act_as" else (SCHOOL, VENDOR)
    with pytest.raises(NotFound):
        getattr(house.domains, change)(*arguments)
    assert everything() == 0


def test_domain_goes_into_use_by_the_last_step_of_setup(house: House) -> None:
    house.install()
    house.pin()
    assert house.standing() is Standing.NOT_SET_UP
    house.domains.enable(SCHOOL, house.actor())
    state = house.domains.state(SCHOOL)
    assert state.standing is Standing.ACTIVE
    assert (state.customer_id, state.primary_domain) == (seed.NORTHFIELD, SCHOOL)
    assert (state.delegated_admin_email, state.delegated_admin_id) == (seed.ADMIN, house.user(seed.ADMIN).id)
    assert state.set_up_at is not None
    assert house.audit(seed.NORTHFIELD) == ["domain.pinned", "domain.enabled"]
    assert house.audit() == []


def test_all_domains_of_the_customer_share_the_rule(house: House) -> None:
    house.set_up()
    for domain in (SCHOOL, STUDENTS, ALIAS):
        state = house.domains.state(domain)
        assert (state.domain, state.standing) == (SCHOOL, Standing.ACTIVE)
        assert house.domains.rule_domain(domain) == SCHOOL
    assert house.domains.domains_of(seed.NORTHFIELD) == sorted([SCHOOL, STUDENTS, ALIAS])
    assert house.domains.described(seed.NORTHFIELD)[ALIAS] == SCHOOL
    assert house.domains.described(seed.NORTHFIELD)[SCHOOL] == ""
    house.domains.turn_off(SCHOOL, house.actor())
    assert house.standing(STUDENTS) is Standing.TURNED_OFF


def test_checking_again_writes_nothing_new(house: House) -> None:
    house.set_up()
    before = house.audit(seed.NORTHFIELD)
    house.pin()
    assert house.audit(seed.NORTHFIELD) == before


# The license


def test_answer_is_never_older_than_a_minute(house: House) -> None:
    house.set_up()
    house.domains.state(SCHOOL)
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    house.clock.advance(seconds=60)
    assert house.standing() is Standing.UNLICENSED


def test_google_is_asked_once_a_minute(house: House) -> None:
    house.set_up()
    house.clock.advance(seconds=60)
    house.licenses.asked.clear()
    for _ in range(5):
        house.domains.state(SCHOOL)
        house.domains.state(STUDENTS)
        house.clock.advance(seconds=9)
    assert house.licenses.asked == [SCHOOL]


def test_fresh_install_works_at_once(house: House) -> None:
    assert house.standing() is Standing.UNLICENSED
    house.install()
    house.clock.advance(seconds=10)
    assert house.standing() is Standing.NOT_SET_UP


def test_negative_answer_keeps_strangers_from_making_us_ask(house: House) -> None:
    for _ in range(20):
        house.domains.state("nowhere.example")
    assert house.licenses.asked == ["nowhere.example"]


@pytest.mark.parametrize("domain", [SCHOOL, STUDENTS])
def test_check_again_asks_now(house: House, domain: str) -> None:
    house.set_up()
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    assert house.standing(domain) is Standing.ACTIVE
    house.domains.forget(domain)
    assert house.standing(domain) is Standing.UNLICENSED


def test_license_that_comes_back_opens_the_domain_again(house: House) -> None:
    """Defect 1 of the original: only the vendor could."""
    house.set_up()
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    house.clock.advance(minutes=2)
    assert house.standing() is Standing.UNLICENSED
    house.install()
    house.clock.advance(minutes=2)
    assert house.standing() is Standing.ACTIVE


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403}, {"status": 429}, {"status": 0}])
def test_grace_holds_for_a_day_and_then_the_door_is_closed(house: House, fault: dict[str, int]) -> None:
    house.set_up()
    house.domains.state(SCHOOL)
    control.add_fault(house.world, LICENSES, count=-1, **fault)  # type: ignore[arg-type]  # status only
    house.clock.advance(hours=23, minutes=59)
    state = house.domains.state(SCHOOL)
    assert (state.standing, state.stale) == (Standing.ACTIVE, True)
    house.clock.advance(minutes=2)
    assert house.standing() is Standing.CANNOT_TELL
    control.remove_faults(house.world)
    house.clock.advance(seconds=11)
    state = house.domains.state(SCHOOL)
    assert (state.standing, state.stale) == (Standing.ACTIVE, False)


def test_grace_counts_from_the_last_answer_not_from_setup(house: House) -> None:
    house.set_up()
    house.clock.advance(hours=30)
    assert house.standing() is Standing.ACTIVE
    control.add_fault(house.world, LICENSES, count=-1)
    house.clock.advance(hours=22)
    assert house.standing() is Standing.ACTIVE


def test_clear_no_ends_the_grace(house: House) -> None:
    house.set_up()
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    house.clock.advance(minutes=1)
    house.domains.state(SCHOOL)
    control.add_fault(house.world, LICENSES, count=-1)
    house.clock.advance(minutes=1)
    assert house.standing() is Standing.CANNOT_TELL


def test_no_grace_for_strangers(house: House) -> None:
    house.install()
    control.add_fault(house.world, LICENSES, count=-1)
    assert house.standing() is Standing.CANNOT_TELL
    assert not house.domains.is_arbitrary_domain_active(SCHOOL)
    assert everything() == 0


def test_independent_domain_is_never_asked_about(house: House) -> None:
    house.operators.add_independent("harbour.example", VENDOR)
    house.licenses.asked.clear()
    assert house.standing("harbour.example") is Standing.NOT_SET_UP
    house.domains.enable("harbour.example", VENDOR)
    assert house.standing("harbour.example") is Standing.ACTIVE
    assert house.licenses.asked == []
    assert house.audit() == ["domain.independent", "domain.enabled"]


# Who closes, and who opens


def test_disable_of_an_operator_holds(house: House) -> None:
    house.set_up()
    house.operators.disable(SCHOOL, "Unpaid since May.", VENDOR)
    assert house.standing() is Standing.DISABLED
    with pytest.raises(Forbidden, match=r"disabled for northfield\.example by its operator"):
        house.domains.enable(SCHOOL, house.actor())
    house.pin()
    house.domains.turn_off(SCHOOL, house.actor())
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    house.install()
    house.clock.advance(minutes=2)
    assert house.standing(STUDENTS) is Standing.DISABLED
    house.operators.enable(SCHOOL, VENDOR)
    assert house.standing() is Standing.TURNED_OFF
    house.domains.enable(SCHOOL, house.actor())
    assert house.standing() is Standing.ACTIVE


@pytest.mark.parametrize("named", [SCHOOL, STUDENTS, ALIAS, "  NORTHFIELD.example. "])
def test_operator_may_name_any_domain_of_the_customer(house: House, named: str) -> None:
    house.set_up()
    house.operators.disable(named, "Unpaid.", VENDOR)
    assert house.standing(SCHOOL) is house.standing(STUDENTS) is Standing.DISABLED
    house.operators.enable(named, VENDOR)
    assert house.standing(SCHOOL) is house.standing(STUDENTS) is Standing.ACTIVE


def test_another_primary_domain_changes_nothing_that_was_decided(house: House) -> None:
    house.set_up()
    set_up_at = house.domains.state(SCHOOL).set_up_at
    _swap_primary(house)
    house.clock.advance(minutes=2)
    house.pin()
    state = house.domains.state(SCHOOL)
    assert (state.domain, state.standing, state.set_up_at) == (STUDENTS, Standing.ACTIVE, set_up_at)
    tenant = house.domains.require_active(CustomerId(seed.NORTHFIELD))
    assert tenant.primary_domain == STUDENTS


def test_another_primary_domain_does_not_lift_a_disable(house: House) -> None:
    house.set_up()
    house.operators.disable(SCHOOL, "Unpaid.", VENDOR)
    _swap_primary(house)
    house.pin()
    assert {house.standing(name) for name in (SCHOOL, STUDENTS, ALIAS)} == {Standing.DISABLED}


def test_primary_domain_that_is_given_up_leaves_its_rule(house: House) -> None:
    house.set_up()
    house.operators.disable(SCHOOL, "Unpaid.", VENDOR)
    with house.world.changing():
        house.customer().domains = [Domain("fresh.example", is_primary=True)]
        house.user(seed.ADMIN).primary_email = "ada.admin@fresh.example"
    house.pin("ada.admin@fresh.example")
    assert house.standing("fresh.example") is Standing.DISABLED


def _swap_primary(house: House) -> None:
    with house.world.changing():
        for domain in house.customer().domains:
            domain.is_primary = not domain.is_primary


# Whose a name is


def test_unverified_name_is_nobodys(house: House) -> None:
    """Anybody can type a name into their Admin console."""
    with house.world.changing():
        house.customer().domains.append(Domain("victim.example", is_primary=False, verified=False))
    house.set_up()
    assert "victim.example" not in house.domains.domains_of(seed.NORTHFIELD)
    assert not house.domains.state("victim.example").known


def test_lapsed_domain_lets_nobody_in(house: House) -> None:
    house.set_up()
    old = house.sign_in(seed.HELPDESK)
    people.lapse_domain(house.world, seed.NORTHFIELD, NEW_OWNER)
    house.install(NEW_OWNER)
    house.clock.advance(minutes=2)
    with pytest.raises(SignInRefused):
        house.sign_in(seed.ADMIN)
    assert house.standing() is house.standing(STUDENTS) is Standing.QUARANTINED
    assert house.sessions.current(old) is None
    assert house.audit(seed.NORTHFIELD)[-1] == "domain.quarantined"
    assert house.pin().state == "waiting"
    assert house.domains.state(SCHOOL).customer_id == seed.NORTHFIELD
    assert [state.domain for state in house.operators.domains("northfield")] == [SCHOOL]


def test_primary_domain_that_became_somebody_elses_rules_no_other(house: House) -> None:
    house.set_up()
    house.domains.quarantine(SCHOOL, VENDOR, "C0other1")
    house.domains.release(SCHOOL, VENDOR)
    left = house.domains.state(STUDENTS)
    assert (left.domain, left.customer_id, left.standing) == (STUDENTS, seed.NORTHFIELD, Standing.NOT_SET_UP)


def test_member_of_a_lapsed_domain_is_never_taken_for_one_of_the_tenant(house: House) -> None:
    """The new owner has no account of the old administrator's name, so nobody sees whose member it is."""
    house.set_up()
    people.lapse_domain(house.world, seed.NORTHFIELD, NEW_OWNER)
    house.install(NEW_OWNER)
    people.delete_user(house.world, house.user(seed.ADMIN).id)
    house.clock.advance(minutes=2)
    visitor = house.visit(house.sign_in(seed.HELPDESK))
    assert visitor.obstacle == "subject_unusable"  # the gate lets nobody with it behind the door
    assert not visitor.is_admin


def test_secondary_domain_that_is_sold_closes_alone(house: House) -> None:
    house.set_up()
    with house.world.changing():
        house.customer().domains = [domain for domain in house.customer().domains if domain.name != STUDENTS]
        for user in [user for user in house.world.users.values() if user.primary_email.endswith(STUDENTS)]:
            del house.world.users[user.id]
    control.create_customer(house.world, NEW_OWNER, STUDENTS)
    control.create_user(house.world, f"new.admin@{STUDENTS}", "a-password", is_admin=True)
    house.install(NEW_OWNER)
    with pytest.raises(SignInRefused):
        house.sign_in(f"new.admin@{STUDENTS}")
    assert house.standing(STUDENTS) is Standing.QUARANTINED
    assert house.standing(SCHOOL) is house.standing(ALIAS) is Standing.ACTIVE
    assert {state.domain for state in house.operators.domains()} == {SCHOOL, STUDENTS}
    assert house.visit(house.sign_in(seed.HELPDESK)).state.standing is Standing.ACTIVE


def test_name_of_another_customer_is_never_merged(house: House) -> None:
    house.set_up()
    with pytest.raises(Conflict, match="another Google Workspace customer"):
        house.domains.pin(
            customer_id=seed.HARBOUR, primary="harbour.example", others={STUDENTS: ""},
            admin_email="hugo@harbour.example", admin_id="1", actor=VENDOR,
        )  # fmt: skip
    assert house.standing(STUDENTS) is Standing.QUARANTINED
    assert house.standing(SCHOOL) is Standing.ACTIVE
    assert not house.domains.state("harbour.example").known


def test_one_of_two_customers_gets_a_name(house: House, datastore: Datastore) -> None:
    together = threading.Barrier(2)

    def pin(customer: str) -> bool:
        with datastore.context():
            together.wait(10)
            try:
                house.domains.pin(
                    customer_id=customer, primary=f"{customer.lower()}.example", others={"shared.example": ""},
                    admin_email="a@shared.example", admin_id="1", actor=VENDOR,
                )  # fmt: skip
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(pin, ["C01", "C02"])) == [False, True]
    assert count("AppsDomain") == 2
    assert house.domains.state("shared.example").quarantined


# Callers without a session


def test_tenant_in_use_is_told_whom_to_act_for(house: House) -> None:
    house.set_up()
    tenant = house.domains.require_active(CustomerId(seed.NORTHFIELD))
    assert (tenant.tenant, tenant.primary_domain) == (seed.NORTHFIELD, SCHOOL)
    assert tenant.delegated_admin == seed.ADMIN


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda h: h.domains.turn_off(SCHOOL, VENDOR), Forbidden),
        (lambda h: h.operators.disable(SCHOOL, "Unpaid.", VENDOR), Forbidden),
        (lambda h: h.domains.quarantine(SCHOOL, VENDOR, "C9"), Forbidden),
        (lambda h: marketplace.delete_app(h.world, seed.NORTHFIELD), Forbidden),
        (lambda h: control.add_fault(h.world, LICENSES, count=-1), Unavailable),
    ],
)
def test_tenant_not_in_use_is_refused(
    house: House, change: Callable[[House], object], problem: type[Exception]
) -> None:
    house.set_up()
    change(house)
    house.clock.advance(hours=30)
    with pytest.raises(problem) as raised:
        house.domains.require_active(CustomerId(seed.NORTHFIELD))
    assert type(raised.value) is problem


@pytest.mark.parametrize("tenant", ["", "C0nobody", seed.HARBOUR])
def test_tenant_that_is_not_known_is_not_found(house: House, tenant: str) -> None:
    house.set_up()
    house.operators.add_independent("harbour.example", VENDOR)  # no customer yet
    with pytest.raises(NotFound):
        house.domains.require_active(CustomerId(tenant))


def test_the_scheduler_looks_after_domains_in_use_only(house: House) -> None:
    assert house.domains.active() == []
    house.install()
    house.pin()
    assert house.domains.active() == [], "not enabled yet"
    house.domains.enable(SCHOOL, house.actor())
    assert house.standing() is Standing.ACTIVE
    assert house.domains.active() == [seed.NORTHFIELD], "once, however many domains the customer has"
    house.domains.disable_by_operator(SCHOOL, "The invoice is open.", VENDOR)
    assert house.domains.active() == []
    house.domains.lift_disable(SCHOOL, VENDOR)
    house.domains.quarantine(SCHOOL, VENDOR, NEW_OWNER)
    assert house.domains.active() == []


def test_what_has_had_its_time_is_deleted_of_all_that_are_known(house: House) -> None:
    assert house.domains.known() == []
    house.operators.add_independent("harbour.example", VENDOR)  # no customer yet
    house.install()
    house.pin()
    assert house.domains.known() == [seed.NORTHFIELD], "once, however many domains the customer has"
    house.domains.enable(SCHOOL, house.actor())
    house.domains.turn_off(SCHOOL, house.actor())
    assert (house.domains.active(), house.domains.known()) == ([], [seed.NORTHFIELD])


def test_a_domain_whose_license_ended_is_not_looked_after(house: House) -> None:
    house.install()
    house.pin()
    house.domains.enable(SCHOOL, house.actor())
    house.standing()
    marketplace.delete_app(house.world, seed.NORTHFIELD)
    house.clock.advance(seconds=61)
    assert house.domains.active() == [seed.NORTHFIELD], "Google is not asked"
    assert house.standing() is Standing.UNLICENSED
    assert house.domains.active() == []
