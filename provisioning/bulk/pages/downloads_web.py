"""Files out: an empty one to begin with, the results, and the rows that failed. Written as they are read."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from urllib.parse import quote

from flask import Response

from marketplace.access import Principal
from provisioning.bulk.file.column_names import ColumnNames
from provisioning.bulk.file.columns import FIELD_OF_HEADER, FIELDS, header_key
from provisioning.bulk.file.writing import (
    delimiter_beside,
    failed_header,
    failed_row,
    results_header,
    results_row,
    to_csv,
)
from provisioning.bulk.pages.screen_web import BulkPages
from provisioning.bulk.rows import Row
from provisioning.bulk.slices import TROUBLED
from provisioning.bulk.status import JobStatus

TEMPLATE = ("first_name", "last_name", "employee_id", "org_unit", "groups", "recovery_email")
"""What most files hold; the others are told on the page."""


class DownloadViews:
    """None of these holds a password."""

    def __init__(self, pages: BulkPages) -> None:
        self._pages = pages

    def template(self, principal: Principal) -> Response:
        """A file with nothing but a header."""
        policy = self._pages.admission.creator(principal)
        usual = [name for name in TEMPLATE if name != "groups" or principal.is_super_admin]
        own = [name for name in policy.file_fields() if FIELD_OF_HEADER.get(header_key(name)) not in usual]
        header = [*(FIELDS[name].label for name in usual), *own]
        return csv_file("accounts.csv", to_csv([header]))

    def results(self, principal: Principal, job: str) -> Response:
        """Every row, and what became of it."""
        status = self._pages.admission.job(principal, job)
        columns = ColumnNames(status.header, status.mapping)
        rows = self._rows(principal, status, partial(results_row, columns))
        return self._file(status, "results", results_header(columns), rows)

    def failed(self, principal: Principal, job: str) -> Response:
        """The rows of which no account came, to be mended and uploaded again as they are."""
        status = self._pages.admission.job(principal, job)
        left = self._pages.left.lines(principal.tenant, status)
        wanted = TROUBLED | ({"ready"} if status.state == "cancelled" else set())
        columns = ColumnNames(status.header, status.mapping)
        rows = self._rows(
            principal, status, partial(failed_row, columns), lambda row: row.state in wanted or row.line in left
        )
        return self._file(status, "failed", failed_header(columns), rows)

    def _rows(
        self,
        principal: Principal,
        status: JobStatus,
        written: Callable[[Row], list[str]],
        wanted: Callable[[Row], bool] = lambda _row: True,
    ) -> Iterator[list[str]]:
        for rows in self._pages.rows.slices(principal.tenant, status.id, status.slices):
            yield from (written(row) for row in rows if wanted(row))

    def _file(self, status: JobStatus, what: str, header: list[str], rows: Iterator[list[str]]) -> Response:
        def lines() -> Iterator[bytes]:
            with self._pages.context():
                yield from to_csv(_after(header, rows), delimiter_beside(status.delimiter))

        return csv_file(f"{what}-{_stem(status.file_name)}.csv", lines())


def csv_file(name: str, content: Iterable[bytes]) -> Response:
    """A file to be saved, and not shown."""
    response = Response(content, content_type="text/csv; charset=utf-8")
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return response


def dated(name: str, now: datetime) -> str:
    """A file's name with the day."""
    return f"{name}-{now:%Y-%m-%d}.csv"


def _after(header: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield header
    yield from rows


def _stem(file_name: str) -> str:
    """Of the uploaded file, without what might be a path."""
    stem = file_name.rpartition("/")[2].rpartition("\\")[2].rpartition(".")[0] or file_name
    return "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in stem)[:80].strip() or "file"
