"""docs/bulk.md says what a preview finds."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOUND_BY = ("plan/row_checks", "plan/address_checks", "plan/planner", "file/file_rows", "recognition")
OF_JOBS = ("plan/planning", "plan/surroundings")
PREVIEW = (ROOT / "docs/bulk.md").read_text().partition("## The preview")[2].partition("\n## ")[0]
CODE = re.compile(r'"([a-z]+(?:_[a-z0-9]+)+)"')


def words_of(modules: tuple[str, ...]) -> set[str]:
    """Everything between quotation marks that looks like a code."""
    return {word for name in modules for word in CODE.findall((ROOT / f"provisioning/bulk/{name}.py").read_text())}


def findings(modules: tuple[str, ...]) -> set[str]:
    """The codes that are given to findings literally."""
    texts = [(ROOT / f"provisioning/bulk/{name}.py").read_text() for name in modules]
    return {code for text in texts for code in re.findall(r'(?:find\(\s*row, |Finding\(\s*)"(\w+)"', text)}


def test_every_code_is_explained_and_no_other() -> None:
    table, _, jobs = PREVIEW.partition("About the job as a whole:")
    told = {code for line in table.splitlines() if line.startswith("| ") for code in re.findall(r"`(\w+)`", line)}
    assert findings(FOUND_BY) <= told <= words_of(FOUND_BY)
    assert set(re.findall(r"`(\w+)`", jobs.partition(".\n")[0])) == findings(OF_JOBS)
