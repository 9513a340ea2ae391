"""A process that wants names: python -m tests.provisioning.naming.contender JSON. One line of JSON for each grant.

With "speed" its clock runs that many times faster, with "offset" it is that many seconds wrong, as an instance's may
be. "names" are claimed as they are; without them it asks for suggestions for John Smith. Each thread ends after
as many "grants".
"""

import json
import random
import sys
import threading
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from google.auth.credentials import AnonymousCredentials

from provisioning.naming.holder import Holder
from provisioning.naming.holds import Holds
from provisioning.naming.occupancy import Occupant
from provisioning.naming.policy import NamingPolicy
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.datastore import Datastore
from runtime.limits import Limits
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


class EmptyDomain:
    """Nobody has any address."""

    def occupants(self, tenant: str, domain: str, names: Iterable[str]) -> dict[str, Occupant]:
        return {}


def contend(datastore: Datastore, order: dict[str, Any], print_lock: threading.Lock, suggestions: Suggestions) -> None:
    clock = LastReading(WrongClock(order))
    holds = Holds(clock)
    with datastore.context():
        left = order["grants"]
        while left:
            holder = Holder("C1", "example.org", uuid.uuid4().hex)
            began = time.perf_counter()
            names, expires = obtain(holds, suggestions, holder, order)
            took = time.perf_counter() - began
            if not expires:
                continue
            left -= 1
            line = {
                "owner": holder.owner,
                "names": names,
                "took": took,
                "acquired": clock.reading.timestamp() - order.get("offset", 0),
                "expires": expires.timestamp() - order.get("offset", 0),
            }
            with print_lock:
                print(json.dumps(line), flush=True)


def obtain(
    holds: Holds, suggestions: Suggestions, holder: Holder, order: dict[str, Any]
) -> tuple[list[str], datetime | None]:
    if "names" in order:
        names = random.sample(order["names"], len(order["names"]))
        taken, expires = claim_until(holds, holder, names, 1, order["seconds"])
        return list(taken), expires
    policy = NamingPolicy(hold_seconds=order["seconds"])
    suggested = suggestions.suggest(holder, policy, {"firstname": "John", "lastname": "Smith"})
    return suggested.names, suggested.expires


def main() -> None:
    order = json.loads(sys.argv[1])
    datastore = Datastore(order["project"], AnonymousCredentials())
    clock = WrongClock(order)
    suggestions = Suggestions(Holds(clock), TakenNames(clock), EmptyDomain(), Limits(clock))
    arguments = (datastore, order, threading.Lock(), suggestions)
    threads = [threading.Thread(target=contend, args=arguments) for _ in range(order["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    datastore.close()


if __name__ == "__main__":
    main()
