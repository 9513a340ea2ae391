"""What holds for every page, read from the sources: the content security policy, forms, icons, vendored files."""

import hashlib
import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = ROOT / "static"
INLINE = re.compile(r"""<style\b|<script(?![^>]*\bsrc=)|\sstyle=["']|\son[a-z]+=["']|javascript:""", re.IGNORECASE)
POST_FORM = re.compile(r"""<form\b[^>]*method=["']post["'].*?</form>""", re.IGNORECASE | re.DOTALL)
ICON = re.compile(r"""\bicon\("([a-z0-9-]+)"|["'](?:icon_name=)["']([a-z0-9-]+)""")
NEW_TAB = re.compile(r"""<a\b[^>]*target="_blank".*?</a>""", re.DOTALL)
VENDORED = re.compile(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", re.MULTILINE)


def name_of(path: Path) -> str:
    """For the test's name."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_compiles(path: Path) -> None:
    environment = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)
    assert environment.get_template(str(path.relative_to(ROOT / "templates"))).name


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_has_nothing_inline_that_the_policy_would_block(path: Path) -> None:
    assert not INLINE.search(path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_form_that_changes_something_carries_the_csrf_field(path: Path) -> None:
    for form in POST_FORM.findall(path.read_text()):
        assert "csrf_field()" in form


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_link_that_opens_a_new_tab_says_so_and_gives_no_opener(path: Path) -> None:
    for link in NEW_TAB.findall(path.read_text()):
        assert 'rel="noopener"' in link
        assert "opens a new tab" in link


def test_there_are_such_forms_and_links() -> None:
    text = "".join(path.read_text() for path in TEMPLATES)
    assert len(POST_FORM.findall(text)) > 20
    assert len(NEW_TAB.findall(text)) > 3


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor/icons.svg").read_text()))
    named = {first or second for path in TEMPLATES for first, second in ICON.findall(path.read_text())}
    assert named
    assert named <= drawn


@pytest.mark.parametrize("readme", [STATIC / "vendor/README.md", ROOT / "tests/browser/vendor/README.md"], ids=name_of)
def test_vendored_files_are_what_their_list_says(readme: Path) -> None:
    listed = dict(VENDORED.findall(readme.read_text()))
    assert listed
    for file, digest in listed.items():
        assert hashlib.sha256((readme.parent / file).read_bytes()).hexdigest() == digest, file


def test_every_vendored_file_is_listed_and_its_licence_is_there() -> None:
    text = (STATIC / "vendor/README.md").read_text()
    licences = STATIC / "vendor/LICENSES"
    files = [p for p in (STATIC / "vendor").rglob("*") if p.is_file() and p.suffix in {".css", ".js", ".svg", ".woff2"}]
    assert {str(file.relative_to(STATIC / "vendor")) for file in files} == set(dict(VENDORED.findall(text)))
    assert {file.name for file in licences.iterdir()} == set(re.findall(r"LICENSES/([\w.-]+)`", text))


def test_stylesheet_and_scripts_load_nothing_from_elsewhere() -> None:
    for path in (STATIC / "frontdesk.css", *STATIC.glob("*.js")):
        assert not re.search(r"https?://|@import|\beval\(|innerHTML|new Function", path.read_text()), path.name


def test_images_of_the_listing_have_the_sizes_their_names_say() -> None:
    images = sorted((STATIC / "listing").glob("*.png"))
    assert len(images) >= 5
    for path in images:
        head = path.read_bytes()[:24]
        size = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        named = re.findall(r"\d+", path.stem)
        assert size == (int(named[0]), int(named[-1]))
