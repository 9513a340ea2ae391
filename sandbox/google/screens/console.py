"""The Admin console apart from people: overview, domains, organizational units, the app, domain-wide delegation."""

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.google import marketplace
from sandbox.google.screens.marketplace import units
from sandbox.google.screens.scope_words import in_words
from sandbox.google.screens.user_list import UserList
from sandbox.google.screens.visits import admin_here, done, refuse
from sandbox.google.world import Customer, World

DELEGATION = "/admin/delegation"


class Console:
    """Screens for administrators, each about the customer of whoever looks."""

    def __init__(self, world: World, user_list: UserList) -> None:
        self._world, self._user_list = world, user_list

    def add_routes(self, pages: Blueprint) -> None:
        """`/admin/...`, and the addresses of the real console that other programs link to."""
        pages.add_url_rule("/admin", view_func=self.overview)
        pages.add_url_rule("/admin/domains", view_func=self.domains)
        pages.add_url_rule("/admin/orgunits", view_func=self.org_units)
        pages.add_url_rule("/admin/app", view_func=self.app)
        pages.add_url_rule(DELEGATION, view_func=self.delegation)
        pages.add_url_rule(f"{DELEGATION}/add", view_func=self.add_delegation, methods=["POST"])
        pages.add_url_rule(f"{DELEGATION}/remove", view_func=self.remove_delegation, methods=["POST"])
        pages.add_url_rule("/ac/owl/domainwidedelegation", view_func=self.delegation_link)
        pages.add_url_rule("/ac/apps/gmail/marketplace/appdetails/<application_id>", view_func=self.app_link)
        pages.add_url_rule("/ac/apps/gmail/marketplace/apps", view_func=self.apps_link)

    def overview(self) -> str:
        """The customer in numbers, and where to go."""
        _, customer = admin_here(self._world)
        return render_template(
            "admin/overview.html",
            customer=customer,
            users=self._user_list.count(customer),
            groups=sum(group.customer_id == customer.id for group in list(self._world.groups.values())),
        )

    def domains(self) -> str:
        """Primary and secondary domains with their alias domains."""
        _, customer = admin_here(self._world)
        return render_template("admin/domains.html", customer=customer)

    def org_units(self) -> str:
        """The tree of organizational units, with how many people are directly in each."""
        _, customer = admin_here(self._world)
        counts = self._user_list.count_by_org_unit(customer)
        return render_template("admin/org_units.html", customer=customer, counts=counts)

    def app(self) -> str:
        """The installed app: data access, on and off."""
        _, customer = admin_here(self._world)
        return render_template(
            "admin/app.html",
            customer=customer,
            units=units(customer),
            scopes=in_words(self._world.project.listed_scopes),
            individuals=self._individuals(customer),
        )

    def app_link(self, application_id: str) -> AnyResponse:
        """The real console's address of an app's page."""
        admin_here(self._world)
        if application_id != self._world.project.number:
            refuse("No such app", f"No app with the number {application_id} is known here.", 404)
        return redirect("/admin/app")

    def apps_link(self) -> AnyResponse:
        """The real console's list of Marketplace apps; there is one."""
        return redirect("/admin/app")

    def delegation_link(self) -> AnyResponse:
        """The real console's address, with the same parameters."""
        query = request.query_string.decode("latin-1")
        return redirect(DELEGATION + (f"?{query}" if query else ""))

    def delegation(self) -> str:
        """The list, and a form that the address may fill in as at the real console."""
        _, customer = admin_here(self._world)
        return render_template(
            "admin/delegation.html",
            customer=customer,
            client_id=request.args.get("clientIdToAdd", ""),
            scopes=request.args.get("clientScopeToAdd", "").replace(",", ",\n"),
            overwrite=request.args.get("overwriteClientId") == "true",
        )

    def add_delegation(self) -> Response:
        """Grant scopes to a client, exactly as typed: the console takes an e-mail address too, which has no effect."""
        _, customer = admin_here(self._world)
        client_id = request.form.get("client_id", "").strip()
        scopes = [
            scope.strip() for scope in request.form.get("scopes", "").replace("\n", ",").split(",") if scope.strip()
        ]
        if not client_id or not scopes:
            return done(DELEGATION, "Type a client id and at least one scope.", "bad")
        if client_id in customer.delegations and "overwrite" not in request.form:
            return done(
                DELEGATION, f"{client_id} is on the list already. Tick “Overwrite” to replace its scopes.", "bad"
            )
        marketplace.set_delegation(self._world, customer.id, client_id, list(dict.fromkeys(scopes)))
        return done(DELEGATION, f"{client_id} may act for {customer.name} with {len(scopes)} scopes.")

    def remove_delegation(self) -> Response:
        """Take a client off the list."""
        _, customer = admin_here(self._world)
        client_id = request.form.get("client_id", "")
        marketplace.set_delegation(self._world, customer.id, client_id, [])
        return done(DELEGATION, f"{client_id} is off the list.", "warn")

    def _individuals(self, customer: Customer) -> list[str]:
        found = [self._world.user(user_id) for user_id in customer.installation.individuals]
        return sorted(user.primary_email for user in found if user)
