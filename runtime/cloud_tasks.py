"""Adapter to Cloud Tasks v2 (discovery document cloudtasks.v2, in google-api-python-client)."""

import base64
import hashlib
import json
import re
import threading
from typing import Any

from google.api_core.exceptions import RetryError
from google.api_core.retry import Retry
from googleapiclient.discovery import build

from runtime.google_api import GoogleTransport, MappedHttp
from runtime.google_problems import AlreadyExists, GoogleProblem, OurConfiguration
from runtime.problems import Unavailable
from runtime.settings import Settings
from runtime.tasks import Task

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
DISPATCH_DEADLINE = "600s"
"""When the queue stops waiting and tries again: as long as App Engine lets a request run."""
LONGEST_NAME = 400  # characters; a task id may have 500, the hash before it included
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]+")
PATIENCE = 4.0
"""Seconds for which a create is tried again when the queue does not answer, or asks us to slow down."""
_CREATE_RETRY = Retry(
    predicate=lambda error: isinstance(error, GoogleProblem) and error.retry,
    initial=0.1, maximum=1.0, timeout=PATIENCE,
)  # fmt: skip


class CloudTasks:
    """Implements runtime.tasks.Tasks. Tasks come back to BASE_URL with an ID token of our own service account."""

    def __init__(self, transport: GoogleTransport, settings: Settings, *, patience: float = PATIENCE) -> None:
        """Nothing is loaded or called before the first use. patience: seconds for which creates are tried again."""
        self._retry = _CREATE_RETRY.with_timeout(patience)
        self._transport = transport
        self._settings = settings
        self._lock = threading.Lock()
        self._built: Any = None

    def enqueue(self, task: Task) -> None:
        """See Tasks. A create has a name, so it may be sent again when its answer was lost."""
        try:
            self._retry(lambda: self._create(task))()
        except RetryError as error:
            raise Unavailable("Work could not be left with the task queue.", raw=_raw(error.cause)) from error
        except AlreadyExists:
            return  # left before: by an attempt whose answer was lost, or by whoever does the same work
        except GoogleProblem as error:
            raise OurConfiguration("The task queue does not take our work.", raw=error.raw) from error

    def _create(self, task: Task) -> None:
        queue = queue_name(self._settings, task.queue)
        request = self._queues.tasks().create(parent=queue, body={"task": self._resource(task, queue)}, fields="name")
        self._transport.execute(request, subject="", scopes=[SCOPE])

    def _resource(self, task: Task, queue: str) -> dict[str, Any]:
        settings = self._settings
        call = {
            "url": settings.base_url + task.path,
            "httpMethod": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": base64.b64encode(json.dumps(dict(task.payload)).encode()).decode(),
            "oidcToken": {"serviceAccountEmail": settings.service_account_email, "audience": settings.base_url},
        }
        resource = {
            "name": f"{queue}/tasks/{task_id(task.name)}", "httpRequest": call, "dispatchDeadline": DISPATCH_DEADLINE
        }  # fmt: skip
        when = {"scheduleTime": task.not_before.isoformat()} if task.not_before else {}
        return resource | when

    @property
    def _queues(self) -> Any:
        with self._lock:
            if self._built is None:
                self._built = build(
                    "cloudtasks", "v2", http=MappedHttp({}), static_discovery=True, cache_discovery=False
                )
            return self._built.projects().locations().queues()


def queue_name(settings: Settings, queue: str) -> str:
    """The queue's resource name."""
    return f"projects/{settings.google_cloud_project}/locations/{settings.tasks_location}/queues/{queue}"


def task_id(name: str) -> str:
    """An id that Google takes, of its own for each name. The hash comes first: ids with a common beginning are slow."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{digest}-{_NOT_IN_IDS.sub('_', name)[:LONGEST_NAME]}"


def _raw(cause: BaseException | None) -> str:
    return cause.raw if isinstance(cause, GoogleProblem) else str(cause)
