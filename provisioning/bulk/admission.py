"""Who may see which job, and do something with it. Called inside an ndb context."""

from collections.abc import Callable

from marketplace.access import Principal
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.jobs import BulkJobs
from provisioning.bulk.problems import TooManyJobs
from provisioning.bulk.status import JobStatus
from runtime.problems import Conflict, NotFound

LISTED = 50
MOST_OPEN, LEFT_FOR_ADMINISTRATORS, MOST_OPEN_OF_CREATOR = 100, 20, 20
"""Jobs that are not over, of a domain; how many of these nobody else may use up; and those of one person who is no
administrator; ours. Whoever uploads at the same moment may come in besides."""


class Admission:
    """Administrators see every job of their domain; others who may create accounts see their own.

    What a file of somebody else's says about people is nothing that a creator needs to know.
    """

    def __init__(self, jobs: BulkJobs, require_creator: Callable[[Principal], DomainPolicy]) -> None:
        """require_creator: the policy, for somebody who may create accounts. Raises Forbidden."""
        self._jobs = jobs
        self._require_creator = require_creator

    def creator(self, principal: Principal) -> DomainPolicy:
        """The policy. Raises Forbidden for somebody who may not create accounts."""
        return self._require_creator(principal)

    def require_room(self, principal: Principal) -> None:
        """Before another file is kept. Raises TooManyJobs."""
        uploaders = self._jobs.uploaders_of_open(principal.tenant)
        mine = uploaders.count(principal.person)
        if not principal.is_admin and mine >= MOST_OPEN_OF_CREATOR:
            raise TooManyJobs(
                f"{mine} of your lists are not finished.",
                advice="Stop or throw away those that you do not need any more, then upload this one.",
            )
        if len(uploaders) >= (MOST_OPEN if principal.is_admin else MOST_OPEN - LEFT_FOR_ADMINISTRATORS):
            raise TooManyJobs(
                f"{len(uploaders)} lists of your domain are not finished.",
                advice="Somebody has to stop or throw away those that are not needed any more; administrators see all.",
            )

    def job(self, principal: Principal, job_id: str) -> JobStatus:
        """Where the job is. Raises Forbidden, and NotFound for a job that is somebody else's."""
        self._require_creator(principal)
        status = self._jobs.status(principal.tenant, job_id)
        if not _sees(principal, status):
            raise NotFound("There is no such job, or it is not kept any more.", advice="Look at the list of jobs.")
        return status

    def act(self, principal: Principal, job_id: str) -> JobStatus:
        """The same for what makes accounts. Raises Conflict too, where the job was planned for somebody who may do
        more, or other things, than this person may now: an administrator then, or before the policy was changed.
        """
        status, policy = self.job(principal, job_id), self._require_creator(principal)
        if not status.options.is_within(status.options.limited_for(policy, principal)):
            raise Conflict(
                "This file was planned for somebody who may do more than you, or before what you may do was changed.",
                advice="Upload it again yourself, or ask a super administrator to go on with this job.",
            )
        return status

    def takes_passwords(self, principal: Principal, status: JobStatus) -> bool:
        """Whether the first passwords are this person's to hand out: whoever started the job, and administrators.

        Who uploaded a list that somebody else started sees what came of it, and no passwords.
        """
        starters = {actor.id for actor in (status.confirmed_by, status.started_by) if actor}
        return principal.is_admin or principal.person in starters

    def jobs(self, principal: Principal) -> list[JobStatus]:
        """The newest jobs, newest first; of a creator those that they uploaded."""
        if principal.is_admin:
            return self._jobs.recent(principal.tenant, LISTED)
        return self._jobs.recent_of(principal.tenant, principal.person, LISTED)

    def relying_on(self, principal: Principal, status: JobStatus) -> list[tuple[str, int]]:
        """The newest jobs that left people to this one, and how many: their files' names, "" of one that is somebody
        else's."""
        jobs = self._jobs.recent(principal.tenant, MOST_OPEN)
        found = ((job, job.left_to.get(status.id, 0)) for job in jobs)
        return [(job.file_name if _sees(principal, job) else "", count) for job, count in found if count]


def _sees(principal: Principal, status: JobStatus) -> bool:
    starters = {status.created_by.id, status.started_by.id if status.started_by else ""}
    return principal.is_admin or principal.person in starters
