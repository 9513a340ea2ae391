"""Log lines: one for each entry, in the shape that Cloud Logging reads."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout

import pytest

from runtime.logs import JsonLines, log_to_stderr_instead, log_to_stdout


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    """What a process prints after log_to_stdout; the root logger is as before afterwards."""
    root = logging.getLogger()
    before, level, out = list(root.handlers), root.level, io.StringIO()
    with redirect_stdout(out):
        root.handlers[:] = []
        log_to_stdout()
        yield out
    root.handlers[:] = before
    root.setLevel(level)


def test_entry_is_one_line_of_json(printed: io.StringIO) -> None:
    logging.getLogger("frontdesk.x").warning("told %s", "something", extra={"request_id": "r1", "ms": 0, "other": 1})
    (line,) = printed.getvalue().splitlines()
    assert json.loads(line) == {
        "severity": "WARNING",
        "logger": "frontdesk.x",
        "message": "told something",
        "request_id": "r1",
        "ms": 0,
    }


@pytest.mark.parametrize("forged", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"])
def test_nobody_can_forge_an_entry(printed: io.StringIO, forged: str) -> None:
    text = f'ada{forged}{{"severity": "ERROR", "message": "forged"}}'
    logging.getLogger("frontdesk.x").info("hello %s", text)
    line, end = printed.getvalue()[:-1], printed.getvalue()[-1]
    assert end == "\n"
    assert line.splitlines() == [line]
    assert json.loads(line)["message"] == f"hello {text}"


def test_traceback_is_in_the_entry(printed: io.StringIO) -> None:
    nothing: dict[str, str] = {}
    try:
        nothing["x"]
    except KeyError:
        logging.getLogger("frontdesk.x").exception("it failed")
    (line,) = printed.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["severity"], entry["message"]) == ("ERROR", "it failed")
    assert entry["traceback"].endswith("KeyError: 'x'")


def test_debug_is_not_printed(printed: io.StringIO) -> None:
    logging.getLogger("frontdesk.x").debug("secret")
    assert not printed.getvalue()


@pytest.mark.parametrize("name", ["Nóra 小明", "\ud800"])
def test_name_of_any_kind_is_printed(name: str) -> None:
    line = JsonLines().format(logging.LogRecord("x", logging.INFO, "", 0, name, None, None))
    assert line.isascii()
    assert json.loads(line)["message"] == name


def test_logging_goes_to_stdout(printed: io.StringIO) -> None:
    (handler,) = [one for one in logging.getLogger().handlers if isinstance(one.formatter, JsonLines)]
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is printed


KEY = "fdk_0123456789abcdef_" + "Aa0_-" * 8 + "xyz"


def test_secrets_of_keys_are_left_out_of_messages_and_tracebacks() -> None:
    error = ValueError(f"/k/{KEY}/rest/create")
    record = logging.LogRecord("x", logging.ERROR, "", 0, "failed at /k/%s/rest", (KEY,), (ValueError, error, None))
    line = JsonLines().format(record)
    assert KEY not in line
    assert json.loads(line)["message"] == "failed at /k/fdk_0123456789abcdef_.../rest"
    assert "/k/fdk_0123456789abcdef_.../rest/create" in json.loads(line)["traceback"]


def test_gunicorn_names_no_key_either(printed: io.StringIO) -> None:
    """Its own handler writes what it says about a request that it failed with."""
    written = io.StringIO()
    handler, gunicorn = logging.StreamHandler(written), logging.getLogger("gunicorn.error")
    gunicorn.addHandler(handler)
    log_to_stdout()
    gunicorn.error("Error handling request %s", f"/k/{KEY}/rest/create")
    gunicorn.removeHandler(handler)
    assert written.getvalue() == "Error handling request /k/fdk_0123456789abcdef_.../rest/create\n"


def test_commands_leave_stdout_to_their_answer(printed: io.StringIO) -> None:
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(printed):
        log_to_stderr_instead()
        logging.getLogger("frontdesk.x").warning("on the side")
    assert printed.getvalue() == ""
    assert json.loads(said.getvalue())["message"] == "on the side"
