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

    def advance(self, *, google: bool = True, **delta: float) -> None:
        """As timedelta's arguments. google=False leaves Google's clock alone: its tokens do not grow old."""
        self.offset += timedelta(**delta)
        if self.world is not None and google:
            with self.world.changing():
                self.world.knobs.clock_offset += timedelta(**delta).total_seconds()
