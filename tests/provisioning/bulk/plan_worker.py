"""A worker that plans a job and stops at a chosen instant, to be killed there: python -m ...plan_worker.

See tests.forked. Instants: "slice 3" as the slice of that number is packed, when the batch before it was written;
"enqueue" before the next task is left.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from provisioning.accounts.policy import Policies
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.bulk.job_ledger import JobLedger
from provisioning.bulk.plan.planner import Planner
from provisioning.bulk.plan.planning import PlanTasks
from provisioning.bulk.plan.surroundings import Surroundings
from provisioning.bulk.recent_people import RecentPeople
from provisioning.bulk.records import BulkSlice
from provisioning.bulk.rows import Row
from provisioning.bulk.slices import Slices
from provisioning.bulk.uploads import Uploads
from provisioning.directory.google import GoogleDirectory
from provisioning.directory.places import Places
from provisioning.directory.snapshot_store import SnapshotStore
from provisioning.naming.taken import TakenNames
from runtime.clock import system_clock
from runtime.datastore import Datastore
from runtime.google_api import GoogleTransport
from runtime.sealing import Sealer
from runtime.settings import Settings
from runtime.tasks import Task
from tests.forked import serve, stop
from tests.provisioning.conftest import ADMIN


class StoppingSlices(Slices):
    """Stops before a slice is packed."""

    def __init__(self, sealer: Sealer, number: int) -> None:
        super().__init__(sealer)
        self._stop_at = number

    def entity(self, tenant: str, job: str, number: int, rows: Sequence[Row], expires: datetime) -> BulkSlice:
        if number == self._stop_at:
            stop()
        return super().entity(tenant, job, number, rows, expires)


class StoppingQueue:
    """Stops before a task is left."""

    def enqueue(self, task: Task) -> None:
        stop()


def work(order: dict[str, Any]) -> None:
    settings = Settings()
    transport = GoogleTransport(settings)
    datastore = Datastore(settings.google_cloud_project, transport.platform_credentials())
    offset = timedelta(seconds=order["offset"])
    what, _, number = order["instant"].partition(" ")
    plans = _plans(settings, transport, offset, int(number or -1), timedelta(0) if what == "enqueue" else None)
    with datastore.context():
        plans.step(order["tenant"], order["job"], order["number"])


def _plans(
    settings: Settings, transport: GoogleTransport, offset: timedelta, number: int, work: timedelta | None
) -> PlanTasks:
    directory, taken, sealer = GoogleDirectory(transport), TakenNames(system_clock), Sealer(settings.sealing_keys)
    places = Places(directory, system_clock)
    people = RecentPeople(SnapshotStore(), JobLedger(system_clock), Slices(sealer))
    surroundings = Surroundings(
        places, RuleTargets(directory, places), people, taken, Policies(directory, system_clock).of,
        lambda _tenant: ADMIN,
    )  # fmt: skip
    return PlanTasks(
        surroundings, Planner(taken), Uploads(sealer, system_clock), StoppingSlices(sealer, number), StoppingQueue(),
        lambda: system_clock() + offset, **({} if work is None else {"work": work}),
    )  # fmt: skip


if __name__ == "__main__":
    serve(work)
