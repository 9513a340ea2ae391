"""The Marketplace API (appsmarket v2): is a customer, is a person licensed to use the app?

The kinds and the members that each situation has or lacks are those of Google's examples.
"""

from flask import Blueprint, Response, jsonify, request

from sandbox.google import tokens
from sandbox.google.errors import GoogleError, insufficient_scopes, service_disabled
from sandbox.google.grants import Token
from sandbox.google.installation import is_on
from sandbox.google.scopes import LICENSE
from sandbox.google.world import Customer, User, World

HOST = "appsmarket.googleapis.com"
EDITION = "default_edition"


def blueprint(world: World) -> Blueprint:
    """The two methods that are left; licenseNotification answers 404, as it does today."""
    pages = Blueprint("licensing", __name__, url_prefix="/appsmarket/v2")

    @pages.get("/customerLicense/<application>/<customer>")
    def customer_license(application: str, customer: str) -> Response:
        _permit(world, application, "GetCustomerLicense")
        with world.lock:
            return jsonify(customer_license_of(world, customer))

    @pages.get("/userLicense/<application>/<user>")
    def user_license(application: str, user: str) -> Response:
        _permit(world, application, "GetUserLicense")
        with world.lock:
            return jsonify(user_license_of(world, user))

    return pages


def customer_license_of(world: World, domain: str) -> dict[str, object]:
    """The customerLicense resource for a domain name; a domain that nobody has is UNLICENSED, never an error."""
    customer = _customer(world, domain)
    body: dict[str, object] = {
        "kind": "appsmarket#customerLicense",
        "id": f"{world.project.number}/{domain}",
        "applicationId": world.project.number,
        "customerId": domain,
    }
    if customer is None or not customer.installation.installed:
        return body | {"state": "UNLICENSED"}
    return body | {"state": "ACTIVE", "editions": [{"editionId": EDITION, "seatCount": -1}]}


def user_license_of(world: World, email: str) -> dict[str, object]:
    """The userLicense resource for a person's e-mail address."""
    user = world.user_by_email(email)
    body: dict[str, object] = {
        "kind": "appsmarket#userLicense",
        "id": f"{world.project.number}/{email}",
        "applicationId": world.project.number,
        "userId": email,
    }
    return body | (_state(world.customers.get(user.customer_id), user) if user else _unlicensed())


def _state(customer: Customer | None, user: User) -> dict[str, object]:
    if customer and is_on(customer, user):
        return _active(customer.primary_domain, enabled=True)
    if customer and user.id in customer.installation.individuals:
        return _active(user.primary_email, enabled=True)
    if customer and customer.installation.installed:
        return _active(customer.primary_domain, enabled=False)
    return _unlicensed()


def _active(customer: str, *, enabled: bool) -> dict[str, object]:
    return {"enabled": enabled, "state": "ACTIVE", "editionId": EDITION, "customerId": customer}


def _unlicensed() -> dict[str, object]:
    return {"enabled": False, "state": "UNLICENSED"}


def _customer(world: World, domain: str) -> Customer | None:
    wanted = domain.lower()
    for customer in world.customers.values():
        names = {customer.primary_domain.lower()}
        if world.knobs.license_secondary_domains:
            names |= {name.lower() for one in customer.domains for name in (one.name, *one.aliases)}
        if wanted in names:
            return customer
    return None


def _permit(world: World, application: str, method: str) -> None:
    token = tokens.token_from_request(world, request)
    if "appsmarket" in world.project.disabled_apis:
        raise service_disabled(HOST, "Google Workspace Marketplace API", world.project.number)
    if LICENSE not in token.scopes:
        raise insufficient_scopes(HOST, f"google.cloud.appsmarket.v2.LicenseService.{method}")
    if application != world.project.number or not _of_the_project(world, token):
        raise GoogleError(403, "Not authorized to access the application ID", "forbidden", status="PERMISSION_DENIED")


def _of_the_project(world: World, token: Token) -> bool:
    return token.client in {world.project.service_account_client_id, world.project.oauth_client_id}
