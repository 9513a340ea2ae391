"""Bodies of the REST interface: JSON whatever the content type says, because the original's pages send text/plain."""

import json
from collections.abc import Mapping
from typing import Any

from runtime.problems import BadRequest

MAX_BODY = 64 * 1024
"""Bytes."""
MAX_FIELDS = 40
MAX_TEXTS = 100
"""Names in an array; an answer has at most ten, and each of them is looked up."""
LONGEST_TEXT = 64
"""Characters of a name in an array: longer ones are no usernames, and Datastore has no room for them in a key."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises BadRequest."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is JSON, but can be kept nowhere
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON.", advice='Send an object, like {"firstname": "Ada"}.') from error
    if not isinstance(value, dict):
        raise BadRequest("The body is JSON, but not an object.", advice='Send an object, like {"firstname": "Ada"}.')
    return value


def name_fields(values: Mapping[str, Any]) -> dict[str, str | None]:
    """firstname, lastname and any other field of a person: text or null each. Raises BadRequest."""
    if len(values) > MAX_FIELDS:
        raise BadRequest(f"There are more than {MAX_FIELDS} fields.", advice="Send the fields that patterns use.")
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise BadRequest(f"The field {name[:60]} is not text.", advice='Put its value in quotes, like "5".')
    return dict(values)


def text(values: Mapping[str, Any], name: str) -> str:
    """A field that must be there and be text; "" is text. Raises BadRequest."""
    value = values.get(name)
    if not isinstance(value, str):
        raise BadRequest(f"The field {name} is missing or is not text.", advice=f"Send {name} as text in quotes.")
    return value


def texts(values: Mapping[str, Any], name: str) -> list[str]:
    """A field that must be an array of texts. Raises BadRequest."""
    value = values.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequest(
            f"The field {name} is missing or is not an array of texts.", advice="Send the answer of /rest/suggest."
        )
    if len(value) > MAX_TEXTS or any(len(item) > LONGEST_TEXT for item in value):
        raise BadRequest(
            f"The field {name} has more than {MAX_TEXTS} texts, or one of more than {LONGEST_TEXT} characters.",
            advice="Send the answer of /rest/suggest.",
        )
    return value
