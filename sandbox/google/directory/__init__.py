"""The simulated Directory API: everything below /admin/directory/v1/, and its batch endpoints."""

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, Response, request

from sandbox.google.directory import aliases, batch, domains, groups, members, org_units, user_changes, users
from sandbox.google.directory.access import admit, require_reader
from sandbox.google.directory.call import Answer, Call, read_body, read_method, read_params
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.rendering import Style, respond
from sandbox.google.errors import GoogleError
from sandbox.google.generated import computed_person
from sandbox.google.world import World

Handler = Callable[[Directory, Call], Answer]

HANDLERS: Mapping[str, Handler] = {
    "directory.users.list": users.list_users,
    "directory.users.get": users.get_user,
    "directory.users.insert": user_changes.insert_user,
    "directory.users.update": user_changes.update_user,
    "directory.users.patch": user_changes.patch_user,
    "directory.users.delete": user_changes.delete_user,
    "directory.users.undelete": user_changes.undelete_user,
    "directory.users.makeAdmin": user_changes.make_admin,
    "directory.users.aliases.list": aliases.list_user_aliases,
    "directory.users.aliases.insert": aliases.insert_user_alias,
    "directory.users.aliases.delete": aliases.delete_user_alias,
    "directory.groups.list": groups.list_groups,
    "directory.groups.get": groups.get_group,
    "directory.groups.insert": groups.insert_group,
    "directory.groups.update": groups.update_group,
    "directory.groups.patch": groups.update_group,
    "directory.groups.delete": groups.delete_group,
    "directory.groups.aliases.list": aliases.list_group_aliases,
    "directory.groups.aliases.insert": aliases.insert_group_alias,
    "directory.groups.aliases.delete": aliases.delete_group_alias,
    "directory.members.list": members.list_members,
    "directory.members.get": members.get_member,
    "directory.members.insert": members.insert_member,
    "directory.members.update": members.update_member,
    "directory.members.patch": members.update_member,
    "directory.members.delete": members.delete_member,
    "directory.members.hasMember": members.has_member,
    "directory.orgunits.list": org_units.list_org_units,
    "directory.orgunits.get": org_units.get_org_unit,
    "directory.orgunits.insert": org_units.insert_org_unit,
    "directory.orgunits.patch": org_units.patch_org_unit,
    "directory.orgunits.update": org_units.patch_org_unit,
    "directory.orgunits.delete": org_units.delete_org_unit,
    "directory.domains.list": domains.list_domains,
    "directory.domains.get": domains.get_domain,
    "directory.domainAliases.list": domains.list_domain_aliases,
    "directory.domainAliases.get": domains.get_domain_alias,
    "directory.customers.get": domains.get_customer,
}
"""The simulated methods; the others of the discovery document answer 501."""

VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def blueprint(world: World) -> Blueprint:
    """Answers from this world; its computed people become known to the rest of the simulation."""
    pages = Blueprint("directory", __name__)
    directory = Directory(world)
    world.computed_people.append(partial(computed_person, world))

    @pages.route("/admin/directory/v1/<path:_rest>", methods=VERBS)
    def call(_rest: str) -> Response:
        return _answer(directory)

    @pages.post("/batch")
    @pages.post("/batch/admin/directory_v1")
    def call_batch() -> Response:
        return batch.answer(request)

    return pages


def _answer(directory: Directory) -> Response:
    found = read_method(request)
    if found is None:
        return Response("Not Found", 404, content_type="text/html; charset=UTF-8")
    method, path = found
    world = directory.world
    with world.lock:
        token = admit(world, directory.quotas, request, method)
        params, body = read_params(request, method), read_body(request, method)
        subject = world.user(token.subject_user_id) if token.subject_user_id else None
        home = world.customers.get(subject.customer_id) if subject else None
        call = Call(method, path, params, body, Style(params, method), subject, home)
        require_reader(call)
        answer = _handler(method.id)(directory, call)
    return _respond(answer, call.style)


def _handler(method_id: str) -> Handler:
    handler = HANDLERS.get(method_id)
    if handler is None:
        raise GoogleError(501, f"The simulation has no {method_id}.", "notImplemented", status="UNIMPLEMENTED")
    return handler


def _respond(answer: Answer, style: Style) -> Response:
    if answer.value is None:
        return Response(status=answer.status)
    text = answer.value if isinstance(answer.value, str) else style.render(answer.value)
    return respond(text, request, answer.status)
