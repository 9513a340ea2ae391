"""`python -m sandbox.datastore --path FILE --port N`: serves until it is told to end."""

import argparse
import signal
from pathlib import Path

from sandbox.datastore.server import DatastoreServer


def main() -> None:
    """Runs the server until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.datastore", description="Google's Datastore on SQLite.")
    parser.add_argument("--path", type=Path, help="the file; without it everything is kept in memory")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    arguments = parser.parse_args()
    ending = {signal.SIGTERM, signal.SIGINT}
    # Blocked before any thread exists, so that none of them can be chosen to receive the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    with DatastoreServer(arguments.path, arguments.port) as server:
        print(f"Datastore on {server.address}", flush=True)
        signal.sigwait(ending)


if __name__ == "__main__":
    main()
