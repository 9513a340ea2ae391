"""What naming keeps in Datastore, in the tenant's namespace, and the few ways in which it is read and changed.

Both kinds have `expires` indexed, for a TTL policy that sweeps them. Sweeping is late, so time is always compared.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

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
    expires = ndb.DateTimeProperty(required=True)  # UTC, naive as Datastore keeps it
    created = ndb.BooleanProperty(default=False, indexed=False)

    @property
    def name(self) -> str:
        """The name that is held."""
        return str(self.key.id()).partition("/")[2]

    def belongs_to(self, holder: Holder) -> bool:
        """Whether the holder got it, and no account has been made of it."""
        return not self.created and (self.owner, self.call) == (holder.owner, holder.call)


class HeldAnswer(ndb.Model):  # type: ignore[misc]
    """The names of a holder's last answer. Key: domain and a hash of the holder."""

    names = ndb.TextProperty(repeated=True)
    expires = ndb.DateTimeProperty(required=True)  # UTC, naive


def hold_key(holder: Holder, name: str) -> ndb.Key:
    """Where the hold of a name in the holder's domain is, whoever has it."""
    return ndb.Key(Hold, f"{holder.domain}/{name.lower()}", namespace=holder.tenant)


def answer_key(holder: Holder) -> ndb.Key:
    """Where a holder's answer is. Hashed, because a token may be of any length and a key may not."""
    digest = hashlib.sha256(f"{holder.owner}\0{holder.call}".encode()).hexdigest()
    return ndb.Key(HeldAnswer, f"{holder.domain}/{digest}", namespace=holder.tenant)


def new_hold(holder: Holder, name: str, expires: datetime, *, created: bool = False) -> Hold:
    """A hold, not saved. expires: in UTC."""
    key, naive = hold_key(holder, name), expires.replace(tzinfo=None)
    return Hold(key=key, owner=holder.owner, call=holder.call, expires=naive, created=created)


def new_answer(holder: Holder, names: Iterable[str], expires: datetime) -> HeldAnswer:
    """An answer, not saved. expires: in UTC."""
    return HeldAnswer(key=answer_key(holder), names=list(names), expires=expires.replace(tzinfo=None))


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
    """The names of the holder's answer; [] if there is none."""
    (answer,) = read([answer_key(holder)])
    return list(answer.names) if answer else []


def read_holds(
    read: Read, place: Holder, holders: Sequence[Holder], names: Iterable[str]
) -> tuple[dict[Holder, list[str]], dict[str, Hold | None]]:
    """The answers of these holders, and the holds of these names and of those answers, in place's domain.

    One call to Datastore, and a second one only if an answer has other names.
    """
    listed = list(dict.fromkeys(names))
    found = read([*map(answer_key, holders), *(hold_key(place, name) for name in listed)])
    answers = dict(zip(holders, found, strict=False))
    answered = {holder: list(answer.names) if answer else [] for holder, answer in answers.items()}
    holds = dict(zip(listed, found[len(holders) :], strict=True))
    others = [name for name in dict.fromkeys(chain.from_iterable(answered.values())) if name not in holds]
    if others:
        holds |= zip(others, read([hold_key(place, name) for name in others]), strict=True)
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


def extend(transaction: Transaction, holds: Sequence[Hold], expires: datetime) -> None:
    """Let them last until then, in UTC, if they did not last longer already."""
    for hold in holds:
        hold.expires = max(hold.expires, expires.replace(tzinfo=None))
    transaction.put(*holds)
