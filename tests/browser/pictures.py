"""Takes a picture of every screen, to be looked at: python -m tests.browser.pictures [FOLDER] [WALK ...]"""

import re
import sys
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize

from sandbox.datastore.server import DatastoreServer
from tests.browser import chromium
from tests.browser.people import DESKTOP, PHONE, People
from tests.browser.sandbox_walk import sandbox
from tests.browser.walks import WALKS, Walk
from tests.stack import running_stack

README = "new account, suggestions"
FOLDER = Path(__file__).parent / "pictures"
LOOKS: tuple[tuple[str, ViewportSize, Literal["light", "dark"]], ...] = (
    ("wide", DESKTOP, "light"),
    ("narrow", PHONE, "light"),
    ("dark", DESKTOP, "dark"),
    ("narrow-dark", PHONE, "dark"),
)


def main(folder: Path, wanted: list[str]) -> None:
    """One folder for each look. wanted: names of walks; none for all."""
    program = chromium.installed()
    if program is None:
        sys.exit(chromium.MISSING)
    with chromium.started(program) as browser, DatastoreServer(None) as datastore:
        for walk in (*WALKS, sandbox):
            if not wanted or walk.__name__ in wanted:
                take_walk(walk, People(browser), datastore, folder)


def take_walk(walk: Walk, people: People, datastore: DatastoreServer, folder: Path) -> None:
    """Pictures of the screens of one walk, numbered in its order."""
    with pytest.MonkeyPatch.context() as environ, running_stack(datastore, environ) as stack:
        for number, (name, page) in enumerate(walk(stack, people), 1):
            print(f"{walk.__name__}: {name}")
            if name == README:
                page.screenshot(path=folder / "readme.png")  # a window of 1280 by 800, for docs/picture.png
            take(page, folder, f"{walk.__name__}-{number:02}-{re.sub('[^a-z]+', '-', name.lower())}.png")
        people.close()
    for offence in people.offences:
        print(f"  {offence}")


def take(page: Page, folder: Path, name: str) -> None:
    """The whole page in each look."""
    for look, size, scheme in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=folder / look / name, full_page=True)
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER, sys.argv[2:])
