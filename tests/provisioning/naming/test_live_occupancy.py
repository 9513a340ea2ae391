"""Whether addresses are in use, asked of the simulated Google about all of them at once."""

import threading

import pytest

from provisioning.directory.port import AddressOccupant, Directory
from provisioning.naming.live_occupancy import A_MINUTE, ADMINISTRATOR_KEPT, TAKEN_KEPT, DirectoryOccupancy
from provisioning.naming.occupancy import Occupant
from runtime.google_problems import AccessRefused, GoogleUnreachable
from runtime.limits import Limits, LimitSpent
from sandbox.google.world import Fault
from tests.provisioning.conftest import ADMIN, DOMAIN, TENANT, Desk

PEOPLE, GROUPS = "/admin/directory/v1/users", "/admin/directory/v1/groups"


@pytest.fixture
def occupancy(desk: Desk) -> DirectoryOccupancy:
    return DirectoryOccupancy(desk.directory, lambda _tenant: ADMIN, Limits(desk.clock), desk.clock)


def fault(desk: Desk, path: str, status: int) -> None:
    with desk.world.changing():
        desk.world.faults.append(Fault(path, "GET", status, count=-1))


def test_all_kinds_are_told_and_free_names_left_out(occupancy: DirectoryOccupancy) -> None:
    names = ["hanna.helpdesk", "front.desk", "office", "info", "nobody.here", "o'nobody"]
    assert occupancy.occupants(TENANT, DOMAIN, names) == {
        "hanna.helpdesk": Occupant("user"),
        "front.desk": Occupant("alias"),
        "office": Occupant("group"),
        "info": Occupant("group alias"),
    }
    assert occupancy.occupants(TENANT, DOMAIN, []) == {}


class Together:
    """The Directory, which answers nobody before so many questions are under way."""

    def __init__(self, directory: Directory, questions: int) -> None:
        self._directory = directory
        self._all_there = threading.Barrier(questions, timeout=30)

    def person_at(self, subject: str, address: str) -> AddressOccupant | None:
        self._all_there.wait()
        return self._directory.person_at(subject, address)

    def group_at(self, subject: str, address: str) -> AddressOccupant | None:
        self._all_there.wait()
        return self._directory.group_at(subject, address)


def test_questions_are_asked_at_the_same_time(desk: Desk) -> None:
    directory = Together(desk.directory, 12)
    occupancy = DirectoryOccupancy(directory, lambda _tenant: ADMIN, Limits(desk.clock), desk.clock)  # type: ignore[arg-type]
    names = ["hanna.helpdesk", *(f"nobody{number}" for number in range(5))]
    assert occupancy.occupants(TENANT, DOMAIN, names) == {"hanna.helpdesk": Occupant("user")}


@pytest.mark.parametrize("path", [PEOPLE, GROUPS])
@pytest.mark.parametrize(("status", "problem"), [(403, AccessRefused), (503, GoogleUnreachable)])
def test_error_about_one_kind_is_an_error_and_never_free(
    occupancy: DirectoryOccupancy, desk: Desk, path: str, status: int, problem: type[Exception]
) -> None:
    fault(desk, path, status)
    with pytest.raises(problem):
        occupancy.occupants(TENANT, DOMAIN, ["nobody.here"])


def test_person_is_known_although_groups_cannot_be_told(occupancy: DirectoryOccupancy, desk: Desk) -> None:
    fault(desk, GROUPS, 403)
    assert occupancy.occupants(TENANT, DOMAIN, ["front.desk"]) == {"front.desk": Occupant("alias")}


def test_what_is_in_use_is_remembered_for_a_moment_and_what_is_free_is_not(
    occupancy: DirectoryOccupancy, desk: Desk
) -> None:
    assert occupancy.occupants(TENANT, DOMAIN, ["office", "nobody.here"]) == {"office": Occupant("group")}
    fault(desk, PEOPLE, 503)
    assert occupancy.occupants(TENANT, DOMAIN, ["office"]) == {"office": Occupant("group")}
    with pytest.raises(GoogleUnreachable):
        occupancy.occupants(TENANT, DOMAIN, ["nobody.here"])
    with pytest.raises(GoogleUnreachable):
        occupancy.occupants("C0another", DOMAIN, ["office"])
    desk.clock.advance(seconds=TAKEN_KEPT)
    with pytest.raises(GoogleUnreachable):
        occupancy.occupants(TENANT, DOMAIN, ["office"])


def test_administrator_is_looked_up_now_and_then(desk: Desk) -> None:
    asked: list[str] = []

    def administrator(tenant: str) -> str:
        asked.append(tenant)
        return ADMIN

    occupancy = DirectoryOccupancy(desk.directory, administrator, Limits(desk.clock), desk.clock)
    for seconds in (0, 1, ADMINISTRATOR_KEPT):
        desk.clock.advance(seconds=seconds)
        occupancy.occupants(TENANT, DOMAIN, ["nobody.here"])
    assert asked == [TENANT, TENANT]


def test_nobody_asks_so_much_that_nothing_is_left_for_making_accounts(desk: Desk) -> None:
    """Counted over all processes, and for each tenant by itself."""
    limits, names = Limits(desk.clock), [f"nobody{number}" for number in range(100)]
    for _ in range(A_MINUTE // 100):
        limits.spend(TENANT, "addresses", 100, most=A_MINUTE, window_seconds=60)
    occupancy = DirectoryOccupancy(desk.directory, lambda _tenant: ADMIN, Limits(desk.clock), desk.clock)
    with pytest.raises(LimitSpent) as refused:
        occupancy.occupants(TENANT, DOMAIN, names)
    assert 0 < refused.value.retry_after <= 60
    assert occupancy.occupants("C0another", DOMAIN, ["office"]) == {"office": Occupant("group")}
    desk.clock.advance(seconds=60)
    assert occupancy.occupants(TENANT, DOMAIN, ["office"]) == {"office": Occupant("group")}
