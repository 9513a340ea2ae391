"""Which column holds what."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.bulk.file.columns import FIELDS, header_key
from provisioning.bulk.file.google_template import TEMPLATE
from provisioning.bulk.file.headers import HEADERS
from provisioning.bulk.file.mapping import guess_mapping, missing, unused
from provisioning.bulk.file.result_columns import PROBLEM, RESULT

READ_ONLY = ("Status [READ ONLY]", "Last Sign In [READ ONLY]", "2sv Enrolled [READ ONLY]", "Licenses [READ ONLY]")


def fields(*header: str) -> dict[str, str]:
    """Field to header."""
    return {name: header[at] for name, at in guess_mapping(header).fields.items()}


def test_every_field_has_headers_and_no_header_two_fields() -> None:
    assert list(HEADERS) == list(FIELDS)
    fields_of: dict[str, set[str]] = defaultdict(set)
    for name, spec in FIELDS.items():
        for header in (name, spec.label, *spec.headers):
            assert header_key(header)
            fields_of[header_key(header)].add(name)
        keys = [header_key(header) for header in spec.headers]
        assert not {key for key in keys if keys.count(key) > 1}
    assert {key: names for key, names in fields_of.items() if len(names) > 1} == {}


@pytest.mark.parametrize("template", [TEMPLATE, TEMPLATE[:27], (*TEMPLATE[:26], *READ_ONLY)])
def test_googles_templates_are_understood_without_a_question(template: tuple[str, ...]) -> None:
    guess = guess_mapping(template)
    assert guess.is_google_template
    assert guess.is_complete
    assert guess.fields["email"] == 2
    assert guess.fields["org_unit"] == 5
    assert guess.fields["recovery_phone"] == 10
    assert guess.fields["change_password"] == 25
    assert {template[at] for at in guess.ignored} == set(template) & {
        "New Primary Email [UPLOAD ONLY]", "New Status [UPLOAD ONLY]", "Advanced Protection Program enrollment",
        *READ_ONLY,
    }  # fmt: skip
    assert len(guess.fields) + len(guess.ignored) == len(template)


def test_googles_template_has_the_columns_that_google_documents() -> None:
    assert (len(TEMPLATE), len(set(TEMPLATE)), TEMPLATE[26]) == (29, 29, "New Status [UPLOAD ONLY]")
    everything = {"first_name", "last_name", "email", "password", "password_hash", "org_unit", "license"}
    assert everything < set(guess_mapping(TEMPLATE).fields)


def test_another_header_is_no_template_of_googles() -> None:
    assert not guess_mapping(["First name", "Last name", "Email address", "Password"]).is_google_template


@pytest.mark.parametrize(
    ("first", "last", "unit", "number", "mobile"),
    [
        ("First name", "Surname", "OU path", "Student ID", "Mobile"),
        ("VORNAME", "Familienname", "Organisationseinheit", "Schüler-Nr.", "Handy"),
        ("prenom", "Nom de famille", "Unité organisationnelle", "N\u0075me\u0301ro d'élève", "Téléphone portable"),
        ("Nombre", "Apellidos", "Unidad organizativa", "Número de alumno", "Móvil"),
        ("Voornaam", "Achternaam", "Organisatie-eenheid", "Leerlingnummer", "Mobiel"),
        ("Tên", "Họ", "Đơn vị tổ chức", "Mã học sinh", "Di động"),
        ("first_name", "last_name", "org_unit", "employee_id", "mobile_phone"),
    ],
)
def test_headers_are_understood_in_many_languages(first: str, last: str, unit: str, number: str, mobile: str) -> None:
    expected = {"first_name": first, "last_name": last, "org_unit": unit, "employee_id": number, "mobile_phone": mobile}
    assert fields(first, last, unit, number, mobile) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Vorname", "Name"], {"first_name": "Vorname", "last_name": "Name"}),
        (["Naam", "Voornaam"], {"first_name": "Voornaam", "last_name": "Naam"}),
        (["Name", "E-Mail"], {"full_name": "Name", "email": "E-Mail"}),
        (["Họ và tên"], {"full_name_family_first": "Họ và tên"}),
        (["Nom", "Prénom"], {"last_name": "Nom", "first_name": "Prénom"}),
        (
            ["givenName", "familyName", "sourcedId"],
            {"first_name": "givenName", "last_name": "familyName", "employee_id": "sourcedId"},
        ),
        (["First Name*", "Last name (required)"], {"first_name": "First Name*", "last_name": "Last name (required)"}),
    ],
)
def test_a_column_called_name_means_what_its_neighbours_leave(header: list[str], expected: dict[str, str]) -> None:
    assert fields(*header) == expected
    assert guess_mapping(header).missing == ()


def test_of_two_columns_with_one_meaning_the_first_is_taken_and_the_other_asked_about() -> None:
    guess = guess_mapping(["Email", "E-Mail", "First name", "Last name"])
    assert guess.fields["email"] == 0
    assert guess.unknown == (1,)
    assert not guess.is_complete


def test_what_is_missing_is_told() -> None:
    assert guess_mapping(["First name", "Shoe size", ""]).missing == ("last_name",)
    assert guess_mapping(["First name", "Display name", "x"]).missing == ()
    assert guess_mapping(["First name", "Display name"]).fields == {"first_name": 0, "full_name": 1}
    assert guess_mapping(["Shoe size"]).missing == ("first_name", "last_name")
    assert missing(["full_name_family_first"]) == ()
    assert guess_mapping(["First name", "Shoe size", ""]).unknown == (1,)


def test_fields_of_the_domains_own_are_found_by_their_names() -> None:
    header = ["First name", "Last name", "class", "Department"]
    guess = guess_mapping(header, extra=["Class", "department", "region"])
    assert guess.fields == {"first_name": 0, "last_name": 1, "Class": 2, "department": 3}
    assert guess.is_complete
    assert guess_mapping(header, extra=["Department"]).fields["Department"] == 3
    assert guess_mapping(header, extra=["Department"]).fields["department"] == 3


def test_what_somebody_said_before_is_taken_as_it_is() -> None:
    guess = guess_mapping(["Last name", "First name", "Class"], {"first_name": 0, "last_name": 1})
    assert guess.fields == {"first_name": 0, "last_name": 1}
    assert guess.ignored == (2,)
    assert guess.is_complete


def test_a_field_that_the_domain_took_up_since_is_found_among_columns_that_were_left_out() -> None:
    header, said = ["Last name", "First name", "House", "Class"], {"first_name": 1, "last_name": 0, "Class": 3}
    guess = guess_mapping(header, said, extra=["house", "class", "first_name"])
    assert guess.fields == {**said, "house": 2}
    assert guess.is_complete


def test_what_somebody_said_about_more_columns_is_not_believed() -> None:
    assert guess_mapping(["First name", "Last name"], {"first_name": 7}).fields == {"first_name": 0, "last_name": 1}


def test_columns_are_unused_that_might_hold_something() -> None:
    header = ["Vorname", "Klasse", "", "Bemerkung", *READ_ONLY, *RESULT]
    assert unused(header, {"first_name": 0}) == ["Klasse", "Bemerkung"]
    assert unused(header, {"first_name": 0, "class": 1, "title": 3}) == []


def test_columns_that_we_added_are_ignored() -> None:
    guess = guess_mapping(["First name", "Last name", *RESULT, *PROBLEM])
    assert guess.fields == {"first_name": 0, "last_name": 1}
    assert guess.is_complete


@given(st.lists(st.text(max_size=20) | st.sampled_from([*TEMPLATE, *RESULT, "Name", "Vorname"]), max_size=12))
def test_each_column_is_one_thing(header: list[str]) -> None:
    guess = guess_mapping(header)
    taken = [*guess.fields.values(), *guess.unknown, *guess.ignored]
    assert sorted(taken) == list(range(len(header)))
    assert set(guess.fields) <= set(FIELDS)
