"""Every reason can be told."""

import pytest

from provisioning.naming.lineup import PassedOver
from provisioning.naming.policy import Why
from provisioning.naming.reasons import reason


@pytest.mark.parametrize("why", Why)
def test_every_reason_is_a_sentence_of_its_own(why: Why) -> None:
    words = reason(PassedOver("zoe", why))
    assert len(words.split()) > 2 or why is Why.NOT_LEGAL
    assert [other for other in Why if reason(PassedOver("zoe", other)) == words] == [why]


def test_a_deleted_person_comes_with_both_days() -> None:
    words = reason(PassedOver("zoe", Why.DELETED, "2026-12-03"))
    assert words == "it belonged to a person deleted on 13 November 2026; it is kept free until 3 December 2026"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (PassedOver("a..b", Why.NOT_LEGAL, "two dots stand in a row"), "two dots stand in a row"),
        (PassedOver("annshit", Why.FORBIDDEN, "shit"), "the word “shit” arises in it"),
    ],
)
def test_rules_and_words_are_named(passed: PassedOver, words: str) -> None:
    assert reason(passed) == words
