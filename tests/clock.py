"""A clock that tests move; the product takes its clock as an argument."""

from datetime import UTC, datetime, timedelta

from sandbox.google.world import World


class MovableClock:
    """The real time plus what was added; the simulated Google's clock moves along when it is given."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def advance(self, **delta: float) -> None:
        """As timedelta's arguments."""
        self.offset += timedelta(**delta)
        if self.world is not None:
            with self.world.changing():
                self.world.knobs.clock_offset = self.offset.total_seconds()
