"""First passwords: as a file, and as letters to print. By a form, after a fresh sign-in, and kept by nobody."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from flask import Response, stream_template

from marketplace.access import Principal
from provisioning.accounts.letter import letter_for
from provisioning.bulk.file.writing import delimiter_beside, to_csv
from provisioning.bulk.handover import FirstPassword, Form, PasswordsGone
from provisioning.bulk.pages.downloads_web import csv_file, dated
from provisioning.bulk.pages.screen_web import BulkPages, JobScreen, private
from provisioning.bulk.status import JobStatus
from runtime.audit import Actor
from runtime.problems import Forbidden

HEADER = (
    "First name", "Last name", "Email address", "Password", "Change at first sign-in", "Organizational unit",
    "Employee ID",
)  # fmt: skip


class PasswordViews:
    """For administrators, and for whoever started the job and may still create accounts. Who is too late is shown the
    job as it is now, and told.
    """

    def __init__(self, pages: BulkPages) -> None:
        self._pages = pages
        self._screen = JobScreen(pages)

    def file(self, principal: Principal, job: str) -> Response:
        """All passwords, as CSV; with the columns of the file that the domain knows, to sort and hand them out by."""
        return self._unless_gone(self._file, principal, job)

    def letters(self, principal: Principal, job: str) -> Response:
        """One page for each person, in the domain's words; written as it is read."""
        return self._unless_gone(self._letters, principal, job)

    def _unless_gone(self, view: Callable[[Principal, str], Response], principal: Principal, job: str) -> Response:
        try:
            return view(principal, job)
        except PasswordsGone as problem:
            return self._screen.show(principal, self._pages.admission.job(principal, job), problem=problem)

    def _file(self, principal: Principal, job: str) -> Response:
        status = self._opened(principal, job, "file")
        tenant, fields = str(principal.tenant), self._pages.admission.creator(principal).file_fields()
        passwords = self._pages.handover.passwords(tenant, status)
        # Whole before its first byte is sent: a file that is cut off would look like one that ends there.
        content = b"".join(to_csv(table(passwords, fields), delimiter_beside(status.delimiter)))
        name = dated("passwords", self._pages.clock())
        return private(csv_file(name, [content]))

    def _letters(self, principal: Principal, job: str) -> Response:
        status = self._opened(principal, job, "letters")
        policy = self._pages.admission.creator(principal)
        tenant, domain = str(principal.tenant), principal.primary_domain
        letters = _Letters(
            letter_for(policy.letter, _values(one, domain, self._pages.sign_in_url), one.columns)
            for one in self._pages.handover.passwords(tenant, status)
        )
        html = stream_template("bulk/letters.html", job=status, letters=letters)

        def written() -> Iterator[str]:
            with self._pages.context():
                yield from html

        return private(Response(written()))

    def _opened(self, principal: Principal, job: str, form: Form) -> JobStatus:
        """The job, once its window is open. Raises Forbidden, NotFound, PasswordsGone."""
        if not self._pages.admission.takes_passwords(principal, self._pages.admission.job(principal, job)):
            raise Forbidden(
                "The passwords are for whoever started this list.",
                advice="Ask them, or an administrator of your domain.",
            )
        self._pages.handover.open(principal.tenant, Actor.of(principal), job, form)
        return self._pages.admission.job(principal, job)


class _Letters:
    """Letters one by one. is_cut: whether the time of the passwords ended before the last of them."""

    def __init__(self, letters: Iterable[str]) -> None:
        self._letters = letters
        self.is_cut = False

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._letters
        except PasswordsGone:
            self.is_cut = True  # the page says so where the next letter would be


def table(passwords: Iterable[FirstPassword], fields: Sequence[str]) -> Iterator[Sequence[str]]:
    """The rows of the file, its header first. fields: further columns of the uploaded file."""
    yield (*HEADER, *fields)
    for one in passwords:
        change = "TRUE" if one.change_password else "FALSE"
        file = [one.columns.get(field, "") for field in ("employee_id", *fields)]
        yield (one.given_name, one.family_name, one.address, one.password, change, one.org_unit_path, *file)


def _values(one: FirstPassword, domain: str, sign_in: str) -> dict[str, str]:
    name = f"{one.given_name} {one.family_name}".strip()
    return {"name": name, "address": one.address, "password": one.password, "domain": domain, "sign_in": sign_in}
