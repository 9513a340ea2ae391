"""From Google's listings over the wire to the index: whoever has an address is in it, and nobody else."""

from datetime import UTC, datetime, timedelta

from google.auth.credentials import AnonymousCredentials

from provisioning.naming.index import Index
from provisioning.naming.taken import TakenNames
from runtime.datastore import Datastore
from sandbox.google import people
from tests.stack import ADMIN, SCHOOL, Stack

STUDENTS = "students.northfield.example"


def test_every_address_of_the_school_is_in_the_index(stack: Stack) -> None:
    stack.set_up()
    tenant = stack.customer(SCHOOL).id
    student = next(user for user in stack.world.users.values() if user.primary_email.endswith(STUDENTS))
    people.delete_user(stack.world, student.id)
    stack.cron("/cron/directory")
    stack.run_tasks()
    datastore = Datastore(stack.settings.google_cloud_project, AnonymousCredentials())
    with datastore.context():
        taken = TakenNames(lambda: datetime.now(UTC))
        school, students = taken.of(tenant, SCHOOL), taken.of(tenant, STUDENTS)
        asked = ["hanna.helpdesk", "front.desk", "info", "office", "nobody.here"]
        kinds = {name: occupant.kind for name, occupant in school.occupants(asked).items()}
        assert kinds == {"hanna.helpdesk": "user", "front.desk": "alias", "info": "group alias", "office": "group"}
        gone = student.primary_email.partition("@")[0]
        until = datetime.now(UTC).date() + timedelta(days=20)
        assert {name: (found.kind, found.until) for name, found in students.occupants([gone, "info"]).items()} == {
            gone: ("deleted", until)
        }
        assert missing(stack, school, SCHOOL) == missing(stack, students, STUDENTS) == set()
        assert school.counts["user"] + students.counts["user"] == 299
    datastore.close()


def missing(stack: Stack, index: Index, domain: str) -> set[str]:
    """Primary addresses of people in the domain that the index does not know."""
    addresses = [user.primary_email for user in stack.world.users.values()]
    names = {address.partition("@")[0] for address in addresses if address.endswith(f"@{domain}")}
    assert names
    assert ADMIN.partition("@")[0] in names or domain != SCHOOL
    return names - index.occupants(names).keys()
