"""The simulated Google as one Flask application: every host of Google's on one origin, told apart by path."""

from collections.abc import Callable

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from sandbox.google import (
    accounts,
    control,
    directory,
    discovery_service,
    faults,
    identity,
    license_manager,
    licensing,
    metadata,
    oidc,
    screens,
    service_accounts,
    task_queue_wire,
    token,
)
from sandbox.google.errors import register_error_handlers
from sandbox.google.keys import ensure_keys
from sandbox.google.world import World


def create_google(world: World, seed: Callable[[World], None] | None = None) -> Flask:
    """The application that answers from this world. seed: what the control operation `reset` starts again from."""
    app = Flask(__name__)
    if isinstance(app.json, DefaultJSONProvider):
        app.json.sort_keys = False
    ensure_keys(world)
    faults.before_the_answer(app, world)
    for part in (oidc, accounts, token, identity, metadata, service_accounts, licensing, license_manager, directory):
        app.register_blueprint(part.blueprint(world))
    app.register_blueprint(discovery_service.blueprint())
    app.register_blueprint(task_queue_wire.blueprint(world))
    app.register_blueprint(control.blueprint(world, seed))
    app.register_blueprint(screens.blueprint(world, seed))
    faults.after_the_work(app)
    register_error_handlers(app)
    return app
