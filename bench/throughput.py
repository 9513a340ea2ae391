"""The product under load from outside, in a domain of a million: `python -m bench.throughput [seconds]`.

Pairs of suggest and select for people drawn by chance; bursts of callers who all want the same person's names; the same
for a minute. Every answer is checked: its status, that there are three names, and that nobody else has any of them.
"""

import statistics
import sys
from typing import Any

from bench.deployment import Deployment, Spent, running_deployment
from bench.load import Order, load
from bench.people import local_parts

NAMES = 1_000_000
CONNECTIONS, CALLERS, BURSTS = 16, 32, 9
PAIRS_A_SECOND, P99, BURST = 150, 150, 500
"""Goals: pairs a second, milliseconds of a request, milliseconds until all of a burst are answered."""
SUGGESTS = 100_000
DOLLARS = 1.0
"""About so much for so many suggests: what is asked for. Judged with a tenth more."""

Row = dict[str, Any]


def rows(names: int = NAMES, seconds: float = 30) -> list[Row]:
    """All of it on one deployment; sustained bursts take twice the seconds."""
    with running_deployment(local_parts(names)) as deployment:
        found = _pairs(deployment, seconds)
        found += _bursts(deployment)
        found += _sustained(deployment, 2 * seconds)
        return [*found, *_money(deployment), _row("app: memory of the largest process", deployment.most_memory(), "MB")]


def _pairs(deployment: Deployment, seconds: float) -> list[Row]:
    order = Order(deployment.port, deployment.key, CONNECTIONS, seconds, warm_up=5)
    load(Order(deployment.port, deployment.key, CONNECTIONS, 3))
    before = deployment.spent()
    seen = load(order)
    spent = deployment.spent() - before
    title = f"suggest+select, {CONNECTIONS} connections"
    rate, p99 = seen["counts"]["pair"] / seconds, max(seen["ms"][each]["p99"] for each in ("suggest", "select"))
    return [
        _row(f"{title}: rate", rate, "pairs/s", PAIRS_A_SECOND, met=rate >= PAIRS_A_SECOND),
        _row(f"{title}: p99 of a request", p99, "ms", P99, met=p99 <= P99),
        *(
            _row(f"{title}: {share} of a {each}", seen["ms"][each][share], "ms")
            for each in ("suggest", "select", "pair")
            for share in ("p50", "p99")
        ),
        *_faults(title, seen),
        *_profile(spent, seen["pairs"]),
        _row("load generator: CPU", 100 * seen["cpu"] / (seconds + order.warm_up), "% of a core"),
    ]


def _profile(spent: Spent, pairs: int) -> list[Row]:
    """What a pair costs. pairs: how many there were, with those of the warm-up."""
    return [
        *(
            _row(f"a pair: CPU of {part}", seconds / pairs * 1000, "ms")
            for part, seconds in (("the app", spent.app), ("the store", spent.store), ("Google", spent.google))
        ),
        *(
            _row(f"a pair: Datastore {name}", count / pairs, "calls")
            for name, count in sorted(spent.usage.calls.items())
        ),
        _row("a pair: requests to Google, to verify", spent.asked / pairs, "requests"),
    ]


def _bursts(deployment: Deployment) -> list[Row]:
    """Each for another person, so that none finds the holds of the one before."""
    seen = [
        load(Order(deployment.port, deployment.key, CALLERS, person={"firstname": "Burst", "lastname": f"Number{who}"}))
        for who in "abcdefghijklm"[:BURSTS]
    ]
    worst = [each["ms"]["suggest"]["max"] for each in seen]
    title = f"burst of {CALLERS} callers for one person"
    median = statistics.median(worst)
    return [
        _row(f"{title}: all answered", median, "ms, median", BURST, met=median <= BURST),
        _row(f"{title}: all answered, worst of {BURSTS}", max(worst), "ms"),
        *_faults(title, *seen),
    ]


def _sustained(deployment: Deployment, seconds: float) -> list[Row]:
    person = {"firstname": "Everybody", "lastname": "Wants"}
    seen = load(Order(deployment.port, deployment.key, CALLERS, seconds, selects=False, person=person))
    title = f"{CALLERS} callers for one person, {seconds:.0f} s"
    return [
        _row(f"{title}: rate", seen["counts"]["suggest"] / seconds, "suggests/s"),
        *(_row(f"{title}: {share}", seen["ms"]["suggest"][share], "ms") for share in ("p50", "p99")),
        *_faults(title, seen),
    ]


def _money(deployment: Deployment) -> list[Row]:
    """Of suggests alone, as they are billed: with the deletes that sweep away what was written when it has expired."""
    before = deployment.store.usage()
    seen = load(Order(deployment.port, deployment.key, 4, 4, selects=False))
    usage = deployment.store.usage() - before
    usage.entities["delete"] += usage.entities["write"]
    each = SUGGESTS / seen["counts"]["suggest"]
    dollars = usage.dollars * each
    title = f"{SUGGESTS:,} suggests"
    return [
        *(_row(f"{title}: {kind}", usage.entities[kind] * each, "entities") for kind in ("read", "write", "delete")),
        _row(f"{title}: cost", dollars, "dollars", DOLLARS, met=dollars <= 1.1 * DOLLARS),
    ]


def _faults(title: str, *seen: dict[str, Any]) -> list[Row]:
    """Errors and duplicates; what the errors said is in the unit."""
    errors, duplicates = sum(each["errors"] for each in seen), sum(each["duplicates"] for each in seen)
    words = "; ".join(words for each in seen for words in each["words"])[:300]
    return [
        _row(f"{title}: errors", errors, words or "answers", 0, met=not errors),
        _row(f"{title}: duplicates", duplicates, "names", 0, met=not duplicates),
    ]


def _row(name: str, value: float, unit: str, goal: float | None = None, *, met: bool | None = None) -> Row:
    return {"name": name, "value": round(value, 2 if value < 100 else 0), "unit": unit, "goal": goal, "met": met}


if __name__ == "__main__":
    for row in rows(seconds=float(sys.argv[1]) if sys.argv[1:] else 30):
        print(
            f"{row['name']:<60} {row['value']:>10} {row['unit']:<14} {row['goal'] if row['goal'] is not None else ''}"
        )
