"""Holds: a name is promised to one holder at a time, by whichever instance. Called inside an ndb context.

New holds are taken by one commit of inserts, which Datastore refuses as a whole if any of the names is held: two
instances can never hold the same name. What exists already changes only in a transaction that reads it first.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from google.cloud import ndb

from provisioning.naming.holder import (
    MAX_HELD,
    USABLE,
    HeldByAnother,
    Holder,
    IncompleteAnswer,
    Look,
    Standing,
    TooManyHeld,
)
from provisioning.naming.records import (
    Hold,
    Read,
    answer_keys,
    answered_names,
    delete_ended,
    ended,
    extend,
    free,
    hold_key,
    new_answer,
    new_hold,
    own_holds,
    read_calls,
    read_holds,
    standing_of,
)
from runtime.clock import Clock
from runtime.insertion import insert_all
from runtime.lookup import look_up
from runtime.transaction import Transaction, transact

CREATED_FOR = timedelta(minutes=15)
"""How long a created record stays. Google may take ten minutes to show a change of address (documented), and no
instance remembers an answer of Google's, or the index, as long as that."""
KEPT_FOR = timedelta(hours=1)
"""How long what has expired stays before it is swept; longer than any clock is wrong."""
_TOGETHER = 25
"""Entities deleted in one transaction; more entity groups older Datastores do not take."""


class Holds:
    """The holds of every tenant. Names may come in any case and are kept in lower case."""

    def __init__(self, clock: Clock, *, created_for: timedelta = CREATED_FOR) -> None:
        """created_for: how long a created record stays."""
        self._clock = clock
        self._created_for = created_for

    def look(self, holder: Holder, names: Sequence[str], also: Sequence[ndb.Key] = ()) -> Look:
        """How each name stands to the holder, as read just now; one call to Datastore. also: what else to read."""
        places = answer_keys(holder)
        found = look_up([*(hold_key(holder, name) for name in names), *also, *places])
        now, end = self._clock(), len(found) - len(places)
        standings = {name: standing_of(hold, holder, now) for name, hold in zip(names, found, strict=False)}
        answered = next((tuple(answer.names) for answer in found[end:] if answer), None)
        return Look(standings, answered, tuple(found[len(names) : end]))

    def take(self, holder: Holder, names: Sequence[str], look: Look, seconds: float, *, whole: bool) -> datetime | None:
        """Hold all of these names, usable when they were looked at, for so many seconds; until when.

        None if somebody was faster; nothing was changed then. whole: they become the holder's answer in the same
        step, and its earlier names are freed. Otherwise they do so only if the holder has no answer yet, and else wait
        for `settle`. A holder's first names cost one commit.
        """
        expires = self._after(seconds)
        new = [new_hold(holder, name, expires, names) for name in names if look.standings[name] is not Standing.MINE]
        has_expired = any(look.standings[name] is Standing.EXPIRED for name in names)
        if look.answered is None and len(new) == len(names) and not has_expired:
            won = insert_all([*new, *new_answer(holder, names, expires)])
        elif look.answered is None or whole:
            won = self._adopt(holder, names, {*(look.answered or ())}, expires)
        elif has_expired:
            won = self._take_over(holder, [hold.name for hold in new], expires)
        else:
            won = not new or insert_all(new)
        return expires if won else None

    def settle(self, holder: Holder, names: Sequence[str], seconds: float, *, drop: Iterable[str] = ()) -> datetime:
        """Make these names, held since `take`, the holder's answer: renewed, its earlier ones freed, in one step.

        drop: names taken and not wanted after all. Returns when the names expire.
        Raises HeldByAnother if one was lost meanwhile; nothing is changed then.
        """
        expires = self._after(seconds)
        if not self._adopt(holder, names, {*drop}, expires):
            raise HeldByAnother("A name was lost before it could be promised.")
        return expires

    def renew(self, holder: Holder, seconds: float) -> dict[str, datetime]:
        """Give a page's answer its full time again. Returns the names still held, and until when."""
        expires = self._after(seconds)

        def work(transaction: Transaction) -> list[str]:
            read = transaction.look_up
            kept = own_holds(read, holder, answered_names(read, holder))
            extend(transaction, kept, expires)
            names = [hold.name for hold in kept]
            if names:
                transaction.put(*new_answer(holder, names, expires))
            return names

        return dict.fromkeys(transact(work), expires)

    def secure(self, holder: Holder, name: str, seconds: float) -> bool:
        """Hold one name, whether it was held before or not; True if it is new to the owner, and not verified yet.

        What the owner created counts as its own. Raises HeldByAnother, TooManyHeld; nothing is changed then.
        """
        name, expires = name.lower(), self._after(seconds)

        def work(transaction: Transaction) -> bool:
            (hold,) = transaction.look_up([hold_key(holder, name)])
            return self._keep(transaction, holder, name, hold, expires)

        return transact(work)

    def has_created(self, holder: Holder, name: str) -> bool:
        """Whether the owner has just made an account of the name."""
        (hold,) = look_up([hold_key(holder, name)])
        is_own = hold is not None and hold.created and hold.owner == holder.owner
        return is_own and standing_of(hold, holder, self._clock()) is Standing.CREATED

    def select(self, holder: Holder, chosen: str, seconds: float, presented: Sequence[str] | None = None) -> None:
        """Keep the chosen name's hold, renewed, and free the others of the answers, in one step; what somebody else
        holds by now stays, so do accounts. "" chooses none.

        presented: for an API key, the names of its calls' answers; None for a page, which has one answer.
        Raises IncompleteAnswer if only a part of an answer was presented, and as `secure`; nothing is changed then.
        """
        expires, chosen = self._after(seconds), chosen.lower()
        if chosen or presented is None or presented:
            transact(lambda transaction: self._end(transaction, holder, chosen, presented, expires))

    def release(self, holder: Holder, presented: Sequence[str] | None = None) -> None:
        """Release what the holder's answers hold; presented as for `select`. Raises IncompleteAnswer."""
        self.select(holder, "", 0, presented)

    def give_back(self, holder: Holder, names: Iterable[str]) -> None:
        """Release single names of the holder's own, such as those that turned out to be taken."""
        listed = list(names)
        if listed:
            transact(lambda transaction: free(transaction, own_holds(transaction.look_up, holder, listed)))

    def mark_created(self, holder: Holder, name: str) -> None:
        """Turn the hold into a created record, whoever holds the name by now: the account exists.

        Joins the transaction it is called in, if there is one.
        """
        new_hold(holder, name, self._clock() + self._created_for, created=True).put()

    def drop(self, holder: Holder, names: Iterable[str]) -> None:
        """Release names of the holder's own. Joins the transaction of ndb that it is called in."""
        found = ndb.get_multi([hold_key(holder, name) for name in names])
        ndb.delete_multi([hold.key for hold in found if hold and hold.belongs_to(holder)])

    def sweep(self, tenant: str, limit: int) -> int:
        """Delete what expired an hour ago, at most `limit` holds and answers; how many there were."""
        before = self._clock() - KEPT_FOR
        keys = ended(tenant, before, limit)
        batches = (keys[at : at + _TOGETHER] for at in range(0, len(keys), _TOGETHER))
        return sum(transact(partial(delete_ended, keys=batch, before=before)) for batch in batches)

    def _adopt(self, holder: Holder, names: Sequence[str], known: set[str], expires: datetime) -> bool:
        """Make usable names the holder's whole answer, in one transaction; False if one is somebody else's.

        known: other names that are freed if they are the holder's: its answer when it was looked at, and what it took
        since.
        """

        def work(transaction: Transaction) -> bool:
            answered, holds = read_holds(transaction.look_up, holder, [*names, *known])
            now = self._clock()
            standings = {name: standing_of(holds[name], holder, now) for name in names}
            if not USABLE.issuperset(standings.values()):
                return False
            unwanted = [holds[name] for name in {*answered, *known}.difference(names)]
            free(transaction, (hold for hold in unwanted if hold and hold.belongs_to(holder)))
            mine = [name for name in names if standings[name] is Standing.MINE]
            extend(transaction, [hold for name in mine if (hold := holds[name])], expires, names)
            transaction.put(*(new_hold(holder, name, expires, names) for name in names if name not in mine))
            transaction.put(*new_answer(holder, names, expires))
            return True

        return transact(work)

    def _take_over(self, holder: Holder, names: Sequence[str], expires: datetime) -> bool:
        """Hold names, some of which had expired holds, if they still are usable."""

        def work(transaction: Transaction) -> bool:
            now = self._clock()
            holds = transaction.look_up([hold_key(holder, name) for name in names])
            if not USABLE.issuperset(standing_of(hold, holder, now) for hold in holds):
                return False
            transaction.put(*(new_hold(holder, name, expires, names) for name in names))
            return True

        return transact(work)

    def _end(
        self, transaction: Transaction, holder: Holder, chosen: str, presented: Sequence[str] | None, expires: datetime
    ) -> None:
        """See `select`."""
        answered, holds = _about(transaction.look_up, holder, chosen, presented)
        own = {name: call for name, hold in holds.items() for call in answered if hold and hold.belongs_to(call)}
        kept, added = holds.get(chosen), False
        if kept and kept.call and chosen in own:
            kept.answer = [chosen]
        if chosen:
            added = self._keep(transaction, holder, chosen, kept, expires)
        free(transaction, (hold for name in own if name != chosen and (hold := holds[name])))
        for call in answered:
            if own.get(chosen) == call or (added and call == holder):
                transaction.put(*new_answer(call, [chosen], expires))
            else:
                transaction.delete(*answer_keys(call))

    def _keep(self, transaction: Transaction, holder: Holder, name: str, hold: Hold | None, expires: datetime) -> bool:
        """See `secure`."""
        standing = standing_of(hold, holder, self._clock())
        if hold and hold.owner == holder.owner and standing is not Standing.EXPIRED:
            extend(transaction, [] if hold.created else [hold], expires)
            return False
        if standing not in USABLE:
            raise HeldByAnother(f"Somebody else has just been offered or given {name}.")
        self._add(transaction, holder, name, expires)
        return True

    def _add(self, transaction: Transaction, holder: Holder, name: str, expires: datetime) -> None:
        """Hold one more name, recorded with the answer so that it is released with it."""
        now, read = self._clock(), transaction.look_up
        held = [hold for hold in own_holds(read, holder, answered_names(read, holder)) if hold.name != name]
        live = [hold.name for hold in held if standing_of(hold, holder, now) is Standing.MINE]
        if len(live) >= MAX_HELD:
            raise TooManyHeld(f"{MAX_HELD} names are held already.")
        transaction.put(new_hold(holder, name, expires, [name]), *new_answer(holder, [*live, name], expires))

    def _after(self, seconds: float) -> datetime:
        return self._clock() + timedelta(seconds=seconds)


def _about(
    read: Read, holder: Holder, chosen: str, presented: Sequence[str] | None
) -> tuple[dict[Holder, set[str]], dict[str, Hold | None]]:
    """The answers that a choice ends, and the holds of their names and of the chosen one. Raises IncompleteAnswer."""
    wanted = [chosen] if chosen else []
    if presented is None:
        names, holds = read_holds(read, holder, wanted)
        return {holder: names}, holds
    answered, holds = read_calls(read, holder, {name.lower() for name in presented}, wanted)
    if any(not names <= holds.keys() for names in answered.values()):
        raise IncompleteAnswer("Only a part of a call's names was presented.")
    return answered, holds
