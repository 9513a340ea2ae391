"""The forms of administrators."""

import pytest

from provisioning.invitations.manage_form import InvitationForm, read_cap
from provisioning.invitations.values import NewInvitation

TYPED = {
    "audience": "link",
    "label": "Class 7b",
    "days": "7",
    "quota": "3",
    "domain": "a.example",
    "org_unit": "/Students",
}


def form(**changes: str) -> InvitationForm:
    return InvitationForm({**TYPED, **changes}, ["a.example", "b.example"], ["/", "/Students"])


def test_a_filled_in_form_is_an_invitation() -> None:
    filled = form(label="  Class \u200b 7b ", groups="Pupils@a.example, choir@a.example;choir@a.example")
    new = filled.read()
    assert not filled.errors
    assert new == NewInvitation("Class 7b", 7, 3, "a.example", "/Students", ("pupils@a.example", "choir@a.example"))


def test_a_list_says_how_many_accounts_where_nobody_does() -> None:
    assert form(quota="", people="Zoë, Quill\nMax, Meyer").read().quota == 2
    assert form(quota="").read().quota == 1


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("label", text) for text in ("", " ", "x" * 81)),
        *(("quota", text) for text in ("0", "501", "-1", "²", "1e2", "9" * 400)),
        *(("days", text) for text in ("", "8", "0", "week")),
        *(("domain", text) for text in ("", "c.example")),
        *(("org_unit", text) for text in ("", "/Nowhere")),
        ("groups", " ".join(f"g{n}@a.example" for n in range(11))),
        ("people", "Zoë"),
        *(("audience", text) for text in ("", "everybody")),
    ],
)
def test_what_cannot_be_is_said_at_its_field(field: str, text: str) -> None:
    filled = form(**{field: text})
    filled.read()
    assert list(filled.errors) == [field]


def test_members_sign_in_and_are_not_listed() -> None:
    assert form(audience="members").read().audience == "members"
    filled = form(audience="members", people="Zoë, Quill")
    filled.read()
    assert list(filled.errors) == ["people"]


def test_the_cap_is_a_whole_number() -> None:
    assert [read_cap(text)[0] for text in ("0", " 500 ", "5000")] == [0, 500, 5000]
    assert all(read_cap(text)[1] for text in ("", "-1", "5001", "many", "٣", "9" * 5000))
