"""Names, places, steps and findings of rows, planned beside each other."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.rules import GroupRule, OrgUnitRule
from provisioning.accounts.steps import Step
from provisioning.bulk.options import JobOptions
from provisioning.bulk.plan.plan_context import PlanContext
from provisioning.bulk.plan.planned_names import PlannedNames
from provisioning.bulk.recognition import take_back
from provisioning.bulk.rows import Row, tally
from provisioning.directory.port import ListedUser
from tests.provisioning.bulk.plans import DOMAIN, Names, Place, codes, finding, listed, people, person


def usernames(rows: list[Row]) -> list[str]:
    return [row.username for row in rows]


def test_names_are_planned_against_the_index_and_against_each_other() -> None:
    planned = Place(taken={"annlee": "user"}).plan(people("Ann Lee", "Bo Ray", "Ann Lee", "Ann Lee"))
    assert usernames(planned) == ["ann.lee", "boray", "ann_lee", "alee"]
    assert [row.pattern for row in planned[:2]] == ["[firstname].[lastname]", "[firstname][lastname]"]
    assert {row.state for row in planned} == {"ready"}


def test_a_hundred_people_of_one_name_get_numbers_in_order() -> None:
    policy = DomainPolicy(patterns="[firstname].[lastname], [firstname].[lastname][#]")
    place = Place(policy, taken={"ann.lee3": "user"})
    found = usernames(place.plan(people(*["Ann Lee"] * 100)))
    assert found == ["ann.lee", *(f"ann.lee{n}" for n in range(1, 101) if n != 3)]


def test_a_counter_goes_on_where_it_stood() -> None:
    asked: list[int] = []

    class Watched(Names):
        def free_numbers(self, before: str, after: str, start: int = 1):  # type: ignore[no-untyped-def]
            asked.append(start)
            return super().free_numbers(before, after, start)

    names = PlannedNames({DOMAIN: Watched({"a1": "user"})}, ())
    for expected in (2, 3, 4):
        number = next(names.free_numbers(DOMAIN, "a", "", 1))
        assert number == expected
        names.add(f"a{number}@{DOMAIN}")
    assert asked == [1, 2, 3]
    assert next(names.free_numbers(DOMAIN, "a", "", 1000)) == 1000


def test_a_name_that_a_later_row_chooses_is_left_to_it() -> None:
    planned = Place().plan(
        [person(2), person(3, "Bo", "Ray", username="annlee"), person(4, "Cy", "Fox", aliases="ann.lee")]
    )
    assert usernames(planned) == ["ann_lee", "annlee", "cyfox"]
    assert [row.is_chosen for row in planned] == [False, True, False]
    assert planned[2].steps == [Step("alias", f"ann.lee@{DOMAIN}")]


@pytest.mark.parametrize(
    ("values", "code", "column"),
    [
        ({"first_name": ""}, "name_missing", "first_name"),
        ({"last_name": "A<b"}, "name_illegal", "last_name"),
        ({"first_name": "a" * 61}, "name_too_long", "first_name"),
        ({"first_name": "!!", "last_name": "??"}, "no_username", "username"),
        ({"username": "a..b"}, "address_illegal", "username"),
        ({"email": f"Postmaster@{DOMAIN}"}, "address_reserved", "email"),
        ({"email": "ann@elsewhere.example"}, "domain_unknown", "email"),
        ({"username": "inuse"}, "address_taken", "username"),
        ({"username": "goneby"}, "deleted_lately", "username"),
        ({"aliases": "ann, inuse"}, "address_taken", "aliases"),
        ({"username": "ann", "aliases": "ann"}, "duplicate_address", "aliases"),
        ({"aliases": ",".join(f"a{n}" for n in range(31))}, "too_many_aliases", "aliases"),
        ({"org_unit": "/Nowhere"}, "org_unit_unknown", "org_unit"),
        ({"groups": "nobody"}, "group_unknown", "groups"),
        ({"department": "d" * 201}, "too_long", "department"),
    ],
)
def test_a_row_with_an_error_is_left_out(values: dict[str, str], code: str, column: str) -> None:
    row = Place(taken={"inuse": "group", "goneby": "deleted"}).one(**values)
    assert [found.code for found in row.findings if found.severity == "error"] == [code]
    assert finding(row, code).column == column
    assert (row.state, row.steps) == ("problem", [])


@pytest.mark.parametrize(
    ("first_name", "last_name", "odd"),
    [
        ("=1+1", "Lee", ["first_name"]),
        ("#REF!", "@x", ["first_name", "last_name"]),
        ("4711", "-", ["first_name", "last_name"]),
        ("First name", "Last name", ["first_name", "last_name"]),
        ("Vorname", "Lee", ["first_name"]),
        ("?ukasz", "Nguy\ufffdn", ["first_name", "last_name"]),
        ("Tên", "Họ", ["first_name", "last_name"]),
        ("James", "Last", []),
        ("Nom", "Chai", []),
        ("Anna-Lena", "O'Brien", []),
        ("王", "小明", []),
    ],
)
def test_what_is_hardly_a_name_is_warned_of(first_name: str, last_name: str, odd: list[str]) -> None:
    row = Place().one(first_name=first_name, last_name=last_name)
    warned = [found for found in row.findings if found.code == "name_odd"]
    assert [found.column for found in warned] == odd
    assert {found.severity for found in warned} <= {"warning"}


def test_an_address_of_the_domains_own_is_given_by_administrators_who_name_it() -> None:
    row = Place().one(username="Info")
    assert (row.username, row.state, codes(row)) == ("info", "ready", ["address_role"])
    refused = Place(options=JobOptions(DOMAIN, may_name_roles=False)).one(username="info")
    assert (refused.state, codes(refused)) == ("problem", ["address_reserved"])
    assert Place().one(first_name="Ad", last_name="Min").username == "ad.min", "and no pattern leads to one"


@pytest.mark.parametrize(
    ("password", "values", "code"),
    [("short", {}, "password_refused"), ("long enough", {"password_hash": "SHA-1"}, "password_hashed")],
)
def test_a_password_that_google_refuses_is_an_error(password: str, values: dict[str, str], code: str) -> None:
    assert codes(Place().one(password, **values)) == [code]
    assert codes(Place().one("long enough")) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"recovery_phone": "0170 123"}, "phone_not_e164"),
        ({"recovery_email": "nobody"}, "address_malformed"),
        ({"license": "Business"}, "license_unknown"),
        ({"change_password": "perhaps"}, "truth_unknown"),
    ],
)
def test_what_google_would_refuse_and_an_account_can_do_without_is_left_out(values: dict[str, str], code: str) -> None:
    row = Place().one(department="School", **values)
    assert (row.state, codes(row)) == ("ready", [code])
    assert finding(row, code).severity == "warning"
    assert row.steps == [Step("details", values={"department": "School"})]
    assert row.values.items() >= values.items(), "what was written stays to be mended"


def test_a_phone_is_written_as_google_wants_it() -> None:
    (step,) = Place().one(recovery_phone="+49 (170) 123-4567").steps
    assert step.values == {"recovery_phone": "+491701234567"}


def test_units_are_found_in_any_case_and_without_a_slash() -> None:
    assert Place().one(org_unit="students/year 7/").org_unit_path == "/Students/Year 7"
    policy = DomainPolicy(org_unit_rules=(OrgUnitRule("/Students/Year [class]"),), default_org_unit="/Staff")
    place = Place(policy)
    assert place.one(**{"class": "7"}).org_unit_path == "/Students/Year 7"
    assert place.one().org_unit_path == "/Staff"
    assert Place(policy, JobOptions(DOMAIN, "/Students")).one().org_unit_path == "/Students"
    lost = place.one(**{"class": "13"})
    assert finding(lost, "org_unit_unknown").column == "", "by a rule, not by a column"


def test_a_creator_places_accounts_where_the_policy_lets_them() -> None:
    place = Place(options=JobOptions(DOMAIN, allowed_org_units=("/Students",)))
    assert codes(place.one(org_unit="/Staff")) == ["org_unit_not_allowed"]
    assert codes(place.one(org_unit="/Students")) == []


def test_groups_of_rules_and_of_the_row_become_steps() -> None:
    rules = (GroupRule(f"all-[class]@{DOMAIN}"),)
    place = Place(DomainPolicy(group_rules=rules), groups={f"all-7@{DOMAIN}", f"choir@{DOMAIN}"})
    row = place.one(groups="Choir", **{"class": "7"})
    assert [step.target for step in row.steps] == [f"all-7@{DOMAIN}", f"choir@{DOMAIN}"]
    assert finding(place.one(**{"class": "8"}), "group_unknown").column == ""


def test_people_who_have_an_account_are_skipped_by_their_id() -> None:
    place = Place(
        people=[listed(f"old@{DOMAIN}", "ann", "LEE", "/", "S1"), listed(f"al@{DOMAIN}", "ANN", "lee", "/Staff")]
    )
    known, named, other = place.plan(
        [person(2, employee_id="s1"), person(3, org_unit="/Staff"), person(4, org_unit="/Students")]
    )
    assert (known.state, codes(known), known.username) == ("skipped", ["has_account"], "")
    assert f"old@{DOMAIN}" in finding(known, "has_account").sentence
    assert (named.state, codes(named)) == ("ready", ["may_have_account"])
    assert codes(other) == []


def test_whom_a_list_at_work_is_yet_to_make_is_told_as_coming() -> None:
    coming = listed(f"ann@{DOMAIN}", "Ann", "Lee", "/", "S1")._replace(id="")
    [row] = Place(people=[coming]).plan([person(2, employee_id="S1")])
    assert (row.state, codes(row)) == ("skipped", ["comes_by_another"])
    assert f"about to open ann@{DOMAIN}" in finding(row, "comes_by_another").sentence


def context_with(place: Place, rows: list[Row], *coming: tuple[ListedUser, str]) -> PlanContext:
    """Beside lists at work."""
    context = place.context(rows)
    for user, at in coming:
        context.people.add(user, context.file, at)
    return context


def test_whom_a_list_is_yet_to_make_is_planned_all_the_same_for_it_may_come_to_nothing() -> None:
    rule = GroupRule(f"all@{DOMAIN}")
    place, rows = Place(DomainPolicy(group_rules=(rule,)), groups={f"all@{DOMAIN}"}), [person(2, employee_id="S1")]
    coming = listed(f"x@{DOMAIN}", "Ann", "Lee", "/", "S1")._replace(id="")
    place.planner.plan(rows, context_with(place, rows, (coming, "job1/000000"), (coming, "job2/000004")), {})
    [row] = rows
    assert (row.state, codes(row), row.left_to) == ("skipped", ["comes_by_another"], ["job1/000000", "job2/000004"])
    assert (row.username, row.planned, [step.target for step in row.steps]) == ("", "annlee", [f"all@{DOMAIN}"])
    take_back(row)
    assert (row.state, row.username, codes(row)) == ("ready", "annlee", [])


def test_who_could_not_be_made_anyway_or_has_been_made_is_left_for_good() -> None:
    place, rows = Place(), [person(2, employee_id="S1", email=f"a b@{DOMAIN}"), person(3, employee_id="S2")]
    first, second = (listed(f"x@{DOMAIN}", "Ann", "Lee", "/", one)._replace(id="") for one in ("S1", "S2"))
    exists = (second._replace(id="7"), "job1/000001")
    place.planner.plan(rows, context_with(place, rows, (first, "job1/000000"), exists, (second, "job2/000000")), {})
    assert [(row.state, row.left_to, row.planned) for row in rows] == [("skipped", [], "")] * 2
    assert [codes(row) for row in rows] == [["comes_by_another"], ["has_account"]]


def test_an_id_that_somebody_of_another_name_has_is_a_warning_that_names_them() -> None:
    place = Place(
        people=[
            listed(f"zoe@{DOMAIN}", "Zoë", "Quill", "/", "S1"),
            listed(f"lu@{DOMAIN}", "Ludwig van", "B", "/", "S2"),
        ]
    )
    wrong, right = place.plan([person(2, employee_id="S1"), person(3, "Ludwig", last_name="van B", employee_id="S2")])
    assert (wrong.state, codes(wrong), wrong.username) == ("skipped", ["id_of_another"], "")
    found = finding(wrong, "id_of_another")
    assert (found.severity, found.column) == ("warning", "employee_id")
    assert f"Zoë Quill has this ID, and the account zoe@{DOMAIN}" in found.sentence
    assert "Ann Lee" in found.sentence
    assert codes(right) == ["has_account"], "where the given name ends is nobody's mistake"
    assert tally([wrong, right]) == {"skipped": 2, "warnings": 1}


def test_the_later_of_two_rows_that_share_what_is_one_persons_is_left_out() -> None:
    rows = [
        person(2, employee_id="7"),
        person(5, "Bo", "Ray", employee_id="7"),
        person(6, username="x"),
        person(9, "Cy", "Fox", email=f"X@{DOMAIN}"),
    ]
    planned = Place().plan(rows)
    assert [codes(row) for row in planned] == [[], ["duplicate_id"], [], ["duplicate_address"]]
    assert "Line 2" in finding(planned[1], "duplicate_id").sentence
    assert "Line 6" in finding(planned[3], "duplicate_address").sentence


def test_rows_that_say_the_same_are_two_people_perhaps() -> None:
    first, second = Place().plan(people("Ann Lee", "Ann Lee"))
    assert (codes(first), codes(second)) == ([], ["duplicate_row"])
    assert (second.state, second.username) == ("ready", "ann.lee")


def test_a_manager_who_is_nobody_is_told_of() -> None:
    place = Place(taken={"boss": "user", "crew": "group"})
    rows = [
        person(2, manager_email=f"boss@{DOMAIN}"), person(3, manager_email=f"crew@{DOMAIN}"),
        person(4, manager_email=f"newboss@{DOMAIN}"), person(5, username="newboss"),
        person(6, manager_email="boss@elsewhere.example"),
    ]  # fmt: skip
    found = [[code for code in codes(row) if code != "duplicate_row"] for row in place.plan(rows)]
    assert found == [[], ["manager_unknown"], [], [], []]


def test_without_an_index_names_are_planned_against_each_other() -> None:
    planned = Place(taken={"annlee": "user"}, is_read=False).plan(people("Ann Lee", "Ann Lee"))
    assert usernames(planned) == ["annlee", "ann.lee"]


def test_a_domain_that_is_nobodys_is_refused_also_for_all_rows() -> None:
    assert codes(Place(options=JobOptions("elsewhere.example")).one()) == ["domain_unknown"]


def test_first_sign_in_goes_by_the_row_then_the_job_then_the_domain() -> None:
    assert Place().one().change_password
    assert not Place(DomainPolicy(change_password=False)).one().change_password
    job = Place(DomainPolicy(change_password=False), JobOptions(DOMAIN, change_password=True))
    assert job.one().change_password
    assert not job.one(change_password="FALSE").change_password


def test_another_domain_of_the_tenant_can_be_named() -> None:
    row = Place().one(email="ann@other.example", aliases="al")
    assert (row.address, row.state) == ("ann@other.example", "ready")
    assert row.steps == [Step("alias", "al@other.example")]


NAMES = st.sampled_from(["Ann", "Anna", "Bo", "Zoë", "Øre", "O'Neil", "Li", "李"])
ROWS = st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["", "", "", "ann", "annli", "bo.li"])), max_size=60)
TAKEN = st.sets(st.sampled_from(["ann", "annli", "boli", "bo.li", "annli1", "ann1", "oreli"]))


@given(ROWS, TAKEN, st.integers(1, 30), st.booleans())
def test_no_two_rows_get_one_name_and_a_plan_repeated_is_the_same(
    rows: list[tuple[str, str, str]], taken: set[str], at_once: int, counts: bool
) -> None:
    policy = DomainPolicy(patterns="[firstname][lastname], [C1_firstname][lastname][#]" if counts else "[firstname]")
    place = Place(policy, taken=dict.fromkeys(taken, "user"))
    listed_rows = [person(line, first, last, username=name) for line, (first, last, name) in enumerate(rows, 2)]
    planned = place.plan(listed_rows)
    ready = [row.address for row in planned if row.state == "ready"]
    assert len(set(ready)) == len(ready)
    assert not {address.partition("@")[0] for address in ready} & taken
    assert place.plan(listed_rows, at_once=at_once) == planned


@given(ROWS, st.integers(0, 59))
def test_a_plan_taken_over_in_the_middle_is_the_same(rows: list[tuple[str, str, str]], at: int) -> None:
    place = Place(DomainPolicy(patterns="[firstname].[lastname][#]"))
    listed_rows = [person(line, first, last, username=name) for line, (first, last, name) in enumerate(rows, 2)]
    whole = place.plan(listed_rows)
    context = place.context(listed_rows)
    for row in whole[:at]:
        if row.username:
            context.names.add(row.address)
    rest = [replace(row, values=dict(row.values)) for row in listed_rows[at:]]
    place.planner.plan(rest, context, {})
    assert rest == whole[at:]
