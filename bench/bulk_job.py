"""A job of many accounts as an administrator starts it: by the pages of the product."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin

from bench.people import person
from provisioning.bulk.file.writing import to_csv
from tests.web import Page, Web

LOOK_EVERY = 0.5  # seconds
COLUMNS = ["First name", "Last name", "Org unit path", "Groups"]


@dataclass(frozen=True)
class BulkJobPage:
    """The page of a job in an administrator's browser."""

    web: Web
    address: str

    def wait(self, *states: str, seconds: float) -> Page:
        """The page, once the job is in one of the states. Raises RuntimeError when it takes longer."""
        until = time.monotonic() + seconds
        while (page := self.web.get(f"{self.address}?show=all")) and _state(page) not in states:
            if time.monotonic() > until:
                raise RuntimeError(f"the job is still {_state(page)} after {seconds:.0f} s: {page.text[:600]}")
            time.sleep(LOOK_EVERY)
        return page

    def confirm(self, number: int) -> None:
        """Have that many accounts made, which are to be all of the file."""
        page = self.wait("ready", seconds=1).form("/confirm").submit(number=str(number))
        if _state(page) != "running":
            raise RuntimeError(f"the job does not run: {page.text[:600]}")


def upload(web: Web, base_url: str, rows: list[list[str]], seconds: float) -> BulkJobPage:
    """Upload the rows as a file, and wait for the preview."""
    form = web.get(f"{base_url}/bulk").form("/bulk")
    file = {"file": ("people.csv", b"".join(to_csv([COLUMNS, *rows])), "text/csv")}
    answer = web.session.post(
        form.action, data=form.values, files=file, headers={"Origin": base_url}, allow_redirects=False, timeout=60
    )
    if answer.status_code != HTTPStatus.SEE_OTHER:
        raise RuntimeError(f"the file was not taken: {answer.status_code} {answer.text[:600]}")
    job = BulkJobPage(web, urljoin(base_url, answer.headers["Location"]))
    job.wait("ready", seconds=seconds)
    return job


def people(count: int, place: Callable[[int], tuple[str, str]]) -> list[list[str]]:
    """Rows of a file. place: organizational unit and group of the person with this number."""
    rng = random.Random(count)  # noqa: S311 - the same people every time
    found = []
    for number in range(count):
        fields = person(rng)
        found.append([fields["firstname"], fields["lastname"], *place(number)])
    return found


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Raises RuntimeError when it takes longer."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise RuntimeError(f"no {what} within {seconds:.0f} s")
        time.sleep(0.1)


def _state(page: Page) -> str:
    return next((div["data-state"] for div in page.document.all("div") if div["id"] == "bulk-state"), page.title)
