"""Licenses that are kept for a while: what is asked of Google, by whom, and how long anybody waits."""

from datetime import UTC, datetime, timedelta

from marketplace.licenses import HINTS_A_MINUTE, Licenses
from marketplace.rules import ACTIVE, UNLICENSED
from runtime.google_problems import GoogleUnreachable


class Source:
    """The Marketplace API, and the time that each question to it takes. It knows only one domain."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self.seconds = 0.0
        self.is_silent = False
        self.asked: list[str] = []

    def clock(self) -> datetime:
        return self.now

    def customer_state(self, domain: str) -> str:
        self.asked.append(domain)
        self.now += timedelta(seconds=self.seconds)
        if self.is_silent:
            raise GoogleUnreachable
        return ACTIVE if domain == "school.example" else UNLICENSED

    def user_is_licensed(self, email: str) -> bool:
        return email.endswith("@school.example")


def test_silence_that_took_long_is_not_waited_for_again_at_once() -> None:
    source = Source()
    source.seconds, source.is_silent = 20.0, True
    licenses = Licenses(source, source.clock)

    assert [licenses.of_domain("school.example") for _ in range(3)] == ["", "", ""]
    assert len(source.asked) == 1
    source.now += timedelta(seconds=10)
    assert licenses.of_domain("school.example") == ""
    assert len(source.asked) == 2


def test_answer_that_took_long_is_old_when_it_comes() -> None:
    source = Source()
    source.seconds = 20.0
    licenses = Licenses(source, source.clock)

    assert licenses.of_domain("school.example") == ACTIVE
    source.now += timedelta(seconds=36)
    licenses.of_domain("school.example")
    assert len(source.asked) == 2


def test_names_that_strangers_make_up_do_not_use_up_our_quota() -> None:
    source = Source()
    licenses = Licenses(source, source.clock)

    answers = [licenses.of_hint(f"made-up-{number}.example") for number in range(3 * HINTS_A_MINUTE)]

    assert answers == [UNLICENSED] * HINTS_A_MINUTE + [""] * 2 * HINTS_A_MINUTE
    assert len(source.asked) == HINTS_A_MINUTE
    assert licenses.of_hint("made-up-0.example") == UNLICENSED  # known; nobody is asked
    assert licenses.of_domain("school.example") == ACTIVE  # somebody has signed in
    source.now += timedelta(minutes=1)
    assert licenses.of_hint("another.example") == UNLICENSED
