"""The settings of the simulation as form fields: what each means, in which unit, and reading what was typed."""

from dataclasses import dataclass, fields
from math import isfinite

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
            Knob("grant_lag", "New grant without effect", "Delegation and data access work only later.", "seconds"),
        ),
    ),
    (
        "Limits",
        (
            Knob("enforce_quota", "Enforce quotas", "Off: no request is refused for being one too many."),
            Knob("queries_per_minute", "Queries per minute", "For each person and project."),
            Knob("creates_per_second", "Creates per second", "For each domain."),
            Knob("page_limit", "Longest page", "Pages are at most this long, whatever was asked. 0: as asked."),
        ),
    ),
    (
        "Behaviour nobody could tell us",
        (
            Knob("license_secondary_domains", "Licenses by secondary domain", "Guess: customerLicense knows them."),
            Knob("deleted_name_blocks", "Deleted names stay taken", "Guess: for 20 days after the deletion."),
        ),
    ),
    ("Clock", (Knob("clock_offset", "Ahead of this machine", "The simulation's clock.", "seconds"),)),
)


def changed(knobs: Knobs, typed: dict[str, str]) -> Knobs:
    """The settings after a form was sent; a switch that is missing is off. ValueError names the field that is wrong."""
    return Knobs(**{knob.name: _value(knob, getattr(knobs, knob.name), typed) for knob in _known()})


def _known() -> list[Knob]:
    described = {knob.name: knob for _, section in SECTIONS for knob in section}
    return [described.get(each.name) or Knob(each.name, each.name.replace("_", " "), "") for each in fields(Knobs)]


def _value(knob: Knob, now: float | bool, typed: dict[str, str]) -> float | bool:
    if isinstance(now, bool):
        return knob.name in typed
    if knob.name not in typed:
        return now
    return _number(knob, typed[knob.name], whole=isinstance(now, int))


def _number(knob: Knob, text: str, *, whole: bool) -> float:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        raise ValueError(f"“{knob.label}” needs a number, not “{text}”.") from None
    if not isfinite(number) or (number < 0 and knob.name != "clock_offset") or abs(number) > 1e9:
        raise ValueError(f"“{knob.label}” cannot be {text}.")
    return number
