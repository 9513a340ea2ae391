"""The world that the sandbox starts with."""

from sandbox.google import seed
from sandbox.google.journal import as_json
from sandbox.google.passwords import password_matches
from sandbox.google.world import User, World


def test_school_has_300_people_whose_addresses_and_ids_are_their_own(world: World) -> None:
    people = [user for user in world.users.values() if user.customer_id == seed.NORTHFIELD]
    addresses = [address for user in people for address in (user.primary_email, *user.aliases)]
    assert len(people) == 300
    assert len(set(addresses)) == len(addresses)
    assert {len(user.id) for user in people} == {21}
    assert all(address.isascii() for address in addresses)


def test_seed_is_the_same_every_time(world: World) -> None:
    again = World()
    seed.seed(again)
    assert as_json(again.users) == as_json(world.users)
    assert as_json(again.groups) == as_json(world.groups)
    assert as_json(again.customers) == as_json(world.customers)


def test_names_are_of_many_scripts(world: World) -> None:
    shown = {f"{user.given_name} {user.family_name}" for user in world.users.values()}
    assert {"Siobhán O'Brien", "Søren Ærø", "小明 王", "Αλέξης Παπαδόπουλος", "Nóra Székely-Nagy"} <= shown


def test_staff_and_students_are_on_different_domains_and_units(world: World) -> None:
    people = [user for user in world.users.values() if user.customer_id == seed.NORTHFIELD]
    students = [user for user in people if user.org_unit_path.startswith("/Students/")]
    assert {_domain(user) for user in students} == {seed.STUDENTS}
    assert {_domain(user) for user in people if user not in students} == {"northfield.example"}
    paths = {unit.path for unit in world.customers[seed.NORTHFIELD].org_units}
    assert {user.org_unit_path for user in people} <= paths


def test_every_customer_has_an_administrator_with_the_known_password(world: World) -> None:
    for customer in world.customers.values():
        admins = [user for user in world.users.values() if user.customer_id == customer.id and user.is_admin]
        assert admins, customer.name
        assert all(password_matches(user, seed.PASSWORD) for user in admins)


def test_help_desk_and_operator_are_ordinary_users(world: World) -> None:
    for email in (seed.HELPDESK, seed.OPERATOR):
        user = world.user_by_email(email)
        assert user
        assert not user.is_delegated_admin
    assert not getattr(world.user_by_email(seed.HELPDESK), "is_admin", True)


def test_a_group_contains_groups(world: World) -> None:
    groups = {group.email: group for group in world.groups.values()}
    assert "all-staff@northfield.example" in groups["all-school@northfield.example"].members
    assert len([group for group in groups.values() if group.customer_id == seed.NORTHFIELD]) >= 12
    assert all(group.members for group in groups.values())


def test_nothing_is_installed(world: World) -> None:
    assert not any(customer.installation.installed for customer in world.customers.values())


def test_a_personal_account_has_no_organization(world: World) -> None:
    user = world.user_by_email("sandbox.consumer@gmail.com")
    assert user
    assert not user.customer_id


def test_point_at_registers_the_address_of_the_product(world: World) -> None:
    seed.point_at(world, "http://localhost:9999")
    assert world.project.redirect_uris == ["http://localhost:9999/marketplace/return"]
    assert world.project.launch_url == "http://localhost:9999/marketplace/launch"
    assert world.project.setup_url == "http://localhost:9999/marketplace/setup/"


def _domain(user: User) -> str:
    return user.primary_email.partition("@")[2]
