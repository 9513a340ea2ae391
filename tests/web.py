"""A small browser without scripts for tests: it follows links and redirects, fills in forms, keeps cookies.

It sends what browsers send and servers check (Origin, Referer, Sec-Fetch-Site), and it refuses what a person could not
do: fields that are not on the page, options that are not offered, buttons that are disabled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from urllib.parse import urldefrag, urljoin, urlsplit

import requests

from tests.dom import Element, parse
from tests.forms import Form, Value

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 20


class Web:
    """One browser profile. `start`: where relative addresses begin before the first page."""

    def __init__(self, start: str = "", timeout: float = 20.0) -> None:
        self.session = requests.Session()
        self.session.trust_env = False  # no proxies: everything is on this machine
        self.start, self.timeout = start, timeout
        self.page: Page | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; cookies are gone too."""
        self.session.close()

    def get(self, url: str, **headers: str) -> "Page":
        """Type an address, or click a link when it is relative to the page."""
        return self.request("GET", url, headers=headers)

    def post(self, url: str, fields: Mapping[str, str] | None = None, **headers: str) -> "Page":
        """Send a form that is not on any page, as an attacker or a broken client would."""
        return self.request("POST", url, data=list((fields or {}).items()), headers=headers)

    def request(
        self,
        method: str,
        url: str,
        *,
        data: list[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "Page":
        """Any request with its redirects; the answer becomes the current page."""
        here = self.page.url if self.page else ""
        target, hops, extra = urljoin(here or self.start, url), [], dict(headers or {})
        for _ in range(MOST_REDIRECTS):
            answer = self._send(method, target, here, data, extra)
            hops.append(target)
            if answer.status_code not in REDIRECTS:
                self.page = Page(self, answer, hops)
                return self.page
            target = urldefrag(urljoin(target, answer.headers["Location"])).url
            if answer.status_code not in {307, 308}:
                method, data = "GET", None
        raise AssertionError(f"redirected {MOST_REDIRECTS} times: {' -> '.join(hops)}")

    def _send(
        self, method: str, url: str, here: str, data: list[tuple[str, str]] | None, extra: dict[str, str]
    ) -> requests.Response:
        headers = {
            "Accept": "text/html,*/*;q=0.8",
            "Sec-Fetch-Site": fetch_site(here, url),
            "Sec-Fetch-Mode": "navigate",
        }
        if here:
            headers["Referer"] = here if _origin(here) == _origin(url) else _origin(here) + "/"
            if method != "GET":
                headers["Origin"] = _origin(here)
        return self.session.request(
            method, url, data=data, headers=headers | extra, allow_redirects=False, timeout=self.timeout
        )


class Page:
    """An answer, read as a page. `hops`: every address on the way to it, in order; `url` is the last."""

    def __init__(self, web: Web, answer: requests.Response, hops: list[str]) -> None:
        self.web, self.answer, self.hops = web, answer, hops
        self.url, self.status, self.headers = answer.url, answer.status_code, answer.headers

    @property
    def path(self) -> str:
        """The path of the address, without the query."""
        return urlsplit(self.url).path

    @cached_property
    def html(self) -> str:
        """The body as text."""
        self.answer.encoding = self.answer.encoding if "charset" in self.headers.get("Content-Type", "") else "utf-8"
        return self.answer.text

    @cached_property
    def document(self) -> Element:
        """The parsed body."""
        return parse(self.html)

    @cached_property
    def text(self) -> str:
        """What a person reads."""
        return self.document.text

    @property
    def title(self) -> str:
        """The text of <title>."""
        return next((element.text for element in self.document.all("title")), "")

    @property
    def heading(self) -> str:
        """The first <h1>."""
        return next((element.text for element in self.document.all("h1")), "")

    @property
    def notices(self) -> list[str]:
        """What the page announces: elements with role status or alert that say something."""
        spoken = self.document.all(*_TEXT_TAGS, where=lambda element: element["role"] in {"status", "alert"})
        return [element.text for element in spoken if element.text]

    @property
    def rows(self) -> list[list[str]]:
        """The texts of the cells of every table row."""
        return [[cell.text for cell in row.all("td", "th")] for row in self.document.all("tr")]

    @property
    def links(self) -> list["Link"]:
        """Every link in document order."""
        return [Link(self, element) for element in self.document.all("a", where=lambda a: "href" in a)]

    @property
    def forms(self) -> list["Form"]:
        """Every form in document order."""
        return [Form(self, element) for element in self.document.all("form")]

    def link(self, wanted: str) -> "Link":
        """The first link with exactly this text, else this in its text, else this in its address."""
        for fits in (
            lambda link: link.text == wanted,
            lambda link: wanted in link.text,
            lambda link: wanted in link.url,
        ):
            for link in self.links:
                if fits(link):
                    return link
        raise AssertionError(
            f"no link {wanted!r} on {self.url}: {[link.text for link in self.links]}\n{self.text[:2000]}"
        )

    def click(self, wanted: str) -> "Page":
        """Follow the link."""
        return self.link(wanted).follow()

    def form(self, wanted: str) -> "Form":
        """The form with this id, this button, or this action (or the end of its path), in this order."""
        for fits in (
            lambda form: form.element["id"] == wanted,
            lambda form: wanted in form.buttons,
            lambda form: form.element["action"] == wanted or urlsplit(form.action).path.endswith(wanted),
            lambda form: any(wanted in button for button in form.buttons),
        ):
            for form in self.forms:
                if fits(form):
                    return form
        known = [(form.element["action"], form.buttons) for form in self.forms]
        raise AssertionError(f"no form {wanted!r} on {self.url}: {known}\n{self.text[:2000]}")

    def press(self, button: str, **fields: Value) -> "Page":
        """Fill in the form that has this button and press it."""
        form = self.form(button)
        return form.submit(next(label for label in form.buttons if button in label), **fields)


@dataclass
class Link:
    """A link on a page."""

    page: Page
    element: Element

    @property
    def text(self) -> str:
        """Its text, or its label where there is only a picture."""
        return self.element.text or self.element["aria-label"]

    @property
    def url(self) -> str:
        """Its address, absolute."""
        return urljoin(self.page.url, self.element["href"])

    def follow(self) -> Page:
        """Click it. A link that opens a new tab opens it here."""
        return self.page.web.get(urldefrag(self.url).url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def fetch_site(here: str, there: str) -> str:
    """The Sec-Fetch-Site of a navigation from one address to another; ports do not make a site."""
    if not here:
        return "none"
    if _origin(here) == _origin(there):
        return "same-origin"
    return "same-site" if urlsplit(here).hostname == urlsplit(there).hostname else "cross-site"


_TEXT_TAGS = ("p", "div", "span", "section", "output", "ul", "li", "article", "strong", "h1", "h2", "h3", "td")
