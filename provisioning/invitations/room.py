"""What this room is made of: services from what the others offer, its pages, and its jobs."""

from typing import Protocol

from flask import Blueprint

from marketplace.access import Guards, Tenants
from provisioning.accounts.policy import Policies
from provisioning.directory.places import Places
from provisioning.directory.port import Directory
from provisioning.invitations.allowance import VisitorAllowance
from provisioning.invitations.claims import Claims
from provisioning.invitations.invitations import Invitations
from provisioning.invitations.jobs import VisitSweep, add_invitation_jobs
from provisioning.invitations.joining import Joining
from provisioning.invitations.links import Links
from provisioning.invitations.manage_web import InvitationPages, invitations_blueprint
from provisioning.invitations.members_web import members_blueprint
from provisioning.invitations.visits import Visits
from provisioning.invitations.web import JoinPages, OpenDoor, join_blueprint
from provisioning.library import Desks
from runtime.clock import Clock
from runtime.internal import InternalRoutes
from runtime.limits import Limits
from runtime.sealing import Sealer
from runtime.settings import Settings


class Door(Guards, OpenDoor, Protocol):
    """Guards, and no guard."""


class InvitationRoom:
    """Invitations of all tenants: `blueprints` and `add_jobs` are what the app takes from here."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        sealer: Sealer,
        directory: Directory,
        places: Places,
        policies: Policies,
        limits: Limits,
        desks: Desks,
    ) -> None:
        """desks: what names and accounts are made with, and who may use the app now."""
        links, allowance = Links(sealer, settings.base_url), VisitorAllowance(limits)
        self._settings, self._directory, self._places, self._policies = settings, directory, places, policies
        self.invitations = Invitations(links, sealer, clock)
        self.claims = Claims(clock)
        self.visits = Visits(links, allowance, desks.tenant_in_use, policies, sealer, clock)
        self.joining = Joining(self.visits, self.claims, allowance, desks.suggestions, desks.opening, policies, sealer)

    def blueprints(self, door: Door) -> list[Blueprint]:
        """The pages of administrators, and those of visitors."""
        pages = InvitationPages(door, self.invitations, self._policies, self._places, self._directory)
        visitors = JoinPages(door, self.visits, self.joining, self._settings)
        return [invitations_blueprint(pages), join_blueprint(visitors), members_blueprint(door, visitors)]

    def add_jobs(self, routes: InternalRoutes, tenants: Tenants) -> None:
        """What the scheduler calls."""
        add_invitation_jobs(routes, VisitSweep(self.visits, self.claims, self.joining), tenants.active, tenants.known)
