"""Queries answered the long way: every entity looked at, every rule written down once more, in plain Python.

Values are single and known by example: None, integers, booleans, texts and doubles.
"""

from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

Properties = dict[str, Any]
Path = tuple[tuple[str, str | int], ...]

_RANKS = {type(None): 0, int: 1, bool: 2, str: 3, float: 4}
_OPERATORS = {1: "<", 2: "<=", 3: ">", 4: ">=", 5: "=", 6: "in", 9: "!=", 13: "not in"}


@dataclass(frozen=True)
class Asked:
    """A query as the naive evaluation sees it. conditions: name, number of the operator, value; `any_of`: an OR."""

    conditions: tuple[tuple[str, int, Any], ...]
    orders: tuple[tuple[str, bool], ...]
    any_of: bool = False
    ancestor: Path | None = None


def rank(value: Any) -> tuple[int, Any]:
    """Sorts values of any type among each other, as Datastore does."""
    return _RANKS[type(value)], (0 if value is None else value.encode() if isinstance(value, str) else value)


def path_rank(path: Path) -> list[tuple[bytes, bool, Any]]:
    """Sorts keys: by kind, ids before names, parents before children."""
    return [
        (kind.encode(), isinstance(name, str), name.encode() if isinstance(name, str) else name) for kind, name in path
    ]


def answer(entities: dict[Path, Properties], asked: Asked) -> list[Path]:
    """The keys that the query finds, in its order."""
    inequalities = sorted({name for name, operator, _ in asked.conditions if _OPERATORS[operator] not in {"=", "in"}})
    last = asked.orders[-1][1] if asked.orders else False
    ordered = [name for name, _ in asked.orders]
    orders = [*asked.orders, *((name, last) for name in inequalities if name not in ordered), ("__key__", False)]
    needed = {name for name, _ in orders} - {"__key__"}
    found = [
        path for path, properties in entities.items() if needed <= properties.keys() and _fits(path, properties, asked)
    ]

    def compare(one: Path, other: Path) -> int:
        return _compare(one, other, entities, orders)

    return sorted(found, key=cmp_to_key(compare))


def _fits(path: Path, properties: Properties, asked: Asked) -> bool:
    if asked.ancestor and path[: len(asked.ancestor)] != asked.ancestor:
        return False
    results = [_holds(properties, *condition) for condition in asked.conditions]
    return any(results) if asked.any_of and results else all(results)


def _holds(properties: Properties, name: str, operator: int, value: Any) -> bool:
    if name not in properties:
        return False
    mine = rank(properties[name])
    theirs: Any = [rank(each) for each in value] if isinstance(value, list) else rank(value)
    match _OPERATORS[operator]:
        case "in":
            return mine in theirs
        case "not in":
            return mine not in theirs
        case "=":
            return bool(mine == theirs)
        case "!=":
            return bool(mine != theirs)
        case sign:
            return bool({"<": mine < theirs, "<=": mine <= theirs, ">": mine > theirs, ">=": mine >= theirs}[sign])


def _compare(one: Path, other: Path, entities: dict[Path, Properties], orders: list[tuple[str, bool]]) -> int:
    for name, descending in orders:
        mine: Any = path_rank(one) if name == "__key__" else rank(entities[one][name])
        theirs: Any = path_rank(other) if name == "__key__" else rank(entities[other][name])
        if mine != theirs:
            return -1 if (mine < theirs) != descending else 1
    return 0
