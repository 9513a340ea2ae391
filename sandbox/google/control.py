"""`POST /__control/<operation>` with a JSON object of arguments: what tests and the panel do to the world."""

import inspect
import json
import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.google import marketplace, people
from sandbox.google.errors import GoogleError
from sandbox.google.journal import as_json
from sandbox.google.keys import ensure_keys, rotate_keys
from sandbox.google.world import Customer, Domain, Fault, Knobs, Project, User, World

Operation = Callable[..., object]
SECRET = frozenset({"password", "oauth_client_secret", "data_key"})


def add_fault(
    world: World,
    path: str,
    *,
    method: str = "",
    status: int = 503,
    body: str = "",
    when: str = "before",
    count: int = 1,
) -> str:
    """Answer the next `count` requests to paths that begin so with `status` (0: cut). Returns the fault's id."""
    if when not in {"before", "after"}:
        raise ValueError("when is before or after")
    with world.changing():
        fault = Fault(path, method, status, body, "after" if when == "after" else "before", count, secrets.token_hex(4))
        world.faults.append(fault)
        return fault.id


def remove_faults(world: World, fault_id: str = "") -> None:
    """Take back one fault, or all."""
    with world.changing():
        world.faults[:] = [fault for fault in world.faults if fault_id and fault.id != fault_id]


def set_knobs(world: World, **values: object) -> None:
    """Change settings of the simulation by name."""
    _set(world, world.knobs, values)


def set_project(world: World, **values: object) -> None:
    """Change the app's Cloud project: token_creator, disabled_apis, redirect_uris, client_state, ..."""
    _set(world, world.project, values)


def create_customer(
    world: World,
    customer_id: str,
    primary: str,
    *,
    secondary: list[str] | None = None,
    aliases: list[str] | None = None,
    name: str = "",
) -> None:
    """A customer with its domains; the alias domains belong to the primary one."""
    with world.changing():
        domains = [Domain(primary, is_primary=True, aliases=list(aliases or []))]
        domains += [Domain(other, is_primary=False) for other in secondary or []]
        world.customers[customer_id] = Customer(customer_id, name or primary, domains)


def set_license_seats(world: World, customer_id: str, seats: dict[str, int]) -> None:
    """What the customer has ordered of Google's products: "product/sku" to how many; the rest stays."""
    with world.changing():
        world.customers[customer_id].license_seats |= {name: int(number) for name, number in seats.items()}


def create_user(world: World, email: str, password: str, **values: Any) -> str:
    """An account, a consumer's when no customer has its domain. Returns its id."""
    domain = email.rpartition("@")[2].lower()
    with world.changing():
        owner = next((one.id for one in world.customers.values() if domain in {d.name for d in one.domains}), "")
        given = {"given_name": email.partition("@")[0].title(), "family_name": "Person"} | values
        user = User(id=people.new_user_id(), primary_email=email, password=password, customer_id=owner, **given)
        world.users[user.id] = user
        return user.id


def empty(world: World) -> None:
    """Forget everything but the keys."""
    with world.changing():
        state = (world.customers, world.users, world.groups, world.faults, world.consents)
        for collection in (
            *state,
            world.refresh_tokens,
            world.browser_sessions,
            world.queued_tasks,
            world.tokens,
            world.codes,
        ):
            collection.clear()
        world.project, world.knobs = Project(), Knobs()


OPERATIONS: dict[str, Operation] = {
    operation.__name__: operation
    for operation in (
        *(marketplace.install, marketplace.install_individual, marketplace.turn_off, marketplace.turn_on),
        *(marketplace.revoke_data_access, marketplace.grant_data_access, marketplace.delete_app),
        *(marketplace.add_client_after_install, marketplace.add_scopes_after_install, marketplace.set_delegation),
        *(marketplace.block_app, people.rename_user, people.move_user, people.suspend, people.set_admin),
        *(people.delete_user, people.withdraw_consent, people.lapse_domain, people.advance_time),
        *(
            add_fault,
            remove_faults,
            set_knobs,
            set_project,
            create_customer,
            create_user,
            set_license_seats,
            rotate_keys,
        ),
    )
}


def blueprint(world: World, seed: Callable[[World], None] | None) -> Blueprint:
    """The operations, `reset` and `GET /__control/state`. Only JSON is accepted, which no foreign page can send."""
    pages = Blueprint("control", __name__, url_prefix="/__control")

    def reset(world: World) -> None:
        empty(world)
        if seed:
            seed(world)
        ensure_keys(world)

    operations = OPERATIONS | {"reset": reset}

    @pages.post("/<operation>")
    def run(operation: str) -> Response:
        if not request.is_json:
            raise GoogleError(415, "Send application/json.")
        if operation not in operations:
            raise GoogleError(404, f"No such operation; there are: {', '.join(sorted(operations))}")
        return jsonify(result=_run(world, operations[operation], request.get_json() or {}))

    @pages.get("/state")
    def state() -> Response:
        with world.lock:
            return jsonify(_state(world))

    return pages


def _run(world: World, operation: Operation, arguments: dict[str, object]) -> object:
    try:
        inspect.signature(operation).bind(world, **arguments)
        return operation(world, **arguments)
    except (TypeError, ValueError, KeyError) as problem:
        raise GoogleError(400, f"{operation.__name__}: {problem!r}") from problem


def _set(world: World, target: Knobs | Project, values: dict[str, object]) -> None:
    unknown = values.keys() - vars(target).keys()
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    with world.changing():
        for name, value in values.items():
            setattr(target, name, value)


def _state(world: World) -> dict[str, object]:
    names = ("version", "project", "customers", "users", "groups", "faults", "knobs", "consents")
    plain = {name: json.loads(as_json(getattr(world, name))) for name in names}
    for holder in (plain["project"], *plain["users"].values()):
        for name in SECRET & holder.keys():
            del holder[name]
    return plain
