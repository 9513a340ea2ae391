"""What can go wrong with a job as a whole, besides the file and what Google says."""

from runtime.problems import BadRequest, Conflict


class PlanChanged(Conflict):
    """Somebody mended a row, or the number that was named is not the number of accounts that would be made."""

    title = "The preview has changed meanwhile"
    code = "plan_changed"
    default_advice = "Look at the preview again, then confirm. Nothing was created."


class TooManyJobs(Conflict):
    """So many jobs are not over yet that another one would have to wait for long, or is a mistake."""

    title = "Too many lists are not finished"
    code = "too_many_jobs"


class ColumnsRefused(BadRequest):
    """The columns that somebody chose cannot be used."""

    title = "These columns cannot be used"
    code = "columns"
    default_advice = "Choose a column for the first and the last name, or one with both, and each column once."
