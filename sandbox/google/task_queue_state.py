"""A task in the simulated Cloud Tasks. Plain state."""

from dataclasses import dataclass, field


@dataclass
class QueuedTask:
    """One HTTP task; it stays for a while after its end, as its name does. Times: seconds since 1970; 0 = never."""

    name: str  # projects/P/locations/L/queues/Q/tasks/T
    url: str
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""  # base64, as on the wire
    account: str = ""  # e-mail of the service account whose ID token goes along; "" for none
    audience: str = ""
    deadline: float = 600.0  # seconds that an attempt may take
    created: float = 0.0
    due: float = 0.0
    first_attempt: float = 0.0
    last_attempt: float = 0.0
    dispatches: int = 0  # attempts that were begun
    responses: int = 0  # of them, those that got any answer
    executions: int = 0  # of those, the ones that were not 5xx
    last_status: int = 0  # HTTP; 0 also where the last attempt got no answer
    gone: float = 0.0  # when it was done, deleted, given up or lost

    @property
    def id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    @property
    def queue(self) -> str:
        """The queue's name in full."""
        return self.name.partition("/tasks/")[0]
