"""An existing config.properties of the original, judged line by line."""

import pytest

from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.import_properties import Import, read_import
from provisioning.properties import parse_properties

DOMAINS = ["northfield.example", "students.northfield.example"]
ORIGINAL = rb"""# Username generation
accounts.UsernameGeneration.cachedUsernames=NO
accounts.UsernameGeneration.cacheExpirationHours = 48
accounts.UsernameGeneration.numberOfSuggestions=5
accounts.UsernameGeneration.suggestedUsernamesTimeout=10
accounts.UsernameGeneration.patterns=[firstname].[lastname], \
    [C1_firstname].[lastname],,[nickname][#]
apis.GoogleAPIs.domain=Northfield.Example
apis.GoogleAPIs.authUser=ada.admin@northfield.example
apis.GoogleAPIs.keyPath=./secret-canary.p12
apis.GoogleAPIs.serviceAccountEmail=123-canary@developer.gserviceaccount.com
apis.GoogleAPIs.appName=My project
db.h2.name=usernames
security.ssl.useSSL=YES
security.ssl.keyStorePassword=canary-password
"""


def judged(file: bytes, before: DomainPolicy | None = None) -> Import:
    return read_import(parse_properties(file), before or DomainPolicy(), DOMAINS)


def test_what_has_a_meaning_is_taken_over_and_every_other_line_told_why_not() -> None:
    found = judged(ORIGINAL)
    assert not found.is_wrong
    assert found.policy == DomainPolicy(
        cached_usernames=False,
        cache_expiration_hours=48,
        number_of_suggestions=5,
        hold_seconds=10,
        patterns="[firstname].[lastname], [C1_firstname].[lastname], [nickname][#]",
    )
    outcomes = {verdict.line: verdict.outcome for verdict in found.verdicts}
    assert outcomes == dict.fromkeys([2, 3, 4, 5, 6], "taken over") | {8: "as it is"} | dict.fromkeys(
        range(9, 16), "left out"
    )
    assert all(verdict.says.endswith(".") for verdict in found.verdicts if verdict.outcome == "left out")


def test_no_credential_is_repeated() -> None:
    said = "".join(f"{verdict.name} {verdict.says}" for verdict in judged(ORIGINAL).verdicts)
    assert "canary" not in said
    assert "ada.admin" not in said
    unknown = judged(b"my.password=canary\naccounts.UsernameGeneration.secret=canary\n")
    assert "canary" not in "".join(verdict.says for verdict in unknown.verdicts)


def test_what_is_so_already_is_said_to_be() -> None:
    after = judged(ORIGINAL).policy
    again = judged(ORIGINAL, after)
    assert again.policy == after
    assert {verdict.outcome for verdict in again.verdicts} == {"as it is", "left out"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("accounts.UsernameGeneration.patterns=[first-name]", "character 1"),
        ("accounts.UsernameGeneration.patterns=[firstname], a..b", "character 3"),
        ("accounts.UsernameGeneration.numberOfSuggestions=11", "1 to 10"),
        ("accounts.UsernameGeneration.numberOfSuggestions=three", "1 to 10"),
        ("accounts.UsernameGeneration.suggestedUsernamesTimeout=0", "1 to 86,400"),
        ("accounts.UsernameGeneration.suggestedUsernamesTimeout=-5", "1 to 86,400"),
        ("accounts.UsernameGeneration.cacheExpirationHours=0", "1 to 720"),
        ("accounts.UsernameGeneration.cacheExpirationHours=9000000000000000000000", "1 to 720"),
        ("accounts.UsernameGeneration.cachedUsernames=maybe", "YES or NO"),
        ("apis.GoogleAPIs.domain=other.example", "another domain"),
    ],
)
def test_what_cannot_be_used_is_wrong_and_leaves_its_setting(line: str, says: str) -> None:
    found = judged(line.encode())
    assert found.is_wrong
    assert says in found.verdicts[0].says
    assert found.policy == DomainPolicy()


def test_of_a_name_that_comes_twice_the_last_counts_as_in_java() -> None:
    name = "accounts.UsernameGeneration.numberOfSuggestions"
    found = judged(f"{name}=99\n{name}=4".encode())
    assert not found.is_wrong
    assert found.policy.number_of_suggestions == 4
    assert "line 2" in found.verdicts[0].says


def test_names_from_a_file_cannot_move_the_terminal() -> None:
    [verdict] = judged(b"a\\u001b[2J\\u0007b" + b"x" * 500 + b"=1").verdicts
    assert verdict.name.startswith("a?[2J?bx")
    assert len(verdict.name) == 80
