"""The buttons of a job's page: each does one thing, and leads back to the page."""

from collections.abc import Callable
from typing import Any

from flask import redirect, request

from marketplace.access import Principal
from provisioning.bulk.pages.screen_web import BulkPages, JobScreen, number_of, page_of
from runtime.audit import Actor
from runtime.problems import BadRequest, Conflict

Act = Callable[[str, Actor, str], None]
"""By tenant, actor and job."""


class OtherNumber(BadRequest):
    """Somebody mistyped it, or did not mean this list."""

    title = "That is another number"
    code = "other_number"
    default_advice = "If that is what you want, type the number that is on the button. Nothing was created."


class ActionViews:
    """What people do with a job. Who is too late is shown the job as it is now, and told."""

    def __init__(self, pages: BulkPages) -> None:
        self._pages = pages
        self._screen = JobScreen(pages)

    def confirm(self, principal: Principal, job: str) -> Any:
        """Make the accounts; the number names how many."""

        def act(tenant: str, actor: Actor, job_id: str) -> None:
            number, version = _typed("number"), _typed("plan_version")
            status = self._pages.jobs.status(tenant, job_id)
            if version == status.plan_version and number != (ready := status.counts.get("ready", 0)):
                raise OtherNumber(f"You typed {number:,}, and {ready:,} accounts would be created.")
            self._pages.jobs.confirm(tenant, actor, job_id, number, version)

        return self._do(principal, job, act, makes=True)

    def pause(self, principal: Principal, job: str) -> Any:
        return self._do(principal, job, self._pages.jobs.pause)

    def resume(self, principal: Principal, job: str) -> Any:
        return self._do(principal, job, self._pages.jobs.resume, makes=True)

    def cancel(self, principal: Principal, job: str) -> Any:
        return self._do(principal, job, self._pages.jobs.cancel)

    def retry(self, principal: Principal, job: str) -> Any:
        return self._do(principal, job, self._pages.jobs.retry_failed, makes=True)

    def follow_up(self, principal: Principal, job: str) -> Any:
        """Do what was open when the job was stopped."""
        return self._do(principal, job, self._pages.jobs.follow_up, makes=True)

    def look(self, principal: Principal, job: str) -> Any:
        """See what undoing would do."""
        return self._do(principal, job, self._pages.jobs.look, "undo")

    def undo(self, principal: Principal, job: str) -> Any:
        """Delete what was made; the number names how many accounts it is about."""

        def act(tenant: str, actor: Actor, job_id: str) -> None:
            self._pages.jobs.undo(tenant, actor, job_id, _typed("number"))

        return self._do(principal, job, act)

    def mend(self, principal: Principal, job: str, line: int) -> Any:
        """Correct a row of the preview, and come back to it."""
        typed = request.form.to_dict()
        show, start = typed.pop("show", "problems"), typed.pop("start", "0")

        def act(tenant: str, actor: Actor, job_id: str) -> None:
            self._pages.mending.mend(tenant, actor, job_id, line, typed)

        return self._do(principal, job, act, "mended", makes=True, show=show, start=start, mended=str(line))

    def _do(
        self, principal: Principal, job: str, act: Act, anchor: str = "", *, makes: bool = False, **query: str
    ) -> Any:
        """makes: whether accounts come of it, that have to be within what the person may do."""
        self._pages.admission.job(principal, job)
        try:
            if makes:
                self._pages.admission.act(principal, job)
            act(principal.tenant, Actor.of(principal), job)
        except (Conflict, BadRequest) as problem:
            now = self._pages.admission.job(principal, job)
            return self._screen.show(principal, now, problem=problem)
        return redirect(page_of(job, anchor, **query), 303)


def _typed(name: str) -> int:
    return number_of(request.form.get(name, ""))
