"""What of a typed name goes to Google: nothing that nobody can see, and every letter that can be seen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.person_names import name_fault, visible
from tests.provisioning.conftest import order

ZWNJ, ZWJ = "\u200c", "\u200d"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\ufeffZoë", "Zoë"),  # a byte order mark from a file
        ("Zo\u200bë", "Zoë"),  # a zero-width space from a web page
        ("Müller\u00adLüdenscheidt", "MüllerLüdenscheidt"),  # a soft hyphen
        ("\u202eeoZ\u202c", "eoZ"),  # bidi controls that show Zoe
        ("\u2066Zoë\u2069", "Zoë"),
        (" \u200bZoë \u200f", "Zoë"),
        (f"Jo{ZWJ}hn", "John"),
        (f"{ZWNJ}Zoë{ZWNJ}", "Zoë"),
        (f"👩{ZWJ}🚀", "👩🚀"),
        (f"علی{ZWNJ}رضا", f"علی{ZWNJ}رضا"),  # Alireza
        (f"علی\u200b{ZWNJ}رضا", f"علی{ZWNJ}رضا"),
        (f"علی{ZWNJ}{ZWNJ}رضا", f"علی{ZWNJ}رضا"),
        (f"علیِ{ZWNJ}رضا", f"علیِ{ZWNJ}رضا"),  # with a vowel sign before the joiner
        (f"علی{ZWNJ}", "علی"),
        (f"علی{ZWNJ} رضا", "علی رضا"),
        (f"ක්{ZWJ}රිශාන්ත", f"ක්{ZWJ}රිශාන්ත"),  # Krishantha
        (f"क्{ZWNJ}षमा", f"क्{ZWNJ}षमा"),
        (f"कष{ZWJ}मा", "कषमा"),  # no virama before it: nothing is joined
        ("王小明", "王小明"),
        ("O'Neill-Smith, jr.", "O'Neill-Smith, jr."),
    ],
)
def test_what_nobody_can_see_is_left_out_and_what_a_script_needs_stays(typed: str, kept: str) -> None:
    assert visible(typed) == kept


@given(st.text(st.sampled_from(f"aیर्ِ \u200b\u202e{ZWNJ}{ZWJ}") | st.characters(), max_size=20))
def test_no_name_gets_longer_and_once_is_enough(name: str) -> None:
    once = visible(name)
    assert len(once) <= len(name)
    assert visible(once) == once
    assert [c for c in once if unicodedata.category(c) == "Cf"] == [c for c in once if c in ZWNJ + ZWJ]


def test_an_order_has_the_visible_names_alone() -> None:
    made = order(given_name="\u200bZoë", family_name="Quill\u202e")
    assert (made.given_name, made.family_name) == ("Zoë", "Quill")
    assert made.fingerprint == order(given_name="Zoë", family_name="Quill").fingerprint


@pytest.mark.parametrize("name", ["", " ", visible("\u200b\u2060"), "\t"])
def test_a_name_of_nothing_visible_is_missing(name: str) -> None:
    assert name_fault(name, "first name") == "A first name is needed."


@pytest.mark.parametrize("name", ["line\nbreak", "line\u2028break", "paragraph\u2029break", "half \ud800", "a<b"])
def test_what_breaks_lines_or_files_is_refused(name: str) -> None:
    assert "no line breaks" in name_fault(name, "first name")
