"""The panel to break things: faults, slowness, limits, clock, keys, reset, and what was asked of the simulation."""

import base64
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template, request

from sandbox.google import task_queue
from sandbox.google.cron import SCHEDULE, Cron, read_jobs
from sandbox.google.keys import rotate_keys
from sandbox.google.screens import knobs
from sandbox.google.screens.presets import PRESETS, heal, next_fault_id
from sandbox.google.screens.request_log import RequestLog
from sandbox.google.screens.visits import done
from sandbox.google.task_queue_state import QueuedTask
from sandbox.google.world import Fault, World

METHODS = ("", "GET", "POST", "PUT", "PATCH", "DELETE")
APIS = {
    "admin": "Admin SDK API",
    "appsmarket": "Google Workspace Marketplace API",
    "iamcredentials": "IAM Credentials API",
    "cloudtasks": "Cloud Tasks API",
    "licensing": "Enterprise License Manager API",
}
MOST_TASKS = 50
STATUSES = (0, 400, 401, 403, 404, 409, 412, 429, 500, 502, 503)


class Panel:
    """Screens of the simulation itself; nobody needs to be signed in."""

    def __init__(self, world: World, log: RequestLog, reset: Callable[[], None]) -> None:
        """reset: puts the world back to how it began."""
        self._world, self._log, self._reset = world, log, reset

    def add_routes(self, pages: Blueprint) -> None:
        """`/panel` and what its forms are sent to."""
        pages.add_url_rule("/panel", view_func=self.panel)
        pages.add_url_rule("/panel/log", view_func=self.requests)
        for path, view in (
            ("presets", self.apply_preset),
            ("faults", self.add_fault),
            ("faults/remove", self.remove_fault),
            ("knobs", self.turn_knobs),
            ("clock", self.advance_clock),
            ("keys", self.rotate),
            ("tokens", self.forget_tokens),
            ("project", self.change_project),
            ("tasks/run", self.run_task),
            ("tasks/remove", self.remove_task),
            ("cron", self.call_cron),
            ("heal", self.heal),
            ("reset", self.reset),
            ("log/clear", self.clear_requests),
        ):
            pages.add_url_rule(f"/panel/{path}", view_func=view, methods=["POST"], endpoint=f"panel_{view.__name__}")

    def panel(self) -> str:
        """Everything at once."""
        world = self._world
        with world.lock:
            return render_template(
                "panel.html",
                faults=list(world.faults),
                presets=PRESETS,
                sections=knobs.SECTIONS,
                knobs=world.knobs,
                choices=knobs.CHOICES,
                methods=METHODS,
                statuses=STATUSES,
                apis=APIS,
                project=world.project,
                now=world.now(),
                tasks=[_task_row(world, task) for task in task_queue.waiting(world)[:MOST_TASKS]],
                tasks_waiting=len(task_queue.waiting(world)),
                cron_jobs=read_jobs(SCHEDULE),
                entries=self._log.newest_first()[:12],
            )

    def requests(self) -> str:
        """The log; with ?live=1 it loads itself again every two seconds."""
        return render_template("log.html", entries=self._log.newest_first(), live="live" in request.args)

    def clear_requests(self) -> Response:
        """Empty the log."""
        self._log.clear()
        return done("/panel/log", "The log is empty.")

    def apply_preset(self) -> Response:
        """Make ready-made trouble."""
        preset = next((preset for preset in PRESETS if preset.name == request.form.get("preset")), None)
        if preset is None:
            abort(404)
        with self._world.changing() as world:
            preset.apply(world)
        return done("/panel", f"From now on: {preset.label}.", "warn")

    def add_fault(self) -> Response:
        """Make trouble of one's own."""
        try:
            fault = _fault_of(request.form.to_dict())
        except ValueError as wrong:
            return done("/panel#new-fault", str(wrong), "bad")
        with self._world.changing() as world:
            fault.id = next_fault_id(world)
            world.faults.append(fault)
        return done("/panel", f"Requests to {fault.path} will be hit.", "warn")

    def remove_fault(self) -> Response:
        """Take one fault off the list."""
        with self._world.changing() as world:
            world.faults = [fault for fault in world.faults if fault.id != request.form.get("fault")]
        return done("/panel", "That fault is gone.")

    def turn_knobs(self) -> Response:
        """Change the settings."""
        try:
            with self._world.changing() as world:
                world.knobs = knobs.changed(world.knobs, request.form.to_dict())
        except ValueError as wrong:
            return done("/panel#settings", str(wrong), "bad")
        return done("/panel", "The settings are in force.")

    def advance_clock(self) -> Response:
        """Move the simulation's clock."""
        seconds = request.form.get("seconds", "")
        if not (seconds.isascii() and seconds.isdigit() and int(seconds) <= 10**9):
            abort(400)
        with self._world.changing() as world:
            world.knobs.clock_offset += int(seconds)
        return done("/panel", f"The clock went {timedelta(seconds=int(seconds))} ahead.")

    def rotate(self) -> Response:
        """Sign ID tokens with a new key from now on."""
        rotate_keys(self._world)
        return done("/panel", "ID tokens are signed with a new key. The one before is still published.")

    def forget_tokens(self) -> Response:
        """As an hour later, with all clocks right: no access token of before is known any more."""
        with self._world.changing() as world:
            world.tokens.clear()
        return done("/panel", "All access tokens have run out. What was revoked shows now.")

    def change_project(self) -> Response:
        """Switch roles and APIs of the Cloud project that owns the app."""
        with self._world.changing() as world:
            world.project.token_creator = "token_creator" in request.form
            world.project.disabled_apis = [api for api in APIS if f"enabled_{api}" not in request.form]
        return done("/panel", "The Cloud project was changed.")

    def run_task(self) -> Response:
        """Do not wait for a task's time."""
        with self._world.noting() as world:
            task_queue.find(world, request.form.get("task", "")).due = world.now().timestamp()
        return done("/panel#tasks", "That task leaves now.")

    def remove_task(self) -> Response:
        """Lose a task."""
        with self._world.noting() as world:
            task_queue.remove(world, task_queue.find(world, request.form.get("task", "")))
        return done("/panel#tasks", "That task is gone.", "warn")

    def call_cron(self) -> Response:
        """Do not wait for the scheduler."""
        path = request.form.get("path", "")
        if path not in {job.path for job in read_jobs(SCHEDULE)}:
            abort(404)
        app = urlsplit(self._world.project.launch_url)
        status = Cron(self._world, f"{app.scheme}://{app.netloc}", []).call(path)
        return done("/panel#tasks", f"{path} answered {status or 'nothing'}.", "ok" if status == 204 else "bad")

    def heal(self) -> Response:
        """End all trouble, keep what people did."""
        with self._world.changing() as world:
            heal(world)
        return done("/panel", "All trouble is over.")

    def reset(self) -> Response:
        """Start again from the seed."""
        self._reset()
        self._log.clear()
        return done("/panel", "Everything is as it was at the beginning. The app keeps its own data.")


def _task_row(world: World, task: QueuedTask) -> dict[str, object]:
    """What the panel shows of a task. wait: seconds until it leaves, below 0 when it should have."""
    path = task.url.partition("://")[2].partition("/")[2]
    return {
        "name": task.name,
        "path": f"/{path}",
        "payload": base64.b64decode(task.body).decode("utf-8", "replace"),
        "attempts": task.dispatches,
        "last_status": task.last_status,
        "wait": task.due - world.now().timestamp(),
    }


def _fault_of(typed: dict[str, str]) -> Fault:
    path, count = typed.get("path", "").strip(), typed.get("count", "1").strip()
    if not path.startswith("/"):
        raise ValueError("The path of a fault begins with a slash, for example /admin/directory/v1/users.")
    if typed.get("method", "") not in METHODS or typed.get("status", "") not in map(str, STATUSES):
        raise ValueError("Choose the method and the status from the lists.")
    if not count.removeprefix("-").isdigit() or not (-1 <= int(count) <= 10_000) or int(count) == 0:
        raise ValueError("How often: a number from 1 to 10000, or -1 for every time.")
    after = typed.get("when") == "after"
    return Fault(
        path, typed["method"], int(typed["status"]), typed.get("body", ""), "after" if after else "before", int(count)
    )
