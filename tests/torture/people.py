"""The file of a school's new people, and who has some of their addresses already. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from provisioning.bulk.file.writing import to_csv
from sandbox.google.seed import ADMIN, HELPDESK

DOMAIN = "northfield.example"
HEADER = (
    "First name", "Last name", "Username", "Password", "Organizational unit", "Groups", "Aliases", "Employee ID",
    "Department",
)  # fmt: skip
TEACHERS, OFFICE = f"teachers@{DOMAIN}", f"office@{DOMAIN}"
_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va")
STAFF = (ADMIN, HELPDESK)


@dataclass
class Newcomers:
    """passwords: typed ones by the line of the file. What follows: addresses that somebody else has."""

    data: bytes
    passwords: dict[int, str]
    users: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)


def newcomers(count: int) -> Newcomers:
    """Every third has a typed password, every fourth a typed username, every tenth an address that is taken."""
    rows = [_row(number) for number in range(count)]
    passwords = {number + 2: row[3] for number, row in enumerate(rows) if row[3]}
    found = Newcomers(b"".join(to_csv([HEADER, *rows])), passwords)
    kinds = (found.users, found.aliases, found.groups, found.personal)
    for place, number in enumerate(range(5, count, 10)):
        kinds[place // 2 % len(kinds)].append(f"{_username(rows[number])}@{DOMAIN}")
    return found


def _row(number: int) -> Sequence[str]:
    return (
        _name(number % 40).title(),
        "Example" if number % 25 == 0 else _name(number // 2 + 300).title(),  # some are called the same
        f"chosen{number}" if number % 4 == 1 else "",
        f"typed-password-{number}" if number % 3 == 0 else "",
        "/Nowhere" if number % 97 == 96 else "/Students",
        f"{TEACHERS}; {OFFICE}" if number % 4 == 0 else TEACHERS,
        f"alias.of.{number}@{DOMAIN}" if number % 5 == 0 else "",
        f"P{number:05d}",
        "Science" if number % 2 else "",
    )


def _username(row: Sequence[str]) -> str:
    """The typed one, or as the domain's pattern has it."""
    return row[2] or f"{row[0]}{row[1]}".lower()


def _name(number: int) -> str:
    """A name of three syllables, another one for each number."""
    return "".join(_SYLLABLES[number // 16**place % 16] for place in (0, 1, 2))
