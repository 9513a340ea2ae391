"""What Frontdesk knows of the people and groups: as of when, how it is read again, and what stood in the way."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.access import Guards, Principal
from provisioning.directory.snapshot import Snapshots
from runtime.audit import Actor
from runtime.numbers import whole_number
from runtime.problems import BadRequest


def directory_blueprint(guards: Guards, snapshots: Snapshots) -> Blueprint:
    """Routes under /manage/directory, named directory.<view>."""
    blueprint = Blueprint("directory", __name__, url_prefix="/manage/directory")
    views = _Views(snapshots)
    for rule, name, view, method in (
        ("", "show", views.show, "GET"),
        ("/state", "state", views.state, "GET"),
        ("/refresh", "refresh", views.refresh, "POST"),
        ("/accept", "accept", views.accept, "POST"),
        ("/discard", "discard", views.discard, "POST"),
    ):
        blueprint.add_url_rule(rule, name, guards.admin_required(view), methods=[method])
    return blueprint


class _Views:
    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    def show(self, principal: Principal) -> str:
        return render_template("directory/show.html", status=self._snapshots.status(principal.tenant))

    def state(self, principal: Principal) -> str:
        """The part that changes while it is read, for pages that look again by themselves."""
        return render_template("directory/state.html", status=self._snapshots.status(principal.tenant))

    def refresh(self, principal: Principal) -> Any:
        self._snapshots.start(principal.tenant, Actor.of(principal), "asked for")
        return _back()

    def accept(self, principal: Principal) -> Any:
        self._snapshots.accept(principal.tenant, Actor.of(principal), _generation())
        return _back()

    def discard(self, principal: Principal) -> Any:
        self._snapshots.discard(principal.tenant, Actor.of(principal), _generation())
        return _back()


def _generation() -> int:
    """Which reading the person decided about: the page may be old."""
    generation = whole_number(request.form.get("generation", ""))
    if generation is None:
        raise BadRequest("The form is incomplete.", advice="Load the page again, then decide again.")
    return generation


def _back() -> Any:
    return redirect(url_for("directory.show"), 303)
