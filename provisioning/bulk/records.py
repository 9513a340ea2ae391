"""What is kept of jobs. All of it lives in the tenant's namespace. Times are UTC, naive."""

from google.cloud import ndb


class BulkJob(ndb.Model):  # type: ignore[misc]
    """One job; its key's id is random. Changed by few: what many tasks count is in the lanes.

    state: columns (somebody has to say what each column is), planning, ready (to be looked at and confirmed), running,
    paused (nothing new is begun), done, cancelled, failed (the file could not be planned). mode: create, or undo.
    run: counts the starts and resumes; tasks name it, and a task of an older run does nothing.
    """

    state = ndb.StringProperty(required=True)
    mode = ndb.TextProperty(default="create")
    run = ndb.IntegerProperty(default=0, indexed=False)
    file_name = ndb.TextProperty(default="")
    created = ndb.DateTimeProperty(required=True)
    created_by = ndb.JsonProperty(required=True)  # Actor who uploaded it
    whose = ndb.StringProperty()  # the same person's id, and when: finds somebody's newest by one index
    confirmed_by = ndb.JsonProperty()  # Actor
    started_by = ndb.JsonProperty()  # Actor who started or resumed it last; accounts are created in that name
    began = ndb.DateTimeProperty(indexed=False)  # of the present mode
    ended = ndb.DateTimeProperty(indexed=False)
    reason = ndb.JsonProperty()  # why paused or failed: code, title, what, advice, raw, retry_at
    encoding = ndb.TextProperty(default="")
    delimiter = ndb.TextProperty(default="")
    is_certain = ndb.BooleanProperty(default=True, indexed=False)  # whether the file says so itself how it is read
    header = ndb.JsonProperty()  # the names of the columns as they stand in the file
    mapping = ndb.JsonProperty()  # a field's name to the number of its column, from 0
    options = ndb.JsonProperty()  # see bulk.options
    size = ndb.IntegerProperty(default=0, indexed=False)  # of the file, in bytes
    parts = ndb.IntegerProperty(default=0, indexed=False)
    rows = ndb.IntegerProperty(default=0, indexed=False)
    slices = ndb.IntegerProperty(default=0, indexed=False)
    lanes = ndb.IntegerProperty(default=0, indexed=False)
    is_at_work = ndb.BooleanProperty(default=False)  # whether a lane is not over
    tally = ndb.JsonProperty()  # of the plan: see rows.tally
    notes = ndb.JsonProperty()  # findings about the job as a whole
    plan_version = ndb.IntegerProperty(default=0, indexed=False)  # counts plans and mended rows; a page confirms one
    confirmed = ndb.IntegerProperty(default=0, indexed=False)  # how many accounts somebody agreed to
    apart = ndb.IntegerProperty(
        default=0, indexed=False
    )  # how many rows were left to other jobs before that, by the plan
    plan_task = ndb.IntegerProperty(default=0, indexed=False)  # the number of the planning task that is to work
    plan_lease = ndb.TextProperty(default="")
    plan_leased_until = ndb.DateTimeProperty(indexed=False)
    plan_strikes = ndb.IntegerProperty(default=0, indexed=False)  # what went wrong with planning lately: see strikes
    planned_rows = ndb.IntegerProperty(default=0, indexed=False)  # how far planning got
    since = ndb.DateTimeProperty()  # when planning, or this run, began: rates are reckoned from it
    since_over = ndb.IntegerProperty(default=0, indexed=False)  # how many accounts were done with by then
    touched = ndb.DateTimeProperty(required=True, indexed=False)
    passwords_until = ndb.DateTimeProperty()  # passwords are deleted then: 72 hours after the job ended
    window_until = ndb.DateTimeProperty(indexed=False)  # of the one time that passwords are shown
    holds_secrets = ndb.BooleanProperty(default=True, indexed=False)  # whether passwords may be there still
    expires = ndb.DateTimeProperty(required=True)  # when the whole job is deleted


class BulkPart(ndb.Model):  # type: ignore[misc]
    """A piece of the uploaded file, encrypted. Key: job/number."""

    sealed = ndb.BlobProperty(required=True)
    expires = ndb.DateTimeProperty(required=True)


class BulkSlice(ndb.Model):  # type: ignore[misc]
    """Rows that follow each other, packed and encrypted. Key: job/number, from 0. job, troubled, left: to find by."""

    job = ndb.StringProperty(required=True)
    sealed = ndb.BlobProperty(required=True)
    troubled = ndb.BooleanProperty(required=True)  # whether a row has a problem, failed, or asks a person
    left = ndb.BooleanProperty(default=False)  # whether a row was left to another job
    count = ndb.IntegerProperty(required=True, indexed=False)
    expires = ndb.DateTimeProperty(required=True)


class BulkSecrets(ndb.Model):  # type: ignore[misc]
    """First passwords of the rows of a slice, each encrypted by itself, by its line. Key: as the slice's."""

    passwords = ndb.JsonProperty(required=True)  # line (text) to base64
    expires = ndb.DateTimeProperty(required=True)


class BulkLane(ndb.Model):  # type: ignore[misc]
    """One of the chains of tasks that work on a job at the same time; it has every lanes-th slice. Key: job/lane.

    Only the task with the lease writes it, together with what it did. phase: see lanes.Phase.
    """

    run = ndb.IntegerProperty(required=True, indexed=False)
    task = ndb.IntegerProperty(default=0, indexed=False)
    lease = ndb.TextProperty(default="")
    leased_until = ndb.DateTimeProperty(indexed=False)
    phase = ndb.TextProperty(default="create")
    place = ndb.IntegerProperty(default=0, indexed=False)  # the slice that comes next in this phase
    counts = ndb.JsonProperty()  # see rows.tally; the sum of all lanes is the job's, one alone means nothing
    waiting = ndb.JsonProperty()  # slices to be looked at again: number (text) to seconds since 1970
    wake = ndb.DateTimeProperty(indexed=False)  # when its next task works; none is at once
    rests = ndb.BooleanProperty(default=False, indexed=False)  # until the job, which was stopped, is resumed
    is_over = ndb.BooleanProperty(default=False, indexed=False)
    strikes = ndb.IntegerProperty(default=0, indexed=False)  # what went wrong with it lately: see strikes
    touched = ndb.DateTimeProperty(required=True, indexed=False)


class BulkMapping(ndb.Model):  # type: ignore[misc]
    """What a domain's people said once about a header. Key: a hash of the header."""

    mapping = ndb.JsonProperty(required=True)
    saved = ndb.DateTimeProperty(required=True, indexed=False)


def job_key(tenant: str, job: str) -> ndb.Key:
    """The key of a job."""
    return ndb.Key(BulkJob, job, namespace=tenant)


def part_key(tenant: str, job: str, number: int) -> ndb.Key:
    """The key of a piece of its file."""
    return ndb.Key(BulkPart, f"{job}/{number:04d}", namespace=tenant)


def slice_key(tenant: str, job: str, number: int) -> ndb.Key:
    """The key of a slice; keys are in the order of the rows."""
    return ndb.Key(BulkSlice, f"{job}/{number:06d}", namespace=tenant)


def secrets_key(tenant: str, job: str, number: int) -> ndb.Key:
    """The key of a slice's passwords."""
    return ndb.Key(BulkSecrets, f"{job}/{number:06d}", namespace=tenant)


def lane_key(tenant: str, job: str, lane: int) -> ndb.Key:
    """The key of a lane."""
    return ndb.Key(BulkLane, f"{job}/{lane}", namespace=tenant)
