"""What the journeys over the REST interface share: the interface of a school, and keys made on the page."""

import json
from dataclasses import dataclass
from itertools import count

import requests

from sandbox.google.world import User
from tests.stack import Stack
from tests.stored import rows_of
from tests.web import Web

CARLOS = {"firstname": "Carlos", "lastname": "Álvarez"}


@dataclass
class Rest:
    """The interface of a set-up stack. `admin`: the browser in which keys are made and settings changed."""

    stack: Stack
    admin: Web
    key: str

    def call(self, method: str, path: str, body: object = None, key: str | None = None) -> requests.Response:
        """A request with a JSON body (bytes as they are) and a key, "" for none."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = self.key if key is None else key
        headers = {"Authorization": f"Bearer {sent}"} if sent else {}
        return requests.request(method, f"{self.stack.base_url}/rest/{path}", data=data, headers=headers, timeout=30)

    def account(self, address: str) -> User | None:
        return self.stack.world.user_by_email(address)

    def entries(self, address: str) -> list[dict[str, object]]:
        """The audit entries about an address."""
        rows = rows_of(self.stack, address)
        return [row for name, row in rows.items() if "/AuditEntry/" in name and row["target"] == address]

    def settings(self, **fields: str) -> None:
        """Change the domain's names page."""
        page = self.admin.get(f"{self.stack.base_url}/manage/names").form("/manage/names").submit(**fields)
        assert page.status == 200, page.text


def issue_key(admin: Web, base_url: str, name: str = "Timetable", **fields: str) -> str:
    """By the page; the key that it shows."""
    page = admin.get(f"{base_url}/manage/keys").form("/manage/keys").submit(name=name, **fields)
    return next(e["value"] for e in page.document.all("input") if e["value"].startswith("fd_"))


NUMBERS = count(1)


def order(**changes: str) -> dict[str, str]:
    """An account that can be made, under a name of its own each time."""
    username = f"zoe.quill{next(NUMBERS)}"
    return {"username": username, "firstname": "Zoë", "lastname": "Quill", "password": "correct horse"} | changes


def refused(answer: requests.Response, status: int) -> str:
    """Checks that it is an error in the interface's own form; what it says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()) == ["errorMessage"]
    return str(answer.json()["errorMessage"])
