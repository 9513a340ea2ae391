"""Documents that name what code has: settings, scopes, files."""

import re
from pathlib import Path

import pytest
from google.cloud import ndb

import main  # noqa: F401 - brings in every model
from marketplace.listing import ALL_SCOPES
from runtime.settings import Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DEPLOYING = (ROOT / "docs/deploying.md").read_text()
PRODUCT = {"runtime", "marketplace", "provisioning"}
SETTINGS = {name.upper() for name in Settings.model_fields}
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
PATH = re.compile(r"`((?:runtime|marketplace|provisioning|sandbox|bench|tests|static|templates|docs)/[\w./-]+)`")


def test_every_setting_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", DEPLOYING, re.MULTILINE))
    assert explained == SETTINGS


def test_the_table_of_scopes_is_the_list_in_code() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", DEPLOYING, re.MULTILINE)
    assert [row for row in rows if row[0] not in SETTINGS] == [(scope.url, scope.reason) for scope in ALL_SCOPES]


def test_app_yaml_sets_only_settings_and_all_that_have_no_default() -> None:
    text = (ROOT / "app.yaml").read_text() + (ROOT / "app.secrets.yaml.example").read_text()
    named = set(re.findall(r"^  ([A-Z_]+):", text, re.MULTILINE))
    required = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
    assert named <= SETTINGS
    assert required - {"GOOGLE_CLOUD_PROJECT"} <= named  # App Engine sets that one


def test_architecture_names_every_kind_that_is_kept() -> None:
    models = [model for model in ndb.Model.__subclasses__() if model.__module__.partition(".")[0] in PRODUCT]
    kinds = {model._get_kind() for model in models}
    table = (ROOT / "docs/architecture.md").read_text().partition("## Data")[2].partition("##")[0]
    assert "Session" in kinds
    assert kinds <= set(re.findall(r"`(\w+)`", table))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    missing = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    missing += [path for path in PATH.findall(text) if not (ROOT / path).exists()]
    assert not missing
