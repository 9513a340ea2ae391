"""The services of erasure over a house, and customers with something to delete."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from google.cloud import ndb

from marketplace.erasure.belongings import Belongings
from marketplace.erasure.deletion import PATH, Deletion
from marketplace.erasure.records import ErasureProof
from marketplace.erasure.requests import ErasureRequests
from provisioning.api.keys import ApiKeys, rows_outside
from runtime.audit import Actor, audit_entry
from runtime.datastore import tenant_namespace
from runtime.limits import Spent
from sandbox.google import seed
from tests.marketplace.house import VENDOR, House
from tests.queued import Queue

SLICE = 10
"""Entities in a transaction here."""
HARBOUR, HUGO = "harbour.example", "hugo.admin@harbour.example"


class WatchedBelongings(Belongings):
    """`meanwhile` happens at its number, counted from 1: when keys were found, and before they are deleted."""

    def __init__(self, house: House) -> None:
        super().__init__(house.domains, [rows_outside])
        self.looks = 0
        self.meanwhile: dict[int, Callable[[], object]] = {}

    def some(self, customer: str, limit: int) -> Sequence[ndb.Key]:
        found = super().some(customer, limit)
        self.looks += 1
        self.meanwhile.pop(self.looks, lambda: None)()
        return found


@dataclass
class Office:
    """Where it is asked for and done."""

    house: House
    queue: Queue = field(default_factory=Queue)
    belongings: WatchedBelongings = field(init=False)
    requests: ErasureRequests = field(init=False)
    deletion: Deletion = field(init=False)

    def __post_init__(self) -> None:
        self.belongings = WatchedBelongings(self.house)
        self.requests = ErasureRequests(self.house.domains, self.house.clock)
        self.deletion = Deletion(self.belongings, self.queue, self.house.clock, SLICE)

    def ask(self, *, at_once: bool = False, domain: str = "northfield.example") -> None:
        self.requests.ask(domain, domain, VENDOR, "operator", at_once=at_once)

    def work(self, customer: str = seed.NORTHFIELD) -> None:
        """What the scheduler starts, and the tasks that it leaves."""
        self.deletion.start_due()
        while self.queue.waiting:
            task = self.queue.waiting.pop(0)
            assert task.path == PATH
            self.deletion.work(str(task.payload["customer"]))

    def fill(self, customer: str, entries: int = 3) -> None:
        """Something of several kinds, in the namespace and outside of it."""
        ApiKeys(self.house.clock).issue(customer, Actor("person", "1", "ada.admin@northfield.example"), "Timetable")
        now = self.house.clock()
        with tenant_namespace(customer):
            spent = Spent(id="names", expires=now.replace(tzinfo=None))
            ndb.put_multi([spent, *(audit_entry(now, VENDOR, "account.created", f"{at}") for at in range(entries))])

    def proof(self) -> ErasureProof:
        """The only one."""
        (found,) = ErasureProof.query().fetch()
        return found


def namespace(customer: str) -> int:
    """How many entities of whatever kind there are."""
    with tenant_namespace(customer):
        return int(ndb.Query().count())


def outside(*kinds: str) -> dict[str, int]:
    """How many of each kind the default namespace has."""
    return {kind: int(ndb.Query(kind=kind, namespace="").count()) for kind in kinds}
