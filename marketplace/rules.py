"""The license rule, and what a domain's present standing is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

ACTIVE = "ACTIVE"
UNLICENSED = "UNLICENSED"

GRACE = timedelta(hours=24)
"""How long Google's last ACTIVE holds while Google fails to answer through no fault of the customer's."""


def is_active(*, is_enabled: bool, is_independent: bool, license_state: str) -> bool:
    """Whether a domain may use the app. The rule of the source, to the letter."""
    return is_enabled and (is_independent or license_state == ACTIVE)


class Standing(Enum):
    """Why a domain may or may not use the app."""

    ACTIVE = "active"
    UNLICENSED = "unlicensed"
    CANNOT_TELL = "cannot tell"  # Google does not answer, and no recent answer is known
    NOT_SET_UP = "not set up"
    TURNED_OFF = "turned off"  # by its own administrator
    DISABLED = "disabled"  # by an operator; holds until an operator lifts it
    QUARANTINED = "quarantined"  # the name belongs to another customer now
    LEAVING = "about to be deleted"  # somebody asked for it, and may take it back
    ERASING = "being deleted"


@dataclass(frozen=True)
class DomainState:
    """What is known of a domain. license_state is Google's, at most 60 s old, or held in grace (`stale`)."""

    domain: str
    known: bool = False  # there is a row
    is_enabled: bool = False
    is_independent: bool = False
    license_state: str = ""  # "" when Google could not be asked and no grace holds
    stale: bool = False
    disabled_by_operator: str = ""
    quarantined: bool = False
    customer_id: str = ""
    primary_domain: str = ""
    delegated_admin_email: str = ""
    delegated_admin_id: str = ""
    license_seen_at: datetime | None = None
    set_up_at: datetime | None = None
    last_sign_in_at: datetime | None = None
    setup_results: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # what steps said last, by id
    erase_at: datetime | None = None  # when everything of the customer is to be deleted
    erasing: bool = False  # that has begun

    @property
    def is_licensed(self) -> bool:
        """Independent, or licensed."""
        return self.is_independent or self.license_state == ACTIVE

    @property
    def standing(self) -> Standing:
        """The first thing that stands in the way, the weightiest first."""
        if self.quarantined:
            return Standing.QUARANTINED
        if self.erase_at:
            return Standing.ERASING if self.erasing else Standing.LEAVING
        if self.disabled_by_operator:
            return Standing.DISABLED
        if is_active(is_enabled=self.is_enabled, is_independent=self.is_independent, license_state=self.license_state):
            return Standing.ACTIVE
        if not self.is_licensed:
            return Standing.UNLICENSED if self.license_state else Standing.CANNOT_TELL
        return Standing.TURNED_OFF if self.set_up_at else Standing.NOT_SET_UP


def license_in_grace(last_state: str, last_seen: datetime | None, now: datetime) -> str:
    """The state to go by when Google does not answer: ACTIVE within the grace, else "" (fail closed)."""
    held = last_state == ACTIVE and last_seen is not None and now - last_seen < GRACE
    return ACTIVE if held else ""


def user_may(*, enabled: object, state: object) -> bool:
    """The user-level rule: outside the installed organizational unit Google says enabled:false, state:ACTIVE."""
    return enabled is True and state == ACTIVE
