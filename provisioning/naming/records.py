"""What naming keeps in Datastore, in the tenant's namespace, and the few ways in which it is read and changed.

Both kinds have `expires` indexed, for a TTL policy that sweeps them. Sweeping is late, so time is always compared.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from google.cloud import ndb

from provisioning.naming.holder import SKEW, Holder, Standing
from runtime.transaction import Transaction

Read = Callable[[Sequence[ndb.Key]], list[ndb.Model | None]]
"""A transaction's look_up, or the one without."""


class Hold(ndb.Model):  # type: ignore[misc]
    """A name that nobody else may be offered. Key: "domain/name", so that there is one at most.

    created: an account has been made of it; the record stays until every other source knows that account.
    """

    owner = ndb.TextProperty(required=True)  # who may select, release or create
    call = ndb.TextProperty(default="")  # which of the owner's answers it belongs to
    answer = ndb.TextProperty(repeated=True)  # all names of that call's answer; a page's are in HeldAnswer
    expires = ndb.DateTimeProperty(required=True)  # UTC, naive as Datastore keeps it
    created = ndb.BooleanProperty(default=False, indexed=False)

    @property
    def name(self) -> str:
        """The name that is held."""
        return str(self.key.flat()[-1]).partition("/")[2]  # key.id() copies the key twice

    def belongs_to(self, holder: Holder) -> bool:
        """Whether the holder got it, and no account has been made of it."""
        return not self.created and (self.owner, self.call) == (holder.owner, holder.call)


class HeldAnswer(ndb.Model):  # type: ignore[misc]
    """The names of the last answer of a holder that asks again and again, which no call of an API key does.

    Key: domain and a hash of the owner.
    """

    names = ndb.TextProperty(repeated=True)
    expires = ndb.DateTimeProperty(required=True)  # UTC, naive


def hold_key(holder: Holder, name: str) -> ndb.Key:
    """Where the hold of a name in the holder's domain is, whoever has it."""
    return ndb.Key(Hold, f"{holder.domain}/{name.lower()}", namespace=holder.tenant)


def answer_keys(holder: Holder) -> list[ndb.Key]:
    """Where a holder's answer is; [] for a call. Hashed, because a token may be of any length and a key may not."""
    if holder.call:
        return []
    digest = hashlib.sha256(f"{holder.owner}\0".encode()).hexdigest()
    return [ndb.Key(HeldAnswer, f"{holder.domain}/{digest}", namespace=holder.tenant)]


def new_hold(
    holder: Holder, name: str, expires: datetime, answer: Iterable[str] = (), *, created: bool = False
) -> Hold:
    """A hold, not saved. expires: in UTC. answer: what it was got with, kept for a call."""
    return Hold(
        key=hold_key(holder, name),
        owner=holder.owner,
        call=holder.call,
        answer=list(answer) if holder.call else [],
        expires=expires.replace(tzinfo=None),
        created=created,
    )


def new_answer(holder: Holder, names: Iterable[str], expires: datetime) -> list[HeldAnswer]:
    """An answer, not saved; [] for a call, whose holds carry it. expires: in UTC."""
    naive = expires.replace(tzinfo=None)
    return [HeldAnswer(key=key, names=list(names), expires=naive) for key in answer_keys(holder)]


def standing_of(hold: Hold | None, holder: Holder, now: datetime) -> Standing:
    """What the hold of a name means to the holder. Its own runs out on time, anybody else's SKEW later."""
    if hold is None:
        return Standing.FREE
    mine = hold.belongs_to(holder)
    if now >= hold.expires.replace(tzinfo=UTC) + (timedelta() if mine else SKEW):
        return Standing.EXPIRED
    if mine:
        return Standing.MINE
    return Standing.CREATED if hold.created else Standing.HELD


def own_holds(read: Read, holder: Holder, names: Iterable[str]) -> list[Hold]:
    """Those of the names that the holder has, in order; read by a transaction, as its commit will find them."""
    holds = read([hold_key(holder, name) for name in names])
    return [hold for hold in holds if hold and hold.belongs_to(holder)]


def answered_names(read: Read, holder: Holder) -> list[str]:
    """The names of the holder's answer; [] if there is none, and for a call."""
    return [name for answer in read(answer_keys(holder)) if answer for name in answer.names]


def read_holds(read: Read, holder: Holder, names: Iterable[str]) -> tuple[set[str], dict[str, Hold | None]]:
    """The names of the holder's answer, and the holds of these names and of those.

    One call to Datastore, and a second one only if the answer has other names.
    """
    listed, places = list(dict.fromkeys(names)), answer_keys(holder)
    found = read([*places, *(hold_key(holder, name) for name in listed)])
    holds = dict(zip(listed, found[len(places) :], strict=True))
    answered = {name for answer in found[: len(places)] if answer for name in answer.names}
    answered |= {name for hold in holds.values() if hold and hold.belongs_to(holder) for name in hold.answer}
    others = sorted(answered.difference(holds))
    if others:
        holds |= zip(others, read([hold_key(holder, name) for name in others]), strict=True)
    return answered, holds


def read_calls(
    read: Read, owner: Holder, presented: Collection[str], also: Iterable[str]
) -> tuple[dict[Holder, set[str]], dict[str, Hold | None]]:
    """The answers of the owner's calls that hold any of the presented names; the holds of those, and of others.

    One call to Datastore, and a second one only if the owner holds one of the names without a call: typed ones.
    """
    names = list(dict.fromkeys([*presented, *also]))
    holds = dict(zip(names, read([hold_key(owner, name) for name in names]), strict=True))
    own = [hold for name in presented if (hold := holds[name]) and hold.owner == owner.owner and not hold.created]
    answered = {replace(owner, call=hold.call): set(hold.answer) for hold in own}
    if any(not hold.call for hold in own):
        answered[replace(owner, call="")] = set(answered_names(read, owner))
    return answered, holds


def ended(tenant: str, before: datetime, limit: int) -> list[ndb.Key]:
    """Keys of holds and answers that expired before, in UTC; at most `limit`."""
    naive = before.replace(tzinfo=None)
    found: list[ndb.Key] = []
    for kind in (Hold, HeldAnswer):
        if len(found) < limit:
            query = kind.query(kind.expires < naive, namespace=tenant)
            found += query.fetch(limit - len(found), keys_only=True)
    return found


def delete_ended(transaction: Transaction, keys: Sequence[ndb.Key], before: datetime) -> int:
    """Delete those that still are what `ended` found, for they may have been renewed; how many."""
    naive = before.replace(tzinfo=None)
    old = [entity.key for entity in transaction.look_up(keys) if entity and entity.expires < naive]
    transaction.delete(*old)
    return len(old)


def free(transaction: Transaction, holds: Iterable[Hold]) -> None:
    """Delete them; only for holds that the transaction has read."""
    transaction.delete(*(hold.key for hold in holds))


def extend(
    transaction: Transaction, holds: Sequence[Hold], expires: datetime, answer: Iterable[str] | None = None
) -> None:
    """Let them last until then, in UTC, if they did not last longer already. answer: a call's from now on, if given."""
    for hold in holds:
        hold.expires = max(hold.expires, expires.replace(tzinfo=None))
        if hold.call and answer is not None:
            hold.answer = list(answer)
    transaction.put(*holds)
