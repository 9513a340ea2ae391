"""Cloud Tasks v2 as the app calls it: tasks.create, get, list and delete, and queues.get."""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.google import outgoing, task_queue, tokens
from sandbox.google.errors import GoogleError, insufficient_scopes, service_disabled
from sandbox.google.scopes import CLOUD_PLATFORM
from sandbox.google.task_queue_state import QueuedTask
from sandbox.google.world import World

HOST = "cloudtasks.googleapis.com"
MAX_BODY = 100_000  # bytes of a whole task
FURTHEST = 30 * 86_400  # seconds that a task may lie ahead
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
_PAGE = 1000
_PERMISSIONS = {"POST": "create", "GET": "get", "DELETE": "delete"}


def blueprint(world: World) -> Blueprint:
    """The addresses below /v2/projects/P/locations/L/queues/Q."""
    pages = Blueprint("task_queue", __name__, url_prefix="/v2/projects/<project>/locations/<location>/queues")

    @pages.get("/<queue>")
    def queue_get(project: str, location: str, queue: str) -> Response:
        return jsonify(_queue(_permitted(world, project, location, queue)))

    @pages.post("/<queue>/tasks")
    def create(project: str, location: str, queue: str) -> Response:
        task = _read(world, _permitted(world, project, location, queue))
        task_queue.create(world, task)
        return jsonify(_resource(task))

    @pages.get("/<queue>/tasks")
    def list_(project: str, location: str, queue: str) -> Response:
        return jsonify(_listed(world, _permitted(world, project, location, queue)))

    @pages.get("/<queue>/tasks/<task>")
    def get(project: str, location: str, queue: str, task: str) -> Response:
        return jsonify(_resource(task_queue.find(world, f"{_permitted(world, project, location, queue)}/tasks/{task}")))

    @pages.delete("/<queue>/tasks/<task>")
    def delete(project: str, location: str, queue: str, task: str) -> Response:
        name = f"{_permitted(world, project, location, queue)}/tasks/{task}"
        with world.noting():
            task_queue.remove(world, task_queue.find(world, name))
        return jsonify({})

    return pages


def _permitted(world: World, project: str, location: str, queue: str) -> str:
    """The queue's name in full, once it is certain that the caller may use it."""
    token = tokens.token_from_request(world, request)
    if "cloudtasks" in world.project.disabled_apis:
        raise service_disabled(HOST, "Cloud Tasks API", world.project.number)
    if CLOUD_PLATFORM not in token.scopes:
        raise insufficient_scopes(HOST, "google.cloud.tasks.v2.CloudTasks")
    ours = token.kind == "service" and token.client == world.project.service_account_client_id
    name = f"projects/{project}/locations/{location}/queues/{queue}"
    if not ours or project != world.project.project_id:
        permission = f"cloudtasks.tasks.{_PERMISSIONS.get(request.method, 'get')}"
        raise GoogleError(
            403, f'The principal lacks IAM permission "{permission}" for the resource "{name}" '
            "(or the resource may not exist).", status="PERMISSION_DENIED",
        )  # fmt: skip
    if location != world.project.location or queue not in world.project.queues:
        raise GoogleError(
            404, "Queue does not exist. If you just created the queue, wait at least a minute for the queue to "
            "initialize.", status="NOT_FOUND",
        )  # fmt: skip
    return name


def _read(world: World, queue: str) -> QueuedTask:
    if (request.content_length or 0) > MAX_BODY:
        raise _invalid("Task size too large")
    body = request.get_json(force=True, silent=True)
    sent = body.get("task") if isinstance(body, dict) else None
    call = sent.get("httpRequest") if isinstance(sent, dict) else None
    if not isinstance(sent, dict) or not isinstance(call, dict):
        raise _invalid("Request contains an invalid argument.")
    account, audience = _identity(world, call)
    return QueuedTask(
        name=_name(queue, sent),
        url=_url(call),
        method=str(call.get("httpMethod") or "POST"),
        headers={str(name): str(value) for name, value in dict(call.get("headers") or {}).items()},
        body=_base64(str(call.get("body") or "")),
        account=account,
        audience=audience,
        deadline=_deadline(str(sent.get("dispatchDeadline") or "600s")),
        due=_moment(world, str(sent.get("scheduleTime") or "")),
    )


def _name(queue: str, sent: Mapping[str, Any]) -> str:
    name = str(sent.get("name") or f"{queue}/tasks/{secrets.randbelow(10**20)}")
    before, _, task_id = name.partition("/tasks/")
    if before != queue:
        raise _invalid("The queue name from request parent must match the task name.")
    if not _TASK_ID.fullmatch(task_id):
        raise _invalid(
            'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/'
            '<TASK_ID>"'
        )
    return name


def _url(call: Mapping[str, Any]) -> str:
    url = str(call.get("url") or "")
    if not outgoing.is_here(url):
        raise _invalid("HttpRequest.url must lead to this machine: the sandbox calls nobody else.")
    return url


def _identity(world: World, call: Mapping[str, Any]) -> tuple[str, str]:
    token = call.get("oidcToken") or {}
    account = str(token.get("serviceAccountEmail") or "")
    if account and account != world.project.service_account_email:
        raise GoogleError(
            403, f'The principal lacks IAM permission "iam.serviceAccounts.actAs" for the resource "{account}".',
            status="PERMISSION_DENIED",
        )  # fmt: skip
    return account, str(token.get("audience") or "")


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise _invalid("Invalid value at 'task.http_request.body' (TYPE_BYTES), Base64 decoding failed") from problem
    return text


def _deadline(text: str) -> float:
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError as problem:
        raise _invalid("Invalid value at 'task.dispatch_deadline'") from problem
    if not 15 <= seconds <= 1800:
        raise _invalid("Task.dispatchDeadline must be between [15s, 30m].")
    return seconds


def _moment(world: World, text: str) -> float:
    try:
        when = datetime.fromisoformat(text).timestamp() if text else 0.0
    except ValueError as problem:
        raise _invalid("Invalid value at 'task.schedule_time'") from problem
    if when > world.now().timestamp() + FURTHEST:
        raise _invalid("Task.scheduleTime must be within 30 days.")
    return when


def _invalid(message: str) -> GoogleError:
    return GoogleError(400, message, status="INVALID_ARGUMENT")


def _listed(world: World, queue: str) -> dict[str, object]:
    size = min(request.args.get("pageSize", _PAGE, int) or _PAGE, _PAGE)
    start = request.args.get("pageToken", 0, int)
    found = sorted((task for task in task_queue.waiting(world) if task.queue == queue), key=lambda task: task.name)
    page = {"tasks": [_resource(task) for task in found[start : start + size]]}
    return page | ({"nextPageToken": str(start + size)} if len(found) > start + size else {})


def _resource(task: QueuedTask) -> dict[str, object]:
    """The BASIC view, which leaves the body out. Counts of 0 are left out, as JSON of protocol buffers does."""
    call: dict[str, object] = {"url": task.url, "httpMethod": task.method, "headers": task.headers}
    if task.account:
        call["oidcToken"] = {"serviceAccountEmail": task.account, "audience": task.audience}
    whole: dict[str, object] = {
        "name": task.name, "httpRequest": call, "scheduleTime": _stamp(task.due),
        "createTime": _stamp(int(task.created)), "dispatchDeadline": f"{task.deadline:g}s", "view": "BASIC",
    }  # fmt: skip
    counts = {"dispatchCount": task.dispatches, "responseCount": task.responses}
    if task.first_attempt:
        whole |= {
            "firstAttempt": {"dispatchTime": _stamp(task.first_attempt)},
            "lastAttempt": {"dispatchTime": _stamp(task.last_attempt)},
        }
    return whole | {name: count for name, count in counts.items() if count}


def _queue(name: str) -> dict[str, object]:
    return {
        "name": name,
        "rateLimits": {
            "maxDispatchesPerSecond": task_queue.MAX_DISPATCHES_PER_SECOND,
            "maxBurstSize": 100,
            "maxConcurrentDispatches": task_queue.MAX_CONCURRENT_DISPATCHES,
        },
        "retryConfig": {
            "maxAttempts": task_queue.MAX_ATTEMPTS,
            "minBackoff": f"{task_queue.MIN_BACKOFF:.3f}s",
            "maxBackoff": f"{task_queue.MAX_BACKOFF:g}s",
            "maxDoublings": task_queue.MAX_DOUBLINGS,
        },
        "state": "RUNNING",
    }


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
