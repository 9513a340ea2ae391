"""The world that the sandbox starts with: a school, its neighbours, a city of a million, and whoever runs Frontdesk.

Deterministic: the same people with the same ids at every reset, so that a test or a bookmark can name them.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice

from sandbox.google.seed_names import Name, names
from sandbox.google.world import Customer, Domain, Group, Installation, OrgUnit, Project, User, World

PASSWORD = "sandbox-password"
NORTHFIELD, HARBOUR, OLD_MILL = "C01nf4k7q", "C02hb8r3w", "C03om5t9c"
METROPOLIS, VENDOR = "C04mt2u6p", "C05fd1v8x"
ADMIN, HELPDESK = "ada.admin@northfield.example", "hanna.helpdesk@northfield.example"
OPERATOR = "olivia.operator@frontdesk-vendor.example"

# What the operator pasted into the Marketplace SDK page; equal to the product's own list (a test compares them).
LISTED_SCOPES = [
    "openid",
    "email",
    "profile",
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.group.readonly",
    "https://www.googleapis.com/auth/admin.directory.group.member",
    "https://www.googleapis.com/auth/admin.directory.orgunit.readonly",
    "https://www.googleapis.com/auth/admin.directory.domain.readonly",
    "https://www.googleapis.com/auth/admin.directory.customer.readonly",
]
# Google Workspace for Education Plus, as product and SKU.
STAFF_LICENSE, STUDENT_LICENSE = "101031/1010310009", "101031/1010310010"

STUDENTS = "students.northfield.example"
YEARS = ("2030", "2031", "2032", "2033")
NAMED_STAFF = (
    ("ada.admin", "Ada", "Admin", "/Staff/Office"),
    ("hanna.helpdesk", "Hanna", "Helpdesk", "/Staff/Office"),
    ("dario.delegate", "Dario", "Delegate", "/Staff/Office"),
    ("nora.head", "Nóra", "Székely-Nagy", "/Staff"),
    ("siobhan.obrien", "Siobhán", "O'Brien", "/Staff/Teachers"),
    ("soren.aero", "Søren", "Ærø", "/Staff/Teachers"),
    ("wang.xiaoming", "小明", "王", "/Staff/Teachers"),
    ("alexis.papadopoulos", "Αλέξης", "Παπαδόπουλος", "/Staff/Teachers"),
)
STAFF_ALIASES = {
    "nora.head": ["head@northfield.example", "principal@northfield.example"],
    "siobhan.obrien": ["s.obrien@northfield.example"],
    "soren.aero": ["soeren.aeroe@northfield.example"],
    "hanna.helpdesk": ["front.desk@northfield.example"],
}
SUSPENDED_STUDENTS = frozenset({7, 61, 118, 199})


def seed(world: World, base_url: str = "http://localhost:8080") -> None:
    """Fill an empty world; `base_url` is where the product answers."""
    with world.changing():
        world.password_hint = PASSWORD
        world.project.listed_scopes = list(LISTED_SCOPES)
        _point_at(world.project, base_url)
        _northfield(world)
        _company(world, HARBOUR, "Harbour Company", "harbour.example", ("hugo.admin", "Hugo", "Admin"), 40)
        _company(world, OLD_MILL, "Old Mill College", "oldmill.example", ("orla.admin", "Orla", "Admin"), 25)
        _company(world, METROPOLIS, "Metropolis University", "metropolis.example", ("mira.admin", "Mira", "Admin"), 1)
        _generate(world.customers[METROPOLIS], 1_000_000)
        _company(
            world, VENDOR, "Frontdesk Vendor", "frontdesk-vendor.example", ("olivia.operator", "Olivia", "Operator"), 3
        )
        _consumers(world)


def point_at(world: World, base_url: str) -> None:
    """Register another address of the product, as its operator would at the Cloud console."""
    with world.changing():
        _point_at(world.project, base_url)


def account_id(email: str) -> str:
    """21 digits that never change for an address of the seed."""
    return str(10**20 + int.from_bytes(hashlib.sha256(email.encode()).digest()[:8]) % 10**19)


def _point_at(project: Project, base_url: str) -> None:
    project.redirect_uris = [f"{base_url}/marketplace/return"]
    project.launch_url = f"{base_url}/marketplace/launch"
    project.setup_url = f"{base_url}/marketplace/setup/"


def _northfield(world: World) -> None:
    customer = Customer(
        NORTHFIELD,
        "Northfield School",
        [Domain("northfield.example", True, ["northfield-school.example"]), Domain(STUDENTS, False)],
        Installation(),
        org_units=_org_units(["/Staff", "/Staff/Teachers", "/Staff/Office", "/Students", *_year_units(), "/Guests"]),
        license_seats={STAFF_LICENSE: 80, STUDENT_LICENSE: 300},
    )
    world.customers[customer.id] = customer
    staff = _named_staff() + _more_staff(52)
    students = _students(240)
    for user in (*staff, *students):
        world.users[user.id] = user
    _groups(world, staff, students)


def _year_units() -> list[str]:
    return [f"/Students/{year}" for year in YEARS]


def _org_units(paths: Iterable[str]) -> list[OrgUnit]:
    return [OrgUnit(f"id:03ph8a2z{_short_id(path)}", path, path.rsplit("/", 1)[1]) for path in paths]


def _short_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _person(email: str, given: str, family: str, customer_id: str, org_unit_path: str = "/") -> User:
    return User(account_id(email), email, given, family, PASSWORD, customer_id, org_unit_path)


def _named_staff() -> list[User]:
    staff = []
    for local, given, family, path in NAMED_STAFF:
        user = _person(f"{local}@northfield.example", given, family, NORTHFIELD, path)
        user.aliases = list(STAFF_ALIASES.get(local, []))
        user.is_admin, user.is_delegated_admin = local == "ada.admin", local == "dario.delegate"
        staff.append(user)
    return staff


def _more_staff(count: int) -> list[User]:
    chosen = list(islice(names(start=20), count))
    staff = [_member(name, "northfield.example", "/Staff/Teachers") for name in chosen]
    for user in staff[::9]:
        user.org_unit_path = "/Staff/Office"
    staff[-1].suspended = True
    staff[-2].archived = True
    return staff


def _member(name: Name, domain: str, org_unit_path: str) -> User:
    return _person(f"{name.local}@{domain}", name.given, name.family, NORTHFIELD, org_unit_path)


def _students(count: int) -> list[User]:
    students = []
    for number, name in enumerate(islice(names(), count)):
        student = _member(name, STUDENTS, f"/Students/{YEARS[number % len(YEARS)]}")
        student.suspended = number in SUSPENDED_STUDENTS
        student.agreed_to_terms = number % 40 != 39
        students.append(student)
    return students


def _groups(world: World, staff: Sequence[User], students: Sequence[User]) -> None:
    teachers = [user for user in staff if user.org_unit_path == "/Staff/Teachers"]
    office = [user for user in staff if user.org_unit_path == "/Staff/Office"]
    _group(world, "teachers", "Teachers", _emails(teachers), ["teaching@northfield.example"])
    _group(
        world, "office", "School office", _emails(office), ["reception@northfield.example", "info@northfield.example"]
    )
    _group(
        world,
        "all-staff",
        "All staff",
        ["teachers@northfield.example", "office@northfield.example", "nora.head@northfield.example"],
    )
    for year in YEARS:
        _group(
            world,
            f"year-{year}",
            f"Year of {year}",
            _emails(s for s in students if s.org_unit_path.endswith(year)),
            domain=STUDENTS,
        )
    _group(
        world,
        "all-school",
        "The whole school",
        ["all-staff@northfield.example", *(f"year-{year}@{STUDENTS}" for year in YEARS)],
    )
    for local, title, step in (
        ("maths", "Mathematics", 3),
        ("science", "Science", 4),
        ("languages", "Languages", 5),
        ("library", "Library", 13),
    ):
        _group(world, local, title, _emails(teachers[::step]))
    _group(
        world,
        "it-helpdesk",
        "IT helpdesk",
        [HELPDESK, ADMIN],
        ["support@northfield.example", "helpdesk@northfield.example"],
    )
    _group(world, "governors", "Governors", ["nora.head@northfield.example", "chair@governors.example"])


def _emails(users: Iterable[User]) -> list[str]:
    return [user.primary_email for user in users]


def _group(
    world: World,
    local: str,
    name: str,
    members: Sequence[str],
    aliases: Sequence[str] = (),
    domain: str = "northfield.example",
) -> None:
    email = f"{local}@{domain}"
    group = Group(f"03ph8a2z{_short_id(email)}", email, name, NORTHFIELD, aliases=list(aliases))
    group.members = {member: "OWNER" if number == 0 else "MEMBER" for number, member in enumerate(members)}
    world.groups[group.id] = group


def _company(world: World, customer_id: str, name: str, domain: str, admin: tuple[str, str, str], people: int) -> None:
    units = _org_units(["/Head office", "/Field"])
    world.customers[customer_id] = Customer(customer_id, name, [Domain(domain, True)], org_units=units)
    local, given, family = admin
    first = _person(f"{local}@{domain}", given, family, customer_id)
    first.is_admin = True
    world.users[first.id] = first
    for number, person in enumerate(islice(names(start=11), people - 1)):
        user = _person(f"{person.local}@{domain}", person.given, person.family, customer_id, units[number % 2].path)
        world.users[user.id] = user


def _generate(customer: Customer, people: int) -> None:
    customer.generated_users = people
    customer.generated_org_unit_ids = [unit.id for unit in customer.org_units]


def _consumers(world: World) -> None:
    for email, given, family in (
        ("sandbox.consumer@gmail.com", "Sam", "Consumer"),
        ("pat.private@gmail.com", "Pat", "Private"),
    ):
        user = _person(email, given, family, "")
        world.users[user.id] = user
