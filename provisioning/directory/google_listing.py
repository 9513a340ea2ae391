"""The whole Directory, page by page, over Google's Admin SDK. The other file that knows its JSON.

A million people are two thousand pages, each asked for with the token of the page before: the masks name what is read
and nothing else, nextPageToken among it, and answers come gzipped and without indentation.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httplib2
from googleapiclient.discovery import build

from provisioning.directory.port import DeletedUser, LastEntry, ListedGroup, ListedUser, Page
from runtime.google_api import GoogleTransport
from runtime.google_problems import understood

USERS = "https://www.googleapis.com/auth/admin.directory.user"
GROUPS = "https://www.googleapis.com/auth/admin.directory.group.readonly"
MOST_USERS, MOST_GROUPS = 500, 200
"""How long the API lets a page be."""
_ALWAYS = {"customer": "my_customer", "prettyPrint": False}
_USER = (
    "id,primaryEmail,aliases,nonEditableAliases,name(givenName,familyName),orgUnitPath,suspended,archived,externalIds"
)
_GROUP = "id,email,name,aliases,nonEditableAliases"
_BACKWARDS = {"orderBy": "email", "sortOrder": "DESCENDING", "maxResults": 1}


class GoogleListing:
    """Implements provisioning.directory.port.Listing."""

    def __init__(self, transport: GoogleTransport) -> None:
        """Nothing is loaded or called before the first use."""
        self._transport = transport
        self._lock = threading.Lock()
        self._built: tuple[Any, Any] | None = None

    @understood()
    def users_page(self, subject: str, token: str) -> Page[ListedUser]:
        """See Listing. Without orderBy: by address is the default, and naming it may ask an index that lags (guess)."""
        answer = self._users(subject, f"nextPageToken,users({_USER})", **_from(token))
        return Page([_user(item) for item in answer.get("users", ())], answer.get("nextPageToken", ""))

    @understood()
    def deleted_page(self, subject: str, token: str) -> Page[DeletedUser]:
        """See Listing."""
        mask = "nextPageToken,users(id,primaryEmail,deletionTime)"
        answer = self._users(subject, mask, showDeleted="true", **_from(token))
        found = answer.get("users", ())
        entries = [DeletedUser(item["id"], item["primaryEmail"], item.get("deletionTime", "")) for item in found]
        return Page(entries, answer.get("nextPageToken", ""))

    @understood()
    def groups_page(self, subject: str, token: str) -> Page[ListedGroup]:
        """See Listing."""
        answer = self._groups(subject, f"nextPageToken,groups({_GROUP})", **_from(token))
        return Page([_group(item) for item in answer.get("groups", ())], answer.get("nextPageToken", ""))

    @understood()
    def last_user(self, subject: str) -> LastEntry | None:
        """See Listing."""
        found = self._users(subject, "users(id,primaryEmail,creationTime)", **_BACKWARDS).get("users")
        if not found:
            return None
        created = found[0].get("creationTime")  # which Google may leave out shortly after a create
        created_at = datetime.fromisoformat(created).astimezone(UTC) if created else None
        return LastEntry(found[0]["id"], found[0]["primaryEmail"], created_at)

    @understood()
    def last_group(self, subject: str) -> LastEntry | None:
        """See Listing."""
        found = self._groups(subject, "groups(id,email)", **_BACKWARDS).get("groups")
        return LastEntry(found[0]["id"], found[0]["email"], None) if found else None

    def _users(self, subject: str, mask: str, **question: Any) -> Mapping[str, Any]:
        asked = {**_ALWAYS, "maxResults": MOST_USERS, "fields": mask, **question}
        return self._execute(self._resources[0].list(**asked), subject, USERS)

    def _groups(self, subject: str, mask: str, **question: Any) -> Mapping[str, Any]:
        asked = {**_ALWAYS, "maxResults": MOST_GROUPS, "fields": mask, **question}
        return self._execute(self._resources[1].list(**asked), subject, GROUPS)

    def _execute(self, request: Any, subject: str, scope: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._transport.execute(request, subject=subject, scopes=[scope])
        return answer

    @property
    def _resources(self) -> tuple[Any, Any]:
        """users and groups; making one takes a millisecond, so that is done once. Each call brings its connection."""
        with self._lock:
            if self._built is None:
                http = httplib2.Http()
                api = build("admin", "directory_v1", http=http, static_discovery=True, cache_discovery=False)
                self._built = api.users(), api.groups()
            return self._built


def _from(token: str) -> dict[str, str]:
    """An empty pageToken is refused, so the first page is asked for without one."""
    return {"pageToken": token} if token else {}


def _user(item: Mapping[str, Any]) -> ListedUser:
    """Shortly after a create Google may leave out all but the id and the address."""
    get = item.get
    name = get("name") or {}
    return ListedUser(
        item["id"],
        item["primaryEmail"],
        tuple(get("aliases", ())),
        tuple(get("nonEditableAliases", ())),
        name.get("givenName", ""),
        name.get("familyName", ""),
        get("orgUnitPath", "/"),
        get("suspended", False),
        get("archived", False),
        _organization_ids(item["externalIds"]) if "externalIds" in item else (),
    )


def _organization_ids(external_ids: Any) -> tuple[str, ...]:
    """Of externalIds, which the discovery document types as `any`."""
    entries = external_ids if isinstance(external_ids, list) else []
    return tuple(
        str(entry.get("value", ""))
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("type") == "organization"
    )


def _group(item: Mapping[str, Any]) -> ListedGroup:
    get = item.get
    aliases, non_editable = get("aliases", ()), get("nonEditableAliases", ())
    return ListedGroup(item["id"], item["email"], get("name", ""), tuple(aliases), tuple(non_editable))
