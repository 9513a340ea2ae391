"""The Marketplace page of the app: installing it, and what administrators can do with an installed one."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template, request

from sandbox.google import browsers, marketplace
from sandbox.google.installation import is_on, is_on_at
from sandbox.google.screens.scope_words import in_words
from sandbox.google.screens.visits import admin_here, customer_of, done, next_path, person_here, refuse
from sandbox.google.world import Customer, World

PAGE = "/marketplace"


class MarketplaceListing:
    """Screens of the Workspace Marketplace, which has one app."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, pages: Blueprint) -> None:
        """`/marketplace`, and the address under which the real one lists the app."""
        pages.add_url_rule(PAGE, view_func=self.listing)
        pages.add_url_rule("/marketplace/app/<slug>/<application_id>", view_func=self.by_application_id)
        pages.add_url_rule("/marketplace/installed", view_func=self.installed)
        for path, view in (
            ("install", self.install),
            ("install-for-me", self.install_for_me),
            ("turn-on", self.turn_on),
            ("turn-off", self.turn_off),
            ("grant", self.grant),
            ("revoke", self.revoke),
            ("delete", self.delete),
        ):
            endpoint = f"marketplace_{view.__name__}"
            pages.add_url_rule(f"{PAGE}/{path}", view_func=view, methods=["POST"], endpoint=endpoint)

    def listing(self) -> str:
        """What the app is, what it asks for, and what the visitor can do with it."""
        user = browsers.active(self._world, request)
        customer = customer_of(self._world, user) if user else None
        return render_template(
            "marketplace.html",
            customer=customer,
            scopes=in_words(self._world.project.listed_scopes),
            app_on=bool(user and customer and is_on(customer, user)),
            own_install=bool(user and customer and user.id in customer.installation.individuals),
            units=units(customer) if customer else [],
        )

    def by_application_id(self, slug: str, application_id: str) -> str | Response:
        """A link to the listing, as in the world; the slug is for people and not looked at."""
        if application_id != self._world.project.number:
            refuse("No such app", f"There is no app {slug} with the number {application_id} in this Marketplace.", 404)
        return self.listing()

    def installed(self) -> str:
        """The last page of an install, with the way to the vendor's setup."""
        _, customer = admin_here(self._world)
        return render_template("installed.html", customer=customer)

    def install(self) -> Response:
        """For the administrator's whole organization, or for some of its units."""
        _, customer = admin_here(self._world)
        chosen = [path for path in request.form.getlist("org_unit") if path in {path for path, _ in units(customer)}]
        for_everyone = request.form.get("target", "everyone") == "everyone"
        if "agree" not in request.form:
            return done(PAGE, "Nothing was installed: agree to the terms first.", "bad")
        if not for_everyone and not chosen:
            return done(PAGE, "Nothing was installed: choose at least one organizational unit.", "bad")
        marketplace.install(self._world, customer.id, "everyone" if for_everyone else chosen)
        return done(f"{PAGE}/installed", f"{self._world.project.app_name} is installed for {customer.name}.")

    def install_for_me(self) -> Response:
        """For one person, who thereby consents to being signed in."""
        user = person_here(self._world)
        if not user.customer_id:
            refuse("Not for personal accounts", f"{self._world.project.app_name} is for organizations only.")
        marketplace.install_individual(self._world, user.id)
        return done(PAGE, f"{self._world.project.app_name} is installed for you alone.")

    def turn_on(self) -> Response:
        """For everyone or one organizational unit."""
        return self._switch(marketplace.turn_on, "on")

    def turn_off(self) -> Response:
        """For everyone or one organizational unit."""
        return self._switch(marketplace.turn_off, "off")

    def grant(self) -> Response:
        """Data access of all clients and scopes as they are now."""
        customer = self._installed_customer()
        marketplace.grant_data_access(self._world, customer.id)
        return done(next_path(PAGE), "Data access is granted.")

    def revoke(self) -> Response:
        """Data access only; the license stays."""
        customer = self._installed_customer()
        marketplace.revoke_data_access(self._world, customer.id)
        return done(next_path(PAGE), "Data access is revoked. The license is still there.", "warn")

    def delete(self) -> Response:
        """The whole install of the organization."""
        customer = self._installed_customer()
        marketplace.delete_app(self._world, customer.id)
        return done(PAGE, f"{self._world.project.app_name} was deleted from {customer.name}.", "warn")

    def _switch(self, switch: Callable[[World, str, str], None], word: str) -> Response:
        customer = self._installed_customer()
        unit = request.form.get("org_unit", "/")
        if unit != "/" and unit not in {path for path, _ in units(customer)}:
            abort(404)
        switch(self._world, customer.id, unit)
        where = "everyone" if unit == "/" else unit
        kind = "ok" if word == "on" else "warn"
        return done(next_path(PAGE), f"{self._world.project.app_name} is {word} for {where}.", kind)

    def _installed_customer(self) -> Customer:
        _, customer = admin_here(self._world)
        if not customer.installation.installed:
            refuse("Not installed", f"{self._world.project.app_name} is not installed for {customer.name}.", 404)
        return customer


def units(customer: Customer) -> list[tuple[str, bool]]:
    """Every organizational unit by path, and whether the administrator's install has the app on there."""
    return [(path, is_on_at(customer, path)) for path in sorted(unit.path for unit in customer.org_units)]
