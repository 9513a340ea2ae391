"""What people do in the simulated Workspace, step by step, as the screens let them."""

from dataclasses import dataclass
from typing import Self

from sandbox.google import seed
from tests.web import Page, Web


@dataclass
class Person:
    """Somebody at a browser."""

    web: Web
    email: str

    def sign_in(self, password: str = seed.PASSWORD) -> Self:
        """By the form, ending on the home page."""
        self.web.get("/accounts/signin").press("Sign in", email=self.email, password=password)
        return self

    def install(self) -> Page:
        """For everybody in the organization."""
        page = self.web.get("/marketplace")
        return page.form("/marketplace/install").submit(agree=True)

    def user(self, email: str) -> Page:
        """The Admin console's page of a user, found by searching."""
        return self.web.get("/admin/users").form("/admin/users").submit(q=email).click("/admin/users/1")
