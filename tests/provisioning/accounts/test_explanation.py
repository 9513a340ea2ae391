"""Why Google keeps an address back: told the same way for one account and for many."""

from datetime import date

import pytest

from provisioning.accounts.creation import AccountCreation, Taken
from provisioning.accounts.explanation import explain_conflict
from provisioning.accounts.opening import HIDDEN_AFTER
from provisioning.accounts.problems import AddressTaken, Undecided
from provisioning.directory.port import AddressOccupant, NewAccount, WorkspaceDomain
from provisioning.naming.occupancy import OccupantKind
from provisioning.naming.taken import TakenNames
from runtime.problems import Unavailable
from sandbox.google.world import User
from tests.provisioning.conftest import ADMIN, DOMAIN, TENANT, Desk, order
from tests.provisioning.naming.listings import build, listing

NORTHFIELD = WorkspaceDomain(DOMAIN, is_primary=True, verified=True)
ADDRESS = f"zoe.quill@{DOMAIN}"


def index(desk: Desk, *names: str) -> None:
    """As a reading of the directory left it, ahead of the test's clock."""
    lines = [f"{name}@{DOMAIN}{mark and ' ' + mark}" for name, _, mark in (one.partition(" ") for one in names)]
    build(desk.clock, listing(*lines), domains=(NORTHFIELD,), tenant=TENANT)


def explained(desk: Desk, address: str = ADDRESS) -> Taken:
    return explain_conflict(desk.taken, TENANT, address, Taken.hidden(address))


def test_what_google_shows_needs_no_explanation(desk: Desk) -> None:
    index(desk, "zoe.quill g")
    found = Taken.by(ADDRESS, AddressOccupant("user", ADDRESS))
    assert explain_conflict(desk.taken, TENANT, ADDRESS, found) is found


def test_without_an_index_it_stays_hidden(desk: Desk) -> None:
    assert explained(desk) == Taken.hidden(ADDRESS)


@pytest.mark.parametrize(
    ("mark", "kind", "learned", "words"),
    [
        ("d2999-12-20", "deleted", "deleted", "it belonged to a person deleted on 30 November 2999"),
        ("a", "alias", "alias", "it was another address of a person"),
        ("g", "group", "group", "a group had it"),
    ],
)
def test_index_knows_more(desk: Desk, mark: str, kind: str, learned: OccupantKind, words: str) -> None:
    index(desk, f"zoe.quill {mark}")
    found = explained(desk)
    assert (found.kind, found.learned, found.occupant) == (kind, learned, None)
    assert words in found.sentence


def test_index_that_knows_no_more_than_that_it_is_taken_leaves_it_hidden(desk: Desk) -> None:
    index(desk, "somebody")
    desk.taken.add(TENANT, DOMAIN, "zoe.quill", "other")
    assert explained(desk) == Taken.hidden(ADDRESS)


def test_of_what_nobody_knows_a_personal_account_is_guessed(desk: Desk) -> None:
    index(desk, "somebody", f"zoe.quill d{date(2020, 1, 1)}")
    found = explained(desk)
    assert (found.kind, found.learned) == ("unmanaged", "other")
    assert "may have a personal Google account" in found.sentence


def test_index_that_cannot_be_read_explains_nothing(desk: Desk) -> None:
    class Silent(TakenNames):
        def of(self, *_: str) -> object:  # type: ignore[override]
            raise Unavailable("Datastore does not answer.")

    found = Taken.hidden(ADDRESS)
    assert explain_conflict(Silent(desk.clock), TENANT, ADDRESS, found) is found


# The single account


def deleted(desk: Desk) -> None:
    account = NewAccount(ADDRESS, "Zoë", "Quill", "their own secret", "/Staff", True, "another mark")
    outcome = AccountCreation(desk.directory, desk.clock).create(ADMIN, account, asked_before=False, refused=0.0)
    desk.directory.delete(ADMIN, outcome.person.id)  # type: ignore[union-attr]


def test_deleted_account_is_told_at_once_where_the_index_knows_it(desk: Desk) -> None:
    deleted(desk)
    desk.set_knobs(deleted_name_blocks=True)
    index(desk, "somebody", "zoe.quill d2999-12-20")
    with pytest.raises(AddressTaken, match="kept free until 20 December 2999"):
        desk.opening.open(desk.asker(), order())


def test_personal_account_whose_owner_was_invited_is_told_at_once(desk: Desk) -> None:
    with desk.world.changing():
        desk.world.users["9"] = User("9", ADDRESS, "Own", "Account", "x", "")
        desk.world.knobs.conflict_account = "invite"
    with pytest.raises(AddressTaken, match="Google has invited them"):
        desk.opening.open(desk.asker(), order())


def test_personal_account_in_the_way_is_told_once_the_account_cannot_be_ours(desk: Desk) -> None:
    index(desk, "somebody")
    with desk.world.changing():
        desk.world.users["9"] = User("9", ADDRESS, "Own", "Account", "x", "")
        desk.world.knobs.conflict_account = "keep"
    with pytest.raises(Undecided):
        desk.opening.open(desk.asker(), order())
    desk.clock.advance(seconds=HIDDEN_AFTER)
    with pytest.raises(AddressTaken, match="personal Google account"):
        desk.opening.open(desk.asker(), order())
    occupant = TakenNames(desk.clock).of(TENANT, DOMAIN).occupants(["zoe.quill"])["zoe.quill"]
    assert occupant.kind == "other"
