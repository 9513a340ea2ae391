"""Finding a free number among many that are not, in few steps of several looks each. Pure.

Looks 1, 2, 4, 8, ... ahead until a number is free, then between the last two. It relies on numbers being used from the
first one upward, so it may miss a gap; where there is an index, that one is asked for gaps instead.
"""

from collections.abc import Callable, Sequence

from provisioning.naming.lineup import LARGEST_NUMBER

Probe = Callable[[Sequence[int]], Sequence[bool]]
"""Which of these numbers are free; all asked for at once."""


def gallop(start: int, probe: Probe, *, at_once: int, within: int) -> int:
    """A number to go on with, from `start` upward, at most `within` - 1 before a free one; 0 if the counter ends.

    at_once: numbers to look at in one step. What lies between two numbers that are not free counts as not free.
    """
    low, ahead = start - 1, 1
    while numbers := [n for power in range(at_once) if (n := start - 1 + (ahead << power)) <= LARGEST_NUMBER]:
        low, free = _look(low, numbers, probe)
        if free:
            return _narrow(low, free, probe, at_once, within)
        ahead <<= at_once
    return 0


def _narrow(low: int, free: int, probe: Probe, at_once: int, within: int) -> int:
    """low: not free."""
    while free - low > within:
        steps = range(1, at_once + 1)
        between = sorted({low + (free - low) * step // (at_once + 1) for step in steps} - {low})
        low, nearer = _look(low, between, probe)
        free = nearer or free
    return low + 1


def _look(low: int, numbers: Sequence[int], probe: Probe) -> tuple[int, int]:
    """The last number before the first free one, and that one; 0 if none is free."""
    for number, is_free in zip(numbers, probe(numbers), strict=True):
        if is_free:
            return low, number
        low = number
    return low, 0
