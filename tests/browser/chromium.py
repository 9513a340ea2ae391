"""Where Chromium is and how it is started: it finds no address beyond this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

PROGRAMS = ("chromium-headless-shell", "chromium")
"""Debian's. The first is Chromium without the windows that nobody sees, for half of the processor's time."""
MISSING = "Chromium is not installed (Debian: apt install chromium-headless-shell), so the browser tests cannot run."
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--process-per-site"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def installed() -> str | None:
    """The program's path; None on a machine without it."""
    found = (shutil.which(name) or shutil.which(f"/usr/bin/{name}") for name in PROGRAMS)
    return next(filter(None, found), None)


@contextmanager
def started(program: str) -> Iterator[Browser]:
    """A browser without a window, until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
