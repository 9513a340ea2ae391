"""Names of the seeded people: many scripts, apostrophes, hyphens, particles, from seed_names.txt."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Name(NamedTuple):
    """A person's name and the local part that the school gave them."""

    given: str
    family: str
    local: str


def names(start: int = 0) -> Iterator[Name]:
    """One person of each culture in turn, again and again, from the `start`th pair of names in each."""
    cultures = list(_cultures())
    for pair in range(start, max(len(given) * len(family) for given, family in cultures)):
        for given_names, family_names in cultures:
            if pair < len(given_names) * len(family_names):
                yield _name(given_names, family_names, pair)


def _cultures() -> Iterator[tuple[list[str], list[str]]]:
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            given_names, family_names = line.split("|")
            yield given_names.split(), family_names.split()


def _name(given_names: list[str], family_names: list[str], pair: int) -> Name:
    # Six given and five family names: without a common factor both can step at once and still meet every combination.
    given, given_local = _spelled(given_names[pair % len(given_names)])
    family, family_local = _spelled(family_names[pair % len(family_names)])
    return Name(given, family, f"{given_local}.{family_local}")


def _spelled(word: str) -> tuple[str, str]:
    shown, _, local = word.partition(":")
    return shown.replace("_", " "), local or shown.lower()
