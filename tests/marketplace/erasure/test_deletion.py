"""Deleting: everything of one customer and nothing of another, however often it is cut, and looked at again."""

import hashlib
from datetime import timedelta

from google.cloud import ndb

from marketplace.erasure.deletion import LOST_AFTER, WORKS_FOR
from marketplace.erasure.records import Erasure, ErasureProof
from marketplace.identity import Identity
from marketplace.records import InstallLink, Session
from marketplace.rules import DomainState, Standing
from runtime.audit import audit_entry
from runtime.datastore import Datastore
from sandbox.google import marketplace, seed
from tests.forked import workers_of
from tests.marketplace.erasure.office import HARBOUR, HUGO, SLICE, Office, namespace, outside
from tests.marketplace.house import DOMAIN_KINDS, SCHOOL, STUDENTS, VENDOR, House

MANY = 2 * SLICE + 5


def uninstalled(office: Office) -> None:
    """And asked for at once."""
    marketplace.delete_app(office.house.world, seed.NORTHFIELD)
    office.house.clock.advance(minutes=2)
    office.ask(at_once=True)


def waited(office: Office) -> None:
    """Asked for, and nobody took it back."""
    office.ask()
    office.house.clock.advance(days=7, seconds=1)


def begin(house: House) -> None:
    """What the default namespace has of the school: sessions, links, and entries from before it was known."""
    house.sign_in(seed.ADMIN)
    moment = house.clock().replace(tzinfo=None)
    nobodys = house.sessions.start(Identity("9", "x@elsewhere.example", "X", ""), DomainState(""))
    assert nobodys
    Session(
        person="1", email="ada@northfield.example", domain=STUDENTS, customer_id="", created_at=moment, seen_at=moment,
        checked_at=moment, expires_at=moment,
    ).put()  # fmt: skip
    InstallLink(id="a", domain=STUDENTS, expires_at=moment).put()
    InstallLink(id="b", domain=HARBOUR, expires_at=moment).put()
    ndb.put_multi([audit_entry(moment, VENDOR, "setup_link.issued", name) for name in (SCHOOL, STUDENTS, HARBOUR)])


def test_everything_of_the_customer_goes_and_nothing_of_another(office: Office) -> None:
    house = office.house
    house.set_up(seed.HARBOUR, HUGO)
    office.fill(seed.HARBOUR)
    begin(house)
    own = len(house.domains.domains_of(seed.NORTHFIELD))
    waited(office)
    there, harbours = namespace(seed.NORTHFIELD), namespace(seed.HARBOUR)

    office.work()

    assert namespace(seed.NORTHFIELD) == 0
    assert namespace(seed.HARBOUR) == harbours > 3
    left = {"AppsDomain": 1, "Session": 1, "LoginAttempts": 0, "InstallLink": 1, "AuditEntry": 1, "ApiKeyTenant": 1}
    assert outside(*DOMAIN_KINDS, "Erasure", "ErasureProof") == left | {"Erasure": 0, "ErasureProof": 1}
    proof = office.proof()
    assert proof.entities == there + own + 2 + 1 + 2 + 1, "two sessions, a link, two entries, a key"
    assert proof.customer_hash == hashlib.sha256(seed.NORTHFIELD.encode()).hexdigest()
    assert (proof.by, proof.operator) == ("operator", VENDOR.label)
    assert seed.NORTHFIELD not in f"{proof}"
    assert SCHOOL not in f"{proof}"
    assert proof.expires_at - proof.finished_at == timedelta(days=3 * 365)
    assert house.standing() is Standing.NOT_SET_UP


def test_what_somebody_writes_who_was_still_at_work_is_found(office: Office) -> None:
    uninstalled(office)
    office.work()
    assert namespace(seed.NORTHFIELD) == 0
    assert office.house.domains.stored(SCHOOL).standing is Standing.ERASING
    office.fill(seed.NORTHFIELD, 2)
    office.house.clock.advance(minutes=10)
    office.work()
    assert namespace(seed.NORTHFIELD) > 0, "not yet"

    office.house.clock.advance(minutes=6)
    office.belongings.meanwhile[office.belongings.looks + 3] = lambda: office.fill(seed.NORTHFIELD, 2)
    office.work()

    assert namespace(seed.NORTHFIELD) == 0
    assert outside("ApiKeyTenant", "AppsDomain") == {"ApiKeyTenant": 0, "AppsDomain": 0}
    assert office.proof()


def test_of_two_that_work_at_once_one_gives_up_and_all_is_counted_once(office: Office) -> None:
    office.fill(seed.NORTHFIELD, MANY)
    waited(office)
    there = namespace(seed.NORTHFIELD) + len(office.house.domains.domains_of(seed.NORTHFIELD))
    office.belongings.meanwhile[2] = lambda: office.deletion.work(seed.NORTHFIELD)
    office.belongings.meanwhile[3] = lambda: office.house.clock.advance(seconds=WORKS_FOR.total_seconds())
    office.deletion.work(seed.NORTHFIELD)
    assert Erasure.get_by_id(seed.NORTHFIELD).deleted == 2 * SLICE, "what both found, once"
    office.work()
    assert namespace(seed.NORTHFIELD) == 0
    assert office.proof().entities == there + 2, "and the two keys' rows outside"


def test_long_work_is_cut_into_tasks(office: Office) -> None:
    office.fill(seed.NORTHFIELD, MANY)
    waited(office)
    office.belongings.meanwhile[1] = lambda: office.house.clock.advance(seconds=WORKS_FOR.total_seconds())
    office.deletion.work(seed.NORTHFIELD)
    (task,) = office.queue.waiting
    assert task.payload == {"customer": seed.NORTHFIELD}
    found = office.requests.of(seed.NORTHFIELD)
    assert found is not None
    assert (found.is_begun, found.deleted) == (True, SLICE)
    office.work()
    assert namespace(seed.NORTHFIELD) == 0


def test_the_scheduler_leaves_a_task_for_what_is_due_and_what_was_lost(office: Office) -> None:
    office.ask()
    office.deletion.start_due()
    assert office.queue.waiting == []
    office.deletion.work(seed.NORTHFIELD)
    assert office.requests.under_way(10)[0].is_begun is False, "a task that comes too early does nothing"
    office.house.clock.advance(days=7, seconds=1)
    office.belongings.meanwhile[1] = lambda: office.house.clock.advance(seconds=WORKS_FOR.total_seconds())
    office.deletion.work(seed.NORTHFIELD)
    office.queue.waiting.clear()
    office.deletion.start_due()
    assert office.queue.waiting == [], "somebody is at it"
    office.house.clock.advance(seconds=LOST_AFTER.total_seconds())
    office.deletion.start_due()
    assert len(office.queue.waiting) == 1


def test_a_customer_that_comes_back_is_a_new_one(office: Office) -> None:
    waited(office)
    office.work()
    office.house.set_up()
    assert office.house.standing() is Standing.ACTIVE
    assert office.requests.serves(seed.NORTHFIELD)
    assert office.house.audit(seed.NORTHFIELD) == ["domain.pinned", "domain.enabled"]
    waited(office)
    office.work()
    assert len(list(ErasureProof.query())) == 2


def test_a_worker_is_killed_in_the_middle_and_the_next_one_goes_on(office: Office, datastore: Datastore) -> None:
    """When it has found what is next, and not deleted it yet."""
    office.fill(seed.NORTHFIELD, MANY)
    waited(office)
    there = namespace(seed.NORTHFIELD) + len(office.house.domains.domains_of(seed.NORTHFIELD))
    order = {"project": datastore.client.project, "customer": seed.NORTHFIELD, "at": 2,
             "offset": office.house.clock.offset.total_seconds()}  # fmt: skip
    with workers_of("tests.marketplace.erasure.worker") as workers:
        workers.killed(order)
    assert Erasure.get_by_id(seed.NORTHFIELD).deleted == SLICE
    office.house.clock.advance(minutes=1)
    office.work()
    assert namespace(seed.NORTHFIELD) == 0
    assert office.proof().entities == there + 2, "and the two keys' rows outside"
