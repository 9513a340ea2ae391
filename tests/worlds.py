"""Simulated Workspaces that do not have to make keys first."""

from functools import cache

from sandbox.google.grants import SigningKey
from sandbox.google.keys import new_key
from sandbox.google.world import World


def new_world() -> World:
    """An empty one, with the keys that all of this process have at the beginning."""
    return World(signing_keys=[*_keys()[:2]], service_account_keys=[*_keys()[2:]])


@cache
def _keys() -> list[SigningKey]:
    return [new_key() for _ in range(3)]
