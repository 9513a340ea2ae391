"""What visitors with an invitation are told. None of it says who exists."""

from runtime.problems import BadRequest, Conflict, Forbidden, TooManyRequests


class LinkUnknown(Forbidden):
    """What was sent is no link of ours."""

    title = "This link does not work"
    code = "invitation_unknown"
    default_advice = "Copy the whole link, up to its last character, or ask whoever sent it to you for a new one."


class InvitationOver(Forbidden):
    """The link is one of ours, and opens no account any more, or not now."""

    title = "This invitation cannot be used"
    code = "invitation_over"
    default_advice = "Ask whoever sent you the link for a new one."


class VisitOver(Forbidden):
    """There is no visit: its time is over, or the browser keeps no cookies."""

    title = "Open your link again"
    code = "visit_over"
    default_advice = "Open the link that you were given once more. If this comes up again, allow cookies for this site."


class NameNotFree(Conflict):
    """The username cannot be had. Whether somebody has it, or it is not allowed, is not told."""

    title = "That username cannot be had"
    code = "name_not_free"
    default_advice = "Choose one of the list, or type another."


class NotPermitted(BadRequest):
    """Nobody of the list of permitted people fits, or the one who does has an account by now."""

    title = "This invitation is for certain people"
    code = "not_permitted"
    default_advice = (
        "Type everything as your school or organization writes it. If it is refused again, ask who invited you."
    )


class StillAsking(Conflict):
    """The visit has asked for another account before, which may come true."""

    title = "Another account was asked for before"
    code = "still_asking"
    default_advice = "Load the page again: it finds out what became of it."


class EnoughTried(TooManyRequests):
    """A visit, an invitation, a network or a domain has had its fill for now."""

    title = "That was tried often enough for now"
    code = "enough_tried"
    default_advice = "Try again later, or ask whoever sent you the link to open the account for you."
