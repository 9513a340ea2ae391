"""The pages tell nobody who exists: not in words, not by the time, not by asking often."""

import string
from collections.abc import Callable

import pytest

from provisioning.invitations.allowance import (
    ATTEMPTS_A_VISIT,
    NAMES_A_PLACE,
    NAMES_A_VISIT,
    NAMES_BESIDES,
    PEOPLE_A_VISIT,
)
from provisioning.invitations.joining import SLOT
from provisioning.invitations.problems import EnoughTried, NameNotFree, NotPermitted
from provisioning.invitations.values import VisitInfo
from provisioning.naming.holder import Holder
from tests.provisioning.conftest import DOMAIN, TENANT
from tests.provisioning.invitations.conftest import CALLER, House, wish

PEOPLE = "Zoë, Quill, 20417\nMax, Meyer, 20418"


def learn_all(house: House, visit: Callable[[], VisitInfo]) -> list[str]:
    """Names, as a program would ask for them, until it is refused."""
    learned = []
    for letter in string.ascii_lowercase * 4:
        try:
            learned += house.joining.suggest(visit(), wish(family_name=f"Quill{letter}"), CALLER)
        except EnoughTried:
            return learned
    raise AssertionError("it was never refused")


def test_every_username_that_cannot_be_had_gets_the_same_answer_after_the_same_time(house: House) -> None:
    """A person's, an alias's, a group's, one that is held, reserved, forbidden by Google, or nonsense."""
    group = next(group.email.partition("@")[0] for group in house.desk.world.groups.values() if DOMAIN in group.email)
    alias = next(user.aliases[0].partition("@")[0] for user in house.desk.world.users.values() if user.aliases)
    policy = house.desk.policies.of(TENANT).naming()
    house.desk.holds.secure(Holder(TENANT, DOMAIN, "somebody else"), "held.name", 900)
    visit = house.visit(house.invite())
    said = set()
    for username in ("ada.admin", alias, group, "held.name", "abuse", "postmaster", "..", "a b", "x" * 65):
        house.ticks = [100.0, 100.0 + 0.07 * len(username)]  # as if each took another time
        with pytest.raises(NameNotFree) as problem:
            house.joining.create(visit, wish(username=username), CALLER)
        said.add((problem.value.what, problem.value.advice, problem.value.raw, problem.value.status))
        whole = (house.waits[-1] + 0.07 * len(username)) / SLOT
        assert whole == pytest.approx(round(whole))
    assert policy.check("abuse").why
    assert len(said) == 1


def test_a_visit_learns_no_more_than_its_fill_of_names_however_often_it_asks(house: House) -> None:
    visit = house.visit(house.invite(quota=500))
    learned = set(learn_all(house, lambda: visit))
    assert 0 < len(learned) <= NAMES_A_VISIT
    assert not learned & {user.primary_email.partition("@")[0] for user in house.desk.world.users.values()}
    with pytest.raises(EnoughTried):
        house.joining.create(visit, wish(username="ada.admin"), CALLER)


def test_an_invitation_learns_no_more_however_many_visits_it_makes(house: House) -> None:
    link = house.invite()
    learned = learn_all(house, lambda: house.visit(link))
    assert 0 < len(learned) <= NAMES_BESIDES + NAMES_A_PLACE


def test_usernames_are_tried_so_often_and_no_more(house: House) -> None:
    visit = house.visit(house.invite(quota=500))
    for _ in range(ATTEMPTS_A_VISIT):
        with pytest.raises(NameNotFree):
            house.joining.create(visit, wish(username="abuse"), CALLER)
    with pytest.raises(EnoughTried):
        house.joining.create(visit, wish(username="abuse"), CALLER)


def test_only_people_of_the_list_see_names_each_opens_one_account(house: House) -> None:
    link = house.invite(PEOPLE, quota=500)
    assert house.info(link).quota == 2
    first, second = house.visit(link), house.visit(link)
    for typed in ({"code": ""}, {"code": "20418"}, {"given_name": "Max"}, {"family_name": "Quil", "code": "20417"}):
        with pytest.raises(NotPermitted):
            house.joining.suggest(first, wish(**typed), CALLER)
        with pytest.raises(NotPermitted):
            house.joining.create(first, wish(username="zoequill", **typed), CALLER)
    house.join(house.visit(link), given_name="ZOE", family_name="quill", code=" 20417 ")
    with pytest.raises(NotPermitted) as used:
        house.joining.suggest(second, wish(code="20417"), CALLER)
    with pytest.raises(NotPermitted) as unknown:
        house.joining.suggest(second, wish(code="99999"), CALLER)
    assert used.value.words == unknown.value.words
    assert sorted(bool(user) for user in house.kept(link)["people"].values()) == [False, True]
    assert len(house.students()) == 1


def test_a_list_is_tried_so_often_and_no_more(house: House) -> None:
    visit = house.visit(house.invite(PEOPLE))
    for _ in range(PEOPLE_A_VISIT):
        with pytest.raises(NotPermitted):
            house.joining.suggest(visit, wish(code="1"), CALLER)
    with pytest.raises(EnoughTried):
        house.joining.suggest(visit, wish(code="20417"), CALLER)


def test_names_of_permitted_people_are_not_kept(house: House) -> None:
    one, other = house.invite(PEOPLE), house.invite(PEOPLE)
    kept = [house.kept(link) for link in (one, other)]
    assert not any(word in str(kept) for word in ("Zoë", "zoe", "quill", "20417", "meyer"))
    assert not kept[0]["people"].keys() & kept[1]["people"].keys()
