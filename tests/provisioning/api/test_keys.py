"""API keys: shown once, kept as a hash, good until they expire or are revoked, each for its own tenant."""

import re
from datetime import timedelta

import pytest
from google.cloud import ndb

from provisioning.api.keys import LAST_USED_EVERY, MOST_KEYS, ApiKeys
from provisioning.api.records import ApiKey, ApiKeyTenant
from runtime.datastore import tenant_namespace
from runtime.problems import BadRequest, Conflict, NotFound, NotSignedIn
from sandbox.google.seed import HARBOUR
from tests.provisioning.conftest import PERSON, TENANT, Desk


@pytest.fixture
def keys(desk: Desk) -> ApiKeys:
    return ApiKeys(desk.clock)


def test_a_key_signs_its_tenant_in(keys: ApiKeys) -> None:
    info, text = keys.issue(TENANT, PERSON, "  Time   table ")
    assert re.fullmatch(r"fd_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", text)
    holder = keys.authenticate(f"Bearer {text}")
    assert (holder.tenant, holder.id, holder.name) == (TENANT, info.id, "Time table")
    assert keys.authenticate(f"bearer  {text} ") == holder


def test_the_key_itself_is_nowhere_in_the_store(keys: ApiKeys, desk: Desk) -> None:
    _, text = keys.issue(TENANT, PERSON, "Timetable")
    secret = text.split("_", 2)[2]
    with tenant_namespace(TENANT):
        stored = [repr(entity) for entity in ndb.Query().fetch()]
    stored += [repr(entity) for entity in ndb.Query(namespace="").fetch()]
    assert len(stored) == 3  # the key, its audit entry, and which tenant it is of
    assert not any(secret in entity for entity in stored)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "fd_0123456789abcdef_" + "A" * 43,
        "Bearer fd_0123456789abcdef_" + "A" * 43,
        "Bearer fd_../../x_" + "A" * 43,
        "Bearer fd_0123456789abcdef_" + "é" * 43,
        "Bearer " + "x" * 10_000,
    ],
)
def test_anything_else_is_refused(keys: ApiKeys, header: str) -> None:
    with pytest.raises(NotSignedIn):
        keys.authenticate(header)


def test_a_key_with_one_other_character_is_refused(keys: ApiKeys) -> None:
    _, text = keys.issue(TENANT, PERSON, "Timetable")
    for place in (-1, -20, 5):
        other = "b" if text[place] == "a" else "a"
        changed = text[:place] + other + text[place + 1 :] if place != -1 else text[:-1] + other
        with pytest.raises(NotSignedIn):
            keys.authenticate(f"Bearer {changed}")


def test_a_revoked_key_is_refused_at_once_and_not_listed(keys: ApiKeys, desk: Desk) -> None:
    info, text = keys.issue(TENANT, PERSON, "Timetable")
    keys.revoke(TENANT, PERSON, info.id)
    keys.revoke(TENANT, PERSON, info.id)
    with pytest.raises(NotSignedIn):
        keys.authenticate(f"Bearer {text}")
    assert keys.list(TENANT) == []
    assert [entry.action for entry in desk.audit()] == ["api-key.revoked", "api-key.issued"]


def test_a_key_of_another_tenant_is_not_found(keys: ApiKeys) -> None:
    info, text = keys.issue(TENANT, PERSON, "Timetable")
    for key_id in (info.id, "", "nothing"):
        with pytest.raises(NotFound):
            keys.revoke(HARBOUR, PERSON, key_id)
    assert keys.list(HARBOUR) == []
    assert keys.authenticate(f"Bearer {text}").tenant == TENANT


def test_a_key_that_was_moved_to_another_tenant_is_worth_nothing(keys: ApiKeys) -> None:
    info, text = keys.issue(TENANT, PERSON, "Timetable")
    ApiKeyTenant(id=info.id, tenant=HARBOUR, namespace="").put()
    with pytest.raises(NotSignedIn):
        keys.authenticate(f"Bearer {text}")


def test_an_expired_key_is_refused_and_shown_as_expired(keys: ApiKeys, desk: Desk) -> None:
    info, text = keys.issue(TENANT, PERSON, "Timetable", days=30)
    assert info.expires is not None
    assert info.expires - info.created == timedelta(days=30)
    desk.clock.advance(days=29, hours=23)
    keys.authenticate(f"Bearer {text}")
    desk.clock.advance(hours=1)
    with pytest.raises(NotSignedIn):
        keys.authenticate(f"Bearer {text}")
    assert [key.expired for key in keys.list(TENANT)] == [True]


def test_the_list_shows_enough_to_recognise_a_key_newest_first(keys: ApiKeys, desk: Desk) -> None:
    _, first = keys.issue(TENANT, PERSON, "First")
    desk.clock.advance(seconds=1)
    keys.issue(TENANT, PERSON, "Second")
    listed = keys.list(TENANT)
    assert [key.name for key in listed] == ["Second", "First"]
    assert listed[1].label == f"{first[:9]}…{first[-4:]}"
    assert (listed[1].created_by, listed[1].last_used) == (PERSON.label, None)


def test_last_use_is_written_once_a_minute(keys: ApiKeys, desk: Desk) -> None:
    info, text = keys.issue(TENANT, PERSON, "Timetable")

    def last_used() -> object:
        keys.authenticate(f"Bearer {text}")
        with tenant_namespace(TENANT):
            return ApiKey.get_by_id(info.id).last_used

    first = last_used()
    assert first is not None
    desk.clock.advance(seconds=LAST_USED_EVERY.total_seconds() - 10)
    assert last_used() == first
    desk.clock.advance(seconds=10)
    assert last_used() != first


@pytest.mark.parametrize(("name", "days"), [("", 0), ("   ", 0), ("x" * 61, 0), ("fine", -1)])
def test_bad_keys_are_not_made(keys: ApiKeys, name: str, days: int) -> None:
    with pytest.raises(BadRequest):
        keys.issue(TENANT, PERSON, name, days)
    assert keys.list(TENANT) == []


def test_a_domain_has_only_so_many_keys(keys: ApiKeys) -> None:
    for number in range(MOST_KEYS):
        keys.issue(TENANT, PERSON, f"Key {number}")
    with pytest.raises(Conflict):
        keys.issue(TENANT, PERSON, "One more")
