"""What is wrong with an order, and what makes two orders the same."""

import pytest

from provisioning.accounts.order import faults
from tests.provisioning.conftest import order


def test_a_good_order_has_no_faults() -> None:
    assert faults(order()) == {}
    assert faults(order("o'brien", given_name="小明", family_name="王", password="x" * 100)) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"given_name": ""}, "firstname"),
        ({"given_name": "  "}, "firstname"),
        ({"family_name": "x" * 61}, "lastname"),
        ({"family_name": "a<b"}, "lastname"),
        ({"given_name": "line\nbreak"}, "firstname"),
        ({"username": ""}, "username"),
        ({"username": "x" * 65}, "username"),
        ({"username": "two..dots"}, "username"),
        ({"username": ".dot"}, "username"),
        ({"username": "a+b"}, "username"),
        ({"username": "a@b"}, "username"),
        ({"password": "short"}, "password"),
    ],
)
def test_each_bad_value_is_named_by_its_field(changes: dict[str, object], field: str) -> None:
    assert list(faults(order(**changes))) == [field]  # type: ignore[arg-type]


def test_fingerprints_differ_with_every_value_but_the_password() -> None:
    changes: list[dict[str, object]] = [
        {"username": "other"},
        {"domain": "students.northfield.example"},
        {"given_name": "Other"},
        {"family_name": "Other"},
        {"org_unit_path": "/"},
        {"change_password": False},
    ]
    prints = {order().fingerprint, *(order(**change).fingerprint for change in changes)}  # type: ignore[arg-type]
    assert len(prints) == 7
    assert order(password="another password").fingerprint == order().fingerprint


def test_the_password_is_not_in_the_repr() -> None:
    assert "correct horse" not in repr(order())
