"""The first page with the story, the app launcher, and switching between signed-in accounts."""

from dataclasses import dataclass
from urllib.parse import urljoin

from flask import Blueprint, Response, abort, render_template, request

from sandbox.google import browsers, seed
from sandbox.google.installation import is_on
from sandbox.google.screens.visits import customer_of, done, next_path, person_here
from sandbox.google.world import User, World


@dataclass(frozen=True)
class Role:
    """Somebody whom a visitor of the sandbox can be."""

    email: str
    who: str


ROLES = (
    Role(seed.ADMIN, "Super administrator of Northfield School. Installs Frontdesk and sets it up."),
    Role(seed.HELPDESK, "Works at the school's help desk. An ordinary user, no administrator."),
    Role("dario.delegate@northfield.example", "Delegated administrator of the school, with some of the rights."),
    Role("siobhan.obrien@northfield.example", "Teacher."),
    Role("amelia.obrien@students.northfield.example", "Student, on the school's secondary domain."),
    Role("hugo.admin@harbour.example", "Administrator of Harbour Company, another customer."),
    Role("orla.admin@oldmill.example", "Administrator of Old Mill College, for a domain that is managed by hand."),
    Role("mira.admin@metropolis.example", "Administrator of Metropolis University, with a million people."),
    Role(seed.OPERATOR, "Runs Frontdesk for the vendor: signs in at Frontdesk's own first page, and sees all domains."),
    Role("sandbox.consumer@gmail.com", "A personal account without any organization."),
)


class Home:
    """Screens for everybody."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, pages: Blueprint) -> None:
        """`/`, `/launcher`, `/switch`."""
        pages.add_url_rule("/", view_func=self.home)
        pages.add_url_rule("/launcher", view_func=self.launcher)
        pages.add_url_rule("/switch", view_func=self.switch, methods=["POST"])

    def home(self) -> str:
        """What this is and where to begin."""
        school = self._world.customers.get(seed.NORTHFIELD)
        people = {user.primary_email for user in browsers.signed_in(self._world, request)}
        return render_template(
            "home.html",
            roles=[role for role in ROLES if self._world.user_by_email(role.email)],
            admin=seed.ADMIN,
            helpdesk=seed.HELPDESK,
            installed=bool(school and school.installation.installed),
            admin_here=seed.ADMIN in people,
            helpdesk_here=seed.HELPDESK in people,
            bulk_url=urljoin(self._world.project.launch_url, "/bulk"),
            invitations_url=urljoin(self._world.project.launch_url, "/manage/invitations"),
        )

    def launcher(self) -> str:
        """The apps of the person: ours where it is switched on, by a plain link without a word about who clicks."""
        user = person_here(self._world)
        return render_template("launcher.html", app_on=has_app(self._world, user))

    def switch(self) -> Response:
        """Act as another account of this browser."""
        if not browsers.switch(self._world, request, request.form.get("user", "")):
            abort(404)
        user = person_here(self._world)
        return done(next_path("/"), f"You are {user.primary_email} now.")


def has_app(world: World, user: User) -> bool:
    """Is the app in this person's launcher: put there by an administrator, or by themselves?"""
    customer = customer_of(world, user)
    return customer is not None and (is_on(customer, user) or user.id in customer.installation.individuals)
