"""Who holds a name, for how long, and who may let it go."""

from dataclasses import replace
from datetime import timedelta

import pytest
from google.cloud import ndb

from provisioning.naming.holder import USABLE, HeldByAnother, Holder, IncompleteAnswer, Standing, TooManyHeld
from provisioning.naming.holds import CREATED_FOR, Holds
from provisioning.naming.records import HeldAnswer, Hold, delete_ended, ended
from runtime.problems import BadRequest
from runtime.transaction import transact
from tests.provisioning.naming.claiming import claim, claim_until
from tests.provisioning.naming.conftest import MovableClock

ANN = Holder("C1", "example.org", "ann's page")
BOB = Holder("C1", "example.org", "bob's page")
NAMES = ["a", "b", "c", "d"]


def standing(holds: Holds, holder: Holder, name: str) -> Standing:
    return holds.look(holder, [name]).standings[name]


def test_name_is_held_by_one_holder(holds: Holds, clock: MovableClock) -> None:
    first, expires = claim_until(holds, ANN, NAMES, 2, 120)
    assert holds.look(BOB, NAMES).standings == {
        "a": Standing.HELD,
        "b": Standing.HELD,
        "c": Standing.FREE,
        "d": Standing.FREE,
    }
    assert (first, claim(holds, BOB, NAMES, 3, 120)) == (("a", "b"), ("c", "d"))
    assert expires == clock.now + timedelta(seconds=120)
    assert standing(holds, ANN, "a") is Standing.MINE


def test_claim_of_names_that_are_all_held_takes_nothing(holds: Holds) -> None:
    claim(holds, ANN, NAMES, 4, 120)
    assert claim(holds, BOB, NAMES, 1, 120) == ()
    assert HeldAnswer.query(namespace="C1").count() == 1


def test_holder_that_claims_again_has_the_same_names(holds: Holds) -> None:
    claim(holds, ANN, ["b", "c"], 2, 120)
    assert claim(holds, ANN, NAMES, 3, 120) == ("a", "b", "c")


@pytest.mark.parametrize("seconds", [0, 200])
def test_whoever_looked_too_early_takes_nothing(holds: Holds, clock: MovableClock, seconds: float) -> None:
    claim(holds, ANN, ["c"], 1, 120)
    claim(holds, Holder("C1", "example.org", "before"), ["a"], 1, 120)
    clock.move(seconds)
    holder = BOB if seconds else ANN
    early = holds.look(holder, ["a", "b"])
    claim(holds, BOB if holder is ANN else ANN, ["b"], 1, 120)
    names = [name for name in ("a", "b") if early.standings[name] in USABLE]
    assert names
    for whole in (False, True):
        assert holds.take(holder, names, early, 120, whole=whole) is None
    assert standing(holds, holder, "a") is (Standing.EXPIRED if seconds else Standing.HELD)


def test_whole_answer_is_replaced_in_the_step_that_takes_the_names(holds: Holds) -> None:
    claim(holds, ANN, ["a", "b"], 2, 120)
    assert claim(holds, ANN, ["b", "c"], 2, 120, whole=True) == ("b", "c")
    assert holds.look(BOB, ["a", "b", "c"]).standings == {
        "a": Standing.FREE,
        "b": Standing.HELD,
        "c": Standing.HELD,
    }
    assert holds.renew(ANN, 1).keys() == {"b", "c"}


@pytest.mark.parametrize(("seconds", "expected"), [(149.9, Standing.HELD), (150, Standing.EXPIRED)])
def test_hold_can_be_taken_over_thirty_seconds_after_it_expired(
    holds: Holds, clock: MovableClock, seconds: float, expected: Standing
) -> None:
    claim(holds, ANN, ["a"], 1, 120)
    clock.move(seconds)
    assert standing(holds, BOB, "a") is expected
    taken = claim(holds, BOB, ["a"], 1, 120)
    assert taken == (("a",) if expected is Standing.EXPIRED else ())


def test_hold_that_expired_is_still_renewed_while_nobody_took_it(holds: Holds, clock: MovableClock) -> None:
    claim(holds, ANN, ["a", "b"], 2, 120)
    clock.move(1000)
    claim(holds, BOB, ["a"], 1, 120)
    assert holds.renew(ANN, 120) == {"b": clock.now + timedelta(seconds=120)}
    assert standing(holds, BOB, "a") is Standing.MINE


def test_renewing_nothing_holds_nothing(holds: Holds) -> None:
    assert holds.renew(ANN, 120) == {}
    assert not Hold.query(namespace="C1").count()
    assert not HeldAnswer.query(namespace="C1").count()


def test_settling_replaces_the_holders_earlier_names_in_one_step(holds: Holds, clock: MovableClock) -> None:
    claim(holds, ANN, ["a", "b"], 2, 120)
    clock.move(60)
    claim(holds, ANN, ["b", "c"], 2, 120)
    assert holds.settle(ANN, ["b", "c"], 120) == clock.now + timedelta(seconds=120)
    clock.move(119)
    assert holds.look(BOB, NAMES).standings == {
        "a": Standing.FREE,
        "b": Standing.HELD,
        "c": Standing.HELD,
        "d": Standing.FREE,
    }
    assert holds.renew(ANN, 1).keys() == {"b", "c"}


def test_settling_frees_nothing_that_another_has_taken_over(holds: Holds, clock: MovableClock) -> None:
    claim(holds, ANN, ["a"], 1, 120)
    clock.move(150)
    claim(holds, BOB, ["a"], 1, 120)
    claim(holds, ANN, ["b"], 1, 120)
    holds.settle(ANN, ["b"], 120)
    assert standing(holds, BOB, "a") is Standing.MINE


def test_settling_a_name_that_was_lost_changes_nothing(holds: Holds, clock: MovableClock) -> None:
    claim(holds, ANN, ["a", "b"], 2, 120)
    clock.move(150)
    claim(holds, BOB, ["b"], 1, 120)
    with pytest.raises(HeldByAnother):
        holds.settle(ANN, ["b", "c"], 120)
    assert holds.renew(ANN, 1).keys() == {"a"}


def test_release_frees_only_what_is_the_holders(holds: Holds) -> None:
    claim(holds, ANN, ["a", "b"], 2, 120)
    claim(holds, BOB, ["c"], 1, 120)
    holds.release(BOB)
    holds.give_back(BOB, ["a"])
    assert [standing(holds, ANN, name) for name in "abc"] == [Standing.MINE, Standing.MINE, Standing.FREE]
    holds.select(ANN, "B", 120)
    assert [standing(holds, ANN, name) for name in "ab"] == [Standing.FREE, Standing.MINE]
    holds.release(ANN)
    assert Hold.query(namespace="C1").count() == HeldAnswer.query(namespace="C1").count() == 0


def test_secure_takes_renews_and_refuses(holds: Holds, clock: MovableClock) -> None:
    assert holds.secure(ANN, "A", 120)
    clock.move(100)
    assert not holds.secure(ANN, "a", 120)
    clock.move(100)
    assert standing(holds, ANN, "a") is Standing.MINE
    with pytest.raises(HeldByAnother, match="given a"):
        holds.secure(BOB, "a", 120)


def test_securing_never_shortens_a_hold(holds: Holds, clock: MovableClock) -> None:
    holds.secure(ANN, "a", 120)
    holds.secure(ANN, "a", 1)
    clock.move(119)
    assert standing(holds, ANN, "a") is Standing.MINE


def test_secured_names_are_released_with_the_answer(holds: Holds) -> None:
    claim(holds, ANN, ["a"], 1, 120)
    holds.secure(ANN, "typed", 120)
    holds.release(ANN)
    assert standing(holds, BOB, "typed") is Standing.FREE


def test_holder_has_its_fill_at_ten(holds: Holds, clock: MovableClock) -> None:
    for number in range(10):
        holds.secure(ANN, f"n{number}", 120)
    with pytest.raises(TooManyHeld):
        holds.secure(ANN, "n10", 120)
    assert holds.secure(BOB, "n10", 120)
    clock.move(120)
    assert holds.secure(ANN, "n11", 120)


def test_created_name_is_nobodys_until_the_record_ends(holds: Holds, clock: MovableClock) -> None:
    claim(holds, ANN, ["a"], 1, 1)
    holds.mark_created(ANN, "A")
    assert standing(holds, BOB, "a") is standing(holds, ANN, "a") is Standing.CREATED
    assert claim(holds, ANN, ["a", "b"], 1, 120) == ("b",)
    holds.settle(ANN, ["b"], 120)
    holds.release(ANN)
    holds.give_back(ANN, ["a"])
    clock.move(CREATED_FOR.total_seconds() + 29)
    assert standing(holds, BOB, "a") is Standing.CREATED
    clock.move(1)
    assert standing(holds, BOB, "a") is Standing.EXPIRED


def test_creator_may_come_again_and_nobody_else(holds: Holds) -> None:
    holds.mark_created(ANN, "a")
    assert not holds.secure(ANN, "a", 120)
    assert standing(holds, ANN, "a") is Standing.CREATED
    with pytest.raises(HeldByAnother):
        holds.secure(BOB, "a", 120)


def test_account_that_exists_outdoes_anybodys_hold(holds: Holds) -> None:
    claim(holds, BOB, ["a"], 1, 120)
    holds.mark_created(ANN, "a")
    assert standing(holds, BOB, "a") is Standing.CREATED


def test_created_record_joins_the_transaction_it_is_made_in(holds: Holds) -> None:
    claim(holds, ANN, ["a"], 1, 120)

    def work() -> None:
        holds.mark_created(ANN, "a")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        ndb.transaction(work, retries=0)
    assert standing(holds, ANN, "a") is Standing.MINE


KEY = Holder("C1", "example.org", "key")
FIRST, SECOND = replace(KEY, call="1"), replace(KEY, call="2")


def held() -> dict[str, str]:
    """The names that are held, and by which call."""
    return {hold.name: hold.call for hold in Hold.query(namespace="C1") if not hold.created}


@pytest.fixture
def two_calls(holds: Holds) -> Holds:
    """A key has had a and b in a first call, c and d in a second one."""
    claim(holds, FIRST, ["a", "b"], 2, 120)
    claim(holds, SECOND, ["c", "d"], 2, 120)
    return holds


def test_call_of_a_key_keeps_its_answer_with_its_holds(two_calls: Holds) -> None:
    assert HeldAnswer.query(namespace="C1").count() == 0
    assert {hold.name: hold.answer for hold in Hold.query(namespace="C1")} == {
        "a": ["a", "b"],
        "b": ["a", "b"],
        "c": ["c", "d"],
        "d": ["c", "d"],
    }


@pytest.mark.parametrize(
    ("presented", "left"),
    [
        (["B", "A", "unknown"], {"c": "2", "d": "2"}),
        (["d", "c", "b", "a"], {}),
        ([], {"a": "1", "b": "1", "c": "2", "d": "2"}),
    ],
)
def test_api_key_presents_the_whole_answer_of_a_call(
    two_calls: Holds, presented: list[str], left: dict[str, str]
) -> None:
    two_calls.release(Holder("C1", "example.org", "other key"), presented)
    assert len(held()) == 4
    two_calls.release(KEY, presented)
    assert held() == left


@pytest.mark.parametrize(
    ("chosen", "presented"),
    [("", ["b"]), ("b", ["b"]), ("a", ["a", "b", "c"]), ("typed", ["a"]), ("b", ["d"]), ("", ["typed before"])],
)
def test_part_of_an_answer_releases_nothing(two_calls: Holds, chosen: str, presented: list[str]) -> None:
    for name in ("typed before", "typed too"):
        two_calls.secure(KEY, name, 120)
    before = held()
    with pytest.raises(IncompleteAnswer):
        two_calls.select(KEY, chosen, 120, presented)
    assert held() == before


def test_choice_of_a_key_ends_the_calls_that_it_presents(two_calls: Holds) -> None:
    two_calls.select(KEY, "b", 120, ["a", "b"])
    assert held() == {"b": "1", "c": "2", "d": "2"}
    two_calls.select(KEY, "typed", 120, ["c", "d"])
    assert held() == {"b": "1", "typed": ""}
    two_calls.select(KEY, "b", 120, ["b"])
    two_calls.release(KEY, ["b"])
    assert held() == {"typed": ""}
    two_calls.release(KEY, ["typed"])
    assert held() == {}


def test_choice_out_of_several_answers_leaves_one_name(two_calls: Holds, clock: MovableClock) -> None:
    clock.move(100)
    two_calls.select(KEY, "C", 120, ["d", "c", "b", "a"])
    clock.move(100)
    assert held() == {"c": "2"}
    assert standing(two_calls, BOB, "c") is Standing.HELD
    two_calls.release(KEY, ["c"])
    assert held() == {}


def test_name_of_a_call_that_is_not_presented_stays_a_part_of_its_answer(two_calls: Holds) -> None:
    two_calls.select(KEY, "c", 120, ["a", "b"])
    assert held() == {"c": "2", "d": "2"}
    with pytest.raises(IncompleteAnswer):
        two_calls.release(KEY, ["c"])


def test_key_frees_nothing_that_another_has_taken_over(two_calls: Holds, clock: MovableClock) -> None:
    clock.move(150)
    claim(two_calls, BOB, ["a"], 1, 120)
    claim(two_calls, replace(KEY, call="3"), ["c"], 1, 120)
    two_calls.select(KEY, "b", 120, ["a", "b"])
    assert held() == {"a": "", "b": "", "c": "3", "d": "2"}, "what had expired is held anew, by the key itself"
    assert standing(two_calls, BOB, "a") is Standing.MINE


def test_call_that_takes_other_names_has_them_as_its_answer(two_calls: Holds) -> None:
    """As where there is no index: a name that turns out to be taken is replaced before the answer goes out."""
    claim(two_calls, FIRST, ["e"], 1, 120)
    two_calls.settle(FIRST, ["a", "e"], 120, drop=["b"])
    assert held() == {"a": "1", "e": "1", "c": "2", "d": "2"}
    with pytest.raises(IncompleteAnswer):
        two_calls.release(KEY, ["a"])
    two_calls.release(KEY, ["a", "e"])
    assert held() == {"c": "2", "d": "2"}


def test_choice_of_what_another_holds_changes_nothing(two_calls: Holds) -> None:
    claim(two_calls, ANN, ["m", "n"], 2, 120)
    claim(two_calls, BOB, ["o"], 1, 120)
    before = held()
    with pytest.raises(HeldByAnother):
        two_calls.select(ANN, "o", 120)
    with pytest.raises(HeldByAnother):
        two_calls.select(KEY, "o", 120, ["a", "b"])
    assert held() == before


def test_choice_frees_nothing_that_another_has_taken_over(holds: Holds, clock: MovableClock) -> None:
    claim(holds, ANN, ["a", "b"], 2, 120)
    clock.move(150)
    claim(holds, BOB, ["a"], 1, 120)
    holds.select(ANN, "b", 120)
    assert standing(holds, BOB, "a") is Standing.MINE
    assert standing(holds, ANN, "b") is Standing.MINE


def test_account_is_known_by_whoever_made_it_until_the_record_ends(holds: Holds, clock: MovableClock) -> None:
    claim(holds, ANN, ["a", "b"], 2, 120)
    assert not holds.has_created(ANN, "a")
    holds.mark_created(ANN, "a")
    assert (holds.has_created(ANN, "a"), holds.has_created(BOB, "a")) == (True, False)
    holds.select(ANN, "a", 120)
    assert standing(holds, BOB, "a") is Standing.CREATED
    assert standing(holds, BOB, "b") is Standing.FREE
    clock.move(CREATED_FOR.total_seconds() + 30)
    assert not holds.has_created(ANN, "a")


def test_calls_of_one_key_are_holders_of_their_own_but_share_the_right_to_create(holds: Holds) -> None:
    first, second = Holder("C1", "example.org", "key", "1"), Holder("C1", "example.org", "key", "2")
    claim(holds, first, ["a"], 1, 120)
    assert claim(holds, second, ["a"], 1, 120) == ()
    assert not holds.secure(second, "a", 120)


def test_tenants_and_domains_are_apart(holds: Holds) -> None:
    claim(holds, ANN, ["a"], 1, 120)
    for other in (Holder("C2", "example.org", "x"), Holder("C1", "example.com", "x")):
        assert standing(holds, other, "a") is Standing.FREE
    assert standing(holds, Holder("C1", "EXAMPLE.org", "x"), "a") is Standing.HELD
    assert Hold.query(namespace="C1").get().key.id() == "example.org/a"
    assert Hold.query(namespace="").count() == 0


# Sweeping


def test_what_expired_an_hour_ago_is_swept_in_pieces_and_nothing_else(holds: Holds, clock: MovableClock) -> None:
    for number in range(30):
        claim(holds, Holder("C1", "example.org", f"page {number}"), [f"n{number}"], 1, 120)
    claim(holds, Holder("C2", "example.org", "other tenant"), ["a"], 1, 120)
    claim(holds, ANN, ["long"], 1, 86400)
    holds.mark_created(BOB, "made")
    clock.move(3720)
    assert holds.sweep("C1", 1000) == 0
    clock.move(1)
    assert [holds.sweep("C1", 40), holds.sweep("C1", 40), holds.sweep("C1", 40)] == [40, 20, 0]
    assert {hold.name for hold in Hold.query(namespace="C1")} == {"long", "made"}
    assert (HeldAnswer.query(namespace="C1").count(), Hold.query(namespace="C2").count()) == (1, 1)
    clock.move(900)
    assert holds.sweep("C1", 40) == 1
    assert holds.renew(ANN, 120).keys() == {"long"}


def test_hold_that_somebody_takes_while_old_ones_are_swept_stays(holds: Holds, clock: MovableClock) -> None:
    claim(holds, ANN, ["a", "b"], 2, 120)
    clock.move(4000)
    before = clock.now - timedelta(hours=1)
    keys = ended("C1", before, 10)
    claim(holds, BOB, ["a"], 1, 120)
    assert transact(lambda transaction: delete_ended(transaction, keys, before)) == 2, (
        "the other hold, and Ann's answer"
    )
    assert standing(holds, BOB, "a") is Standing.MINE


def test_holder_without_a_token_is_refused() -> None:
    with pytest.raises(BadRequest):
        Holder("C1", "example.org", "")


def test_holder_token_may_be_long_and_strange(holds: Holds) -> None:
    holder = Holder("C1", "example.org", "/'\u0000💥" * 1000)
    claim(holds, holder, ["a"], 1, 120)
    assert holds.renew(holder, 120).keys() == {"a"}
