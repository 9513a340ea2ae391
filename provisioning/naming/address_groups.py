"""From the lines of a directory listing to shards, grouped as they come: a million fit into little memory. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from provisioning.directory.port import WorkspaceDomain
from provisioning.naming.patterns import MAX_NAME_LENGTH
from provisioning.naming.shards import MAX_BITS, Entry, Shard, line_of, slot_of, text_of

_DAY = rb"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_LINE = re.compile(rb"^(([!-~]{1,%d})\t(?:[uagh]|d%b))\t([^\t\n]+)$" % (MAX_NAME_LENGTH, _DAY), re.MULTILINE)
"""What can be somebody's address. Whatever else Google lists is left out: no candidate can be like it."""

Groups = defaultdict[int, bytearray]


class AddressGroups:
    """The lines of each domain by the shard that they belong to. Addresses in an alias domain are its domain's."""

    def __init__(self, domains: Sequence[WorkspaceDomain]) -> None:
        """domains: those that are to have an index each."""
        self._groups: dict[str, Groups] = {domain.name: defaultdict(bytearray) for domain in domains}
        self._places: dict[bytes, Groups] = {
            name.encode(): self._groups[domain.name] for domain in domains for name in (*domain.aliases, domain.name)
        }

    def take(self, lines: bytes) -> None:
        """Lines `local-part TAB mark TAB domain` in lower case; the mark is a shard's."""
        places = self._places
        for line, name, domain in _LINE.findall(lines):
            groups = places.get(domain)
            if groups is not None:
                group = groups[slot_of(name)]
                group += line
                group += b"\n"

    def add(self, domain: str, entry: Entry) -> None:
        """One more name."""
        self.take(b"%b\t%b\n" % (line_of(entry), domain.encode()))

    def total(self, domain: str) -> int:
        """How many lines the domain has; a name that several have counts several times."""
        return sum(group.count(b"\n") for group in self._groups[domain].values())

    def shards(self, domain: str, bits: int) -> Iterator[Shard]:
        """The domain's 2**bits shards in order. They can be taken once: their memory is given back on the way."""
        groups = self._groups[domain]
        for number in range(1 << bits):
            slots = range(number, 1 << MAX_BITS, 1 << bits)
            lines = b"".join(groups.pop(slot, b"") for slot in slots)
            yield Shard(text_of(lines.split(b"\n")))
