"""The settings of the simulation as form fields: what each means, in which unit, and reading what was typed."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, get_args, get_origin, get_type_hints

from sandbox.google.world import Knobs


@dataclass(frozen=True)
class Knob:
    """One setting. `unit` is "" for counts and switches."""

    name: str
    label: str
    hint: str
    unit: str = ""


SECTIONS: tuple[tuple[str, tuple[Knob, ...]], ...] = (
    (
        "Slowness",
        (
            Knob("latency", "Latency", "Every answer waits this long.", "seconds"),
            Knob(
                "get_lag", "New user unknown by key", "users.get answers 404 for this long after a create.", "seconds"
            ),
            Knob("list_lag", "New user missing from lists", "users.list leaves it out.", "seconds"),
            Knob("search_lag", "New user missing from searches", "users.list with a query leaves it out.", "seconds"),
            Knob("creation_window", "Creation not complete", "Changes to a new user answer 412.", "seconds"),
            Knob("group_lag", "New group without members", "Members of a new group answer 404.", "seconds"),
            Knob("rename_window", "Renamed user busy", "Changes after a new primary address answer 409.", "seconds"),
            Knob("mailbox_lag", "Mailbox not set up", "A new user's isMailboxSetup turns true later.", "seconds"),
            Knob("grant_lag", "New grant without effect", "Delegation and data access work only later.", "seconds"),
        ),
    ),
    (
        "Limits",
        (
            Knob("enforce_quota", "Enforce quotas", "Off: no request is refused for being one too many."),
            Knob("queries_per_minute", "Queries per minute", "For each person and project."),
            Knob("creates_per_second", "Creates per second", "For each domain."),
            Knob("org_units_per_second", "Organizational units per second", "Changes, for each customer."),
        ),
    ),
    (
        "Lists",
        (
            Knob("page_limit", "Longest page", "Pages are at most this long, whatever was asked. 0: as asked."),
            Knob("lists_end_early", "Lists end early", "After the first page, without an error and without a token."),
            Knob("repeat_last_row", "Pages overlap by a row", "Each begins with the row the one before ended with."),
        ),
    ),
    (
        "Task queue",
        (
            Knob(
                "task_delay", "Tasks come late", "Each that is created from now on waits this much longer.", "seconds"
            ),
            Knob("tasks_lost_percent", "Tasks get lost", "Taken by the queue, and never delivered.", "percent"),
            Knob("tasks_duplicated_percent", "Tasks come twice", "At the same time.", "percent"),
            Knob("tasks_reordered", "Tasks change places", "Those that wait leave in any order."),
        ),
    ),
    (
        "Sign-in",
        (Knob("session_age_claims", "Session age claims", "ID tokens say when somebody signed in, if the app asks."),),
    ),
    (
        "Behaviour nobody could tell us",
        (
            Knob("quota_answer", "Answer over quota", "Guess: documents disagree."),
            Knob("delete_status", "Answer to users.delete", "Guess."),
            Knob("conflict_account", "Unmanaged account of the same name", "The Admin console's option."),
            Knob("clamp_max_results", "Lower a too large maxResults", "Guess. Off: refused with 400."),
            Knob("order_by_uses_search", "orderBy lags like searches", "Guess."),
            Knob("accents_in_local_parts", "Accents in addresses", "Guess: whether é is accepted."),
            Knob("license_secondary_domains", "Licenses by secondary domain", "Guess: customerLicense knows them."),
            Knob("deleted_name_blocks", "Deleted names stay taken", "Guess: for 20 days after the deletion."),
            Knob("unmanaged_blocks", "Unmanaged names stay taken", "Guess: also where resolving is not asked for."),
        ),
    ),
    ("Clock", (Knob("clock_offset", "Ahead of this machine", "The simulation's clock.", "seconds"),)),
)


CHOICES: dict[str, tuple[str, ...]] = {
    name: tuple(map(str, get_args(kind))) for name, kind in get_type_hints(Knobs).items() if get_origin(kind) is Literal
}
"""What can be chosen, for the settings that are one of a few words."""


def changed(knobs: Knobs, typed: dict[str, str]) -> Knobs:
    """The settings after a form was sent; a switch that is missing is off. ValueError names the field that is wrong."""
    values: dict[str, Any] = {knob.name: _value(knob, getattr(knobs, knob.name), typed) for knob in described()}
    return Knobs(**values)


def described() -> list[Knob]:
    """Every setting that the form has."""
    return [knob for _, section in SECTIONS for knob in section]


def _value(knob: Knob, now: object, typed: dict[str, str]) -> object:
    if isinstance(now, bool):
        return knob.name in typed
    if knob.name not in typed:
        return now
    if knob.name in CHOICES:
        return _choice(knob, type(now), typed[knob.name])
    return _number(knob, typed[knob.name], whole=isinstance(now, int))


def _choice(knob: Knob, kind: type, text: str) -> object:
    if text not in CHOICES[knob.name]:
        raise ValueError(f"“{knob.label}” cannot be “{text}”.")
    return kind(text)


def _number(knob: Knob, text: str, *, whole: bool) -> float:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        raise ValueError(f"“{knob.label}” needs a number, not “{text}”.") from None
    if not isfinite(number) or (number < 0 and knob.name != "clock_offset") or abs(number) > 1e9:
        raise ValueError(f"“{knob.label}” cannot be {text}.")
    return number
