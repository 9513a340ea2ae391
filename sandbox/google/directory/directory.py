"""What the handlers of the Directory API share."""

import secrets
from datetime import datetime

from sandbox.google.directory.call import Call
from sandbox.google.directory.index import Index, seconds_since, text_of
from sandbox.google.directory.quotas import Quotas
from sandbox.google.directory.refusals import condition_not_met, conflict, not_authorized, not_found
from sandbox.google.world import Group, Knobs, User, World


class Directory:
    """The world with its look-ups and quotas. Handlers hold `world.lock` while they run."""

    def __init__(self, world: World) -> None:
        """One for each application."""
        self.world = world
        self.index = Index(world)
        self.quotas = Quotas(world)

    @property
    def knobs(self) -> Knobs:
        """The settings of the simulation."""
        return self.world.knobs

    def now(self) -> datetime:
        """The simulation's time."""
        return self.world.now()

    def stamp(self) -> str:
        """The simulation's time as the API writes it."""
        return text_of(self.now())

    def new_id(self) -> str:
        """21 digits that nobody has had."""
        while True:
            found = str(10**20 + secrets.randbelow(9 * 10**19))
            if self.index.user(found) is None:
                return found

    def is_younger(self, creation_time: str, seconds: float) -> bool:
        """Whether something was made less than so many seconds ago."""
        return seconds > 0 and seconds_since(creation_time, self.now()) < seconds

    def find_user(self, call: Call, key: str) -> User:
        """By primary address, alias or id, in the caller's customer. Raises GoogleError 403 or 404 `userKey`."""
        user = self._by_address(call, key) if "@" in key else self.index.user(key)
        if user is None or user.deletion_time or user.customer_id != call.customer.id:
            raise not_found("userKey")
        if self.is_younger(user.creation_time, self.knobs.get_lag):
            raise not_found("userKey")
        return user

    def user_to_change(self, call: Call, key: str) -> User:
        """The same for a change. Raises also 409 and 412 while a creation or a rename is under way, 403 for rank."""
        user = self.find_user(call, key)
        if user.is_admin and not call.user.is_admin:
            raise not_authorized()  # a delegated administrator against a super administrator
        if self.is_younger(user.creation_time, self.knobs.creation_window):
            raise condition_not_met("User creation is not complete.")
        if user.email_changed_at and self.is_younger(user.email_changed_at, self.knobs.rename_window):
            raise conflict()
        return user

    def keep(self, user: User) -> User:
        """Put a computed person into the world before the first change; call inside `Index.changing(user)`."""
        if self.world.users.setdefault(user.id, user) is user:
            user.etag = '"0"'
        return user

    def find_group(self, call: Call, key: str) -> Group:
        """By address, alias or id, in the caller's customer. Raises GoogleError 403 or 404 `groupKey`."""
        group = self.index.holder(key) if "@" in key else self.world.groups.get(key)
        if "@" in key:
            self._refuse_foreign(call, key)
        if not isinstance(group, Group) or group.customer_id != call.customer.id:
            raise not_found("groupKey")
        return group

    def _by_address(self, call: Call, address: str) -> User | None:
        self._refuse_foreign(call, address)
        holder = self.index.holder(address)
        return holder if isinstance(holder, User) else None

    def _refuse_foreign(self, call: Call, address: str) -> None:
        owner = self.index.owner_of_domain(address.rpartition("@")[2])
        if owner is None or owner.customer.id != call.customer.id:
            raise not_authorized()
