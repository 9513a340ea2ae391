"""A process that wants names, forked from one that has everything loaded. It sends a line for each grant.

"threads" ask until each has as many "grants", or for "lasting" seconds if that is given. With "speed" its clock runs
that many times faster, with "offset" it is that many seconds wrong, as an instance's may be.

"names" are claimed as they are. Without them it asks for suggestions: for John Smith, or with "cold" for somebody else
each time; "create" makes an account of the first one, in a domain where nobody else makes any, and "select" chooses it
before, presenting all of them where each grant is a call of an API "key". With "cached" there is an index.
{"unlearnt": a name} is sent where the index could not learn of it.
"""

import os
import random
import threading
import time
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb

from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.occupancy import Occupant
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.datastore import Datastore
from runtime.insertion import insert_all
from runtime.limits import Limits
from runtime.problems import Unavailable
from tests.provisioning.naming.claiming import claim_until


class WrongClock:
    """Seconds of real time since `began`, times speed, plus offset."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._began, self._speed = order.get("began", 0), order.get("speed", 1)
        self._offset = timedelta(seconds=order.get("offset", 0))

    def __call__(self) -> datetime:
        elapsed = timedelta(seconds=(time.time() - self._began) * self._speed)
        return datetime.fromtimestamp(self._began, UTC) + elapsed + self._offset


class LastReading:
    """A clock for one thread, which remembers what it said last."""

    def __init__(self, clock: WrongClock) -> None:
        self._clock = clock
        self.reading = clock()

    def __call__(self) -> datetime:
        self.reading = self._clock()
        return self.reading


class Account(ndb.Model):  # type: ignore[misc]
    """An account at "Google". Key: the name, so that there is one at most."""


class ClosedDomain:
    """Whose accounts are all made by contenders; nobody else has any address."""

    def occupants(self, tenant: str, domain: str, names: Iterable[str]) -> dict[str, Occupant]:
        listed = list(names)
        found = ndb.get_multi([ndb.Key(Account, name, namespace=tenant) for name in listed])
        return {name: Occupant("user") for name, account in zip(listed, found, strict=True) if account}


@dataclass
class Contender:
    """What the threads share."""

    order: dict[str, Any]
    datastore: Datastore
    said: Connection
    one_at_a_time: threading.Lock

    def __post_init__(self) -> None:
        clock = WrongClock(self.order)
        self.holds, self.taken = Holds(clock), TakenNames(clock)
        self.suggestions = Suggestions(self.holds, self.taken, ClosedDomain(), Limits(clock))
        self.policy = NamingPolicy(hold_seconds=self.order["seconds"], cached=self.order.get("cached", False))

    def run(self) -> None:
        """One thread."""
        clock = LastReading(WrongClock(self.order))
        holds = Holds(clock)
        end = time.monotonic() + self.order.get("lasting", 0)
        left = self.order["grants"]
        with self.datastore.context():
            while left > 0 or time.monotonic() < end:
                holder = Holder("C1", "example.org", uuid.uuid4().hex, "call" if self.order.get("key") else "")
                began = time.perf_counter()
                names, expires = self.obtain(holds, holder)
                took = time.perf_counter() - began
                if not expires:
                    continue
                left -= 1
                created = self.create(holder, names) if "create" in self.order else ""
                offset = self.order.get("offset", 0)
                self.say(
                    owner=holder.owner,
                    names=names,
                    created=created,
                    took=took,
                    acquired=clock.reading.timestamp() - offset,
                    expires=expires.timestamp() - offset,
                )

    def obtain(self, holds: Holds, holder: Holder) -> tuple[list[str], datetime | None]:
        """Names, and until when they are held."""
        if "names" in self.order:
            names = random.sample(self.order["names"], len(self.order["names"]))
            taken, expires = claim_until(holds, holder, names, 1, self.order["seconds"])
            return list(taken), expires
        last = f"smith{uuid.uuid4().hex}" if self.order.get("cold") else "smith"
        suggested = self.suggestions.suggest(holder, self.policy, {"firstname": "John", "lastname": last})
        return suggested.names, suggested.expires

    def create(self, call: Holder, names: list[str]) -> str:
        """What `accounts.opening` does of the first; raises if it cannot be had."""
        holder, name, presented = replace(call, call=""), names[0], names if call.call else None
        if self.order.get("select"):
            self.suggestions.select(holder, self.policy, name, presented)
        self.holds.secure(holder, name, self.order["seconds"])
        if not insert_all([Account(id=name, namespace=holder.tenant)]):
            raise AssertionError(f"{name} was promised, and is in use")
        self.holds.mark_created(holder, name)
        self.suggestions.release(holder, presented)
        try:
            self.taken.add(holder.tenant, holder.domain, name, "user")
        except Unavailable:
            self.say(unlearnt=name)
        return name

    def say(self, **line: object) -> None:
        with self.one_at_a_time:
            self.said.send(line)


def contend(order: dict[str, Any], said: Connection) -> None:
    """The whole life of the process."""
    os.environ["DATASTORE_EMULATOR_HOST"] = order["address"]
    datastore = Datastore(order["project"], AnonymousCredentials())
    contender = Contender(order, datastore, said, threading.Lock())
    with ThreadPoolExecutor(order["threads"]) as pool:
        for running in [pool.submit(contender.run) for _ in range(order["threads"])]:
            running.result()  # raises what the thread raised
    datastore.close()
