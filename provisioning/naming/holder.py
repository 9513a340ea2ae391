"""Who holds names, how a name stands to a holder, and what can go wrong between holders. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from runtime.problems import BadRequest, Conflict, TooManyRequests

SKEW = timedelta(seconds=30)
"""How far the clocks of two instances may be apart: a hold may be taken over only this long after it expired."""

MAX_HELD = 10
"""Names that one holder can hold at a time."""


@dataclass(frozen=True)
class Holder:
    """Who holds names, and where.

    tenant: Google's customer id; domain: whose local parts are meant, in any case. owner may select, release and
    create: a page's token, or an API key's id. call: for an API key, the call that got the names, so that each call
    is a holder of its own; "" for pages. person: for a page, who opened it, so that all pages of a person count as one
    where there is a limit; "" for an API key, whose calls do.
    """

    tenant: str
    domain: str
    owner: str
    call: str = ""
    person: str = ""

    def __post_init__(self) -> None:
        if not (self.tenant and self.domain and self.owner):
            raise BadRequest("A holder token and a domain are needed.")
        object.__setattr__(self, "domain", self.domain.lower())


class Standing(Enum):
    """What a name's hold means to one holder. MINE: this holder's, not expired, and no account made of it yet."""

    FREE = auto()
    EXPIRED = auto()
    MINE = auto()
    HELD = auto()
    CREATED = auto()


USABLE = frozenset({Standing.FREE, Standing.EXPIRED, Standing.MINE})


@dataclass(frozen=True)
class Look:
    """How names stood to a holder when they were read.

    answered: the names of the holder's answer, None if it has none, and for a call. others: what else was read, as it
    was asked for.
    """

    standings: Mapping[str, Standing]
    answered: tuple[str, ...] | None
    others: tuple[Any, ...] = ()


class HeldByAnother(Conflict):
    """The name is held by somebody else, or an account has just been made of it."""

    title = "That name is not free"
    code = "name_held"
    default_advice = "Ask for other names, or try this one again in a few minutes. Nothing was changed."


class IncompleteAnswer(BadRequest):
    """An API key releases the names of a call by presenting all of them."""

    code = "incomplete_answer"
    default_advice = "Send the whole answer of one suggest call. Nothing was changed."


class TooManyHeld(TooManyRequests):
    """The holder has its fill of names."""

    code = "too_many_held"
    default_advice = "Release the names that are not needed, or wait until they expire."
