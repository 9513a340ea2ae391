"""The one page of a job, which shows whatever state it is in, and what the views around it share."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from flask import Response, make_response, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.bulk.admission import Admission
from provisioning.bulk.file.column_names import ColumnNames, shown
from provisioning.bulk.file.mapping import unused
from provisioning.bulk.handover import Handover
from provisioning.bulk.jobs import UNDO_WITHIN, BulkJobs
from provisioning.bulk.pages.browsing import SHOWS, RowPage, RowPages, Show
from provisioning.bulk.pages.column_form import ColumnForm
from provisioning.bulk.plan.mending import Mending
from provisioning.bulk.rows import Row
from provisioning.bulk.run.left_rows import LeftRows
from provisioning.bulk.status import JobStatus
from provisioning.directory.places import Places
from runtime.clock import Clock
from runtime.numbers import whole_number
from runtime.problems import BadRequest, Problem

TYPED_ABOVE = 100
"""Of more accounts the number has to be typed."""
WITH_ROWS = frozenset({"ready", "paused", "done", "cancelled"})
"""States in which the rows are shown below."""


@dataclass(frozen=True)
class BulkPages:
    """What the pages need. context: an ndb context, for answers that are written after the request was handled."""

    guards: Guards
    jobs: BulkJobs
    mending: Mending
    admission: Admission
    rows: RowPages
    handover: Handover
    places: Places
    left: LeftRows
    context: Callable[[], AbstractContextManager[None]]
    clock: Clock
    sign_in_url: str


class JobScreen:
    """Shows a job."""

    def __init__(self, pages: BulkPages) -> None:
        self._pages = pages

    def show(
        self,
        principal: Principal,
        status: JobStatus,
        *,
        problem: Problem | None = None,
        columns: ColumnForm | None = None,
    ) -> Response:
        """The whole page. problem: what stood in the way of what was just tried."""
        mended = None if problem or status.state != "ready" else self._mended(principal, status)
        parts = self._parts(principal, status, columns)
        html = render_template("bulk/job.html", problem=problem, mended=mended, **parts)
        return make_response(html, problem.status if problem else 200)

    def state(self, principal: Principal, status: JobStatus) -> Response:
        """The part that changes while work is under way, for pages that look again; 304 where it has not changed."""
        if request.if_none_match.contains(status.version):
            response = Response(status=304)
        else:
            response = make_response(render_template("bulk/state.html", mended=None, **self._parts(principal, status)))
        response.set_etag(status.version)
        return response

    def columns(self, principal: Principal, status: JobStatus) -> ColumnForm:
        """The form about the columns, as the job has them now."""
        extra = self._pages.admission.creator(principal).file_fields()
        form, jobs = ColumnForm.of(status, extra), self._pages.jobs
        nobody_chose = status.state == "columns"
        form.look(
            partial(jobs.sample, principal.tenant, status.id),
            partial(jobs.guess, principal.tenant) if nobody_chose else None,
        )
        return form

    def _parts(self, principal: Principal, status: JobStatus, columns: ColumnForm | None = None) -> dict[str, object]:
        asks_columns = columns or (self.columns(principal, status) if status.state == "columns" else None)
        return {
            "job": status,
            "columns": asks_columns,
            "rows": self._rows(principal, status) if status.state in WITH_ROWS and status.slices else None,
            "names": ColumnNames(status.header, status.mapping),
            "unused": [shown(name) for name in unused(status.header, status.mapping)],
            **self._passwords(principal, status),
            "is_fresh": principal.is_fresh,
            "typed_above": TYPED_ABOVE,
            "undo_until": status.ended + UNDO_WITHIN if status.ended else None,
            "now": self._pages.clock(),
            "left_out": len(self._pages.left.lines(principal.tenant, status)),
            "relying": self._pages.admission.relying_on(principal, status) if status.to_delete else [],
        }

    def _passwords(self, principal: Principal, status: JobStatus) -> dict[str, object]:
        if not self._pages.admission.takes_passwords(principal, status):
            return {"passwords": "none", "shown": []}
        handover = self._pages.handover
        return {"passwords": handover.standing(status), "shown": handover.shown(principal.tenant, status)}

    def _mended(self, principal: Principal, status: JobStatus) -> Row | None:
        """The row that was just corrected."""
        line = whole_number(request.args.get("mended", ""))
        return self._pages.rows.at_line(principal.tenant, status.id, status.slices, line) if line else None

    def _rows(self, principal: Principal, status: JobStatus) -> RowPage:
        usual = "problems" if status.troubled else "all"
        show = request.args.get("show", usual)
        wanted = cast(Show, show if show in SHOWS else usual)
        start = number_of(request.args.get("start", "0"))
        return self._pages.rows.page(principal.tenant, status.id, status.slices, wanted, start)


def number_of(text: str) -> int:
    """A number as people type it. Raises BadRequest for what is none."""
    number = whole_number(text.strip().replace(",", "").replace(" ", "").replace(".", "").replace("'", ""))
    if number is None:
        raise BadRequest(f"{text[:20]!r} is no number." if text.strip() else "No number was typed.")
    return number


def page_of(job_id: str, anchor: str = "", **query: str) -> str:
    """The address of a job's page."""
    values: dict[str, Any] = {**query, "_anchor": anchor or None}
    return url_for("bulk.show", job=job_id, **values)


def private(response: Response) -> Response:
    """Nothing keeps a copy: there are passwords in it."""
    response.headers["Cache-Control"] = "no-store"
    return response
