"""What people see of the simulated Workspace: home, launcher, Marketplace, Admin console, and the panel."""

from collections.abc import Callable

from flask import Blueprint

from sandbox.google import control
from sandbox.google import seed as seeding
from sandbox.google.keys import ensure_keys
from sandbox.google.screens.console import Console
from sandbox.google.screens.groups import GroupScreens
from sandbox.google.screens.home import Home
from sandbox.google.screens.marketplace import MarketplaceListing
from sandbox.google.screens.panel import Panel
from sandbox.google.screens.request_log import RequestLog
from sandbox.google.screens.user_list import UserList
from sandbox.google.screens.users import UserScreens
from sandbox.google.screens.visits import add_frame
from sandbox.google.world import World


def blueprint(world: World, seed: Callable[[World], None] | None = None) -> Blueprint:
    """All screens. seed: what the panel's reset starts again from; the sandbox's own seed when it is missing."""
    pages = Blueprint("screens", __name__)
    log = RequestLog(world)
    log.watch(pages)
    add_frame(pages, world)
    user_list = UserList(world)
    for part in (
        Home(world),
        MarketplaceListing(world),
        Console(world, user_list),
        UserScreens(world, user_list),
        GroupScreens(world),
        Panel(world, log, lambda: _reset(world, seed or seeding.seed)),
    ):
        part.add_routes(pages)
    return pages


def _reset(world: World, seed: Callable[[World], None]) -> None:
    with world.changing():
        control.empty(world)
        seed(world)
        ensure_keys(world)
