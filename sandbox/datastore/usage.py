"""What was asked of the Datastore: calls, and the entities that Google would charge for.

Google charges for each entity read, written and deleted (cloud.google.com/datastore/pricing). Counted here with what
that page leaves open decided against us: a look-up of an entity that is not there is a read, and a query is one at
least. Queries for keys alone or projections are one read, their results are small operations, which are free.
"""

import threading
from collections import Counter

from sandbox.datastore.messages import EntityResult, Message


class Usage:
    """Counts of one server, from the moment it was made. May be used from several threads."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        """How often each method was called."""
        self.entities: Counter[str] = Counter()
        """read, write, delete: how many Google would charge for. A refused commit costs nothing."""
        self._lock = threading.Lock()

    def asked(self, method: str) -> None:
        """A call has come in."""
        with self._lock:
            self.calls[method] += 1

    def answered(self, method: str, request: Message, response: Message) -> None:
        """It was answered, not refused."""
        found = charged(method, request, response)
        with self._lock:
            self.entities += found


def charged(method: str, request: Message, response: Message) -> Counter[str]:
    """The entities of one answered call, by what was done with them."""
    match method:
        case "Lookup":
            return Counter(read=len(request.keys))
        case "RunQuery":
            return Counter(read=_read_by_query(response))
        case "RunAggregationQuery":
            return Counter(read=1)
        case "Commit":
            kinds = (mutation.WhichOneof("operation") for mutation in request.mutations)
            return Counter("delete" if kind == "delete" else "write" for kind in kinds)
    return Counter()


def _read_by_query(response: Message) -> int:
    batch = response.batch
    whole = batch.entity_result_type == EntityResult.FULL
    return max(1, len(batch.entity_results)) if whole else 1
