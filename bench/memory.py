"""How much memory this process has had at most; not what a larger parent had before it, which getrusage passes on."""

import resource
from pathlib import Path


def peak_megabytes() -> float:
    """MB that this process had at its largest. Where Linux does not tell, the starting process may count too."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
