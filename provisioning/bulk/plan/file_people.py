"""The people of a file as one reading of it shows them: what two rows share, and what is to be looked up. Pure.

Of each person hashes are kept and no text, so that 150,000 of them take some 30 MB. Two different texts have the same
hash once in about ten thousand million million pairs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from provisioning.bulk.plan.wanted import aliases_of, own_address

ListedRow = tuple[int, Mapping[str, str]]
"""A row's line and values."""
MOST_GROUPS = 5_000
"""Different groups of a file that are looked at; ours. Those that come later count as unknown."""


@dataclass
class FilePeople:
    """lines: of the rows that share something, by its hash, the first one. ids, names: to be found in the Directory.

    addresses: those that the file itself gives out, usernames and aliases. groups: addresses of all that rows or
    rules name.
    """

    rows: int = 0
    ids: set[int] = field(default_factory=set)
    names: set[int] = field(default_factory=set)
    addresses: set[int] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    lines: dict[int, int] = field(default_factory=dict)

    def twin(self, line: int, key: int) -> int:
        """The line of the row that came first with the same; 0 if it is this one, or there is no other."""
        first = self.lines.get(key, line)
        return first if first != line else 0


def people_of(
    rows: Iterable[ListedRow], domain: str, groups_of: Callable[[Mapping[str, str]], list[str]]
) -> FilePeople:
    """Read through a file. domain: of usernames that name none. groups_of: what a row's values lead to."""
    people = FilePeople()
    first: dict[int, int] = {}
    for line, values in rows:
        people.rows += 1
        for key in _keys(values, domain, people):
            if first.setdefault(key, line) != line:
                people.lines[key] = first[key]
        if len(people.groups) < MOST_GROUPS:
            people.groups.update(groups_of(values))
    return people


def _keys(values: Mapping[str, str], domain: str, people: FilePeople) -> Iterable[int]:
    """What no second row should share."""
    if employee_id := values.get("employee_id"):
        people.ids.add(id_key(employee_id))
        yield id_key(employee_id)
    for address in filter(None, (own_address(values, domain), *aliases_of(values, domain))):
        people.addresses.add(address_key(address))
        yield address_key(address)
    people.names.add(name_key(values.get("first_name", ""), values.get("last_name", "")))
    yield same_key(values)


def id_key(employee_id: str) -> int:
    """Of an organization's own id of a person."""
    return hash(("id", employee_id.casefold()))


def address_key(address: str) -> int:
    """Of an address in lower case."""
    return hash(address)


def name_key(given_name: str, family_name: str) -> int:
    """Of a person's name, in any case."""
    return hash((given_name.casefold(), family_name.casefold()))


def same_key(values: Mapping[str, str]) -> int:
    """Of everything that a row says but its password."""
    return hash(tuple(sorted((name, value.casefold()) for name, value in values.items() if name != "password")))
