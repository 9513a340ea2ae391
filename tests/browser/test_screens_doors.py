"""The screens of the way in, and of trouble."""

import pytest

from tests.browser.people import People
from tests.browser.screens import require_no_violations
from tests.browser.walks import Walk, leaving, operators, outside, setting_up, trouble
from tests.stack import Stack

pytestmark = pytest.mark.browser
WALKS = (outside, setting_up, operators, trouble, leaving)


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_screen_is_without_violations(walk: Walk, stack: Stack, people: People) -> None:
    require_no_violations(walk, stack, people)
