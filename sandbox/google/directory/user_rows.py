"""People as text for an answer. Computed ones are written from a template, so a page of them costs next to nothing."""

import json
import re
from functools import lru_cache
from typing import Any

from sandbox.google.directory import mask as masks
from sandbox.google.directory.access import is_public_view
from sandbox.google.directory.call import Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.mask import Mask
from sandbox.google.directory.refusals import invalid_input
from sandbox.google.directory.user_order import Row
from sandbox.google.directory.user_resource import public_view, user_resource
from sandbox.google.generated import GeneratedUsers, etag
from sandbox.google.world import User

LEVEL = 2
"""How deep a row stands in the answer: in a list in an object."""

# Private-use characters, which no name of the computed people has, mark what is filled in.
_HOLE = "\ue000{}\ue001"
_HOLES = re.compile("\ue000(\\w+)\ue001")


class UserRows:
    """Writes people as this call wants them: projection, view, mask, indentation."""

    def __init__(self, directory: Directory, call: Call) -> None:
        """Raises GoogleError 400 for a custom projection without field names."""
        self.directory, self.call = directory, call
        self.schemas = _schemas(call)
        self.is_public = is_public_view(call)
        self.people = GeneratedUsers(call.customer)
        self._templates: dict[tuple[bool, str], str] = {}

    def resource(self, user: User) -> dict[str, Any]:
        """One person as an object."""
        is_ready = not self.directory.is_younger(user.creation_time, self.directory.knobs.mailbox_lag)
        resource = user_resource(user, self.call.customer, mailbox_ready=is_ready, schemas=self.schemas)
        return public_view(resource) if self.is_public else resource

    def row(self, row: Row, mask: Mask | None) -> str:
        """One person as a row of a list."""
        return self._text(row.user, mask) if row.user else self._computed(row.number, mask)

    def _text(self, user: User, mask: Mask | None) -> str:
        return self.call.style.text(masks.apply(mask, self.resource(user)), LEVEL)

    def _computed(self, number: int, mask: Mask | None) -> str:
        people = self.people
        kind = people.is_suspended(number), people.org_unit_path(number)
        template = self._templates.get(kind)
        if template is None:
            template = self._templates[kind] = self._template(*kind, mask)
        given, family, suffix = people.parts(number)
        return template % {
            "id": people.id(number),
            "local": f"{given.local}.{family.local}{suffix}",
            "given": _escaped(given.shown),
            "family": _escaped(family.shown),
        }

    def _template(self, suspended: bool, path: str, mask: Mask | None) -> str:
        id_, local, given, family = (_HOLE.format(name) for name in ("id", "local", "given", "family"))
        customer = self.call.customer
        user = User(id_, f"{local}@{self.people.domain}", given, family, "", customer.id, path, suspended=suspended)
        user.creation_time, user.etag = customer.creation_time, etag(id_)
        return _HOLES.sub(r"%(\1)s", self._text(user, mask).replace("%", "%%"))


def _schemas(call: Call) -> str:
    projection = call.param("projection")
    if projection == "custom":
        names = call.param("customFieldMask")
        if not names:
            raise invalid_input("custom_schema")
        return names
    return "*" if projection == "full" else ""


@lru_cache(maxsize=4096)
def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
