"""`python -m sandbox`, which is what `make run` calls. Honours PORT, GOOGLE_PORT and DATA."""

import os
import signal
import sys
import threading

from sandbox.google import seed
from sandbox.runner import CannotStart, Options, Sandbox, options_from

WELCOME = """
  Frontdesk is running.

    Simulated Workspace   {google_url}     begin here
    Frontdesk             {base_url}     the app itself

  The story: sign in to the simulated Workspace as the administrator, install Frontdesk from its Marketplace,
  follow the setup page until every check is green and name Hanna among those who may create accounts,
  then, in a private window, sign in as Hanna, open Frontdesk from the launcher and create an account.
  After that a list of a whole class, an invitation, and something to break: the first page leads through it.

    Administrator         {admin}
    Hanna, ordinary user  {helpdesk}
    Operator of the app   {operator}
    Password of everybody {password}

  What you do is kept in {data}. Ctrl-C stops everything.
"""


def main() -> int:
    """Run until a signal or until the product dies; the exit status says which."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a closed terminal hangs up
        signal.signal(number, lambda *_: stopping.set())
    try:
        options = options_from(os.environ)
        with Sandbox(options, os.environ, stopping) as sandbox:
            if not stopping.is_set():
                print(welcome(options), flush=True)
            return until_the_end(sandbox, stopping)
    except CannotStart as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1


def welcome(options: Options) -> str:
    """Where to go and as whom."""
    return WELCOME.format(
        google_url=f"http://127.0.0.1:{options.google_port}",
        base_url=options.base_url,
        admin=seed.ADMIN,
        helpdesk=seed.HELPDESK,
        operator=seed.OPERATOR,
        password=seed.PASSWORD,
        data=options.data.resolve(),
    )


def until_the_end(sandbox: Sandbox, stopping: threading.Event) -> int:
    """Wait for either; the exit status of the command."""
    while not stopping.wait(0.5):
        status = sandbox.ended()
        if status is not None:
            print(f"\nFrontdesk has ended by itself (exit status {status}). Its own words are above.", file=sys.stderr)
            return 1
    print("\nStopping.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
