"""Reads the rows of domains: which one carries the rule for a name, and what it says. Called inside an ndb context."""

from google.cloud import ndb

from marketplace.records import AppsDomain
from marketplace.rules import DomainState
from runtime.clock import aware


def rule_row(domain: str) -> AppsDomain | None:
    """The customer's primary domain's row; a name whose customer is another one than that row's has its own."""
    (row,) = rows_named([domain])
    return row if row is None or row.quarantined else carrier(row)


def carrier(row: AppsDomain) -> AppsDomain:
    """The row of the primary domain of the customer to whom a name, even one in quarantine, is pinned."""
    if row.primary_domain in {"", row.key.id()}:
        return row
    (primary,) = rows_named([row.primary_domain])
    return primary if primary is not None and primary.customer_id == row.customer_id else row


def rows_named(names: list[str]) -> list[AppsDomain | None]:
    """In this order; None for one that is not known. Also inside a transaction."""
    return list(ndb.get_multi([ndb.Key(AppsDomain, name) for name in names]))


def stored_state(row: AppsDomain, license_state: str, stale: bool = False) -> DomainState:
    """What a row says. license_state: to go by; stale: held in grace."""
    return DomainState(
        domain=str(row.key.id()),
        known=True,
        is_enabled=row.is_enabled,
        is_independent=row.is_independent,
        license_state=license_state,
        stale=stale,
        disabled_by_operator=row.disabled_by_operator,
        quarantined=row.quarantined,
        customer_id=row.customer_id,
        primary_domain=row.primary_domain or str(row.key.id()),
        delegated_admin_email=row.delegated_admin_email,
        delegated_admin_id=row.delegated_admin_id,
        license_seen_at=aware(row.license_seen_at),
        set_up_at=aware(row.set_up_at),
        last_sign_in_at=aware(row.last_sign_in_at),
        setup_results=row.setup_results or {},
        erase_at=aware(row.erase_at),
        erasing=row.erasing,
    )
