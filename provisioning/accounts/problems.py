"""What can go wrong with one account, besides what Google says."""

from collections.abc import Mapping

from runtime.problems import BadRequest, Conflict, Unavailable


class OrderRefused(BadRequest):
    """Some of the values cannot be used. errors: a sentence for each field."""

    title = "Some of the values cannot be used"
    code = "order_refused"

    def __init__(self, errors: Mapping[str, str]) -> None:
        """errors: not empty."""
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


class AddressTaken(Conflict):
    """Somebody or something else has the address. It is never adopted, and its password never touched."""

    title = "That address is taken"
    code = "address_taken"
    default_advice = "Choose another name. Nothing was created."


class OperationChanged(Conflict):
    """The same operation was sent with other values while the first attempt may still come true."""

    title = "This was sent before with other values"
    code = "operation_changed"
    default_advice = (
        "An account with the earlier values exists or may come into being. Look for it in the Admin console, "
        "then begin a new account here."
    )


class Undecided(Unavailable):
    """Google's answer was lost, and Google does not say yet whether the account exists."""

    title = "It is not certain yet whether the account was created"
    code = "undecided"
    default_advice = (
        "Send exactly the same again in a minute: it finds out, and continues where it stopped. "
        "An account is never created twice."
    )
