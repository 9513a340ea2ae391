"""The Python library as its document shows it, against the simulated Google; and what scripts may rely on."""

import io
import os
import re
import threading
from contextlib import redirect_stdout
from pathlib import Path

import pytest

import main
from provisioning.library import DomainDesk
from runtime.problems import Conflict, Forbidden, NotFound
from sandbox.google import marketplace
from sandbox.google.passwords import password_matches
from sandbox.runner import product_environment
from tests.stack import HELPDESK, SCHOOL, Stack
from tests.stored import rows_of

DOCUMENT = Path(__file__).parent.parent.parent / "docs/library.md"
EXAMPLES = re.findall(r"```python\n((?s:.*?))```\n\n((?:    .*\n)+)", DOCUMENT.read_text())
PASSWORD = "correct horse"


@pytest.fixture
def environment(school: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the deployment, as a script finds them."""
    variables = product_environment(
        base_url=school.base_url, google_url=school.google.url,
        datastore_address=os.environ["DATASTORE_EMULATOR_HOST"], world=school.world,
    )  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", school.settings.google_cloud_project)


def test_the_document_has_its_examples() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize(("code", "printed"), EXAMPLES)
def test_examples_print_what_the_document_says(environment: None, code: str, printed: str) -> None:
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, str(DOCUMENT), "exec"), {})  # noqa: S102 - the document's own
    assert out.getvalue().splitlines() == [line.strip() for line in printed.splitlines()]


def test_names_belong_to_their_owner_across_scripts(school: Stack) -> None:
    fields = {"firstname": "Rosalind", "lastname": "Franklin"}
    with main.open_library(SCHOOL, owner="enrolment", settings=school.settings) as desk:
        names = desk.suggest(fields)
        assert not set(desk.suggest(fields, count=1)) & set(names), "each call is a holder of its own"
    with main.open_library(SCHOOL, settings=school.settings) as stranger:
        assert not set(stranger.suggest(fields)) & set(names)
        with pytest.raises(Conflict):
            stranger.create(names[0], "Rosalind", "Franklin", PASSWORD)
    with main.open_library(SCHOOL.upper(), owner="enrolment", settings=school.settings) as desk:
        desk.select(names, names[0])
        assert desk.create(names[0], "Rosalind", "Franklin", PASSWORD) == f"{names[0]}@{SCHOOL}"
        assert desk.create(names[0], "Rosalind", "Franklin", PASSWORD) == f"{names[0]}@{SCHOOL}", "the same account"
    assert password_matches(school.user(f"{names[0]}@{SCHOOL}"), PASSWORD)
    entries = [row for row in rows_of(school, f"{names[0]}@{SCHOOL}").values() if row.get("action")]
    assert [(entry["action"], entry["actor_label"]) for entry in entries] == [("account.created", "script enrolment")]


def test_select_of_nothing_releases_all(school: Stack) -> None:
    fields = {"firstname": "Hedy", "lastname": "Lamarr"}
    with main.open_library(SCHOOL, settings=school.settings) as desk:
        names = desk.suggest(fields)
        desk.select(names)
        assert desk.suggest(fields) == names


def test_other_domains_of_the_customer_have_names_of_their_own(school: Stack) -> None:
    other = next(d.name for d in school.customer(SCHOOL).domains if d.name != SCHOOL and not d.name.endswith(".alias"))
    with main.open_library(other, settings=school.settings) as desk:
        address = desk.create("katherine.johnson", "Katherine", "Johnson", PASSWORD)
    assert address == f"katherine.johnson@{other}"
    assert school.world.user_by_email(address)


def test_many_scripts_at_once_never_share_a_name(school: Stack) -> None:
    found: list[str] = []

    def ask() -> None:
        with main.open_library(SCHOOL, settings=school.settings) as desk:
            for _ in range(3):
                found.extend(desk.suggest({"firstname": "Mary", "lastname": "Somerville"}))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 36


def test_domains_that_may_not_be_used_are_refused(stack: Stack) -> None:
    with pytest.raises(NotFound, match="not set up"), main.open_library(SCHOOL, settings=stack.settings):
        raise AssertionError("opened")
    stack.set_up(creators=HELPDESK)
    with main.open_library(SCHOOL, settings=stack.settings, clock=stack.clock) as desk:
        assert refused(desk) is None
        marketplace.delete_app(stack.world, stack.customer(SCHOOL).id)
        stack.clock.advance(seconds=75)
        assert refused(desk) is not None


def refused(desk: DomainDesk) -> Forbidden | None:
    try:
        desk.suggest({"firstname": "Ada", "lastname": "Quill"})
    except Forbidden as problem:
        return problem
    return None
