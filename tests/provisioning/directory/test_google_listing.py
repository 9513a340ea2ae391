"""How the whole Directory is asked for on the wire, and how its answers are read."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from provisioning.directory.google_listing import GoogleListing
from provisioning.directory.port import LastEntry, ListedGroup, ListedUser
from runtime.google_api import GoogleTransport
from runtime.google_problems import GoogleUnreachable, InvalidValue, NotDelegated
from sandbox.google import marketplace, people
from sandbox.google.seed import LISTED_SCOPES
from tests.provisioning.conftest import ADMIN, HELPDESK, TENANT, Desk
from tests.runtime.listener import Listener, Reply, Seen


@pytest.fixture
def listing(desk: Desk) -> GoogleListing:
    """From the simulated Google."""
    return GoogleListing(desk.transport)


class Wire:
    """Answers in Google's place; the tokens come from the simulated one."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.seen: list[Seen] = []

    def reply(self, seen: Seen) -> Reply:
        self.seen.append(seen)
        return Reply(json.dumps(self.answer).encode())

    def question(self) -> dict[str, str]:
        """Of the last request."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.seen[-1].path).query).items()}


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def wired(desk: Desk, wire: Wire) -> Iterator[GoogleListing]:
    """A listing that asks the wire."""
    with Listener(wire.reply) as listener:
        origins = {**desk.settings.google_origins, "https://admin.googleapis.com": listener.url}
        transport = GoogleTransport(desk.settings.model_copy(update={"google_origins": origins}), read_patience=0.001)
        yield GoogleListing(transport)
        transport.close()


def test_people_are_asked_for_in_the_largest_pages_and_the_smallest_answers(wired: GoogleListing, wire: Wire) -> None:
    assert wired.users_page(ADMIN, "") == wired.users_page(ADMIN, "t2")
    asked = wire.question()
    assert asked.pop("fields").startswith("nextPageToken,users(id,primaryEmail,aliases,nonEditableAliases,")
    assert asked == {
        "customer": "my_customer", "maxResults": "500", "prettyPrint": "false", "pageToken": "t2", "alt": "json",
    }  # fmt: skip
    assert "gzip" in wire.seen[-1].headers["accept-encoding"]
    assert "pageToken" not in wire.seen[0].path


def test_deleted_people_and_groups_are_asked_for_in_the_same_way(wired: GoogleListing, wire: Wire) -> None:
    wired.deleted_page(ADMIN, "")
    assert (wire.question()["showDeleted"], wire.question()["maxResults"]) == ("true", "500")
    assert wire.question()["fields"].startswith("nextPageToken,")
    wired.groups_page(ADMIN, "")
    assert wire.question()["maxResults"] == "200"
    assert wire.question()["fields"].startswith("nextPageToken,")
    wired.last_user(ADMIN)
    assert (wire.question()["sortOrder"], wire.question()["orderBy"]) == ("DESCENDING", "email")
    assert wire.question()["maxResults"] == "1"


def test_what_google_leaves_out_is_empty(wired: GoogleListing, wire: Wire) -> None:
    wire.answer = {
        "users": [{"id": "1", "primaryEmail": "a@x.example"}],
        "groups": [{"id": "2", "email": "g@x.example"}],
    }
    user = ListedUser("1", "a@x.example", (), (), "", "", "/", suspended=False, archived=False, organization_ids=())
    assert wired.users_page(ADMIN, "").entries == [user]
    assert wired.groups_page(ADMIN, "").entries == [ListedGroup("2", "g@x.example", "", (), ())]
    assert wired.deleted_page(ADMIN, "").entries[0].deleted_at == ""
    wire.answer = {}
    for ask in (wired.users_page, wired.deleted_page, wired.groups_page):
        page = ask(ADMIN, "")
        assert (list(page.entries), page.next_token) == ([], "")
    assert (wired.last_user(ADMIN), wired.last_group(ADMIN)) == (None, None)


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        ([{"type": "organization", "value": "S-1"}, {"type": "account", "value": "x"}], ("S-1",)),
        ([{"type": "organization", "value": 7}, {"type": "organization"}], ("7", "")),
        (["organization", None], ()),
        ({"type": "organization"}, ()),
        (None, ()),
    ],
)
def test_organization_ids_are_read_from_whatever_is_there(
    wired: GoogleListing, wire: Wire, ids: object, found: tuple[str, ...]
) -> None:
    wire.answer = {"users": [{"id": "1", "primaryEmail": "a@x.example", "name": None, "externalIds": ids}]}
    assert wired.users_page(ADMIN, "").entries[0].organization_ids == found


def test_pages_follow_each_other_to_the_end(desk: Desk, listing: GoogleListing) -> None:
    desk.set_knobs(page_limit=100)
    emails, token = [], ""
    for _ in range(3):
        page = listing.users_page(ADMIN, token)
        emails += [user.email for user in page.entries]
        token = page.next_token
    assert token == ""
    assert len(set(emails)) == 300
    assert emails == sorted(emails)
    last = listing.last_user(ADMIN)
    assert last is not None
    assert last.email == emails[-1]
    assert last.created_at is not None
    assert last.created_at.tzinfo is not None
    group = listing.last_group(ADMIN)
    assert isinstance(group, LastEntry)
    assert group.email == max(group.email for group in listing.groups_page(ADMIN, "").entries)


def test_deleted_people_say_when(desk: Desk, listing: GoogleListing) -> None:
    user = desk.user(HELPDESK)
    assert user is not None
    people.delete_user(desk.world, user.id)
    (deleted,) = listing.deleted_page(ADMIN, "").entries
    assert (deleted.email, deleted.deleted_at) == (HELPDESK, user.deletion_time)
    assert HELPDESK not in {one.email for one in listing.users_page(ADMIN, "").entries}


def test_a_token_that_is_not_good_is_told_from_other_troubles(listing: GoogleListing) -> None:
    with pytest.raises(InvalidValue):
        listing.users_page(ADMIN, "stale")


@pytest.mark.parametrize(("method", "scope"), [("users_page", "user"), ("groups_page", "group.readonly")])
def test_each_list_needs_only_its_own_scope(desk: Desk, listing: GoogleListing, method: str, scope: str) -> None:
    marketplace.revoke_data_access(desk.world, TENANT)
    client = desk.world.project.service_account_client_id
    own = [one for one in LISTED_SCOPES if one.endswith(f"admin.directory.{scope}")]
    marketplace.set_delegation(desk.world, TENANT, client, own)
    assert getattr(listing, method)(ADMIN, "").entries
    with pytest.raises(NotDelegated):
        (listing.groups_page if method == "users_page" else listing.users_page)(ADMIN, "")


@pytest.mark.parametrize(
    "answer", ["<html>", [1], None, {"users": None, "groups": "x"}, {"users": [{}], "groups": [{}]}]
)
def test_an_answer_that_is_none_ends_nothing_and_may_be_asked_for_again(
    wired: GoogleListing, wire: Wire, answer: Any
) -> None:
    wire.answer = answer
    for ask in (wired.users_page, wired.deleted_page, wired.groups_page):
        with pytest.raises(GoogleUnreachable):
            ask(ADMIN, "")


def test_the_last_person_may_be_too_new_to_say_since_when(wired: GoogleListing, wire: Wire) -> None:
    wire.answer = {"users": [{"id": "1", "primaryEmail": "a@x.example"}]}
    assert wired.last_user(ADMIN) == LastEntry("1", "a@x.example", None)
