"""What ndb's models are on the wire: the same messages that Google's own helpers make of them."""

from datetime import UTC, datetime

import pytest
from google.cloud import ndb
from google.cloud.datastore.helpers import entity_to_protobuf
from google.cloud.datastore_v1.types import Entity
from google.cloud.ndb.exceptions import BadValueError
from google.cloud.ndb.model import _entity_to_ds_entity
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.wire import decoded, encoded


class Row(ndb.Model):  # type: ignore[misc]
    """Properties of every kind that the product has, and some more."""

    text = ndb.TextProperty(required=True)
    word = ndb.StringProperty()
    words = ndb.TextProperty(repeated=True)
    found = ndb.StringProperty(repeated=True)
    number = ndb.IntegerProperty(indexed=False)
    share = ndb.FloatProperty()
    yes = ndb.BooleanProperty(indexed=False)
    at = ndb.DateTimeProperty()
    day = ndb.DateProperty(indexed=False)
    blob = ndb.BlobProperty()
    packed = ndb.BlobProperty(compressed=True)
    more = ndb.JsonProperty()
    other = ndb.KeyProperty()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MOMENT = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - as Datastore keeps it
VALUES = st.fixed_dictionaries(
    {"text": TEXT},
    optional={
        "word": TEXT,
        "words": st.lists(TEXT, max_size=3),
        "found": st.lists(TEXT, max_size=3),
        "number": st.integers(-(2**63), 2**63 - 1),
        "share": st.floats(allow_nan=False),
        "yes": st.booleans(),
        "at": MOMENT,
        "day": MOMENT.map(datetime.date),
        "blob": st.binary(max_size=20),
        "packed": st.binary(max_size=20),
        "more": st.dictionaries(TEXT, st.integers(0, 9), max_size=2),
    },
)


@pytest.mark.usefixtures("in_datastore")
@settings(max_examples=50)
@given(VALUES, st.one_of(st.integers(1, 2**62), TEXT.filter(bool)))
def test_messages_are_those_of_google_s_helpers(values: dict[str, object], name: int | str) -> None:
    row = Row(parent=ndb.Key("Above", "x", namespace="C1"), id=name, other=ndb.Key("Row", 7), **values)
    message = encoded(row)
    assert message == Entity.pb(entity_to_protobuf(_entity_to_ds_entity(row)))
    assert decoded(message) == row


@pytest.mark.usefixtures("in_datastore")
def test_incomplete_entity_is_refused() -> None:
    with pytest.raises(BadValueError, match="text"):
        encoded(Row(id="a", at=datetime.now(UTC).replace(tzinfo=None)))
