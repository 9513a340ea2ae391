"""What there is of a customer: its whole namespace, and the rows of the default one that name it.

Looks return keys, a slice at a time, and an empty list when nothing is left. Called inside an ndb context.
"""

from collections.abc import Callable, Sequence

from google.cloud import ndb

from marketplace.domains import Domains
from marketplace.records import InstallLink, Session
from runtime.audit import AuditEntry
from runtime.datastore import tenant_namespace

Look = Callable[[str, int], Sequence[ndb.Key]]
"""(customer id, how many at most) -> keys of what is left."""


class Belongings:
    """Everything but the domains' own rows, which say until the end whose it is."""

    def __init__(self, domains: Domains, others: Sequence[Look]) -> None:
        """others: what rooms keep in the default namespace."""
        self._domains = domains
        self._looks: tuple[Look, ...] = (_in_namespace, self._sessions, self._links, self._entries, *others)

    def some(self, customer: str, limit: int) -> Sequence[ndb.Key]:
        """The keys of some of what is left."""
        return next(filter(None, (look(customer, limit) for look in self._looks)), [])

    def _sessions(self, customer: str, limit: int) -> Sequence[ndb.Key]:
        """Those too in which Google did not say whose the person is."""
        keys = Session.query(Session.customer_id == customer).fetch(limit, keys_only=True)
        names = set(self._domains.domains_of(customer))
        nobodys = Session.query(Session.customer_id == "")
        return keys or [row.key for row in nobodys if names & {row.domain, row.rule_domain}][:limit]

    def _links(self, customer: str, limit: int) -> Sequence[ndb.Key]:
        return self._by_name(customer, lambda name: InstallLink.query(InstallLink.domain == name), limit)

    def _entries(self, customer: str, limit: int) -> Sequence[ndb.Key]:
        """Of the operators' log, from before the customer was known."""
        return self._by_name(customer, lambda name: AuditEntry.query(AuditEntry.target == name), limit)

    def _by_name(self, customer: str, query: Callable[[str], ndb.Query], limit: int) -> Sequence[ndb.Key]:
        names = self._domains.domains_of(customer)
        return next(filter(None, (query(name).fetch(limit, keys_only=True) for name in names)), [])


def _in_namespace(customer: str, limit: int) -> Sequence[ndb.Key]:
    """Of every kind but Datastore's own statistics (__Stat_...), which nobody can delete."""
    after: ndb.Key | None = None
    with tenant_namespace(customer):
        while True:
            query = ndb.Query(filters=ndb.FilterNode("__key__", ">", after) if after else None)
            keys = query.fetch(limit, keys_only=True)
            if ours := [key for key in keys if _is_ours(key, customer)]:
                return ours
            if len(keys) < limit:
                return []
            after = keys[-1]


def _is_ours(key: ndb.Key, customer: str) -> bool:
    """The namespace is looked at once more: a query that has lost its own finds everybody's."""
    return key.namespace() == customer and not key.kind().startswith("__")
