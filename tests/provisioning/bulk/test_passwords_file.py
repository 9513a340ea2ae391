"""The file of first passwords."""

from provisioning.bulk.handover import FirstPassword
from provisioning.bulk.pages.passwords_web import HEADER, table


def test_passwords_come_with_the_columns_by_which_they_are_handed_out() -> None:
    columns = {"first_name": "Zoë", "employee_id": "P7", "class": "7b", "department": "x"}
    zoe = FirstPassword(2, "Zoë", "Quill", "zoe@northfield.example", "secret", "/Students", True, columns)
    ben = FirstPassword(3, "Ben", "Ohm", "ben@northfield.example", "other", "/", False, {})
    assert list(table([zoe, ben], ("class",))) == [
        (*HEADER, "class"),
        ("Zoë", "Quill", "zoe@northfield.example", "secret", "TRUE", "/Students", "P7", "7b"),
        ("Ben", "Ohm", "ben@northfield.example", "other", "FALSE", "/", "", ""),
    ]
