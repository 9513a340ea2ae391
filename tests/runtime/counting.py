"""A counter that many want: python -m tests.runtime.counting PROJECT ID TIMES. Prints how often it was raised."""

import json
import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import ndb

from runtime.datastore import Datastore, transact
from runtime.problems import Unavailable


class Counted(ndb.Model):  # type: ignore[misc]
    """A row of these tests."""

    value = ndb.IntegerProperty(required=True)


def raise_it(id_: str) -> bool:
    """One more; False when others were faster every time."""

    def add() -> None:
        row = Counted.get_by_id(id_) or Counted(id=id_, value=0)
        row.value += 1
        row.put()

    try:
        transact(add)
    except Unavailable:
        return False
    return True


def main() -> None:
    project, id_, times = sys.argv[1:]
    datastore = Datastore(project, AnonymousCredentials())
    with datastore.context():
        done = sum(raise_it(id_) for _ in range(int(times)))
    datastore.close()
    print(json.dumps(done))


if __name__ == "__main__":
    main()
