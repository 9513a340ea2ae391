"""Holds: a name is promised to one holder at a time, by whichever instance. Called inside an ndb context.

New holds are taken by one commit of inserts, which Datastore refuses as a whole if any of the names is held: two
instances can never hold the same name. What exists already changes only in a transaction that reads it first.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from google.api_core import exceptions as api_exceptions
from google.cloud import ndb

from provisioning.naming.holder import (
    MAX_HELD,
    USABLE,
    Claim,
    HeldByAnother,
    Holder,
    IncompleteAnswer,
    Standing,
    TooManyHeld,
)
from provisioning.naming.records import (
    Hold,
    answer_key,
    answered_names,
    extend,
    free,
    hold_key,
    new_answer,
    new_hold,
    own_holds,
    standing_of,
)
from runtime.clock import Clock
from runtime.datastore import transact, was_aborted
from runtime.insertion import insert_all

CREATED_FOR = timedelta(minutes=15)
"""How long a created record stays. Google may take ten minutes to show a change of address (documented), and
nothing here keeps an answer of Google's as long as that."""

_ROUNDS = 8
_STRIPES = 64


class Holds:
    """The holds of every tenant. Names may come in any case and are kept in lower case."""

    def __init__(self, clock: Clock, *, created_for: timedelta = CREATED_FOR) -> None:
        """created_for: how long a created record stays."""
        self._clock = clock
        self._created_for = created_for
        # Threads of one process that want the same person's names queue here instead of losing races in Datastore.
        self._stripes = [threading.Lock() for _ in range(_STRIPES)]

    def look(self, holder: Holder, names: Sequence[str]) -> dict[str, Standing]:
        """How each name stands to the holder, as read just now; one call to Datastore."""
        return self._standings(holder, names, ndb.get_multi([hold_key(holder, name) for name in names]))

    def claim(self, holder: Holder, names: Sequence[str], wanted: int, seconds: float) -> Claim:
        """Hold the first `wanted` of these distinct names that nobody else holds; may be fewer, or none.

        Those that the holder has already count, and keep their time until `settle`. seconds: how long.
        A holder's first claim costs one read and one commit when nobody interferes.
        """
        fresh: set[str] = set()
        claim = Claim((), frozenset(), {}, self._after(seconds), answered=False)
        with self._stripes[hash((holder.tenant, holder.domain, names[0].rstrip("0123456789"))) % _STRIPES]:
            for _ in range(_ROUNDS):
                claim, won = self._attempt(holder, names, wanted, seconds, fresh)
                if won:
                    break
        return claim

    def settle(self, holder: Holder, names: Sequence[str], seconds: float, *, drop: Iterable[str] = ()) -> datetime:
        """Make these names, held since `claim`, the holder's answer: renewed, its earlier ones freed, in one step.

        drop: names claimed and not wanted after all. Returns when the names expire.
        Raises HeldByAnother if one was lost meanwhile; nothing is changed then.
        """
        expires = self._after(seconds)

        def work() -> None:
            kept = own_holds(holder, names)
            if len(kept) < len(names):
                raise HeldByAnother("A name was lost before it could be promised.")
            free(own_holds(holder, {*answered_names(holder), *drop}.difference(names)))
            extend(kept, expires)
            new_answer(holder, names, expires).put()

        transact(work)
        return expires

    def renew(self, holder: Holder, seconds: float) -> dict[str, datetime]:
        """Give the holder's answer its full time again. Returns the names still held, and until when."""
        expires = self._after(seconds)

        def work() -> list[str]:
            kept = own_holds(holder, answered_names(holder))
            extend(kept, expires)
            names = [hold.name for hold in kept]
            if names:
                new_answer(holder, names, expires).put()
            return names

        return dict.fromkeys(transact(work), expires)

    def secure(self, holder: Holder, name: str, seconds: float) -> bool:
        """Hold one name, whether it was held before or not; True if it is new to the owner, and not verified yet.

        What the owner created counts as its own. Raises HeldByAnother, TooManyHeld; nothing is changed then.
        """
        name, expires = name.lower(), self._after(seconds)

        def work() -> bool:
            hold = hold_key(holder, name).get()
            standing = standing_of(hold, holder, self._clock())
            if hold and hold.owner == holder.owner and standing is not Standing.EXPIRED:
                extend([] if hold.created else [hold], expires)
                return False
            if standing not in USABLE:
                raise HeldByAnother(f"Somebody else has just been offered or given {name}.")
            self._add(holder, name, expires)
            return True

        return transact(work)

    def presented(self, holder: Holder, names: Sequence[str]) -> list[Holder]:
        """The calls of the holder's API key whose whole answers are among these names; [] if none is held any more.

        Raises IncompleteAnswer if only a part of an answer was presented.
        """
        listed = sorted({name.lower() for name in names})
        holds = ndb.get_multi([hold_key(holder, name) for name in listed])
        calls = {hold.call for hold in holds if hold and hold.owner == holder.owner and not hold.created}
        holders = [replace(holder, call=call) for call in sorted(calls)]
        if any(not set(listed).issuperset(answered_names(one)) for one in holders):
            raise IncompleteAnswer("Only a part of a call's names was presented.")
        return holders

    def release(self, holder: Holder, *, keep: str = "") -> None:
        """Release what the holder's answer holds, all but `keep`; what others hold by now stays, so do accounts."""
        keep = keep.lower()

        def work() -> None:
            own = own_holds(holder, answered_names(holder))
            free([hold for hold in own if hold.name != keep])
            kept = [hold for hold in own if hold.name == keep]
            if kept:
                new_answer(holder, [keep], kept[0].expires).put()
            else:
                answer_key(holder).delete()

        transact(work)

    def give_back(self, holder: Holder, names: Iterable[str]) -> None:
        """Release single names of the holder's own, such as those that turned out to be taken."""
        listed = list(names)
        if listed:
            transact(lambda: free(own_holds(holder, listed)))

    def mark_created(self, holder: Holder, name: str) -> None:
        """Turn the hold into a created record, whoever holds the name by now: the account exists.

        Joins the transaction it is called in, if there is one.
        """
        new_hold(holder, name, self._clock() + self._created_for, created=True).put()

    def _attempt(
        self, holder: Holder, names: Sequence[str], wanted: int, seconds: float, fresh: set[str]
    ) -> tuple[Claim, bool]:
        """Look, choose and take; False when somebody was faster. What was taken all the same is added to fresh."""
        answer, *holds = ndb.get_multi([answer_key(holder), *(hold_key(holder, name) for name in names)])
        standings = self._standings(holder, names, holds)
        chosen = [name for name in names if standings[name] in USABLE][:wanted]
        expires = self._after(seconds)
        expired = [name for name in chosen if standings[name] is Standing.EXPIRED]
        fresh.update(taken := [name for name in expired if self._take_over(holder, name, expires)])
        missing = [name for name in chosen if standings[name] is Standing.FREE]
        new = [new_hold(holder, name, expires) for name in missing]
        if chosen and not answer:
            new.append(new_answer(holder, chosen, expires))
        won = len(taken) == len(expired) and (not new or insert_all(new))
        fresh.update(missing if won else ())
        kept = chosen if won else [n for n in chosen if standings[n] is Standing.MINE or n in fresh]
        return Claim(tuple(kept), frozenset(fresh), standings, expires, answered=won and not answer), won

    def _take_over(self, holder: Holder, name: str, expires: datetime) -> bool:
        """Take one expired hold, if it still is one: looked at again in a transaction of its own."""

        def work() -> bool:
            if standing_of(hold_key(holder, name).get(), holder, self._clock()) not in USABLE:
                return False
            new_hold(holder, name, expires).put()
            return True

        try:
            return bool(ndb.transaction(work, retries=0))
        except (api_exceptions.Aborted, api_exceptions.RetryError) as error:
            if was_aborted(error):
                return False  # somebody else is taking it at this moment
            raise

    def _add(self, holder: Holder, name: str, expires: datetime) -> None:
        """In a transaction: hold one more name, recorded with the answer so that it is released with it."""
        now = self._clock()
        held = [hold for hold in own_holds(holder, answered_names(holder)) if hold.name != name]
        live = [hold.name for hold in held if standing_of(hold, holder, now) is Standing.MINE]
        if len(live) >= MAX_HELD:
            raise TooManyHeld(f"{MAX_HELD} names are held already.")
        new_hold(holder, name, expires).put()
        new_answer(holder, [*live, name], expires).put()

    def _standings(self, holder: Holder, names: Sequence[str], holds: Sequence[Hold | None]) -> dict[str, Standing]:
        now = self._clock()
        return {name: standing_of(hold, holder, now) for name, hold in zip(names, holds, strict=True)}

    def _after(self, seconds: float) -> datetime:
        return self._clock() + timedelta(seconds=seconds)
