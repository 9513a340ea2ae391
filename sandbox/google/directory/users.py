"""users.list and users.get."""

import json

from sandbox.google.directory.access import is_public_view
from sandbox.google.directory.call import Answer, Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.page_tokens import issue
from sandbox.google.directory.refusals import not_found
from sandbox.google.directory.rendering import INDENT
from sandbox.google.directory.user_listing import UserListing
from sandbox.google.directory.user_resource import content_etag, is_public
from sandbox.google.directory.user_rows import LEVEL, UserRows

_ROWS = "\ue002"


def list_users(directory: Directory, call: Call) -> Answer:
    """GET users."""
    listing, writer = UserListing(directory, call), UserRows(directory, call)
    rows, place = listing.page()
    asked = call.style.inside("users")
    texts = [writer.row(row, asked[0]) for row in rows] if asked else []
    answer: dict[str, object] = {"kind": "admin#directory#users"}
    answer["etag"] = content_etag({"rows": [row.place for row in rows], "version": directory.world.version})
    if rows:
        answer["users"] = [_ROWS]
    if place:
        answer["nextPageToken"] = issue(call, place, directory.now().timestamp())
    between = ",\n" + " " * INDENT * LEVEL if call.style.is_pretty else ","
    return Answer(call.style.render(answer).replace(json.dumps(_ROWS, ensure_ascii=False), between.join(texts), 1))


def get_user(directory: Directory, call: Call) -> Answer:
    """GET users/{userKey}."""
    user = directory.find_user(call, call.path["userKey"])
    if is_public_view(call) and not is_public(user):
        raise not_found("userKey")
    return Answer(UserRows(directory, call).resource(user))
