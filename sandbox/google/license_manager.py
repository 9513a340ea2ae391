"""The Enterprise License Manager API: licenses of Google's products, one SKU of a product for each person.

Not the Marketplace's licenses of our own app, which are in licensing.py. Shapes: discovery document licensing.v1;
errors: the table of Google's guide to it. Reassigning (update, patch) is not simulated.
"""

from flask import Blueprint, Response, jsonify, request

from sandbox.google import tokens
from sandbox.google.directory.access import is_admin
from sandbox.google.directory.index import seconds_since
from sandbox.google.directory.user_resource import content_etag
from sandbox.google.errors import GoogleError, insufficient_scopes, service_disabled
from sandbox.google.scopes import LICENSING
from sandbox.google.world import Customer, User, World

HOST = "licensing.googleapis.com"
NO_SEATS = "There aren't enough available licenses for the specified product-SKU pair"
HAS_IT = "User already has a license for the specified product and SKU"
HAS_OTHER = (
    "User already has a license of the product, but with a different SKU. To reassign a new SKU for this product, use "
    'the "update" operation.'
)
MOST = 1000


def blueprint(world: World) -> Blueprint:
    """insert, get, delete and the two lists."""
    pages = Blueprint("license_manager", __name__, url_prefix="/apps/licensing/v1/product/<product>")
    manager = _Manager(world)
    for rule, view, verb in (
        ("/sku/<sku>/user", manager.insert, "POST"),
        ("/sku/<sku>/user/<email>", manager.get, "GET"),
        ("/sku/<sku>/user/<email>", manager.delete, "DELETE"),
        ("/sku/<sku>/users", manager.list_holders, "GET"),
        ("/users", manager.list_holders, "GET"),
    ):
        pages.add_url_rule(rule, view.__name__ + rule, view, methods=[verb])
    return pages


class _Manager:
    def __init__(self, world: World) -> None:
        self._world = world

    def insert(self, product: str, sku: str) -> Response:
        customer = self._permit("Insert")
        body = request.get_json(silent=True)
        email = str(body.get("userId", "")) if isinstance(body, dict) else ""
        with self._world.lock:
            self._require_ordered(customer, product, sku)
            user = self._person(customer, email)
            if product in user.licenses:
                raise _precondition(HAS_IT if user.licenses[product] == sku else HAS_OTHER)
            if self._taken(customer, product, sku) >= customer.license_seats[f"{product}/{sku}"]:
                raise _precondition(NO_SEATS)
            is_stored = user.id in self._world.users
            with self._world.noting() if is_stored else self._world.changing():
                user.licenses[product] = sku
                self._world.users[user.id] = user  # a computed person who holds a license is one like any other
            return jsonify(_assignment(user, product))

    def get(self, product: str, sku: str, email: str) -> Response:
        customer = self._permit("Get")
        with self._world.lock:
            return jsonify(_assignment(self._holder(customer, product, sku, email), product))

    def delete(self, product: str, sku: str, email: str) -> Response:
        customer = self._permit("Delete")
        with self._world.noting():
            del self._holder(customer, product, sku, email).licenses[product]
        return jsonify({})

    def list_holders(self, product: str, sku: str = "") -> Response:
        """By address; the page token is the last address of the page before. customerId: also the primary domain."""
        customer = self._permit("ListForProduct")
        if request.args.get("customerId", "") not in {customer.id, customer.primary_domain}:
            raise GoogleError(403, "Not Authorized to access this resource/api", "forbidden")
        size, last = min(request.args.get("maxResults", 100, int), MOST), request.args.get("pageToken", "")
        with self._world.lock:
            holders = sorted(self._holders(customer, product, sku), key=lambda user: user.primary_email)
            rest = [user for user in holders if user.primary_email > last]
            answer: dict[str, object] = {"kind": "licensing#licenseAssignmentList"}
            answer |= {"items": [_assignment(user, product) for user in rest[:size]]} if rest else {}
        answer["etag"] = content_etag(answer)
        return jsonify(answer | ({"nextPageToken": rest[size - 1].primary_email} if len(rest) > size else {}))

    def _permit(self, method: str) -> Customer:
        """The customer of an administrator's token. Delegated administrators may all manage licenses here."""
        token = tokens.token_from_request(self._world, request)
        if "licensing" in self._world.project.disabled_apis:
            raise service_disabled(HOST, "Enterprise License Manager API", self._world.project.number)
        if LICENSING not in token.scopes:
            raise insufficient_scopes(HOST, f"ccc.hosted.licensing.v1.LicenseAssignments.{method}")
        user = self._world.user(token.subject_user_id) if token.subject_user_id else None
        if user is None or not is_admin(user) or user.customer_id not in self._world.customers:
            raise GoogleError(403, "Not Authorized to access this resource/api", "forbidden")
        return self._world.customers[user.customer_id]

    def _require_ordered(self, customer: Customer, product: str, sku: str) -> None:
        if f"{product}/{sku}" not in customer.license_seats:
            raise GoogleError(400, "SKU or product does not exist.", "invalid")

    def _person(self, customer: Customer, email: str) -> User:
        """By primary address only. One that was made just now is not known yet (guess: as if there were none)."""
        user, lag = self._world.user_by_email(email), self._world.knobs.get_lag
        if user is None or user.customer_id != customer.id:
            raise GoogleError(400, "User email not valid.", "invalid")
        if lag and seconds_since(user.creation_time, self._world.now()) < lag:
            raise GoogleError(400, "User email not valid.", "invalid")
        return user

    def _holder(self, customer: Customer, product: str, sku: str, email: str) -> User:
        user = self._world.user_by_email(email)
        if user is None or user.customer_id != customer.id or user.licenses.get(product) != sku:
            raise GoogleError(404, "Not Found", "notFound")
        return user

    def _holders(self, customer: Customer, product: str, sku: str) -> list[User]:
        people = (user for user in self._world.users.values() if user.customer_id == customer.id)
        return [u for u in people if product in u.licenses and sku in {"", u.licenses[product]} and not u.deletion_time]

    def _taken(self, customer: Customer, product: str, sku: str) -> int:
        """Deleted people keep theirs for 20 days."""
        people = (user for user in self._world.users.values() if user.customer_id == customer.id)
        return sum(user.licenses.get(product) == sku for user in people)


def _precondition(message: str) -> GoogleError:
    return GoogleError(412, message, "conditionNotMet")


def _assignment(user: User, product: str) -> dict[str, str]:
    sku = user.licenses[product]
    link = f"https://{HOST}/apps/licensing/v1/product/{product}/sku/{sku}/user/{user.primary_email}"
    answer = {"kind": "licensing#licenseAssignment", "userId": user.primary_email, "selfLink": link}
    answer |= {"productId": product, "skuId": sku, "productName": product, "skuName": sku}
    return answer | {"etags": content_etag(answer)}
