"""What this room is made of: its services, its pages, its commands, and its jobs."""

from collections.abc import Sequence

from flask import Blueprint
from flask.cli import AppGroup

from marketplace.domains import Domains
from marketplace.erasure.belongings import Belongings, Look
from marketplace.erasure.cli import add_erasure_commands
from marketplace.erasure.deletion import PATH, Deletion
from marketplace.erasure.operators_web import operators_erasure_blueprint
from marketplace.erasure.requests import ErasureRequests
from marketplace.erasure.web import erasure_blueprint
from marketplace.gate import Gate
from marketplace.sessions import Sessions
from runtime.clock import Clock
from runtime.datastore import Datastore
from runtime.internal import InternalRoutes
from runtime.tasks import Tasks


class ErasureRoom:
    """`requests`, `blueprints` and `add_jobs` are what the app takes from here."""

    def __init__(self, domains: Domains, others: Sequence[Look], tasks: Tasks, clock: Clock) -> None:
        """others: what rooms of provisioning keep in the default namespace."""
        self.requests = ErasureRequests(domains, clock)
        self.deletion = Deletion(Belongings(domains, others), tasks, clock)

    def blueprints(self, gate: Gate, sessions: Sessions) -> list[Blueprint]:
        """The pages of administrators, and those of operators."""
        return [
            erasure_blueprint(gate, sessions, self.requests),
            operators_erasure_blueprint(gate, sessions, self.requests),
        ]

    def with_commands(self, group: AppGroup, datastore: Datastore) -> AppGroup:
        """Operators' commands, and those of this room."""
        add_erasure_commands(group, self.requests, datastore)
        return group

    def add_jobs(self, routes: InternalRoutes) -> None:
        """What the task queue and the scheduler call."""
        routes.task(PATH, lambda payload: self.deletion.work(payload.text("customer")))
        routes.cron("/cron/erasures", self.deletion.start_due)
