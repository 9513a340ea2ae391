"""Masks in general: what `fields` leaves is what a slow and obvious way of masking leaves."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.google.directory import mask as masks

NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.recursive(
    st.integers() | st.text(max_size=3) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)
PATHS = st.lists(st.lists(NAMES | st.just("*"), min_size=1, max_size=4), min_size=1, max_size=5)


def written(paths: list[list[str]]) -> str:
    return ",".join("/".join(path) for path in paths)


def naive(value: Any, paths: list[list[str]]) -> Any:
    """Keeps a member when some path begins with its name; goes on with the rest of those paths."""
    if isinstance(value, list):
        return [naive(item, paths) for item in value]
    if not isinstance(value, dict) or [] in paths:
        return value
    kept = {}
    for key, inner in value.items():
        rest = [path[1:] for path in paths if path[0] in {key, "*"}]
        if rest:
            kept[key] = naive(inner, rest)
    return kept


@settings(deadline=None)
@given(OBJECTS, PATHS)
def test_a_mask_leaves_what_the_obvious_way_leaves(value: dict[str, Any], paths: list[list[str]]) -> None:
    assert masks.apply(masks.parse(written(paths)), value) == naive(value, paths)


@settings(deadline=None)
@given(OBJECTS, PATHS)
def test_masking_twice_is_masking_once(value: dict[str, Any], paths: list[list[str]]) -> None:
    mask = masks.parse(written(paths))
    once = masks.apply(mask, value)
    assert masks.apply(mask, once) == once


@settings(deadline=None)
@given(PATHS)
def test_brackets_mean_the_same_as_slashes(paths: list[list[str]]) -> None:
    bracketed = ",".join("(".join(path) + ")" * (len(path) - 1) for path in paths)
    assert masks.parse(bracketed) == masks.parse(written(paths))
