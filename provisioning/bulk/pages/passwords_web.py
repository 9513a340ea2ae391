"""First passwords: as a file, and as letters to print. By a form, after a fresh sign-in, and kept by nobody."""

from collections.abc import Iterator

from flask import Response, render_template

from marketplace.access import Principal
from provisioning.accounts.letter import letter_for
from provisioning.bulk.file.writing import delimiter_beside, to_csv
from provisioning.bulk.handover import FirstPassword, Form
from provisioning.bulk.pages.downloads_web import csv_file, dated
from provisioning.bulk.pages.screen_web import BulkPages, actor_of, private
from provisioning.bulk.status import JobStatus

HEADER = ["First name", "Last name", "Email address", "Password", "Change at first sign-in", "Organizational unit"]


class PasswordViews:
    """For administrators, and for whoever started the job and may still create accounts."""

    def __init__(self, pages: BulkPages) -> None:
        self._pages = pages

    def file(self, principal: Principal, job: str) -> Response:
        """All passwords, as CSV."""
        status = self._opened(principal, job, "file")
        tenant = str(principal.tenant)

        def lines() -> Iterator[bytes]:
            with self._pages.context():
                passwords = self._pages.handover.passwords(tenant, status)
                yield from to_csv(_rows(passwords), delimiter_beside(status.delimiter))

        name = dated("passwords", self._pages.clock())
        return private(csv_file(name, lines()))

    def letters(self, principal: Principal, job: str) -> Response:
        """One page for each person, in the domain's words."""
        status = self._opened(principal, job, "letters")
        policy = self._pages.admission.creator(principal)
        tenant, domain = str(principal.tenant), principal.primary_domain

        def letters() -> Iterator[str]:
            for one in self._pages.handover.passwords(tenant, status):
                yield letter_for(policy.letter, _values(one, domain, self._pages.sign_in_url))

        return private(Response(render_template("bulk/letters.html", job=status, letters=letters())))

    def _opened(self, principal: Principal, job: str, form: Form) -> JobStatus:
        """The job, once its window is open. Raises Forbidden, NotFound, PasswordsGone."""
        self._pages.admission.job(principal, job)
        self._pages.handover.open(principal.tenant, actor_of(principal), job, form)
        return self._pages.admission.job(principal, job)


def _rows(passwords: Iterator[FirstPassword]) -> Iterator[list[str]]:
    yield HEADER
    for one in passwords:
        change = "TRUE" if one.change_password else "FALSE"
        yield [one.given_name, one.family_name, one.address, one.password, change, one.org_unit_path]


def _values(one: FirstPassword, domain: str, sign_in: str) -> dict[str, str]:
    name = f"{one.given_name} {one.family_name}".strip()
    return {"name": name, "address": one.address, "password": one.password, "domain": domain, "sign_in": sign_in}
