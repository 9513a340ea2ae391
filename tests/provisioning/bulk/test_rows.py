"""Rows, and the steps of their accounts, as they are packed; and how they are counted."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.accounts.steps import Step
from provisioning.bulk.rows import Finding, Row, tally

WORDS = st.text(max_size=8)
STEPS: st.SearchStrategy[Step] = st.builds(
    Step,
    kind=st.sampled_from(["details", "alias", "group", "license", "welcome"]),
    target=WORDS,
    values=st.dictionaries(WORDS, WORDS, max_size=3),
    state=st.sampled_from(["open", "done", "failed", "waiting"]),
    attempts=st.integers(0, 50),
    next_at=st.sampled_from([0.0, 0.5, 1_795_262_400.125]),
    code=WORDS,
    sentence=WORDS,
)
FINDINGS = st.builds(
    Finding, code=WORDS, sentence=WORDS, column=WORDS, severity=st.sampled_from(["error", "warning", "note"])
)
STATES = ["ready", "problem", "skipped", "intent", "created", "finished", "failed", "review", "deleted", "kept"]
ROWS: st.SearchStrategy[Row] = st.builds(
    Row,
    line=st.integers(0, 150_000),
    cells=st.lists(WORDS, max_size=3),
    values=st.dictionaries(WORDS, WORDS, max_size=3),
    state=st.sampled_from(STATES),
    findings=st.lists(FINDINGS, max_size=2),
    steps=st.lists(STEPS, max_size=3),
    username=WORDS,
    org_unit_path=st.sampled_from(["", "/", "/Students"]),
    is_chosen=st.booleans(),
    change_password=st.booleans(),
    begun=st.sampled_from([0.0, 1_795_262_400.125]),
    next_at=st.sampled_from([0.0, 1_795_262_400.125]),
    attempts=st.integers(0, 12),
    undo=st.sampled_from(["", "delete", "keep"]),
    code=WORDS,
    sentence=WORDS,
    raw=WORDS,
)  # fmt: skip


@given(STEPS)
def test_step_is_the_same_after_packing(step: Step) -> None:
    assert Step.unpacked(json.loads(json.dumps(step.packed()))) == step


@given(ROWS)
def test_row_is_the_same_after_packing(row: Row) -> None:
    assert Row.unpacked(json.loads(json.dumps(row.packed()))) == row


def test_what_is_usual_takes_no_room() -> None:
    assert Step("welcome").packed() == {"kind": "welcome"}
    assert Row(7, ["Zoë"], {}).packed() == {"line": 7, "cells": ["Zoë"], "values": {}}


def test_unpacked_rows_share_nothing() -> None:
    packed = Row(7, [], {}).packed()
    one, other = Row.unpacked(packed), Row.unpacked(packed)
    one.steps.append(Step("welcome"))
    one.cells.append("x")
    assert (other.steps, other.cells, packed["cells"]) == ([], [], [])


@settings(max_examples=25)
@given(st.lists(ROWS, max_size=12))
def test_every_row_is_counted_in_one_state(rows: list[Row]) -> None:
    counts = tally(rows)
    assert sum(counts.get(state, 0) for state in STATES) == len(rows)
    assert counts.get("warnings", 0) <= counts.get("ready", 0) + counts.get("skipped", 0)
    assert counts.get("passed_over", 0) <= counts.get("skipped", 0)
    steps = [step for row in rows if row.state == "created" for step in row.steps if step.state == "open"]
    assert counts.get("open_steps", 0) == len(steps)
