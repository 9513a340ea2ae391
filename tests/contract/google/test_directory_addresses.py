"""One namespace for every address of a customer, whatever people do: checked step by step against a plain model."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sandbox.google import directory
from sandbox.google.errors import register_error_handlers
from sandbox.google.tokens import issue
from sandbox.google.world import Customer, Domain, User, World
from tests.contract.google.directory_service import ALL_SCOPES, new_body

CUSTOMER, ALIAS_DOMAIN = "C01small0", "other.example"
LOCALS = st.sampled_from(["ann", "bob", "cat", "dan"])
ROOT = "/admin/directory/v1"


class Addresses(RuleBasedStateMachine):
    """Who holds which local part: `model` maps it to the id of a person or group, `primary` is the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        domain = Domain("small.example", is_primary=True, aliases=[ALIAS_DOMAIN])
        self.world.customers[CUSTOMER] = Customer(CUSTOMER, "Small", [domain])
        self.world.users["1"] = User("1", "root@small.example", "Root", "User", "x" * 8, CUSTOMER, is_admin=True)
        self.world.knobs.enforce_quota = False
        app = Flask("directory alone")
        app.register_blueprint(directory.blueprint(self.world))
        register_error_handlers(app)
        self.client: FlaskClient = app.test_client()
        token = issue(self.world, "delegated", "1", "sa", ALL_SCOPES)
        self.headers = {"Authorization": f"Bearer {token.value}"}
        self.model: dict[str, str] = {}
        self.primary: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.deleted: dict[str, tuple[str, list[str]]] = {}

    def call(self, verb: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        answer = self.client.open(f"{ROOT}/{path}", method=verb, json=body, headers=self.headers)
        return answer.status_code, answer.get_json(silent=True) or {}

    def holder(self, pick: int) -> str | None:
        ids = sorted(self.primary)
        return ids[pick % len(ids)] if ids else None

    def expect(self, local: str, status: int, but: str = "") -> bool:
        """Whether the local part was free; the status must agree."""
        free = self.model.get(local) in {None, but}
        assert (status == 200) == free
        assert free or status == 409
        return free

    @initialize()
    def root_is_known(self) -> None:
        assert self.call("GET", "users/root@small.example")[0] == 200

    @rule(local=LOCALS, is_group=st.booleans())
    def make(self, local: str, is_group: bool) -> None:
        email = f"{local}@small.example"
        status, made = self.call(
            "POST", "groups" if is_group else "users", {"email": email} if is_group else new_body(email)
        )
        if self.expect(local, status):
            self.model[local] = made["id"]
            self.primary[made["id"]], self.kinds[made["id"]] = local, "groups" if is_group else "users"

    @rule(pick=st.integers(0, 9), local=LOCALS)
    def add_alias(self, pick: int, local: str) -> None:
        if (owner := self.holder(pick)) is not None:
            path = f"{self.kinds[owner]}/{owner}/aliases"
            status, _ = self.call("POST", path, {"alias": f"{local}@small.example"})
            if self.expect(local, status):
                self.model[local] = owner

    @rule(pick=st.integers(0, 9), local=LOCALS)
    def remove_alias(self, pick: int, local: str) -> None:
        if (owner := self.holder(pick)) is not None:
            status, _ = self.call("DELETE", f"{self.kinds[owner]}/{owner}/aliases/{local}@small.example")
            is_alias = self.model.get(local) == owner and self.primary[owner] != local
            assert status == (204 if is_alias else 404)
            if is_alias:
                del self.model[local]

    @rule(pick=st.integers(0, 9), local=LOCALS)
    def rename(self, pick: int, local: str) -> None:
        if (owner := self.holder(pick)) is not None:
            field = "email" if self.kinds[owner] == "groups" else "primaryEmail"
            status, _ = self.call("PATCH", f"{self.kinds[owner]}/{owner}", {field: f"{local}@small.example"})
            if self.expect(local, status, but=owner):
                self.model[local], self.primary[owner] = owner, local

    @rule(pick=st.integers(0, 9))
    def delete(self, pick: int) -> None:
        if (owner := self.holder(pick)) is not None:
            assert self.call("DELETE", f"{self.kinds[owner]}/{owner}")[0] == 204
            held = [local for local, holder in self.model.items() if holder == owner]
            for local in held:
                del self.model[local]
            local = self.primary.pop(owner)
            if self.kinds[owner] == "users":
                self.deleted[owner] = local, held

    @rule(pick=st.integers(0, 9))
    def undelete(self, pick: int) -> None:
        if self.deleted:
            owner = sorted(self.deleted)[pick % len(self.deleted)]
            local, held = self.deleted[owner]
            status, _ = self.call("POST", f"users/{owner}/undelete", {"orgUnitPath": "/"})
            assert status == (409 if local in self.model else 204)
            if status == 204:
                del self.deleted[owner]
                self.primary[owner] = local
                self.model.update({one: owner for one in held if one not in self.model})

    @invariant()
    def everybody_answers_at_their_addresses(self) -> None:
        for local in ("ann", "bob", "cat", "dan"):
            for domain in ("small.example", ALIAS_DOMAIN, "small.example.test-google-a.com"):
                found = {
                    kind: self.call("GET", f"{kind}/{local}@{domain}?fields=id")[1].get("id")
                    for kind in ("users", "groups")
                }
                owner = self.model.get(local)
                assert found == {kind: owner if self.kinds.get(owner or "") == kind else None for kind in found}

    @invariant()
    def lists_show_the_same(self) -> None:
        _, listed = self.call("GET", f"users?customer={CUSTOMER}&fields=users(id,primaryEmail,aliases)")
        shown = {u["id"]: {u["primaryEmail"], *u.get("aliases", [])} for u in listed["users"] if u["id"] != "1"}
        assert shown == {
            owner: {f"{local}@small.example" for local, holder in self.model.items() if holder == owner}
            for owner in self.primary
            if self.kinds[owner] == "users"
        }


Addresses.TestCase.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
TestAddresses = Addresses.TestCase
