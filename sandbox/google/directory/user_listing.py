"""users.list: who is on the page, and where the next one begins."""

from collections.abc import Iterator
from itertools import islice

from sandbox.google.directory import page_tokens
from sandbox.google.directory.access import is_public_view, own_domain, require_own_customer
from sandbox.google.directory.call import Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.page_tokens import Place
from sandbox.google.directory.refusals import bad_request, invalid_input, invalid_parameter
from sandbox.google.directory.user_order import Row, Walk, computed_rows, merged, rows_by_address, stored_rows
from sandbox.google.directory.user_resource import is_public
from sandbox.google.directory.user_search import found_by, read_query
from sandbox.google.generated import GeneratedUsers
from sandbox.google.world import User


class UserListing:
    """One question to users.list."""

    def __init__(self, directory: Directory, call: Call) -> None:
        """Raises GoogleError 400, 403 or 404 when the question cannot be answered."""
        self.directory, self.call = directory, call
        self.domain = _domain(directory, call)
        self.public = is_public_view(call)
        self.shows_deleted = call.param("showDeleted").lower() == "true"
        self.clauses = read_query(call.param("query"), public=self.public)
        self.order = call.param("orderBy") or "email"
        self.is_descending = call.param("sortOrder") == "DESCENDING"
        self.people = GeneratedUsers(call.customer)

    def page(self) -> tuple[list[Row], Place | None]:
        """The rows, and the place of the last one when there are more."""
        size = page_size(self.directory, self.call, 500)
        start = page_tokens.read(self.call, self.directory.now().timestamp())
        repeats = self.directory.knobs.repeat_last_row and size > 1
        walk = Walk(start, self.is_descending, repeats)
        rows = list(islice(self._rows(walk), size + 1))
        has_more = len(rows) > size and not self.directory.knobs.lists_end_early
        return rows[:size], rows[size - 1].place if has_more else None

    def _rows(self, walk: Walk) -> Iterator[Row]:
        stored = (row for row in self._stored(walk) if row.user and self._accepts(row.user))
        if not self._has_computed():
            return stored
        computed = filter(self._is_shown, computed_rows(self.people, self.order, self.clauses, walk))
        return merged(stored, computed, is_descending=self.is_descending)

    def _stored(self, walk: Walk) -> Iterator[Row]:
        index, customer, users = self.directory.index, self.call.customer, self.directory.world.users
        if self.shows_deleted:
            return stored_rows(index.deleted(customer, self.directory.now()), self.order, walk)
        entries = index.stored(customer)
        if self.order == "email":
            return rows_by_address(entries, users, walk)
        return stored_rows((users[user_id] for _, user_id in entries), self.order, walk)

    def _has_computed(self) -> bool:
        customer = self.call.customer
        if not customer.generated_users or self.shows_deleted:
            return False
        return self.domain in {"", customer.primary_domain.lower()}

    def _accepts(self, user: User) -> bool:
        if self.domain and not user.primary_email.lower().endswith("@" + self.domain):
            return False
        if self.directory.is_younger(user.creation_time, self._lag()):
            return False
        return not (self.public and not is_public(user)) and found_by(self.clauses, user, self._lookup)

    def _is_shown(self, row: Row) -> bool:
        """Whether a computed person is still the computed one, and fits."""
        if self.people.id(row.number) in self.directory.world.users:
            return False
        if not self.clauses:
            return not (self.public and self.people.is_suspended(row.number))
        return self._accepts(self.people.person(row.number))

    def _lag(self) -> float:
        knobs = self.directory.knobs
        searches = bool(self.clauses) or (knobs.order_by_uses_search and "orderBy" in self.call.params)
        return max(knobs.list_lag, knobs.search_lag) if searches else knobs.list_lag

    def _lookup(self, address: str) -> User | None:
        holder = self.directory.index.holder(address)
        return holder if isinstance(holder, User) else None


def page_size(directory: Directory, call: Call, most: int) -> int:
    """How many rows a page has: maxResults, the API's most and the knob. Raises GoogleError 400 out of range."""
    asked = int(call.param("maxResults"))
    if asked < 1 or (asked > most and not directory.knobs.clamp_max_results):
        raise invalid_parameter("maxResults", f"Invalid value '{asked}'. Values must be within the range: [1, {most}]")
    size = min(asked, most)
    return min(size, directory.knobs.page_limit) if directory.knobs.page_limit > 0 else size


def _domain(directory: Directory, call: Call) -> str:
    """The domain that is asked for in lower case, "" for the whole customer."""
    customer, domain = call.param("customer"), call.param("domain")
    if not customer and not domain:
        raise bad_request()
    if customer:
        require_own_customer(call, customer)
    if not domain:
        return ""
    owner = own_domain(directory.index, call, domain)
    if owner.is_alias:
        raise invalid_input("domain")
    return owner.domain.name.lower()
