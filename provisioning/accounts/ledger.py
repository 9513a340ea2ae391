"""What became of each wish for an account: recorded before Google is asked, settled when the outcome is known."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

from provisioning.accounts.order import Order
from provisioning.accounts.problems import OperationChanged
from provisioning.accounts.records import Opening
from runtime.audit import AuditEntry
from runtime.clock import Clock
from runtime.datastore import tenant_namespace, transact

SALT_BYTES = 16
BINDING = 15 * 60
"""Seconds for which an operation means the values that it was sent with first. Later Google shows what became of it."""


class Ledger:
    """Keeps Openings. `mark` names one; it is also what the account carries at Google."""

    def __init__(self, clock: Clock, random_bytes: Callable[[int], bytes]) -> None:
        """random_bytes: secure, for salts."""
        self._clock = clock
        self._random_bytes = random_bytes

    def find(self, tenant: str, mark: str, order: Order) -> Opening | None:
        """What is recorded of the wish. Raises OperationChanged when it was sent with other values.

        A failed one may be changed, and so may one that is BINDING old, for the same address: the caller looks it up.
        """
        with tenant_namespace(tenant):
            record: Opening | None = Opening.get_by_id(mark)
        if record is not None and record.state != "failed":
            over = self.age(record) >= BINDING and record.address == order.address
            if not over:
                require_same(record, order)
        return record

    def is_begun(self, tenant: str, mark: str) -> bool:
        """Whether Google may have been asked, and has not surely refused."""
        with tenant_namespace(tenant):
            record = Opening.get_by_id(mark)
        return record is not None and record.state != "failed"

    def intend(self, tenant: str, mark: str, order: Order, known: Opening | None) -> Opening:
        """Record that Google is about to be asked. known: what `find` said; there is no account of it now.

        Returns a record that is created if another request was faster. Raises OperationChanged.
        """
        salt = self._random_bytes(SALT_BYTES)
        scrypt = _scrypt(order.password, salt)

        def work() -> Opening:
            record: Opening | None = Opening.get_by_id(mark)
            over = known is not None and record == known and (known.state == "created" or not _is_same(known, order))
            if record is None or record.state == "failed" or over:
                record = Opening(id=mark, address=order.address, fingerprint=order.fingerprint, started=self._now())
                record.state, record.password_salt, record.password_scrypt = "intent", salt, scrypt
            else:
                require_same(record, order)
            record.attempts += 1
            if record.state == "intent":
                record.put()
            return record

        with tenant_namespace(tenant):
            return transact(work)

    def settle(self, tenant: str, mark: str, order: Order, person_id: str, also: Callable[[], AuditEntry]) -> bool:
        """Record that the account exists. also: what is changed in the same transaction, and its audit entry.

        False when it was recorded before; `also` is not called then.
        """

        def work() -> bool:
            record = Opening.get_by_id(mark)
            if record is not None and record.state == "created":
                return False
            record = record or Opening(
                id=mark, address=order.address, fingerprint=order.fingerprint, started=self._now()
            )
            record.person_id = person_id
            self._close(record, "created")
            also().put()
            return True

        with tenant_namespace(tenant):
            return transact(work)

    def fail(self, tenant: str, mark: str, code: str) -> None:
        """Record that the account was surely not made, so that the values may be changed."""

        def work() -> None:
            record = Opening.get_by_id(mark)
            if record is not None and record.state == "intent":
                record.failure = code
                self._close(record, "failed")

        with tenant_namespace(tenant):
            transact(work)

    def age(self, record: Opening) -> float:
        """Seconds since it was settled, or else since it began."""
        since: datetime = record.settled or record.started
        return (self._clock() - since.replace(tzinfo=UTC)).total_seconds()

    def _close(self, record: Opening, state: str) -> None:
        record.state, record.settled = state, self._now()
        record.password_salt = record.password_scrypt = None
        record.put()

    def _now(self) -> datetime:
        """As Datastore keeps it."""
        return self._clock().replace(tzinfo=None)


def require_same(record: Opening, order: Order) -> None:
    """Raise OperationChanged when the record is of other values."""
    if not _is_same(record, order):
        raise OperationChanged(f"{record.address} was asked for before, with other values.")


def _is_same(record: Opening, order: Order) -> bool:
    same = bool(record.fingerprint == order.fingerprint)
    if same and record.password_scrypt:
        return hmac.compare_digest(record.password_scrypt, _scrypt(order.password, record.password_salt))
    return same


def _scrypt(password: str, salt: bytes) -> bytes:
    """About 16 MB and 50 ms, as OWASP's least (N=2^14, r=8, p=5) costs more than one request should."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
