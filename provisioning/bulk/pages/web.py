"""Many accounts at once, as people see it: the list of jobs, uploading, and the page of each job."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request

from marketplace.access import Principal
from provisioning.accounts.account_form import Choices
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.file.file_problem import FileProblem
from provisioning.bulk.file.lines import MAX_BYTES
from provisioning.bulk.pages.actions_web import ActionViews
from provisioning.bulk.pages.column_form import ColumnForm
from provisioning.bulk.pages.downloads_web import DownloadViews
from provisioning.bulk.pages.passwords_web import PasswordViews
from provisioning.bulk.pages.screen_web import BulkPages, JobScreen, page_of
from provisioning.bulk.pages.upload_form import PASTED, UploadForm
from provisioning.bulk.problems import ColumnsRefused, TooManyJobs
from runtime.audit import Actor

LARGE = {"bulk.upload": MAX_BYTES + 100_000}
"""Endpoints that take a file, and the bytes of it and the form around it. App Engine takes 32 MB."""


def bulk_blueprint(pages: BulkPages) -> Blueprint:
    """Routes under /bulk, named bulk.<view>."""
    blueprint = Blueprint("bulk", __name__, url_prefix="/bulk")
    views, actions, downloads, passwords = _Views(pages), ActionViews(pages), DownloadViews(pages), PasswordViews(pages)
    member, fresh = pages.guards.login_required, pages.guards.fresh_required
    for rule, name, view, method, guard in (
        ("", "jobs", views.jobs, "GET", member),
        ("", "upload", views.upload, "POST", member),
        ("/template.csv", "template", downloads.template, "GET", member),
        ("/<job>", "show", views.show, "GET", member),
        ("/<job>/state", "state", views.state, "GET", member),
        ("/<job>/columns", "columns", views.columns, "GET", member),
        ("/<job>/columns", "choose", views.choose, "POST", member),
        ("/<job>/rows/<int:line>", "mend", actions.mend, "POST", member),
        ("/<job>/confirm", "confirm", actions.confirm, "POST", member),
        ("/<job>/pause", "pause", actions.pause, "POST", member),
        ("/<job>/resume", "resume", actions.resume, "POST", member),
        ("/<job>/cancel", "cancel", actions.cancel, "POST", member),
        ("/<job>/retry", "retry", actions.retry, "POST", member),
        ("/<job>/follow-up", "follow_up", actions.follow_up, "POST", member),
        ("/<job>/look", "look", actions.look, "POST", member),
        ("/<job>/undo", "undo", actions.undo, "POST", member),
        ("/<job>/results.csv", "results", downloads.results, "GET", member),
        ("/<job>/failed.csv", "failed", downloads.failed, "GET", member),
        ("/<job>/passwords.csv", "passwords", passwords.file, "POST", fresh),
        ("/<job>/letters", "letters", passwords.letters, "POST", fresh),
    ):
        blueprint.add_url_rule(rule, name, guard(view), methods=[method])
    return blueprint


class _Views:
    def __init__(self, pages: BulkPages) -> None:
        self._pages = pages
        self._screen = JobScreen(pages)

    def jobs(self, principal: Principal) -> Response:
        """The jobs, and the form for another one."""
        policy = self._pages.admission.creator(principal)
        return self._listed(principal, policy, UploadForm({}, self._choices(principal, policy)))

    def upload(self, principal: Principal) -> Any:
        """Take a file, or what was pasted."""
        policy = self._pages.admission.creator(principal)
        form = UploadForm(request.form.to_dict(), self._choices(principal, policy), *_sent())
        options = form.options(policy, principal)
        if form.errors:
            return self._listed(principal, policy, form, status=400)
        try:
            self._pages.admission.require_room(principal)
            job = self._pages.jobs.upload(principal.tenant, Actor.of(principal), form.name, form.data, options)
        except (FileProblem, TooManyJobs) as problem:
            form.errors["file"] = problem.words
            return self._listed(principal, policy, form, status=problem.status)
        return redirect(page_of(job), 303)

    def show(self, principal: Principal, job: str) -> Response:
        """The job, in whatever state it is."""
        return self._screen.show(principal, self._pages.admission.job(principal, job))

    def state(self, principal: Principal, job: str) -> Response:
        """The part that changes, for the page that looks again by itself."""
        return self._screen.state(principal, self._pages.admission.job(principal, job))

    def columns(self, principal: Principal, job: str) -> Any:
        """What the columns hold, to be changed before anything is made."""
        status = self._pages.admission.job(principal, job)
        if not status.permits("choose"):
            return redirect(page_of(job), 303)
        return self._screen.show(principal, status, columns=self._screen.columns(principal, status))

    def choose(self, principal: Principal, job: str) -> Any:
        """Take what somebody says about the columns, or show how the file reads otherwise."""
        status, policy = self._pages.admission.act(principal, job), self._pages.admission.creator(principal)
        form = ColumnForm.sent(request.form.to_dict(), status, policy.file_fields())
        look, jobs = request.form.get("step") == "look", self._pages.jobs
        form.look(partial(jobs.sample, principal.tenant, job), partial(jobs.guess, principal.tenant) if look else None)
        mapping = form.mapping()
        if look or form.problem or form.errors:
            return self._screen.show(principal, status, columns=form)
        try:
            jobs.choose_columns(principal.tenant, Actor.of(principal), job, mapping, form.dialect)
        except ColumnsRefused as problem:
            return self._screen.show(principal, status, columns=form, problem=problem)
        return redirect(page_of(job), 303)

    def _listed(self, principal: Principal, policy: DomainPolicy, form: UploadForm, status: int = 200) -> Response:
        html = render_template(
            "bulk/jobs.html", jobs=self._pages.admission.jobs(principal), form=form, policy=policy, longest=MAX_BYTES,
        )  # fmt: skip
        return make_response(html, status)

    def _choices(self, principal: Principal, policy: DomainPolicy) -> Choices:
        places = self._pages.places.of(principal.tenant, principal.delegated_admin)
        return Choices.of(policy, places, principal.primary_domain, principal.is_admin)


def _sent() -> tuple[str, bytes]:
    """The name and the content of the file, or what was pasted."""
    file = request.files.get("file")
    if file and file.filename:
        return file.filename, file.read()
    return PASTED, request.form.get("pasted", "").strip("\r\n").encode()  # a first column may have no name
