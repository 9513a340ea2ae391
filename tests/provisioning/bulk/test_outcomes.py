"""What becomes of a row by what Google said."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.accounts.creation import Created, Outcome, Refused, Taken, Unknown
from provisioning.accounts.steps import PATIENCE, Step
from provisioning.bulk.rows import Row
from provisioning.bulk.run import outcomes
from provisioning.bulk.run.undo_rules import reason_to_keep
from provisioning.directory.port import Activity, Person
from runtime.google_problems import AlreadyExists, GoogleUnreachable, InvalidValue

NOW = 1_800_000_000.0
PERSON = Person(
    "7", "zoe@northfield.example", "Zoë", "Quill", "C01", "/Students", False, False, False, False, ("mark",)
)
STEP = Step("group", "teachers@northfield.example")


def row(**changes: object) -> Row:
    values: dict[str, object] = {
        "line": 2, "cells": [], "values": {}, "username": "zoe", "domain": "northfield.example",
        "org_unit_path": "/Students",
    }  # fmt: skip
    return Row(**(values | changes))  # type: ignore[arg-type]


def asked(begun: float = NOW, **changes: object) -> Row:
    found = row(**changes)
    outcomes.begin(found, "mark", begun)
    return found


@pytest.mark.parametrize(
    ("outcome", "steps", "state"),
    [
        (Created(PERSON, again=False), [], "finished"),
        (Created(PERSON, again=True), [replace(STEP, state="waiting")], "finished"),
        (Created(PERSON, again=True), [STEP], "created"),
        (Taken.hidden("zoe@northfield.example"), [], "review"),
        (Refused(InvalidValue(raw="INVALID_OU_ID")), [STEP], "failed"),
        (Unknown(GoogleUnreachable(), 15.0), [STEP], "intent"),
    ],
)
def test_each_outcome_has_its_state(outcome: Outcome, steps: list[Step], state: str) -> None:
    found = asked(steps=steps)
    outcomes.settle(found, outcome, NOW + 1)
    assert found.state == state
    assert (found.person_id == "7") == found.exists
    assert bool(found.sentence) == (state in {"review", "failed"})
    assert bool(found.begun) == (state not in {"review", "failed"}), "what surely was not made counts as never asked"


@given(st.floats(min_value=0, max_value=2 * PATIENCE), st.floats(min_value=15, max_value=600))
def test_an_unknown_outcome_is_asked_about_again_and_ends_after_an_hour(age: float, after: float) -> None:
    found = asked(begun=NOW - age)
    outcomes.settle(found, Unknown(GoogleUnreachable(raw="cut"), after), NOW)
    if NOW - found.begun >= PATIENCE:
        assert (found.state, found.code, found.raw) == ("review", "unknown", "cut")
        assert found.begun, "the account may exist: it is looked for when it is tried again"
    else:
        assert found.state == "intent"
        assert found.next_at >= NOW + after
        assert found.next_at <= NOW + max(after, PATIENCE / 4)


def test_a_row_keeps_the_moment_since_when_its_address_is_refused() -> None:
    found = asked()
    for answer, since in (
        (AlreadyExists(), NOW + 1),
        (AlreadyExists(), NOW + 1),
        (GoogleUnreachable(), 0.0),
        (AlreadyExists(), NOW + 4),
    ):
        outcomes.begin(found, "mark", NOW)
        outcomes.settle(found, Unknown(answer, 15), NOW + found.attempts - 1)
        assert found.refused == since
    outcomes.renamed(found, "another")
    assert found.refused == 0.0


def test_a_row_keeps_the_moment_of_the_first_question_and_its_mark() -> None:
    found = asked(begun=NOW)
    outcomes.begin(found, "mark", NOW + 60)
    assert (found.begun, found.attempts, found.mark) == (NOW, 2, "mark")
    assert outcomes.mark_of("C01", "job", row(line=2)) == outcomes.mark_of("C01", "job", row(line=2, username="z"))
    marks = {outcomes.mark_of(*place, row(line=line)) for place in (("C01", "j"), ("C02", "j")) for line in (2, 3)}
    assert len(marks) == 4


def test_the_name_of_the_preview_stays_on_record_however_often_another_is_taken() -> None:
    found = asked()
    for name in ("zoe2", "zoe3"):
        outcomes.renamed(found, name)
    assert (found.state, found.username, found.planned, found.begun) == ("ready", "zoe3", "zoe", 0.0)


@pytest.mark.parametrize(
    ("found", "state", "begun"),
    [
        (row(state="failed", code="invalid_value"), "ready", 0.0),
        (row(state="review", code="unknown", begun=NOW - 9999), "ready", NOW),
        (row(state="review", code="name_held"), "ready", 0.0),
        (row(state="review", code="address_taken"), "review", 0.0),
        (row(state="problem"), "problem", 0.0),
        (row(state="finished", steps=[STEP.failed("x", "y"), STEP.done()]), "created", NOW),
        (row(state="finished", steps=[STEP.done()]), "finished", 0.0),
        (row(state="intent", begun=5.0), "intent", 5.0),
    ],
)
def test_what_may_come_to_another_end_is_tried_again(found: Row, state: str, begun: float) -> None:
    before = found.state
    assert outcomes.retried([found], NOW) == (state != before)
    assert (found.state, found.begun) == (state, begun)


def test_a_failed_step_is_begun_again_and_a_done_one_is_not() -> None:
    found = row(state="finished", steps=[STEP.failed("x", "y"), STEP.done()])
    outcomes.retried([found], NOW)
    assert [(step.state, step.attempts) for step in found.steps] == [("open", 0), ("done", 1)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"org_unit_path": "/students"}, None),
        ({"is_super_admin": True}, "administrator"),
        ({"is_delegated_admin": True}, "administrator"),
        ({"email": "zoe.new@northfield.example"}, "renamed"),
        ({"org_unit_path": "/Staff"}, "moved"),
        ({"suspended": True}, "suspended"),
        ({"archived": True}, "suspended"),
        ({"marks": ("another",)}, "not_ours"),
    ],
)
def test_an_account_that_was_changed_is_not_deleted(changes: dict[str, object], code: str | None) -> None:
    seen = Activity(replace(PERSON, **changes), None, agreed_to_terms=False, created=None)  # type: ignore[arg-type]
    reason = reason_to_keep(row(mark="mark"), seen)
    assert (reason[0] if reason else None) == code
    assert reason is None or reason[1].endswith(".")


def test_an_account_that_was_used_is_not_deleted() -> None:
    fresh = Activity(PERSON, None, agreed_to_terms=False, created=None)
    signed_in = replace(fresh, last_sign_in=datetime(2026, 11, 21, tzinfo=UTC))
    for seen, code in ((signed_in, "signed_in"), (replace(fresh, agreed_to_terms=True), "terms_agreed")):
        reason = reason_to_keep(row(mark="mark"), seen)
        assert reason
        assert reason[0] == code
