"""Random queries over random entities: against the naive evaluation always, against Google's emulators where they are.

One seed, so that a failure can be met again. Properties are single: on lists the emulators contradict themselves.
"""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.datastore import naive
from tests.contract.datastore.asking import ANCESTOR, EQ, GE, GT, IN, LE, LT, NE, NOT_IN, both, by, either, where
from tests.contract.datastore.conftest import Backend, Servers
from tests.contract.datastore.wire import Wire, connected, key, thing

SEED = 20261121
QUERIES = 150
VALUES: tuple[Any, ...] = (None, -1, 0, 1, 2, False, True, "", "a", "b", "é", -1.5, 0.0, 2.0)
PARENTS: tuple[Any, ...] = ((), (), (("P", 1),), (("P", "x"),), (("P", "x"), ("A", 1)))

Query = tuple[naive.Asked, dict[str, Any]]


def _entities(rng: random.Random) -> dict[naive.Path, naive.Properties]:
    found = {}
    for at in range(60):
        path = (*rng.choice(PARENTS), ("A", at + 1 if at % 2 else f"n{at:02}"))
        found[path] = {name: rng.choice(VALUES) for name in "abc" if rng.random() < 0.85}
    return found


def _key(path: naive.Path) -> Any:
    return key(*(part for element in path for part in element))


def _query(rng: random.Random, *, everything: bool) -> Query:
    """everything: also what Google's Datastore emulator cannot do."""
    equalities = [("c", EQ, rng.choice(VALUES))] if rng.random() < 0.3 else []
    inequality = [("a", operator, rng.choice(VALUES)) for operator in _range(rng)] if rng.random() < 0.6 else []
    any_of = False
    if everything:
        extra = [("b", IN, rng.sample(VALUES, 3)), ("b", NOT_IN, rng.sample(VALUES, 2)), ("a", NE, rng.choice(VALUES))]
        equalities += rng.choice([[], extra[:1]])
        inequality = rng.choice([inequality, extra[1:2], extra[2:]])
        any_of = rng.random() < 0.3
        if inequality == extra[1:2]:
            # NOT_IN goes with neither IN nor OR.
            equalities, any_of = [each for each in equalities if each[1] == EQ], False
    conditions = tuple(equalities + inequality)
    orders = _orders(rng, conditions)
    ancestor = rng.choice(PARENTS[2:]) if rng.random() < 0.25 and not any_of else None
    return naive.Asked(conditions, orders, any_of, ancestor), _message(conditions, orders, ancestor, any_of=any_of)


def _range(rng: random.Random) -> list[int]:
    return rng.choice([[GT], [GE], [LT], [LE], [GT, LE], [GE, LT]])


def _orders(rng: random.Random, conditions: tuple[tuple[str, int, Any], ...]) -> tuple[tuple[str, bool], ...]:
    sorts = [name for name, operator, _ in conditions if operator not in {EQ, IN}][:1]
    sorts += rng.sample([name for name in "ab" if name not in sorts], rng.randint(0, 1))
    if rng.random() < 0.3:
        return ()
    # Google's emulators do not agree on the order of equals behind a descending property: always say it.
    return (*((name, rng.random() < 0.5) for name in sorts), ("__key__", rng.random() < 0.3))


def _message(conditions: Any, orders: Any, ancestor: Any, *, any_of: bool) -> dict[str, Any]:
    filters = [where(*condition) for condition in conditions]
    if any_of and len(filters) > 1:
        filters = [either(*filters)]
    if ancestor:
        filters.append(where("__key__", ANCESTOR, _key(ancestor)))
    fields: dict[str, Any] = {"order": by(*(("-" if descending else "") + name for name, descending in orders))}
    return fields | ({"filter": both(*filters)} if filters else {})


def _paths(batch: Any) -> list[naive.Path]:
    return [
        tuple((each.kind, each.name or each.id) for each in result.entity.key.path) for result in batch.entity_results
    ]


def _slices(wire: Wire, rng: random.Random, fields: dict[str, Any], full: list[naive.Path]) -> None:
    """The same query with an offset and a limit, and page by page, finds the same."""
    offset, limit = rng.randint(0, 5), rng.randint(1, 20)
    assert _paths(wire.query(**fields, offset=offset, limit=limit)) == full[offset : offset + limit]
    first = wire.query(**fields, limit=limit)
    rest = wire.query(**fields, start_cursor=first.end_cursor) if first.end_cursor else first
    assert _paths(first) + (_paths(rest) if first.end_cursor else []) == full


@pytest.fixture
def stored(embedded: Backend) -> Iterator[tuple[Wire, dict[naive.Path, naive.Properties]]]:
    """The embedded Datastore with random entities."""
    entities = _entities(random.Random(SEED))  # noqa: S311
    with connected(embedded.address) as wire:
        wire.put(*(thing(_key(path), **properties) for path, properties in entities.items()))
        yield wire, entities


def test_embedded_answers_as_the_naive_evaluation(stored: tuple[Wire, dict[naive.Path, naive.Properties]]) -> None:
    wire, entities = stored
    rng = random.Random(SEED)  # noqa: S311
    sizes = []
    for _ in range(2 * QUERIES):
        asked, fields = _query(rng, everything=True)
        full = naive.answer(entities, asked)
        assert _paths(wire.query(**fields)) == full, asked
        _slices(wire, rng, fields, full)
        sizes.append(len(full))
    assert sum(size > 0 for size in sizes) > QUERIES  # else it would compare nothing with nothing


@pytest.mark.emulator
@pytest.mark.parametrize("name", ["ds", "fsds"])
def test_embedded_answers_as_google(
    stored: tuple[Wire, dict[naive.Path, naive.Properties]], servers: Servers, name: str
) -> None:
    wire, entities = stored
    rng = random.Random(SEED)  # noqa: S311
    with connected(servers.find(name).address) as google:
        google.put(*(thing(_key(path), **properties) for path, properties in entities.items()))
        for _ in range(QUERIES):
            asked, fields = _query(rng, everything=name == "fsds")
            assert _paths(wire.query(**fields)) == _paths(google.query(**fields)), asked
