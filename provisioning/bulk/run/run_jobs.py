"""What the queue calls to have jobs run."""

from provisioning.bulk.run.lanes import PATH, LaneTask
from provisioning.bulk.run.running import JobRuns
from runtime.internal import InternalRoutes, Payload


def add_run_jobs(routes: InternalRoutes, runs: JobRuns) -> None:
    """Route /tasks/bulk/run."""

    def run(payload: Payload) -> None:
        number = payload.number
        task = LaneTask(payload.text("tenant"), payload.text("job"), number("run"), number("lane"), number("number"))
        runs.step(task)

    routes.task(PATH, run)
