"""The screens of accounts, their names, and invitations."""

import pytest

from tests.browser.people import People
from tests.browser.screens import require_no_violations
from tests.browser.walks import Walk, accounts, invitations, patterns
from tests.stack import Stack

pytestmark = pytest.mark.browser
WALKS = (accounts, patterns, invitations)


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_screen_is_without_violations(walk: Walk, stack: Stack, people: People) -> None:
    require_no_violations(walk, stack, people)
