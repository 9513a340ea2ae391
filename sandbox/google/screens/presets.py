"""Ready-made trouble for the panel: each is something that really happens, and what the app should make of it."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.google.world import Fault, Knobs, World

USERS = "/admin/directory/v1/users"


@dataclass(frozen=True)
class Preset:
    """A named change of the world; `apply` runs inside `world.changing()`."""

    name: str
    label: str
    explanation: str
    apply: Callable[[World], None]


def _fault(path: str, **how: object) -> Callable[[World], None]:
    return lambda world: world.faults.append(Fault(path, id=next_fault_id(world), **how))  # type: ignore[arg-type]


def next_fault_id(world: World) -> str:
    """A number that no fault on the list has."""
    numbers = [int(fault.id) for fault in world.faults if fault.id.isdigit()]
    return str(max(numbers, default=0) + 1)


def _knobs(**values: float) -> Callable[[World], None]:
    def turn(world: World) -> None:
        for name, value in values.items():
            setattr(world.knobs, name, value)

    return turn


def _without_token_creator(world: World) -> None:
    world.project.token_creator = False


def _without_admin_sdk(world: World) -> None:
    world.project.disabled_apis = sorted({*world.project.disabled_apis, "admin"})


def heal(world: World) -> None:
    """Take all trouble away; what people did stays. The clock keeps its offset, because time does not go back."""
    world.faults.clear()
    world.knobs = Knobs(clock_offset=world.knobs.clock_offset)
    world.project.token_creator = True
    world.project.disabled_apis = []
    world.project.client_state = "enabled"


PRESETS = (
    Preset(
        "directory-503",
        "Directory answers 503 three times",
        "A hiccup. Reads should simply succeed a moment later.",
        _fault("/admin/directory/", status=503, count=3),
    ),
    Preset(
        "create-lost",
        "The next create succeeds, but the answer is lost",
        "The account exists and nobody was told. It must be found again by its mark, not made twice.",
        _fault(USERS, method="POST", status=0, when="after"),
    ),
    Preset(
        "create-503",
        "The next create succeeds, but the answer says 503",
        "The same ambiguity, with an answer.",
        _fault(USERS, method="POST", status=503, when="after"),
    ),
    Preset(
        "directory-down",
        "Directory does not answer at all",
        "Every connection is cut until you remove the fault.",
        _fault("/admin/directory/", status=0, count=-1),
    ),
    Preset(
        "license-403",
        "License API forbids our app id",
        "Not the customer's doing: people who are known stay for a while, then the door closes.",
        _fault("/appsmarket/", status=403, count=-1),
    ),
    Preset(
        "token-creator",
        "Token creator role missing",
        "The service account may not sign as itself. The setup page should say that the fault is not the customer's.",
        _without_token_creator,
    ),
    Preset(
        "admin-sdk",
        "Admin SDK API switched off in the project",
        "403 accessNotConfigured for every Directory call.",
        _without_admin_sdk,
    ),
    Preset("slow", "Everything takes two seconds", "Pages should say that they wait.", _knobs(latency=2.0)),
    Preset(
        "lag",
        "A new user is unknown for 30 seconds",
        "Lists, searches and look-ups lag behind, as Google's do.",
        _knobs(get_lag=30.0, list_lag=30.0, search_lag=30.0),
    ),
    Preset(
        "grant-lag",
        "Grants take five minutes",
        "Delegation that was just given does not work yet.",
        _knobs(grant_lag=300.0),
    ),
    Preset(
        "tasks",
        "Tasks get lost, come twice and change places",
        "One in five each. What is done by tasks should still be done, and once.",
        _knobs(tasks_lost_percent=20, tasks_duplicated_percent=20, tasks_reordered=True),
    ),
    Preset("quota", "Only ten queries a minute", "The eleventh is refused.", _knobs(queries_per_minute=10)),
)
