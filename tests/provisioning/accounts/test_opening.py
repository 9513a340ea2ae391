"""One account exactly once, whatever Google answers, and whatever is sent again."""

import pytest

from provisioning.accounts.ledger import BINDING
from provisioning.accounts.opening import HIDDEN_AFTER, REMEMBERED, AccountOpening
from provisioning.accounts.problems import AddressTaken, OperationChanged, OrderRefused, Undecided
from provisioning.accounts.records import Opening
from provisioning.directory.port import MARK, WorkspaceDomain
from provisioning.naming.holder import HeldByAnother, Holder, Standing
from provisioning.naming.taken import TakenNames
from runtime.audit import Actor
from runtime.datastore import tenant_namespace
from runtime.google_problems import (
    GoogleProblem,
    GoogleThrottled,
    GoogleUnreachable,
    InvalidValue,
    LimitReached,
    NotDelegated,
)
from runtime.problems import Unavailable
from sandbox.google import marketplace
from sandbox.google.passwords import password_matches
from sandbox.google.world import Fault, User
from tests.provisioning.conftest import ADMIN, DOMAIN, HELPDESK, TENANT, USERS_PATH, Desk, order
from tests.provisioning.naming.listings import build, listing

ADDRESS = "zoe.quill@northfield.example"
NORTHFIELD = WorkspaceDomain(DOMAIN, is_primary=True, verified=True)


def openings() -> list[Opening]:
    with tenant_namespace(TENANT):
        return list(Opening.query().fetch())


def created_entries(desk: Desk) -> list[str]:
    return [entry.target for entry in desk.audit() if entry.action == "account.created"]


def require_created_once(desk: Desk) -> User:
    """The account is there once, signs in with the password of the order, and is recorded once."""
    [user] = desk.users_of(ADDRESS)
    assert password_matches(user, "correct horse")
    assert created_entries(desk) == [ADDRESS]
    [opening] = openings()
    assert (opening.state, opening.person_id) == ("created", user.id)
    return user


def test_open_makes_the_account_with_all_that_was_ordered(desk: Desk) -> None:
    opened = desk.opening.open(desk.asker(), order())
    user = require_created_once(desk)
    assert (opened.person_id, opened.address, opened.again) == (user.id, ADDRESS, False)
    assert (user.given_name, user.family_name, user.org_unit_path) == ("Zoë", "Quill", "/Staff")
    assert user.change_password_at_next_login


def test_open_leaves_our_mark_and_the_audit_says_who_asked(desk: Desk) -> None:
    desk.opening.open(desk.asker(), order())
    [opening] = openings()
    assert desk.directory.person(ADMIN, ADDRESS).marks == (opening.key.id(),)
    [entry] = [entry for entry in desk.audit() if entry.action == "account.created"]
    assert (entry.actor_label, entry.request_id) == ("hanna.helpdesk@northfield.example", "request-1")
    assert entry.detail["org_unit"] == "/Staff"


def test_no_password_is_kept(desk: Desk) -> None:
    desk.opening.open(desk.asker(), order())
    [opening] = openings()
    assert opening.password_scrypt is None
    assert opening.password_salt is None
    assert "correct horse" not in repr([entry.detail for entry in desk.audit()])


def test_the_name_is_a_created_record_afterwards(desk: Desk) -> None:
    desk.opening.open(desk.asker(), order())
    standing = desk.holds.look(Holder(TENANT, DOMAIN, "somebody else"), ["zoe.quill"]).standings
    assert standing == {"zoe.quill": Standing.CREATED}


# The index of taken names


def known(desk: Desk, name: str) -> str:
    """What the index says has the name; "" if nothing."""
    occupant = desk.taken.of(TENANT, DOMAIN).occupants([name]).get(name)
    return occupant.kind if occupant else ""


def test_index_learns_of_the_account(desk: Desk) -> None:
    build(desk.clock, listing(f"somebody@{DOMAIN}"), domains=(NORTHFIELD,), tenant=TENANT)
    assert known(desk, "zoe.quill") == ""
    desk.opening.open(desk.asker(), order())
    assert known(desk, "zoe.quill") == "user"


def test_index_learns_what_has_an_address_behind_its_back(desk: Desk) -> None:
    build(desk.clock, listing(f"somebody@{DOMAIN}"), domains=(NORTHFIELD,), tenant=TENANT)
    for name, kind in (("front.desk", "alias"), ("info", "group alias")):
        with pytest.raises(AddressTaken):
            desk.opening.open(desk.asker(), order(name, operation=f"operation-of-{name}"))
        assert known(desk, name) == kind


def test_account_is_made_although_the_index_cannot_learn_of_it(desk: Desk) -> None:
    class Deaf(TakenNames):
        def add(self, *_: object) -> None:
            raise Unavailable("Too many people changed the same thing at the same moment.")

    deaf = Deaf(desk.clock)
    opening = AccountOpening(
        desk.directory, desk.holds, deaf, desk.policies, desk.follow_ups, desk.creates, desk.clock
    )  # fmt: skip
    assert opening.open(desk.asker(), order()).person_id
    assert desk.user(ADDRESS)


def test_sent_again_it_is_answered_the_same(desk: Desk) -> None:
    first = desk.opening.open(desk.asker(), order())
    desk.break_google(503, method="", count=-1)
    again = desk.opening.open(desk.asker(), order())
    assert (again.person_id, again.again) == (first.person_id, True)
    assert created_entries(desk) == [ADDRESS]


def test_sent_again_later_it_looks_at_google_first(desk: Desk) -> None:
    first = desk.opening.open(desk.asker(), order())
    desk.clock.advance(seconds=REMEMBERED + 1)
    again = desk.opening.open(desk.asker(), order())
    assert (again.person_id, again.again) == (first.person_id, True)
    require_created_once(desk)


def test_sent_again_after_the_account_was_deleted_it_is_made_anew(desk: Desk) -> None:
    first = desk.opening.open(desk.asker(), order())
    with desk.world.changing():
        del desk.world.users[first.person_id]
    desk.clock.advance(seconds=REMEMBERED + 1)
    again = desk.opening.open(desk.asker(), order())
    assert again.person_id != first.person_id
    assert not again.again
    assert created_entries(desk) == [ADDRESS, ADDRESS]


@pytest.mark.parametrize("change", [{"given_name": "Zara"}, {"org_unit_path": "/"}, {"username": "zoe"}])
def test_the_same_operation_with_other_values_is_a_conflict(desk: Desk, change: dict[str, object]) -> None:
    desk.opening.open(desk.asker(), order())
    with pytest.raises(OperationChanged):
        desk.opening.open(desk.asker(), order(**change))  # type: ignore[arg-type]
    require_created_once(desk)


def test_the_same_operation_with_other_values_later_is_a_conflict_while_the_account_is_there(desk: Desk) -> None:
    desk.opening.open(desk.asker(), order())
    desk.clock.advance(seconds=BINDING)
    with pytest.raises(OperationChanged):
        desk.opening.open(desk.asker(), order(given_name="Zara"))
    require_created_once(desk)


def test_the_name_of_an_account_deleted_long_ago_may_be_given_to_somebody_else(desk: Desk) -> None:
    """A script's operation is the address, so that it comes again with the next person of the name."""
    first = desk.opening.open(desk.asker(), order())
    with desk.world.changing():
        del desk.world.users[first.person_id]
    desk.clock.advance(seconds=BINDING)
    again = desk.opening.open(desk.asker(), order(given_name="Zara", password="another password"))
    [user] = desk.users_of(ADDRESS)
    assert (again.person_id, again.again, user.given_name) == (user.id, False, "Zara")
    assert password_matches(user, "another password")


def test_another_person_cannot_continue_an_operation(desk: Desk) -> None:
    desk.opening.open(desk.asker(), order())
    with pytest.raises(AddressTaken):
        desk.opening.open(desk.asker(Actor("person", "200", "other@northfield.example")), order(holder="page-2"))


@pytest.mark.parametrize("status", [500, 502, 503, 0])
def test_an_answer_lost_after_the_account_was_made_is_found_out(desk: Desk, status: int) -> None:
    desk.break_google(status, when="after")
    assert not desk.opening.open(desk.asker(), order()).again
    require_created_once(desk)


@pytest.mark.parametrize("lag", ["get_lag", "creation_window"])
def test_an_account_that_shows_up_late_is_waited_for(desk: Desk, lag: str) -> None:
    desk.set_knobs(**{lag: 4.0})
    desk.break_google(503, when="after")
    desk.opening.open(desk.asker(), order())
    require_created_once(desk)


@pytest.mark.parametrize("status", [500, 503, 0])
def test_an_answer_lost_before_the_account_was_made_is_undecided_and_continues(desk: Desk, status: int) -> None:
    desk.break_google(status)
    with pytest.raises(Undecided) as undecided:
        desk.opening.open(desk.asker(), order())
    assert undecided.value.retry
    assert [opening.state for opening in openings()] == ["intent"]
    assert desk.users_of(ADDRESS) == []
    desk.opening.open(desk.asker(), order())
    require_created_once(desk)


def test_an_account_that_shows_up_too_late_is_found_when_sent_again(desk: Desk) -> None:
    desk.set_knobs(get_lag=60.0)
    desk.break_google(503, when="after")
    with pytest.raises(Undecided):
        desk.opening.open(desk.asker(), order())
    with pytest.raises(Undecided):  # still not shown: asked once more, Google says 409, and shows nobody
        desk.opening.open(desk.asker(), order())
    desk.clock.advance(seconds=60)
    desk.opening.open(desk.asker(), order())
    require_created_once(desk)


def test_google_silent_after_a_lost_answer_is_undecided(desk: Desk) -> None:
    with desk.world.changing():
        desk.world.faults += [
            Fault(USERS_PATH, "POST", 503, when="after"),
            Fault(USERS_PATH + "/", "GET", 404, count=2),
            Fault(USERS_PATH + "/", "GET", 503, count=-1),
        ]
    with pytest.raises((Undecided, GoogleUnreachable)):
        desk.opening.open(desk.asker(), order())
    with desk.world.changing():
        desk.world.faults.clear()
    desk.opening.open(desk.asker(), order())
    require_created_once(desk)


def test_another_password_while_undecided_is_a_conflict(desk: Desk) -> None:
    desk.break_google(503)
    with pytest.raises(Undecided):
        desk.opening.open(desk.asker(), order())
    with pytest.raises(OperationChanged):
        desk.opening.open(desk.asker(), order(password="another password"))
    assert desk.users_of(ADDRESS) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_password_lost_while_undecided_blocks_the_name_for_a_while_only(desk: Desk, when: str) -> None:
    """A program that was killed does not know the password that it drew."""
    desk.break_google(503, when=when)
    desk.set_knobs(get_lag=60.0)
    with pytest.raises(Undecided):
        desk.opening.open(desk.asker(), order())
    desk.clock.advance(seconds=BINDING)
    if when == "after":  # the account is there, with the password that nobody knows
        with pytest.raises(OperationChanged):
            desk.opening.open(desk.asker(), order(password="another password"))
        assert created_entries(desk) == []
        desk.opening.open(desk.asker(), order())
        require_created_once(desk)
    else:
        desk.opening.open(desk.asker(), order(password="another password"))
        assert password_matches(desk.users_of(ADDRESS)[0], "another password")


def test_a_409_for_our_own_account_is_success(desk: Desk) -> None:
    desk.break_google(409, when="after")
    desk.opening.open(desk.asker(), order())
    require_created_once(desk)


def test_a_409_for_somebody_elses_account_is_never_adopted(desk: Desk) -> None:
    """Made at the Admin console between our look and our insert."""
    taken_meanwhile(desk)
    with pytest.raises(AddressTaken) as taken:
        desk.opening.open(desk.asker(), order())
    assert "another user" in taken.value.what
    [user] = desk.users_of(ADDRESS)
    assert (user.given_name, user.password) == ("Someone", "their own secret")
    assert created_entries(desk) == []
    assert [opening.state for opening in openings()] == ["failed"]


def test_a_wish_that_failed_may_be_sent_again_with_other_values(desk: Desk) -> None:
    taken_meanwhile(desk)
    with pytest.raises(AddressTaken):
        desk.opening.open(desk.asker(), order())
    assert desk.opening.open(desk.asker(), order("zoe.quill2")).address == "zoe.quill2@northfield.example"


def test_another_operations_account_is_foreign(desk: Desk) -> None:
    desk.opening.open(desk.asker(), order())
    with pytest.raises(AddressTaken):
        desk.opening.open(desk.asker(), order(operation="operation-0000000002", holder="page-1"))
    require_created_once(desk)


@pytest.mark.parametrize(
    ("address", "word"),
    [(HELPDESK, "another user"), ("front.desk@northfield.example", f"alias of {HELPDESK}")],
)
def test_an_address_in_use_is_refused_before_anything_is_recorded(desk: Desk, address: str, word: str) -> None:
    with pytest.raises(AddressTaken) as taken:
        desk.opening.open(desk.asker(), order(address.partition("@")[0]))
    assert word in taken.value.what
    assert openings() == []


def test_a_group_keeps_its_address(desk: Desk) -> None:
    group = next(group for group in desk.world.groups.values() if group.email.endswith("@" + DOMAIN))
    with pytest.raises(AddressTaken, match="group"):
        desk.opening.open(desk.asker(), order(group.email.partition("@")[0]))


def test_an_address_that_google_keeps_back_is_taken_in_the_end(desk: Desk) -> None:
    desk.break_google(409, count=-1)
    with pytest.raises(Undecided):
        desk.opening.open(desk.asker(), order())
    desk.clock.advance(seconds=HIDDEN_AFTER)
    with pytest.raises(AddressTaken, match="deleted lately"):
        desk.opening.open(desk.asker(), order())
    assert [opening.state for opening in openings()] == ["failed"]


@pytest.mark.parametrize(("status", "problem"), [(400, InvalidValue), (429, GoogleThrottled), (403, GoogleProblem)])
def test_a_clear_refusal_ends_the_wish(desk: Desk, status: int, problem: type[GoogleProblem]) -> None:
    desk.break_google(status)
    with pytest.raises(problem):
        desk.opening.open(desk.asker(), order())
    assert [(opening.state, opening.password_scrypt) for opening in openings()] == [("failed", None)]
    desk.opening.open(desk.asker(), order(password="another password"))
    assert len(desk.users_of(ADDRESS)) == 1


def test_no_licence_left_is_told(desk: Desk) -> None:
    with desk.world.changing():
        desk.world.customers[TENANT].user_limit = 1
    with pytest.raises(LimitReached):
        desk.opening.open(desk.asker(), order())


def test_a_refusal_of_a_second_attempt_does_not_hide_the_first(desk: Desk) -> None:
    """The first attempt took the last licence; its answer was lost and the account is slow to show."""
    desk.set_knobs(get_lag=12.0)
    desk.break_google(503, when="after")
    with pytest.raises(Undecided):
        desk.opening.open(desk.asker(), order())
    desk.break_google(400)
    with pytest.raises(InvalidValue):
        desk.opening.open(desk.asker(), order())
    assert [opening.state for opening in openings()] == ["intent"]
    desk.clock.advance(seconds=12)
    desk.opening.open(desk.asker(), order())
    require_created_once(desk)


def test_a_revoked_delegation_makes_nothing(desk: Desk) -> None:
    marketplace.revoke_data_access(desk.world, TENANT)
    with pytest.raises(NotDelegated):
        desk.opening.open(desk.asker(), order())
    assert openings() == []


def test_a_name_held_by_another_is_a_conflict(desk: Desk) -> None:
    desk.holds.secure(Holder(TENANT, DOMAIN, "page-2"), "zoe.quill", 120)
    with pytest.raises(HeldByAnother):
        desk.opening.open(desk.asker(), order())
    assert desk.users_of(ADDRESS) == []
    assert openings() == []


def test_a_held_name_can_be_opened_by_its_holder(desk: Desk) -> None:
    desk.holds.secure(Holder(TENANT, DOMAIN, "page-1"), "zoe.quill", 120)
    desk.opening.open(desk.asker(), order())
    require_created_once(desk)


def test_continuing_succeeds_although_another_holds_the_name_by_now(desk: Desk) -> None:
    desk.set_knobs(get_lag=30.0)
    desk.break_google(503, when="after")
    with pytest.raises(Undecided):
        desk.opening.open(desk.asker(), order())
    desk.clock.advance(seconds=300)
    desk.holds.secure(Holder(TENANT, DOMAIN, "page-2"), "zoe.quill", 120)
    desk.opening.open(desk.asker(), order())
    require_created_once(desk)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"username": "postmaster"}, "username"), ({"password": "short"}, "password"), ({"given_name": ""}, "firstname")],
)
def test_bad_values_are_refused_before_google_is_asked(desk: Desk, changes: dict[str, object], field: str) -> None:
    desk.break_google(503, method="", count=-1)
    with pytest.raises(OrderRefused) as refused:
        desk.opening.open(desk.asker(), order(**changes))  # type: ignore[arg-type]
    assert list(refused.value.errors) == [field]


def test_secondary_domains_have_accounts_too(desk: Desk) -> None:
    opened = desk.opening.open(desk.asker(), order(domain="students.northfield.example"))
    assert desk.user("zoe.quill@students.northfield.example").id == opened.person_id  # type: ignore[union-attr]


def test_the_mark_is_a_custom_external_id(desk: Desk) -> None:
    desk.opening.open(desk.asker(), order())
    [entry] = desk.users_of(ADDRESS)[0].more["externalIds"]  # type: ignore[misc,attr-defined]
    assert (entry["type"], entry["customType"]) == ("custom", MARK)


def taken_meanwhile(desk: Desk) -> None:
    """Somebody else makes the account after our look at the address, and before our insert."""
    user = User("199999999999999999999", ADDRESS, "Someone", "Else", "their own secret", TENANT)
    with desk.world.changing():
        desk.world.users[user.id] = user
        desk.world.faults += [
            Fault(f"{USERS_PATH}/zoe.quill", "GET", 404),
            Fault("/admin/directory/v1/groups/", "GET", 404),
        ]
