"""What is kept encrypted opens for its own context, with one of our keys, and unchanged; links carry our signature."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.sealing import KEY_BYTES, CannotOpen, Sealer

OLD, NEW, FOREIGN = (bytes([number]) * KEY_BYTES for number in (1, 2, 3))
CONTEXT = ("C1", "first password", "job/7")
SEALER = Sealer([NEW, OLD])


@given(st.binary(max_size=300), st.lists(st.text(max_size=10), max_size=3))
def test_what_is_sealed_opens_for_its_context_and_no_other(plain: bytes, context: list[str]) -> None:
    sealed = SEALER.seal(plain, *context)
    assert SEALER.open(sealed, *context) == plain
    with pytest.raises(CannotOpen):
        SEALER.open(sealed, *context, "")
    assert plain not in sealed or len(plain) < 4


@pytest.mark.parametrize(
    "other", [("C2", "first password", "job/7"), ("C1", "bulk rows", "job/7"), ("C1", "first password", "job/8"),
              ("C1first password", "job/7"), ("C1", "first password"), ("C1", "first passwordjob/7"), ()],
)  # fmt: skip
def test_nothing_can_be_moved_to_another_tenant_purpose_or_record(other: tuple[str, ...]) -> None:
    with pytest.raises(CannotOpen):
        SEALER.open(SEALER.seal(b"secret", *CONTEXT), *other)


def test_nothing_opens_once_it_was_changed_or_cut() -> None:
    sealed = SEALER.seal(b"secret", *CONTEXT)
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    cut = [sealed[:at] for at in range(len(sealed))]
    for broken in [*changed, *cut, sealed + b"\0", b"x" * 100]:
        with pytest.raises(CannotOpen):
            SEALER.open(broken, *CONTEXT)


def test_the_same_is_never_sealed_to_the_same() -> None:
    sealed = Counter(SEALER.seal(b"secret", *CONTEXT) for _ in range(100))
    assert len(sealed) == 100


def test_new_key_seals_and_the_old_one_opens_until_it_is_taken_away() -> None:
    by_old = Sealer([OLD]).seal(b"secret", *CONTEXT)
    assert SEALER.open(by_old, *CONTEXT) == b"secret"
    by_new = SEALER.seal(b"secret", *CONTEXT)
    assert Sealer([NEW]).open(by_new, *CONTEXT) == b"secret"
    for sealer, sealed in ((Sealer([OLD]), by_new), (Sealer([NEW]), by_old), (Sealer([FOREIGN]), by_new)):
        with pytest.raises(CannotOpen) as raised:
            sealer.open(sealed, *CONTEXT)
        assert not raised.value.retry


def test_problem_tells_nothing_of_what_was_sealed() -> None:
    with pytest.raises(CannotOpen) as raised:
        SEALER.open(SEALER.seal(b"secret", *CONTEXT), "other")
    assert "secret" not in repr(raised.value) + raised.value.words + raised.value.raw


def test_signature_is_of_one_text_for_one_purpose_by_one_of_our_keys() -> None:
    signature = SEALER.sign("text", "invitation")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", signature)
    assert SEALER.is_signed("text", signature, "invitation")
    assert Sealer([FOREIGN, NEW]).is_signed("text", signature, "invitation"), "a newer key came in front"
    assert SEALER.is_signed("text", Sealer([OLD]).sign("text", "invitation"), "invitation")
    for text, given_, purpose in (
        ("texts", signature, "invitation"), ("text", signature, "letter"), ("text", "", "invitation"),
        ("text", signature[:-1], "invitation"), ("text", signature.lower(), "invitation"),
        ("text", Sealer([FOREIGN]).sign("text", "invitation"), "invitation"), ("text", "é" * 22, "invitation"),
        ("text", "\ud800", "invitation"),
    ):  # fmt: skip
        assert not SEALER.is_signed(text, given_, purpose)


def test_what_signs_does_not_seal() -> None:
    """Text and purpose are told apart, and a signature helps nobody with what is encrypted."""
    assert SEALER.sign("b", "a") != SEALER.sign("ab", "")
    assert SEALER.sign("b", "a") != SEALER.sign("a", "b")
