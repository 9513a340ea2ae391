"""What this room is made of: services from what the others offer, its pages, and its jobs."""

from collections.abc import Callable

from flask import Blueprint

from marketplace.access import Guards, Tenants
from provisioning.accounts.account_follow_ups import AccountFollowUps
from provisioning.accounts.follow_ups import FollowUps
from provisioning.accounts.follow_ups_web import follow_ups_blueprint
from provisioning.accounts.jobs import add_account_jobs
from provisioning.accounts.opening import AccountOpening
from provisioning.accounts.patterns_web import PatternPages, patterns_blueprint
from provisioning.accounts.policy import Policies
from provisioning.accounts.rule_targets import RuleTargets
from provisioning.accounts.rules_web import RulePages, rules_blueprint
from provisioning.accounts.settings_web import settings_blueprint
from provisioning.accounts.web import AccountPages, accounts_blueprint
from provisioning.directory.licensing import Licenses
from provisioning.directory.places import Places
from provisioning.directory.port import Directory
from provisioning.naming.holds import Holds
from provisioning.naming.pattern_preview import Previews
from provisioning.naming.suggestions import Suggestions
from provisioning.naming.taken import TakenNames
from runtime.clock import Clock
from runtime.internal import InternalRoutes
from runtime.pace import Pace
from runtime.tasks import Tasks

CREATES_A_SECOND = 8.0
"""Google makes at most 10 accounts a second for a domain."""
STEPS_A_SECOND = 20.0
"""Follow-ups of a tenant: 1,200 of the 2,400 questions that Google answers in a minute; creates take 480."""


class AccountRoom:
    """Accounts of all tenants: `blueprints` and `add_jobs` are what the app takes from here.

    opening: makes one account. steps, steps_pace: do what follows, for whoever makes accounts. creates_pace: of these.
    """

    def __init__(
        self,
        directory: Directory,
        licenses: Licenses,
        administrator: Callable[[str], str],
        holds: Holds,
        taken: TakenNames,
        policies: Policies,
        places: Places,
        suggestions: Suggestions,
        tasks: Tasks,
        clock: Clock,
    ) -> None:
        """administrator: in whose name a tenant's Directory is asked; raises Problem for a tenant not in use."""
        self._directory, self._taken, self._suggestions = directory, taken, suggestions
        self._policies, self._places, self._clock = policies, places, clock
        self.steps = FollowUps(directory, licenses, clock)
        self.steps_pace = Pace(clock, "steps", STEPS_A_SECOND)
        self.creates_pace = Pace(clock, "creates", CREATES_A_SECOND, behind=self.steps_pace)
        self.follow_ups = AccountFollowUps(self.steps, administrator, tasks, self.steps_pace, clock)
        self.opening = AccountOpening(directory, holds, taken, policies, self.follow_ups, self.creates_pace, clock)

    def blueprints(self, guards: Guards, sign_in_url: str) -> list[Blueprint]:
        """Home, new accounts, follow-ups, and what administrators decide. sign_in_url: Google's, for letters."""
        policies, places = self._policies, self._places
        previews = Previews(self._suggestions, self._taken)
        pages = AccountPages(
            guards, self.opening, self.follow_ups, self._suggestions, policies, places, self._clock
        )  # fmt: skip
        return [
            accounts_blueprint(pages),
            follow_ups_blueprint(guards, self.follow_ups),
            settings_blueprint(guards, policies),
            rules_blueprint(RulePages(guards, policies, places, RuleTargets(self._directory, places), sign_in_url)),
            patterns_blueprint(PatternPages(guards, policies, places, previews)),
        ]

    def add_jobs(self, routes: InternalRoutes, tenants: Tenants) -> None:
        """What the queue and the scheduler call."""
        add_account_jobs(routes, self.follow_ups, tenants.active)
