"""A process that adds names to an index: python -m tests.provisioning.naming.adder JSON.

{"project", "names"}: one list of names for each of its threads. Prints a line when it is ready to begin, and begins
when it is given one.
"""

import json
import sys
import threading

from google.auth.credentials import AnonymousCredentials

from provisioning.naming.taken import TakenNames
from runtime.clock import system_clock
from runtime.datastore import Datastore
from tests.provisioning.naming.listings import SCHOOL, TENANT


def add(datastore: Datastore, taken: TakenNames, names: list[str]) -> None:
    """Half of them one by one, half of them together."""
    one_by_one, together = names[::2], names[1::2]
    with datastore.context():
        for name in one_by_one:
            taken.add(TENANT, SCHOOL, name, "user")
        taken.add_all(TENANT, SCHOOL, [(name, "user") for name in together])


def main() -> None:
    order = json.loads(sys.argv[1])
    datastore, taken = Datastore(order["project"], AnonymousCredentials()), TakenNames(system_clock)
    threads = [threading.Thread(target=add, args=(datastore, taken, names)) for names in order["names"]]
    print("ready", flush=True)
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    datastore.close()


if __name__ == "__main__":
    main()
