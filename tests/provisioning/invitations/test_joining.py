"""One account for one visit, where the invitation says, whatever Google answers and whoever is refused."""

from dataclasses import replace

import pytest

from provisioning.accounts.problems import OrderRefused, Undecided
from provisioning.accounts.rules import GroupRule
from provisioning.accounts.steps import Step
from provisioning.directory.port import NewAccount
from provisioning.invitations.problems import InvitationOver, NameNotFree, StillAsking
from provisioning.naming.holder import Holder, Standing
from runtime.google_problems import InvalidValue
from sandbox.google.passwords import password_matches
from tests.provisioning.conftest import DOMAIN, PERSON, TENANT
from tests.provisioning.invitations.conftest import CALLER, PASSWORD, House, wish

ADDRESS = f"zoequill@{DOMAIN}"


def counts(house: House, link: str) -> tuple[int, int]:
    """Used, and claimed."""
    info = house.info(link)
    return info.used, info.claimed


def test_the_account_is_where_the_invitation_says_with_the_visitors_password(house: House) -> None:
    link = house.invite()
    visit = house.visit(link)
    wanted = house.join(visit)
    [user] = house.students()
    assert (wanted.address, user.primary_email, user.org_unit_path) == (ADDRESS, ADDRESS, "/Students")
    assert password_matches(user, PASSWORD)
    assert not user.change_password_at_next_login
    assert (house.again(visit).state, house.info(link).state, house.opened_today()) == ("done", "used up", 1)


def test_the_audit_says_which_invitation_and_its_page_who_used_it(house: House) -> None:
    link = house.invite()
    house.join(house.visit(link))
    [entry] = house.invitations.uses(TENANT, house.info(link).id)
    assert (entry.action, entry.target) == ("account.created", ADDRESS)
    assert (entry.actor_kind, entry.actor_label) == ("invitation", "Class 7b")
    made = [entry.action for entry in house.desk.audit() if entry.target == house.info(link).id]
    assert made == ["invitation.made"]


def test_names_that_were_not_chosen_are_free_again(house: House) -> None:
    visit = house.visit(house.invite())
    names = house.joining.suggest(visit, wish(), CALLER)
    assert len(names) == 3
    stranger = Holder(TENANT, DOMAIN, "somebody else")
    assert set(house.desk.holds.look(stranger, names).standings.values()) == {Standing.HELD}
    house.join(visit, names[1])
    standings = house.desk.holds.look(stranger, names).standings
    assert [standings[name] for name in names] == [Standing.FREE, Standing.CREATED, Standing.FREE]


def test_fields_of_the_domains_patterns_are_asked_for_and_used(house: House) -> None:
    patterns = "[nickname].[lastname], [lastname][#]"
    house.desk.policies.change(TENANT, PERSON, lambda policy: replace(policy, patterns=patterns))
    visit = house.visit(house.invite())
    assert house.joining.extra_fields(visit) == ("nickname",)
    names = house.joining.suggest(visit, replace(wish(), extra={"nickname": "Zo", "license": "x"}), CALLER)
    assert names[0] == "zo.quill"
    assert house.joining.suggest(visit, replace(wish(), extra={"nickname": ""}), CALLER)[0] == "quill1"


def test_groups_follow_but_none_that_strangers_words_lead_to(house: House) -> None:
    rules = (
        GroupRule("teachers@northfield.example", "equals", "lastname", "Quill"),
        GroupRule("pupils@northfield.example", "under", value="/Students"),
    )
    house.desk.policies.change(TENANT, PERSON, lambda policy: replace(policy, group_rules=rules))
    house.join(house.visit(house.invite(groups=("choir@northfield.example",))))
    [follow_up] = house.desk.follow_ups.unfinished(TENANT)
    assert [step for step in follow_up.steps if step.kind == "group"] == [
        Step("group", "pupils@northfield.example"), Step("group", "choir@northfield.example"),
    ]  # fmt: skip


def test_sent_again_it_is_the_same_account(house: House) -> None:
    link = house.invite(quota=5)
    visit = house.visit(link)
    first = house.join(visit)
    assert house.joining.create(visit, wish(username="zoequill"), CALLER) == first  # as the page was before
    assert house.joining.create(house.again(visit), wish(username="zoe.quill"), CALLER) == first
    assert len(house.students()) == 1
    assert counts(house, link) == (1, 0)


@pytest.mark.parametrize("status", [0, 500, 503])
def test_a_lost_answer_is_found_out_at_once(house: House, status: int) -> None:
    link = house.invite()
    house.desk.break_google(status, when="after")
    house.join(house.visit(link))
    assert len(house.students()) == 1
    assert counts(house, link) == (1, 0)


def test_an_undecided_account_keeps_its_place_until_it_is_known(house: House) -> None:
    link = house.invite()
    visit, other = house.visit(link), house.visit(link)
    house.desk.set_knobs(get_lag=60.0)
    house.desk.break_google(503, when="after")
    with pytest.raises(Undecided):
        house.join(visit)
    assert (house.again(visit).state, counts(house, link)) == ("asked", (0, 1))
    with pytest.raises(InvitationOver, match="being opened just now"):
        house.join(other, given_name="Max")
    house.desk.clock.advance(seconds=60)
    wanted = house.joining.create(house.again(visit), wish(password=""), CALLER)  # nothing needs to be typed
    assert wanted.address == ADDRESS
    assert counts(house, link) == (1, 0)
    assert len(house.students()) == 1


def test_an_account_that_was_not_made_is_made_with_the_same_password_only(house: House) -> None:
    visit = house.visit(house.invite())
    house.desk.break_google(503)
    with pytest.raises(Undecided):
        house.join(visit)
    for password in ("", "another password"):
        with pytest.raises(OrderRefused) as refused:
            house.joining.create(house.again(visit), wish(password=password), CALLER)
        assert list(refused.value.errors) == ["password"]
    house.joining.create(house.again(visit), wish(username="ignored", given_name="Ignored"), CALLER)
    [user] = house.students()
    assert (user.primary_email, user.given_name) == (ADDRESS, "Zoë")


def test_another_name_while_one_is_asked_for_is_refused(house: House) -> None:
    visit = house.visit(house.invite())
    house.joining.suggest(visit, wish(), CALLER)
    house.desk.break_google(503)
    with pytest.raises(Undecided):
        house.joining.create(visit, wish(username="zoequill"), CALLER)
    with pytest.raises(StillAsking):
        house.joining.create(visit, wish(username="zoe.quill"), CALLER)  # by a page from before
    assert house.students() == []


def test_a_clear_refusal_gives_the_place_back(house: House) -> None:
    link = house.invite()
    visit = house.visit(link)
    house.desk.break_google(400)
    with pytest.raises(InvalidValue):
        house.join(visit)
    assert (house.again(visit).state, counts(house, link), house.opened_today()) == ("open", (0, 0), 0)
    house.join(house.again(visit), "zoe.quill")
    assert counts(house, link) == (1, 0)


def test_a_visitor_who_went_away_is_looked_into(house: House) -> None:
    link = house.invite(quota=2)
    visit, other = house.visit(link), house.visit(link)
    for who, when, name in ((visit, "after", "Zoë"), (other, "before", "Max")):
        house.desk.set_knobs(get_lag=60.0)
        house.desk.break_google(503, when=when)
        with pytest.raises(Undecided):
            house.join(who, given_name=name)
    house.sweep.tend(TENANT)
    assert counts(house, link) == (0, 2), "it is too early to tell"
    house.desk.clock.advance(minutes=21)
    house.sweep.tend(TENANT)
    assert (house.again(visit).state, house.again(other).state) == ("done", "open")
    assert (counts(house, link), house.opened_today()) == ((1, 0), 1)
    assert [entry.target for entry in house.invitations.uses(TENANT, house.info(link).id)] == [ADDRESS]


def test_what_cannot_be_looked_into_now_is_left_for_the_next_time(house: House) -> None:
    link = house.invite()
    house.desk.set_knobs(get_lag=60.0)
    house.desk.break_google(503, when="after")
    with pytest.raises(Undecided):
        house.join(house.visit(link))
    house.desk.clock.advance(minutes=21)
    house.desk.break_google(403, method="GET", count=-1)
    house.sweep.tend(TENANT)
    assert counts(house, link) == (0, 1)
    house.desk.world.faults.clear()
    house.sweep.tend(TENANT)
    assert counts(house, link) == (1, 0)


@pytest.mark.parametrize("why", ["closed", "expired", "switched off"])
def test_a_visit_under_way_ends_with_its_invitation(house: House, why: str) -> None:
    link = house.invite()
    visit = house.visit(link)
    if why == "closed":
        house.invitations.close(TENANT, PERSON, visit.invitation.id)
    elif why == "expired":
        house.desk.clock.advance(days=7)
    else:
        house.desk.policies.change(TENANT, PERSON, lambda policy: replace(policy, invitations_off=True))
    visit = house.again(visit)
    with pytest.raises(InvitationOver):
        house.joining.suggest(visit, wish(), CALLER)
    with pytest.raises(InvitationOver):
        house.joining.create(visit, wish(username="zoequill"), CALLER)
    assert house.students() == []


def test_an_invitation_closed_at_the_last_moment_opens_nothing(house: House) -> None:
    """The page was shown before; the place is not given."""
    visit = house.visit(house.invite())
    house.joining.suggest(visit, wish(), CALLER)
    house.invitations.close(TENANT, PERSON, visit.invitation.id)
    with pytest.raises(InvitationOver):
        house.joining.create(visit, wish(username="zoequill"), CALLER)
    assert house.students() == []


def test_no_more_than_the_daily_cap_by_all_invitations_together(house: House) -> None:
    house.desk.policies.change(TENANT, PERSON, lambda policy: replace(policy, invitations_a_day=2))
    links = [house.invite() for _ in range(3)]
    for link, name in zip(links[:2], ("Zoë", "Max"), strict=True):
        house.join(house.visit(link), given_name=name)
    visit = house.visit(links[2])
    with pytest.raises(InvitationOver, match="today"):
        house.join(visit, given_name="Ann")
    assert len(house.students()) == 2
    house.desk.clock.advance(days=1, google=False)
    house.join(house.visit(links[2]), given_name="Ann")
    assert house.opened_today() == 3


def test_a_name_that_is_missing_is_said_before_anybody_is_asked(house: House) -> None:
    visit = house.visit(house.invite())
    with pytest.raises(OrderRefused) as refused:
        house.joining.suggest(visit, wish(given_name=" \u200b", family_name="x" * 61), CALLER)
    assert list(refused.value.errors) == ["firstname", "lastname"]
    with pytest.raises(OrderRefused) as refused:
        house.joining.create(visit, wish(username="zoe.quill", password="short"), CALLER)
    assert list(refused.value.errors) == ["password"]


def test_an_address_lost_at_the_last_moment_leaves_the_visit_open_for_another(house: House) -> None:
    link = house.invite()
    visit = house.visit(link)
    house.joining.suggest(visit, wish(), CALLER)
    house.desk.directory.insert("ada.admin@northfield.example", somebody())
    with pytest.raises(NameNotFree):
        house.joining.create(visit, wish(username="zoequill"), CALLER)
    assert counts(house, link) == (0, 0)
    house.join(house.again(visit), "zoe.quill")
    assert counts(house, link) == (1, 0)


def somebody() -> NewAccount:
    return NewAccount(ADDRESS, "Zoë", "Quill", "another password", "/", False, "")
