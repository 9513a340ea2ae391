"""What goes on beside the servers: the same thing again and again, in a thread."""

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Rounds(ABC):
    """Entered, it makes its rounds by itself until the block ends."""

    def __init__(self, name: str, pause: float) -> None:
        """name: the thread's. pause: seconds before each round."""
        self._pause = pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name=name, daemon=True)

    def __enter__(self) -> Self:
        """From now on."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the round that is under way, and begins no other."""
        self._stopping.set()
        self._thread.join()

    @abstractmethod
    def make_round(self) -> None:
        """Look what is to be done now, and do it or see that it is done."""

    def _go_on(self) -> None:
        while not self._stopping.wait(self._pause):
            self.make_round()
