"""The pattern editor: what it shows, what it refuses, what it keeps."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.directory.crawl import CompletedCrawl
from provisioning.directory.port import WorkspaceDomain
from provisioning.naming.holder import Holder
from provisioning.naming.index_builder import TakenIndexBuilder
from sandbox.google import seed
from sandbox.google.world import Fault
from tests.dom import Element
from tests.provisioning.conftest import ADMIN, DOMAIN, HELPDESK, TENANT, Desk
from tests.provisioning.naming.claiming import claim
from tests.provisioning.pages import Pages, Shown

EDITOR = "/manage/names/patterns"
PREVIEW = f"{EDITOR}/preview"


@pytest.fixture
def pages(desk: Desk) -> Pages:
    return Pages(desk, ADMIN, is_admin=True)


def rows(page: Shown) -> dict[str, Element]:
    """The preview, by person."""
    table = next(table for table in page.document.all("table") if "Usernames" in table.all("caption")[0].text)
    return {row.all("bdi")[0].text: row for row in table.all("tr") if row.all("bdi")}


def names(row: Element) -> list[str]:
    """What the person would be offered."""
    return [item.all("code")[0].text for item in row.all("td")[0].all("li")]


def passed(row: Element) -> list[str]:
    """What is passed over, with why."""
    return [item.text for item in row.all("td")[1].all("li")]


def versions(page: Shown) -> list[str]:
    """Newest first."""
    [listed] = page.document.all("ol", where=lambda one: one["class"] == "versions")
    return [item.text for item in listed.children if isinstance(item, Element)]


def list_names(desk: Desk, *lines: str) -> None:
    """Let the domain's list of names in use be these; each with the letter of its kind."""
    listed = "".join("{}\t{}\t{}\n".format(*line.split(), DOMAIN) for line in lines).encode()
    domains = (WorkspaceDomain(DOMAIN, is_primary=True, verified=True),)
    crawl = CompletedCrawl(1, desk.clock(), domains, {})
    TakenIndexBuilder(desk.clock).complete(TENANT, crawl, lambda: iter([listed]))


def test_everybody_but_administrators_is_turned_away(desk: Desk) -> None:
    for path in (EDITOR, PREVIEW, f"{EDITOR}/versions"):
        hanna = Pages(desk, HELPDESK, is_admin=False)
        assert (hanna.get(path) if path == EDITOR else hanna.post(path)).status == 403


def test_hard_names_are_shown_with_what_they_would_be_offered(pages: Pages) -> None:
    found = rows(pages.get(EDITOR))
    assert names(found["Conan O'Brien"]) == ["conanobrien", "conan.obrien", "conan_obrien"]
    assert names(found["Søren Ærø"])[1] == "soren.aero"
    assert names(found["小明 王"])[0] == "xiaomingwang"
    assert names(found["Αλέξης Παπαδόπουλος"])[0] == "alexespapadopoulos"
    assert names(found["J O"]) == ["jo", "j.o", "j_o"]
    assert names(found["María José García-Márquez de la Cruz"])[0] == "mariajosegarcia-marquezdelacruz"
    assert names(found["Maya Stone"])[0] == "mayastone"
    [long] = [row for who, row in found.items() if who.startswith("Hubert")]
    assert [len(name) for name in names(long)][:2] == [64, 64]


def test_fields_of_their_own_are_filled_for_all_but_one(pages: Pages) -> None:
    page = pages.post(PREVIEW, patterns="[nickname].[lastname], [lastname][#]")
    found = rows(page)
    assert names(found["J O"])[0] == "vega.o"
    assert "“Vega” stands in [nickname]." in page.text
    assert names(found["Maya Stone"]) == ["stone1", "stone2", "stone3"]
    assert "nothing in the other fields" in found["Maya Stone"].text
    [entry] = page.document.all("input", where=lambda field: field["name"] == "field-nickname")
    assert entry["value"] == ""


def test_a_typed_person_comes_first(pages: Pages) -> None:
    typed = {"field-firstname": "Zoë", "field-lastname": "Quill", "field-nickname": "Zo", "patterns": "[nickname][#]"}
    page = pages.post(PREVIEW, **typed)
    who, row = next(iter(rows(page).items()))
    assert who == "Zoë Quill"
    assert names(row) == ["zo1", "zo2", "zo3"]
    assert 'value="Zo"' in page.html


def test_a_typed_person_of_whom_no_name_can_be_made_is_told_so(pages: Pages) -> None:
    page = pages.post(PREVIEW, **{"field-firstname": "Zoë", "field-lastname": ""})
    assert "lastname is missing" in rows(page)["Zoë"].text
    page = pages.post(PREVIEW, **{"field-firstname": "x" * 61, "field-lastname": "😀"})
    assert "more than 60 characters" in rows(page)["x" * 61 + " 😀"].text
    page = pages.post(PREVIEW, **{"field-firstname": "😀", "field-lastname": "😀"})
    assert "holds a letter" in rows(page)["😀 😀"].text


def test_language_counts_in_the_preview_and_is_saved(pages: Pages, desk: Desk) -> None:
    fields = {"patterns": "[lastname]", "language": "da", "patterns_version": "1"}
    assert names(rows(pages.post(PREVIEW, **fields))["Søren Ærø"])[0] == "aeroe"
    pages.post(EDITOR, **fields)
    assert desk.policies.of(TENANT).language == "da"


def test_reserved_forbidden_held_and_made_names_are_passed_over_with_the_reason(pages: Pages, desk: Desk) -> None:
    def edit(_before: DomainPolicy) -> DomainPolicy:
        return DomainPolicy(reserved_words=("maya.stone",), forbidden_words=("yast",))

    desk.policies.change(TENANT, desk.asker().actor, edit)
    claim(desk.holds, Holder(TENANT, DOMAIN, "somebody"), ["maya_stone", "conanobrien"], 2, 120)
    desk.holds.mark_created(Holder(TENANT, DOMAIN, "somebody"), "conan.obrien")
    found = rows(pages.get(EDITOR))
    assert passed(found["Maya Stone"])[:3] == [
        "mayastone the word “yast” arises in it",
        "maya.stone it is reserved",
        "maya_stone somebody else, or another tab of yours, has just been offered it",
    ]
    assert names(found["Maya Stone"]) == ["mstone", "mayas"]
    assert "Only 2 of 3 names could be found." in found["Maya Stone"].text
    assert passed(found["Maya Stone"])[-1].startswith("and ")
    assert passed(found["Conan O'Brien"]) == [
        "conanobrien somebody else, or another tab of yours, has just been offered it",
        "conan.obrien an account of this name has just been made",
    ]


def test_a_preview_holds_nothing_and_asks_google_nothing(pages: Pages, desk: Desk) -> None:
    pages.get(EDITOR)
    desk.break_google(503, method="GET", count=-1)
    page = pages.post(PREVIEW, patterns="[firstname].[lastname]")
    assert page.status == 200
    assert "there is no list of names in use yet" in page.text
    assert any(link["href"] == "/manage/directory" for link in page.document.all("a"))
    held = desk.holds.look(Holder(TENANT, DOMAIN, "x"), ["conan.obrien"]).standings
    assert [standing.name for standing in held.values()] == ["FREE"]


def test_names_in_use_are_passed_over_with_who_has_them(pages: Pages, desk: Desk) -> None:
    until = (desk.clock() + timedelta(days=7)).date()
    list_names(
        desk, "mayastone u", "maya.stone a", "maya_stone g", "mstone h", f"mayas d{until}",
        *(f"mayastone{number} u" for number in range(1, 41)),
    )  # fmt: skip
    page = pages.get(EDITOR)
    row = rows(page)["Maya Stone"]
    assert names(row) == ["mayastone41", "mayastone42", "mayastone43"]
    told = passed(row)
    assert told[:4] == [
        "mayastone a person has this address",
        "maya.stone it is another address of a person",
        "maya_stone a group has this address",
        "mstone it is another address of a group",
    ]
    assert told[4].startswith("mayas it belonged to a person deleted on ")
    assert told[4].endswith(f"kept free until {until.day} {until:%B %Y}")
    assert "going by the list of 45 names in use there" in page.text
    assert "is not looked up here" not in page.text


def test_a_domain_that_asks_google_is_told_what_is_not_looked_up(pages: Pages, desk: Desk) -> None:
    list_names(desk, "mayastone u")
    desk.policies.change(TENANT, desk.asker().actor, lambda before: replace(before, cached_usernames=False))
    page = pages.get(EDITOR)
    assert "your domain asks Google about every name" in page.text
    assert names(rows(page)["Maya Stone"])[0] == "mayastone"


def test_a_list_fetched_a_moment_ago_counts(pages: Pages, desk: Desk) -> None:
    pages.get(EDITOR)
    list_names(desk, "mayastone u")
    assert names(rows(pages.get(EDITOR))["Maya Stone"])[0] == "maya.stone"


def test_patterns_are_edited_while_google_is_away(pages: Pages, desk: Desk) -> None:
    with desk.world.changing():
        desk.world.faults.append(Fault("/admin/directory/", status=503, count=-1))
    assert names(rows(pages.get(EDITOR))["J O"]) == ["jo", "j.o", "j_o"]
    assert "Saved as version 2" in pages.post(EDITOR, patterns="[lastname]", patterns_version="1").text


def test_another_domain_of_the_customer_has_a_list_of_its_own(pages: Pages, desk: Desk) -> None:
    list_names(desk, "mayastone u")
    page = pages.post(PREVIEW, domain=seed.STUDENTS)
    assert names(rows(page)["Maya Stone"])[0] == "mayastone"
    assert "there is no list of names in use yet" in page.text


def test_errors_are_all_shown_with_the_place_marked(pages: Pages, desk: Desk) -> None:
    page = pages.post(EDITOR, patterns="[a+b], [lastname], x y", patterns_version="1")
    assert page.status == 400
    assert "2 of the patterns cannot be used" in page.text
    [findings] = page.document.all("div", where=lambda one: one["id"] == "findings")
    assert [mark.text for mark in findings.all("mark")] == ["[", ""]
    items = [item.text for item in findings.all("li")]
    assert items[0].startswith("[a+b] Character 1: these brackets hold no field name")
    assert items[1].startswith("x y Character 2: Google does not accept a space")
    [area] = page.document.all("textarea")
    assert (area["aria-invalid"], area.raw_text) == ("true", "[a+b], [lastname], x y")
    assert "findings" in area["aria-describedby"].split()
    assert names(rows(page)["J O"])[0] == "o"
    assert not desk.policies.is_chosen(TENANT)


def test_a_list_that_is_too_long_is_refused_without_a_mark(pages: Pages) -> None:
    page = pages.post(EDITOR, patterns="[lastname]," * 400, patterns_version="1")
    assert page.status == 400
    assert "a list has at most 4000 characters" in page.text
    assert page.document.all("mark") == []


def test_warnings_do_not_stand_in_the_way(pages: Pages, desk: Desk) -> None:
    odd = "[firstnam], [lastname][#], [lastname]"
    page = pages.post(PREVIEW, patterns=odd)
    assert "did you mean [firstname]?" in page.text
    assert "is never reached" in page.text
    assert "Saved as version 2" in pages.post(EDITOR, patterns=odd, patterns_version="1").text
    assert desk.policies.of(TENANT).patterns == odd


def test_an_empty_list_means_the_standard_patterns(pages: Pages, desk: Desk) -> None:
    page = pages.post(EDITOR, patterns="  ", patterns_version="1")
    assert "The list is empty, so the standard patterns apply." in page.text
    assert names(rows(page)["J O"]) == ["jo", "j.o", "j_o"]
    assert desk.policies.of(TENANT).patterns == ""


def test_a_script_gets_the_preview_alone(pages: Pages) -> None:
    typed = {"patterns": "[nickname][#], [", "fields_shown": ""}
    answer = Shown(pages.client.post(PREVIEW, data=typed, headers={"HX-Request": "true"}))
    assert answer.status == 200
    assert "<html" not in answer.html
    [status] = answer.document.all("p", where=lambda one: one["hx-swap-oob"] == "innerHTML:#preview-status")
    assert status.text == "1 pattern cannot be used. 24 usernames for 8 people."
    assert len(answer.document.all("div", where=lambda one: one["hx-swap-oob"] == "innerHTML:#person-fields")) == 1
    typed["fields_shown"] = "nickname"
    again = pages.client.post(PREVIEW, data=typed, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "#person-fields" not in again


def test_a_preview_saves_nothing(pages: Pages, desk: Desk) -> None:
    page = pages.post(PREVIEW, patterns="[lastname]", language="de")
    assert page.document.all("textarea")[0].raw_text == "[lastname]"
    assert not desk.policies.is_chosen(TENANT)


def test_saved_patterns_are_a_version_that_can_be_brought_back(pages: Pages, desk: Desk) -> None:
    pages.post(EDITOR, patterns="[lastname], [firstname][lastname]", patterns_version="1")
    page = pages.post(EDITOR, patterns="[firstname]", patterns_version="2")
    newest, second, first = versions(page)
    assert newest.startswith("Version 3 in force")
    assert ADMIN in newest
    assert re.search(r"dropped \[lastname\].*added \[firstname\]", newest)
    assert second.startswith("Version 2 ")
    assert "At the beginning" in first
    page = pages.post(f"{EDITOR}/versions", number="2", patterns_version="3")
    assert "version 2 brought back" in versions(page)[0]
    assert desk.policies.of(TENANT).patterns == "[lastname], [firstname][lastname]"


def test_the_second_of_two_administrators_is_told_and_loses_nothing(pages: Pages, desk: Desk) -> None:
    pages.post(EDITOR, patterns="[lastname]", patterns_version="1")
    page = pages.post(EDITOR, patterns="[firstname]", patterns_version="1")
    assert page.status == 409
    assert "Somebody else has saved version 2" in page.text
    assert page.document.all("textarea")[0].raw_text == "[firstname]"
    assert desk.policies.of(TENANT).patterns == "[lastname]"
    [seen] = page.document.all("input", where=lambda one: one["name"] == "patterns_version" and one["autocomplete"])
    assert seen["value"] == "2"
    assert "Saved as version 3" in pages.post(EDITOR, patterns="[firstname]", patterns_version="2").text


def test_names_page_tells_the_second_administrator_too(pages: Pages, desk: Desk) -> None:
    pages.post(EDITOR, patterns="[lastname]", patterns_version="1")
    fields = {
        "patterns": "[firstname]", "patterns_version": "1", "number_of_suggestions": "3", "hold_seconds": "60",
        "language": "", "cached_usernames": "yes", "cache_expiration_hours": "24", "shrink_limit": "10",
    }  # fmt: skip
    page = pages.post("/manage/names", **fields)
    assert page.status == 409
    assert "It reads: [lastname]." in page.text
    assert desk.policies.of(TENANT) == DomainPolicy(patterns="[lastname]", patterns_version=2)
    assert "Saved" in pages.post("/manage/names", **{**fields, "patterns_version": "2"}).text
    assert desk.policies.of(TENANT).hold_seconds == 60


def test_a_form_without_the_version_seen_is_refused(pages: Pages, desk: Desk) -> None:
    for seen in ("", "x", "-1", "1.5", "9" * 400, "٣"):
        for path, fields in ((EDITOR, {"patterns": "[a]"}), (f"{EDITOR}/versions", {"number": "1"})):
            page = pages.post(path, patterns_version=seen, **fields)
            assert (page.status, seen) == (400, seen)
            assert "The form is incomplete." in page.text
    assert not desk.policies.is_chosen(TENANT)


def test_a_version_that_never_was_is_not_found(pages: Pages) -> None:
    for number in ("", "0", "x", "7", "9" * 400):
        page = pages.post(f"{EDITOR}/versions", number=number, patterns_version="1")
        assert (page.status, number) == (404, number)
        assert "There is no version" in page.text


def test_a_domain_of_somebody_elses_is_not_looked_at(pages: Pages) -> None:
    page = pages.post(PREVIEW, domain="harbour.example")
    chosen = [option for option in page.document.all("option") if "selected" in option]
    assert DOMAIN in [option["value"] for option in chosen]
