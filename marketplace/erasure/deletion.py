"""Deleting everything of a customer: slice by slice, each with its progress in one transaction; then looking again.

A task may die at any moment, and two may work at once: what is counted was deleted, and the slower one gives up.
Called inside an ndb context.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from google.cloud import ndb

from marketplace.domains import MOST_DOMAINS
from marketplace.erasure.belongings import Belongings
from marketplace.erasure.records import Erasure, ErasureProof
from marketplace.erasure.rules import PROOF_KEPT, is_over, settled
from marketplace.records import AppsDomain
from runtime.clock import Clock, naive
from runtime.tasks import Task, Tasks
from runtime.transaction import Transaction, transact

PATH = "/tasks/erasure"
SLICE = 200
"""Entities in one transaction; Datastore takes 500 changes."""
WORKS_FOR = timedelta(seconds=10)
LOST_AFTER = timedelta(minutes=1)
"""How long without a sign of life until a task is taken to be lost."""
MOST_AT_ONCE = 100


class Deletion:
    """What tasks and the scheduler call."""

    def __init__(self, belongings: Belongings, tasks: Tasks, clock: Clock, size: int = SLICE) -> None:
        """tasks: where the next one is left. size: of a slice."""
        self._size = size
        self._belongings = belongings
        self._tasks = tasks
        self._clock = clock

    def start_due(self) -> None:
        """Leave a task for each that is due and that none works on. Raises Unavailable, OurConfiguration."""
        now = naive(self._clock())
        for record in Erasure.query(Erasure.due_at <= now).fetch(MOST_AT_ONCE):
            if record.moved_at is None or now - record.moved_at >= LOST_AFTER:
                self._leave(record, f"{now:%Y%m%d%H%M%S}")

    def work(self, customer: str) -> None:
        """Go on for a few seconds, and leave a task for what is left then. Does nothing where nothing is due."""
        until = self._clock() + WORKS_FOR
        while record := self._due(customer):
            if self._clock() >= until:
                self._leave(record, str(record.step))
                return
            if not self._go_on(record):
                return

    def _due(self, customer: str) -> Erasure | None:
        record = Erasure.get_by_id(customer)
        return record if record and record.due_at <= naive(self._clock()) else None

    def _leave(self, record: Erasure, what: str) -> None:
        customer = str(record.key.id())
        name = f"erase-{customer}-{record.asked_at:%Y%m%d%H%M%S}-{what}"
        self._tasks.enqueue(Task(name, PATH, {"customer": customer}))

    def _go_on(self, record: Erasure) -> bool:
        """One transaction; False when another one works on it, or there is nothing to do just now."""
        customer, now = str(record.key.id()), naive(self._clock())
        keys = self._belongings.some(customer, self._size) if record.is_begun else []
        domains = AppsDomain.query(AppsDomain.customer_id == customer).fetch(MOST_DOMAINS, keys_only=True)

        def work(transaction: Transaction) -> bool:
            (stored,) = transaction.look_up([record.key])
            if stored is None or (stored.asked_at, stored.step) != (record.asked_at, record.step):
                return False
            stored.populate(step=stored.step + 1, moved_at=now)
            if not stored.is_begun:
                return _begin(transaction, stored, now)
            if keys:
                return _delete(transaction, stored, keys)
            if is_over(stored.found, stored.look_began, stored.asked_at):
                return _finish(transaction, stored, domains, now)
            return _look_again(transaction, stored, now)

        return transact(work)


def _begin(transaction: Transaction, record: Erasure, now: datetime) -> bool:
    """From here on nobody takes it back."""
    record.populate(is_begun=True, look_began=now)
    for row in filter(None, transaction.look_up([ndb.Key(AppsDomain, record.domain)])):
        row.populate(erasing=True)
        transaction.put(row)
    transaction.put(record)
    return True


def _delete(transaction: Transaction, record: Erasure, keys: Sequence[ndb.Key]) -> bool:
    record.populate(found=record.found + len(keys), deleted=record.deleted + len(keys))
    transaction.delete(*keys)
    transaction.put(record)
    return True


def _look_again(transaction: Transaction, record: Erasure, now: datetime) -> bool:
    """At once, or when everything that may still be at work has ended."""
    later = settled(record.asked_at)
    record.populate(found=0, look_began=max(now, later), due_at=max(record.due_at, later))
    transaction.put(record)
    return later <= now


def _finish(transaction: Transaction, record: Erasure, domains: Sequence[ndb.Key], now: datetime) -> bool:
    """The rows that said whose it is go last, together with the record itself; the proof comes in its place."""
    customer_hash = hashlib.sha256(str(record.key.id()).encode()).hexdigest()
    proof = ErasureProof(
        id=f"{customer_hash}-{record.asked_at:%Y%m%d%H%M%S}", customer_hash=customer_hash, asked_at=record.asked_at,
        by=record.by, operator=record.label if record.by == "operator" else "", finished_at=now,
        entities=record.deleted + len(domains), expires_at=now + PROOF_KEPT,
    )  # fmt: skip
    transaction.delete(*domains, record.key)
    transaction.put(proof)
    return False
