"""Programs with google-cloud-ndb, unmodified."""

import datetime as dt
import threading
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import ndb
from google.cloud.ndb import metadata
from proto.datetime_helpers import DatetimeWithNanoseconds  # type: ignore[import-untyped]

from tests.contract.datastore.conftest import Backend


class Address(ndb.Model):  # type: ignore[misc]
    """Part of a person."""

    city = ndb.StringProperty()
    zip = ndb.IntegerProperty()


class Person(ndb.Model):  # type: ignore[misc]
    """A bit of everything."""

    name = ndb.StringProperty()
    group = ndb.StringProperty()
    number = ndb.IntegerProperty()
    score = ndb.FloatProperty()
    active = ndb.BooleanProperty(default=True)
    born = ndb.DateProperty()
    seen = ndb.DateTimeProperty()
    tags = ndb.StringProperty(repeated=True)
    home = ndb.StructuredProperty(Address)
    offices = ndb.LocalStructuredProperty(Address, repeated=True)
    settings = ndb.JsonProperty()
    notes = ndb.TextProperty()
    picture = ndb.BlobProperty(compressed=True)
    friend = ndb.KeyProperty()
    place = ndb.GeoPtProperty()
    lower = ndb.ComputedProperty(lambda self: (self.name or "").lower())


# ndb's own kind of time: naive, in UTC.
NOON = DatetimeWithNanoseconds(2026, 11, 21, 12, 0, 0, 123456)


def _people(count: int) -> list[Any]:
    groups = ("a", "b", "c")
    return [Person(id=f"p{at:03}", name=f"Name {at:03}", group=groups[at % 3], number=at) for at in range(count)]


def test_every_kind_of_property_survives(client: Any) -> None:
    with client.context(cache_policy=False):
        sent = Person(
            name="Ünal", number=-5, score=2.5, active=False, born=dt.date(1990, 2, 3),
            seen=NOON, tags=["x", "y"], home=Address(city="Ulm", zip=89073),
            offices=[Address(city="A"), Address(city="B")], settings={"deep": [1, {"x": None}]}, notes="n" * 5000,
            picture=b"\x00" * 5000, friend=ndb.Key("Person", "other"), place=ndb.GeoPt(48.4, 10.0),
        )  # fmt: skip
        key = sent.put()
        assert key.get().to_dict() == sent.to_dict()
        assert isinstance(key.id(), int)
        assert (
            Person.query(Person.home.city == "Ulm", Person.tags == "y", Person.lower == "ünal").get(keys_only=True)
            == key
        )
        assert Person.query(Person.seen >= NOON, Person.friend == ndb.Key("Person", "other")).get(keys_only=True) == key
        assert Person.query(Person.seen > NOON).get() is None


def test_a_query_without_a_kind_finds_all_kinds_of_its_own_namespace_slice_by_slice(client: Any) -> None:
    with client.context(cache_policy=False) as context:
        Person(id="outside").put()
        with context.new(namespace="C0123").use():
            keys = ndb.put_multi(
                [Address(city="Ulm"), *_people(5), Person(id="below", parent=ndb.Key("Person", "p001"))]
            )
            found: list[Any] = []
            while part := ndb.Query(filters=ndb.FilterNode("__key__", ">", found[-1]) if found else None).fetch(
                3, keys_only=True
            ):
                found += part
            assert len(found) == len(set(found))
            assert set(found) == set(keys)
            assert [each.kind() for each in found] == ["Address"] + ["Person"] * 6
            ndb.delete_multi(found)
            assert ndb.Query().fetch(keys_only=True) == []
        assert [each.id() for each in ndb.Query().fetch(keys_only=True)] == ["outside"]


def test_put_get_and_delete_in_bulk(client: Any) -> None:
    with client.context(cache_policy=False):
        keys = ndb.put_multi(_people(520))
        assert [each.number for each in ndb.get_multi(keys)] == list(range(520))
        ndb.delete_multi(keys[:519])
        assert ndb.get_multi(keys[518:]) == [None, keys[519].get()]
        assert Person.query().fetch(keys_only=True) == [keys[519]]


def test_queries_filter_sort_project_and_count(client: Any) -> None:
    with client.context(cache_policy=False):
        ndb.put_multi(_people(30))
        assert [each.number for each in Person.query(Person.group == "b").order(-Person.number).fetch(3)] == [
            28,
            25,
            22,
        ]
        assert [each.number for each in Person.query(Person.number > 26, Person.number <= 28).fetch()] == [27, 28]
        assert {each.number for each in Person.query(Person.group.IN(["a", "b"]))} == {
            n for n in range(30) if n % 3 < 2
        }
        assert [each.number for each in Person.query().fetch(2, offset=4)] == [4, 5]
        assert Person.query(Person.group == "a").count() == 10
        assert Person.query().order(Person.number).get(keys_only=True) == ndb.Key(Person, "p000")
        projected = Person.query(projection=[Person.group], distinct_on=[Person.group]).fetch()
        assert [each.group for each in projected] == ["a", "b", "c"]
        assert ndb.gql("SELECT * FROM Person WHERE number = 7").get().name == "Name 007"


def test_pages_follow_each_other_by_cursor(client: Any) -> None:
    with client.context(cache_policy=False):
        ndb.put_multi(_people(25))
        query = Person.query(Person.number >= 0).order(Person.number)
        numbers, cursor, more = [], None, True
        while more:
            page, cursor, more = query.fetch_page(10, start_cursor=cursor)
            numbers += [each.number for each in page]
            assert page or len(numbers) == 25
        assert numbers == list(range(25))


def test_last_page_that_is_exactly_full_announces_no_more(client: Any, backend: Backend) -> None:
    with client.context(cache_policy=False):
        ndb.put_multi(_people(10))
        _, _, more = Person.query().fetch_page(10)
        assert more is backend.says(False, ds=True, dsfs=True)


def test_ancestors_and_namespaces_bound_a_query(client: Any) -> None:
    with client.context(cache_policy=False):
        parent = ndb.Key("Domain", "example.com")
        child = Person(parent=parent, name="child").put()
        Person(name="other").put()
        inside = Person(name="inside", namespace="C0123").put()
        assert Person.query(ancestor=parent).fetch(keys_only=True) == [child]
        assert [each.key for each in Person.query(namespace="C0123")] == [inside]
        assert inside.get().name == "inside"
        assert Person.query().count() == 2


def test_get_or_insert_and_allocated_ids(client: Any) -> None:
    with client.context(cache_policy=False):
        first, second = (Person.get_or_insert("only", name=name) for name in ("first", "second"))
        assert (first.name, second.name) == ("first", "first")
        keys = Person.allocate_ids(10)
        assert len({key.id() for key in keys}) == 10


def test_transaction_commits_and_rolls_back(client: Any) -> None:
    with client.context(cache_policy=False):
        key = Person(number=1).put()

        def add(*, fail: bool) -> int:
            person = key.get()
            person.number += 1
            person.put()
            Person(id="companion").put()
            Person(name="automatic").put()
            if fail:
                raise LookupError
            return int(person.number)

        with pytest.raises(LookupError):
            ndb.transaction(lambda: add(fail=True))
        assert (key.get().number, Person.get_by_id("companion")) == (1, None)
        assert ndb.transaction(lambda: add(fail=False)) == 2
        assert key.get().number == 2
        assert Person.query().count() == 3


def test_read_only_transaction(client: Any, backend: Backend) -> None:
    with client.context(cache_policy=False):
        key = Person(number=1).put()
        read = ndb.transaction(lambda: key.get().number, read_only=True, retries=0) if backend.name != "fsds" else 1
        assert read == 1


def test_conflict_is_tried_again_until_it_succeeds(optimistic_client: Any) -> None:
    with optimistic_client.context(cache_policy=False):
        key = Person(number=1).put()
        attempts = []

        def add() -> None:
            person = key.get()
            attempts.append(person.number)
            if len(attempts) == 1:
                _put_elsewhere(optimistic_client, key)
            person.number += 1
            person.put()

        ndb.transaction(add)
        assert attempts == [1, 100]
        assert key.get().number == 101


def _put_elsewhere(client: Any, key: Any) -> None:
    def put() -> None:
        with client.context(cache_policy=False):
            Person(key=key, number=100).put()

    thread = threading.Thread(target=put)
    thread.start()
    thread.join()


def test_metadata_lists_kinds_and_namespaces(client: Any, backend: Backend) -> None:
    with client.context(cache_policy=False):
        Person(id="x").put()
        Address(id="y", city="Ulm").put()
        Address(id="z", namespace="C0123").put()
        if backend.name == "fsds":
            with pytest.raises(InvalidArgument, match="not supported in the Datastore Mode emulator"):
                metadata.get_kinds()
            return
        assert metadata.get_kinds() == ["Address", "Person"]
        assert metadata.get_kinds(start="B") == ["Person"]
        assert metadata.get_namespaces() == ["", "C0123"]
        assert "city" in metadata.get_properties_of_kind("Address")


def test_types_of_a_property_are_listed(optimistic_client: Any) -> None:
    with optimistic_client.context(cache_policy=False):
        Address(id="y", city="Ulm", zip=1).put()
        assert metadata.get_representations_of_kind("Address") == {"city": ["STRING"], "zip": ["INT64"]}
