"""Queries as data: what a case is, and what is stored before each."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from google.cloud.datastore_v1.types import entity

from tests.contract.datastore.wire import key, thing, value

INVALID, UNKNOWN = "INVALID_ARGUMENT", "UNKNOWN"
NOT_ON_DS: dict[str, Any] = {"ds": INVALID, "dsfs": INVALID}
"""Google's Datastore emulator does not know this kind of query."""
NOT_EQUAL_ON_DS: dict[str, Any] = {"ds": UNKNOWN, "dsfs": UNKNOWN}
"""... and stumbles over this one."""


@dataclass(frozen=True)
class Case:
    """A query; `finds`: ids, or (id, properties), or the status it is refused with. `differs`: by emulator."""

    name: str
    asks: dict[str, Any]
    finds: Any
    differs: dict[str, Any] = field(default_factory=dict)


def moment(year: int) -> Any:
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)


ENTITIES = (
    thing(key("A", 1), a=1, b="x", t=moment(2020), bl=b"zz", f=1.5, bo=True, n=None),
    thing(key("A", 2), a=2, b="x", t=moment(2021), bl=b"yy", f=2.5, bo=False, n=3),
    thing(key("A", 3), a=2, b="y", t=moment(1960), bl=b"aa", f=-1.5, bo=False, n="s"),
    thing(key("A", 4), a=1, b="z", f=2.5),
    thing(key("A", 5), a=9, m=[1, 5, 3]),
    thing(key("A", 6), a=9, m=[2, 2]),
    thing(key("A", 7), a=9, m=[]),
    thing(key("A", 8), a=9, m=[4], hidden=value(1, indexed=False)),
    thing(key("A", 1, "A", "kid"), a=1),
    thing(
        key("C", 1),
        g=entity.Value(geo_point_value={"latitude": 1.5, "longitude": 2}),
        s=entity.Entity(properties={"x": value(1), "y": value([1, 2])}),
    ),
)
"""What is stored before each case."""
