"""Who a token says somebody is, where they may be sent, and what a domain hint is worth."""

import re
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marketplace.identity import SignInRefused, domain_hint, identity_from_claims, is_operator, safe_next

CLIENT = "412345678901-web.apps.googleusercontent.com"
OTHER = "999-other.apps.googleusercontent.com"
CLAIMS: dict[str, Any] = {
    "aud": CLIENT,
    "azp": CLIENT,
    "sub": "100000000000000000001",
    "email": "Ada.Admin@Northfield.example",
    "email_verified": True,
    "hd": "northfield.example",
    "name": "Ada Admin",
}


def identify(**changed: Any) -> Any:
    """The identity in changed claims; a claim that is ... is left out."""
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not ...}
    return identity_from_claims(claims, client_id=CLIENT)


# Claims


def test_claims_become_an_identity() -> None:
    ada = identify()
    assert (ada.sub, ada.hd, ada.name) == ("100000000000000000001", "northfield.example", "Ada Admin")
    assert ada.email == "ada.admin@northfield.example"


@pytest.mark.parametrize(
    "changed",
    [
        {"azp": ...},
        {"aud": [CLIENT]},
        {"aud": [CLIENT], "azp": ...},
        {"sub": "1"},
        {"sub": "x" * 255},
        {"hd": "northfield-school.example"},  # not the address's domain: a label, not a key
        {"iss": "anything", "exp": 0},  # verified elsewhere
    ],
)
def test_claims_are_accepted(changed: dict[str, Any]) -> None:
    assert identify(**changed).sub == changed.get("sub", CLAIMS["sub"])


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": OTHER, "azp": CLIENT},  # Authlib accepts this one
        {"aud": OTHER, "azp": OTHER},
        {"aud": OTHER, "azp": ...},
        {"aud": [CLIENT, OTHER]},
        {"aud": [OTHER, CLIENT]},
        {"aud": [CLIENT, CLIENT]},
        {"aud": []},
        {"aud": ""},
        {"aud": ...},
        {"aud": None},
        {"aud": {CLIENT: True}},
        {"aud": CLIENT + " "},
        {"azp": OTHER},
        {"azp": ""},
        {"azp": None},
        {"azp": [CLIENT]},
        {"sub": ...},
        {"sub": ""},
        {"sub": None},
        {"sub": 100000000000000000001},
        {"sub": "x" * 256},
        {"sub": "\uff11\uff10\uff10"},
        {"email": ...},
        {"email": ""},
        {"email": None},
        {"email": "ada"},
        {"email": ["ada@northfield.example"]},
        {"email_verified": ...},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email_verified": "True"},
        {"email_verified": 1},
        {"hd": "localhost"},
        {"hd": "${DOMAIN_NAME}"},
        {"hd": "*"},
        {"hd": "a..b"},
        {"hd": "northfield.example/evil"},
        {"hd": "northfield.example, evil.example"},
        {"hd": ["northfield.example"]},
        {"hd": True},
        {"hd": 7},
        {"hd": "x" * 254},
        {"hd": "stra\u00dfe.example"},  # or is it strasse.example?
        {"hd": "north\u200dfield.example"},
    ],
)
def test_claims_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused) as raised:
        identify(**changed)
    assert raised.value.status == 403


@pytest.mark.parametrize(
    ("hd", "kept"),
    [
        ("Northfield.Example", "northfield.example"),
        ("northfield.example.", "northfield.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        (..., ""),
        ("", ""),
        (None, ""),
    ],
)
def test_hd_is_a_lower_case_a_label_or_nothing(hd: object, kept: str) -> None:
    assert identify(hd=hd).hd == kept


def test_letter_that_only_looks_like_ours_is_another_address() -> None:
    identity = identify(email="\u212aate@gmail.com", hd=...)
    assert not is_operator(identity.email, identity.hd, {"kate@gmail.com"})


@pytest.mark.parametrize("name", [..., None, ""])
def test_person_without_a_name_is_called_by_address(name: object) -> None:
    assert identify(name=name).name == CLAIMS["email"]


@given(st.dictionaries(st.sampled_from(list(CLAIMS)), st.none() | st.text() | st.integers() | st.lists(st.text())))
def test_any_claims_are_ours_or_refused(changed: dict[str, Any]) -> None:
    try:
        found = identify(**changed)
    except SignInRefused:
        return
    claims = CLAIMS | changed
    assert claims["aud"] in (CLIENT, [CLIENT])
    assert claims["email_verified"] is True
    assert found.sub == claims["sub"]
    assert found.hd == "" or "." in found.hd


@pytest.mark.parametrize(
    ("email", "hd", "operator"),
    [
        ("olivia@vendor.example", "vendor.example", True),
        ("olivia@vendor.example", "", False),  # a consumer account made with an address that changed hands
        ("otto@gmail.com", "", True),
        ("otto@googlemail.com", "", False),
        ("otto@notgmail.com", "", False),
        ("nobody@vendor.example", "vendor.example", False),
        ("OLIVIA@vendor.example", "vendor.example", False),  # addresses arrive in lower case
        ("", "", False),
    ],
)
def test_operator_is_listed_and_vouched_for(email: str, hd: str, operator: bool) -> None:
    listed = {"olivia@vendor.example", "otto@gmail.com", "otto@googlemail.com", "otto@notgmail.com"}
    assert is_operator(email, hd, listed) is operator


# Domain hints


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("northfield.example", "northfield.example"),
        ("  NorthField.Example. ", "northfield.example"),
        ("a.b.c.museum", "a.b.c.museum"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("Bücher.Example", "xn--bcher-kva.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--r8jz45g.xn--zckzah", "xn--r8jz45g.xn--zckzah"),
        ("${DOMAIN_NAME}", ""),
        ("%24%7BDOMAIN_NAME%7D", ""),
        ("%24%7bdomain_name%7d", ""),
        (" ${domain_name} ", ""),
        ("${DOMAIN_NAME}.example", ""),
        ("$%7BDOMAIN_NAME}", ""),
        ("", ""),
        (" ", ""),
        (".", ""),
        ("..", ""),
        ("*", ""),
        ("example", ""),
        ("localhost", ""),
        (".example.com", ""),
        ("a..b", ""),
        ("-a.example", ""),
        ("a-.example", ""),
        ("a_b.example", ""),
        ("a b.example", ""),
        ("a.example/b", ""),
        ("https://a.example", ""),
        ("ada@a.example", ""),
        ("a.example:80", ""),
        ("a.example\n", "a.example"),
        ("a.exa\nmple", ""),
        ("a.exa\tmple", ""),
        ("a.example\x00", ""),
        ("<script>.example", ""),
        ("x" * 63 + ".example", "x" * 63 + ".example"),
        ("x" * 64 + ".example", ""),
        ("ü" * 60 + ".example", ""),
        (("x" * 60 + ".") * 4 + "example.com", ""),
        ("\ud800.example", ""),
        ("\u202eexample.com", ""),
    ],
)
def test_domain_hint(typed: str, hint: str) -> None:
    assert domain_hint(typed) == hint


@given(st.text() | st.from_regex(r"[\w.${}%-]{1,80}", fullmatch=True))
def test_any_text_is_a_domain_name_or_no_hint(typed: str) -> None:
    hint = domain_hint(typed)
    assert hint == "" or re.fullmatch(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+", hint)
    assert domain_hint(hint) == hint


# Where somebody may be sent

ORIGIN = "https://frontdesk.example.com"
HOSTILE = [
    "",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//evil.example/path",
    "//evil.example:443/",
    "//user@evil.example",
    "//[::1]/",
    r"\\evil.example",
    r"/\evil.example",
    r"/\/evil.example",
    r"\/evil.example",
    r"/\\evil.example",
    r"\evil.example",
    r"/a\..\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "http:evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:x@evil.example",
    "blob:https://evil.example/x",
    "evil.example",
    "evil",
    "./evil",
    "../evil",
    "?next=/x",
    "#x",
    "*",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    "\n//evil.example",
    "/\t\\evil.example",
    " //evil.example",
    " /evil",
    "/ /evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "\x01/x",
    "\x1f//evil.example",
    "/\x7f/evil.example",
    "/\x85/evil.example",
    "/%09//evil.example",
    "/%09/evil.example",
    "/%0a/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/x%0d%0aSet-Cookie:%20a=b",
    "/%00",
    "/%20/evil.example",
    "/%2f/evil.example",
    "/%2Fevil.example",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/%5Cevil.example",
    "%2f%2fevil.example",
    "%2F%2Fevil.example",
    "/%252fevil.example",
    "/%255cevil.example",
    "/%25252fevil.example",
    "/%2525252fevil.example",
    "/%252525252525252fevil.example",
    "/..//evil.example",
    "/../evil",
    "/a/../../evil",
    "/%2e%2e/evil",
    "/%2e%2e//evil.example",
    "/.//evil.example",
    "/a//evil.example",
    "/%2e/%2f/evil.example",
    "/a/%2e%2e%2f%2fevil.example",
    "\uff0f\uff0fevil.example",
    "\u2044\u2044evil.example",
    "\u2215\u2215evil.example",
    "\u2028//evil.example",
    "\ufeff//evil.example",
    "\u00a0//evil.example",
    "\u3000//evil.example",
    "https\uff1a//evil.example",
    "/" + "a" * 2001,
    "//evil.example/" + "a" * 3000,
]
HONEST = [
    "/",
    "/accounts/new",
    "/accounts/new?given=Ada",
    "/marketplace/setup/",
    "/marketplace/setup/northfield.example/",
    "/operators/?q=north",
    "/manage/audit#newest",
    "/marketplace/login/?next=/x",
    "/a;b=c",
    "/a.b",
    "/a/...",
    "/x?q=50%25",
    "/x?q=a%3Db%26c",
    "/x?q=M%C3%BCnchen",
    "/münchen",
    "/x?url=https://elsewhere.example/",
    "/\uff1a/x",
    "/\uff0fevil.example",  # browsers do not take it for a slash; it is a name in a path of ours
    "/@evil.example",
    "/evil.example",
    "/" + "a" * 1999,
]


def browser_goes_to(target: str) -> tuple[str, str, int | None]:
    """Scheme, host and port where a browser ends that is told to go to `target` from a page of ours (WHATWG URL).

    Controls and spaces at the ends fall away, tabs and newlines everywhere; a backslash is a slash; two slashes begin
    a host, and with a special scheme of one's own any number of slashes does.
    """
    text = re.sub(r"^[\x00-\x20]+|[\x00-\x20]+$", "", target)
    text = re.sub(r"[\t\n\r]", "", text)
    here = urlsplit(ORIGIN)
    ours = (here.scheme, here.hostname or "", here.port)
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text)
    rest = text
    if scheme:
        if scheme.group().lower() not in {"http:", "https:"}:
            return scheme.group().lower(), "", None
        rest = text[scheme.end() :].replace("\\", "/")
        if scheme.group().lower() == "https:" and not rest.startswith("/"):
            return ours  # relative, oddly
        rest = "//" + rest.lstrip("/")
    rest = re.split(r"[?#]", rest, maxsplit=1)[0].replace("\\", "/")
    if not rest.startswith("//"):
        return ours
    host = rest.lstrip("/").split("/", 1)[0].rpartition("@")[2]
    return "https", host, None


def stays_here(target: str) -> bool:
    """By Python's reading and by a browser's."""
    joined = urlsplit(urljoin(ORIGIN + "/marketplace/return", target))
    by_python = (joined.scheme, joined.netloc) == ("https", "frontdesk.example.com")
    return by_python and browser_goes_to(target) == ("https", "frontdesk.example.com", None)


@pytest.mark.parametrize("target", [r"/\evil.example", "//evil.example", "/\t/evil.example", "javascript:x"])
def test_the_browser_of_these_tests_would_be_led_away(target: str) -> None:
    assert browser_goes_to(target) != ("https", "frontdesk.example.com", None)


def test_there_are_many_hostile_targets() -> None:
    assert len(set(HOSTILE)) >= 80


@pytest.mark.parametrize("target", HOSTILE)
def test_hostile_target_leads_home(target: str) -> None:
    assert safe_next(target) == "/"
    assert safe_next(None) == "/"


@pytest.mark.parametrize("target", HONEST)
def test_honest_target_is_kept(target: str) -> None:
    assert safe_next(target) == target
    assert stays_here(target)


pieces = st.sampled_from(
    [*"/\\.:@?#;%\t\n\r \x00", "//", "..", "%2f", "%5c", "%09", "%252f", "evil.example", "https:", "javascript:", "x"]
)
targets = st.text(max_size=40) | st.lists(pieces, max_size=9).map("".join)


@given(targets.map(lambda text: text if text.startswith("/") else "/" + text) | targets)
@example("/\\evil.example")
@example("/%5cevil.example")
def test_whatever_is_returned_stays_here(target: str) -> None:
    chosen = safe_next(target)
    assert chosen in {"/", target}
    assert stays_here(chosen)
    assert chosen.startswith("/")


@given(targets)
def test_decoding_it_once_more_changes_nothing(target: str) -> None:
    """A proxy on the way may do so."""
    encoded = "/" + quote(target, safe="")
    chosen = safe_next(encoded)
    assert chosen == "/" or stays_here("/" + target)
