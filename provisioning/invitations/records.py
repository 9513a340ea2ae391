"""What is kept of invitations, in the tenant's namespace. Times are UTC, naive."""

from google.cloud import ndb


class Invitation(ndb.Model):  # type: ignore[misc]
    """A link that was given out. Key: 16 hexadecimal digits, random; the link's signature is not kept.

    Of the quota, `used` accounts are open, and `claims` may be: each is a visit that has asked for its account.
    confirmation: how a visitor is confirmed besides having the link: "none", or "list", which is of permitted people.
    Confirmation by e-mail will be a third, once mail can be sent.
    """

    audience = ndb.TextProperty(default="link")  # or "members": people who are signed in, and need no link
    label = ndb.TextProperty(required=True)
    made = ndb.DateTimeProperty(required=True)
    made_by = ndb.TextProperty(required=True)  # an address
    expires = ndb.DateTimeProperty(required=True)
    closed = ndb.DateTimeProperty(indexed=False)
    closed_by = ndb.TextProperty(default="")
    quota = ndb.IntegerProperty(required=True, indexed=False)
    used = ndb.IntegerProperty(default=0, indexed=False)
    claims = ndb.JsonProperty(default=[])  # ids of visits
    domain = ndb.TextProperty(required=True)
    org_unit = ndb.TextProperty(required=True)
    groups = ndb.JsonProperty(default=[])  # addresses
    confirmation = ndb.TextProperty(default="none")
    people = ndb.JsonProperty(
        default={}
    )  # signature of a permitted person's identity, or a member's id: the visit that uses it, or ""
    asks_code = ndb.BooleanProperty(default=False, indexed=False)  # whether the list has a number or code of each


class InvitationDay(ndb.Model):  # type: ignore[misc]
    """Accounts that all invitations of a tenant opened on a day, or may have. Key: the day in UTC, as 2026-11-21."""

    count = ndb.IntegerProperty(default=0, indexed=False)


class Visit(ndb.Model):  # type: ignore[misc]
    """One browser that opened a link, or a signed-in member's. Key: the beginning of its cookie's SHA-256.

    state: open; asked (Google may have been asked for the account); done. One visit never opens two accounts.
    """

    invitation = ndb.TextProperty(required=True)
    member = ndb.TextProperty(default="")  # the person's id, where the invitation is for members
    member_label = ndb.TextProperty(default="")  # their address
    state = ndb.StringProperty(required=True, choices=["open", "asked", "done"])
    expires = ndb.DateTimeProperty(required=True)
    asked = ndb.DateTimeProperty(indexed=False)  # when the account was asked for last
    attempts = ndb.IntegerProperty(default=0, indexed=False)  # how often; whoever was last may take the claim back
    account = ndb.JsonProperty()  # WantedAccount, while asked and when done
    day = ndb.TextProperty(default="")  # the InvitationDay that counts it
    person = ndb.TextProperty(default="")  # whose place in the list of permitted people it uses
