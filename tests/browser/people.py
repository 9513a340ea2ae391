"""People at their browsers, each with a profile of their own, and what no page may do in any of them."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, WebError, expect

from sandbox.google import seed
from tests.stack import Stack

PATIENCE = 10_000.0
"""Milliseconds for what a page has to show; the machine may be busy with other tests."""
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
LOOPBACK = {"localhost", "127.0.0.1"}


class People:
    """Opens profiles. `offences`: uncaught errors, violations of the content security policy, requests that leave."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        expect.set_options(timeout=PATIENCE)
        self.offences: list[str] = []
        self._contexts: list[BrowserContext] = []

    def profile(self, **options: Any) -> BrowserContext:
        """A new profile; options as for Browser.new_context. Nothing moves unless asked to."""
        context = self.browser.new_context(
            **{"viewport": DESKTOP, "reduced_motion": "reduce", "locale": "en-GB", "color_scheme": "light", **options}
        )
        context.set_default_timeout(PATIENCE)
        context.on("weberror", self._erred)
        context.on("console", self._said)
        context.on("request", self._asked)
        self._contexts.append(context)
        return context

    def arrive(self, **options: Any) -> Page:
        """Somebody whom nobody knows yet."""
        return self.profile(**options).new_page()

    def sign_in(self, stack: Stack, email: str, path: str = "/", **options: Any) -> Page:
        """Somebody who is signed in at Google opens a page of the product, and is led through its sign-in."""
        page = self.arrive(**options)
        known_at_google(page.context, stack, email)
        page.goto(stack.base_url + ("/marketplace/launch" if path == "/" else path))
        return page

    def close(self) -> None:
        """Close every profile."""
        for context in self._contexts:
            context.close()

    def _erred(self, error: WebError) -> None:
        self.offences.append(f"uncaught: {error.error}")

    def _said(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.offences.append(f"{message.text} ({message.location.get('url')})")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname not in LOOPBACK:
            self.offences.append(f"left this machine: {request.url}")


def at_google(page: Page, stack: Stack, email: str, password: str = seed.PASSWORD) -> None:
    """Sign in by the simulated Google's form."""
    page.goto(f"{stack.google.url}/accounts/signin")
    give(page, email, password)


def known_at_google(context: BrowserContext, stack: Stack, email: str) -> None:
    """Signed in there before: the form was filled in elsewhere, and its cookie is the profile's."""
    cookies = stack.browser(email).session.cookies
    context.add_cookies([{"name": c.name, "value": c.value or "", "url": stack.google.url} for c in cookies])


def give(page: Page, email: str, password: str = seed.PASSWORD) -> None:
    """Fill in the sign-in form that is shown, and send it."""
    page.locator("#email").fill(email)
    page.locator("#password").fill(password)
    page.locator("#signin button").click()
