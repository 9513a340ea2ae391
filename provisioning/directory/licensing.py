"""Licenses of Google's products, as the rest of the product sees them: one Protocol, and what can stand in the way.

No domain needs this: most give licenses automatically. It is asked for where a domain names a license in its rules.
"""

from typing import Protocol

from runtime.google_problems import GoogleProblem, LimitReached


class NoSeats(LimitReached):
    """All licenses of this kind are in use."""

    title = "There are no more licenses of this kind"
    code = "no_seats"
    default_advice = "Free or buy licenses in the Admin console, then try again. The account is there all the same."


class OtherLicense(GoogleProblem):
    """The account has another license of the same product: an automatic one, as a rule."""

    status = 409
    title = "The account has another license of the same product already"
    code = "other_license"
    default_advice = "Change it in the Admin console, or turn automatic licensing off there."


class Licenses(Protocol):
    """Gives licenses, in the name of an administrator who may."""

    def assign(self, subject: str, product: str, sku: str, email: str) -> None:
        """Have the account, by primary address, hold the license; also when it does already.

        Raises NoSeats, OtherLicense, NotReadyYet while Google does not know the account, and other GoogleProblems.
        """
