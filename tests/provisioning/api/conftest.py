"""The REST interface in a small app, and a key for it."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.access import CustomerId, TenantInUse
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.api.compatibility import CompatibilityAccess
from provisioning.api.interface import RestInterface
from provisioning.api.keys import ApiKeys
from provisioning.api.rest import compatible_blueprint, rest_blueprint
from provisioning.library import Desks
from runtime.limits import Limits
from runtime.problems import Forbidden
from tests.provisioning.conftest import ADMIN, DOMAIN, PERSON, TENANT, Desk


class Tenants:
    """Enabled domains, as the marketplace would say."""

    def __init__(self) -> None:
        self.enabled = {TENANT: TenantInUse(CustomerId(TENANT), DOMAIN, ADMIN)}

    def require_active(self, tenant: CustomerId) -> TenantInUse:
        """See marketplace.access.Tenants."""
        if tenant not in self.enabled:
            raise Forbidden("Frontdesk is turned off for this domain.")
        return self.enabled[tenant]


@dataclass
class Rest:
    """A program with a key."""

    client: FlaskClient
    keys: ApiKeys
    tenants: Tenants
    compatibility: CompatibilityAccess
    desk: Desk
    key: str

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any) -> TestResponse:
        """Send JSON with the key."""
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        if body is not None:
            options["json"] = body
        return self.client.open(f"/rest/{path}", method=method, headers=headers, **options)

    def change(self, **values: Any) -> None:
        """Of the domain's policy."""

        def edit(before: DomainPolicy) -> DomainPolicy:
            return replace(before, **values)

        self.desk.policies.change(TENANT, PERSON, edit)


@pytest.fixture
def rest(desk: Desk) -> Rest:
    keys, tenants, compatibility = ApiKeys(desk.clock), Tenants(), CompatibilityAccess(desk.clock)
    desks = Desks(tenants, desk.policies, desk.suggestions, desk.opening, desk.clock)
    interface = RestInterface(keys, compatibility, desks, Limits(desk.clock))
    app = Flask(__name__)
    app.before_request(_name_the_request)
    app.register_blueprint(rest_blueprint(interface))
    app.register_blueprint(compatible_blueprint(interface))
    _, text = keys.issue(TENANT, PERSON, "Timetable")
    return Rest(app.test_client(), keys, tenants, compatibility, desk, text)


def _name_the_request() -> None:
    g.request_id = "request-of-the-test"
