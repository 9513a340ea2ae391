"""One account of many: Google is asked once, and whatever is not a clear answer is found out by looking for our mark.

In bulk the insert is the last check of a name, so that an account costs one call when all is well. Nothing here knows
a ledger: the caller records that Google is about to be asked before it calls, and what came of it afterwards. Needs no
ndb context.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from provisioning.accounts.sighting import Lookout, Sighting
from provisioning.directory.port import AddressOccupant, Directory, NewAccount, Person
from provisioning.naming.occupancy import OccupantKind
from runtime.clock import Clock
from runtime.google_problems import (
    AccessRefused,
    AlreadyExists,
    BlockedByPolicy,
    ChangeUnderWay,
    GoogleNotFound,
    GoogleProblem,
    GoogleThrottled,
    InvalidValue,
    LimitReached,
    NotDelegated,
    NotReadyYet,
    OurConfiguration,
    PersonInvited,
    SubjectUnusable,
)

HIDDEN_AFTER = 15 * 60
"""Seconds for which Google has to refuse an address, and to show nobody there, until it is taken, and not ours, made by
a call whose answer said otherwise, or given up a moment ago. Long, because nobody waits for it, Google's reads lag for
minutes at times, and an account under another name besides would be one too many."""
ASK_AGAIN = 15.0
"""Seconds after which an unknown outcome is worth another look; Google's reads lag for seconds to minutes."""
JOB_STOPPERS = (
    AccessRefused,
    BlockedByPolicy,
    LimitReached,
    NotDelegated,
    OurConfiguration,
    SubjectUnusable,
)
"""What is no matter of one account: every other one would be answered the same, until a person does something.

AccessRefused among them: the administrator is none any more, or the domain is not the customer's."""
_REFUSALS = (*JOB_STOPPERS, GoogleNotFound, GoogleThrottled, InvalidValue)
"""Answers that say surely that this call made nothing."""

TakenKind = Literal["user", "alias", "group", "group alias", "deleted", "invited", "unmanaged", "hidden"]
"""What has the address. deleted: an account, in the last 20 days. invited: a personal Google account; Google has asked
its owner to move it. unmanaged: such an account, as far as can be told. hidden: Google does not show what;
provisioning.accounts.explanation knows more where there is an index."""


@dataclass(frozen=True)
class Created:
    """The account exists. again: it was found by its mark, and not in the answer to this call."""

    person: Person
    again: bool


@dataclass(frozen=True)
class Taken:
    """Somebody or something else has the address. It is never adopted. sentence: for people, who has it."""

    occupant: AddressOccupant | None
    kind: TakenKind
    sentence: str

    @classmethod
    def by(cls, address: str, occupant: AddressOccupant) -> "Taken":
        """Google shows who has it."""
        if occupant.use in {"user", "group"}:
            return cls(occupant, occupant.use, f"{address} is the address of another {occupant.use} already.")
        return cls(occupant, occupant.use, f"{address} is an alias of {occupant.email} already.")

    @classmethod
    def hidden(cls, address: str) -> "Taken":
        """Google refuses the address and shows nobody who has it: deleted lately, or a change on its way."""
        sentence = f"Google keeps {address} back; perhaps an account of that name was deleted lately."
        return cls(None, "hidden", sentence)

    @classmethod
    def unmanaged(cls, address: str) -> "Taken":
        """As hidden, and nothing else is known that could have it: a guess, told as one."""
        sentence = (
            f"Google keeps {address} back and shows nobody who has it. Somebody may have a personal Google account of "
            "that address (an unmanaged account), or it was given up a moment ago."
        )
        return cls(None, "unmanaged", sentence)

    @classmethod
    def invited(cls, address: str) -> "Taken":
        """Google answered 202: the domain has chosen that people move their accounts themselves."""
        sentence = (
            f"Somebody has a personal Google account of the address {address}. Google has invited them to move it to "
            "the domain; the account appears when they accept."
        )
        return cls(None, "invited", sentence)

    @property
    def learned(self) -> OccupantKind:
        """As what the index of taken names is to keep the name."""
        return "other" if self.kind in {"invited", "unmanaged", "hidden"} else self.kind  # type: ignore[return-value]


@dataclass(frozen=True)
class Refused:
    """Google refuses these values; the account surely does not exist."""

    problem: GoogleProblem


@dataclass(frozen=True)
class Unknown:
    """The account may exist: to be asked again in `retry_after` seconds with asked_before, with the same mark, the same
    password. problem: GoogleThrottled or GoogleUnreachable are reasons to slow down."""

    problem: GoogleProblem
    retry_after: float


Outcome = Created | Taken | Refused | Unknown


class AccountCreation:
    """Makes accounts. Safe for threads, as the directory is."""

    def __init__(
        self,
        directory: Directory,
        clock: Clock,
        *,
        hidden_after: float = HIDDEN_AFTER,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """hidden_after: as HIDDEN_AFTER. sleep: between two looks at an address."""
        self._directory = directory
        self._clock = clock
        self._hidden_after = hidden_after
        self._lookout = Lookout(directory, clock, sleep)

    def prepare(self, subject: str) -> None:
        """Before calls at a pace: the first ones of a process would all wait for a token, and leave in one burst."""
        with suppress(GoogleProblem):  # the calls say what is wrong, and what follows from it
            self._directory.prepare(subject)

    def create(self, subject: str, account: NewAccount, *, asked_before: bool, refused: float) -> Outcome:
        """Make the account, or find that it was made.

        asked_before: Google may have been asked for this mark before, so that the address is looked up first. Otherwise
        the insert is the only call when it succeeds. refused: since when Google refuses the address and shows nobody
        there, in seconds since 1970; 0 if it did something else last, or was not asked.

        Raises what concerns all accounts and not this one: JOB_STOPPERS, and GoogleThrottled. It says nothing of this
        account: what was asked before stays asked, and else nothing was made. Takes some 6 s, and as long as Google
        takes to answer, when the outcome has to be found out.
        """
        if not asked_before:
            return self._ask(subject, account, asked_before=False, refused=refused, wait=True)
        earlier = self._earlier(subject, account)
        return earlier or self._ask(subject, account, asked_before=True, refused=refused, wait=False)

    def find(self, subject: str, account: NewAccount, *, begun: float) -> Outcome | None:
        """What came of earlier calls, without another one, for an account that is not wanted any more.

        begun: when Google was asked first, in seconds since 1970. None: nothing has been there for so long that nothing
        was made. Raises as `create`.
        """
        found = self._earlier(subject, account)
        is_over = self._clock().timestamp() - begun >= self._hidden_after
        return found if found or is_over else _unknown(NotReadyYet())

    def ask(self, subject: str, account: NewAccount, *, asked_before: bool, refused: float) -> Outcome:
        """As `create`, for a caller who has just looked, and for whom somebody waits."""
        return self._ask(subject, account, asked_before=asked_before, refused=refused, wait=True)

    def _ask(self, subject: str, account: NewAccount, *, asked_before: bool, refused: float, wait: bool) -> Outcome:
        """wait: for the account to show up, rather than look once and be asked again."""
        look = self._lookout.wait if wait else self._lookout.look_patiently
        try:
            return Created(self._directory.insert(subject, account), again=False)
        except _REFUSALS as refusal:
            return self._refused(subject, account, refusal, asked_before=asked_before)
        except AlreadyExists as answer:
            nobody = self._nobody_shown(account, answer, refused)
            return _found_out(account, lambda: look(subject, account.email, account.mark, groups=True), nobody)
        except GoogleProblem as answer:
            nobody = _unknown(answer)
            return _found_out(account, lambda: look(subject, account.email, account.mark, groups=False), nobody)

    def _nobody_shown(self, account: NewAccount, answer: AlreadyExists, refused: float) -> Outcome:
        """What a 409 means if nothing is seen at the address: not yet, or not for us."""
        if isinstance(answer, PersonInvited):
            return Taken.invited(account.email)
        may_be_ours = not refused or self._clock().timestamp() - refused < self._hidden_after
        return _unknown(answer) if may_be_ours or isinstance(answer, ChangeUnderWay) else Taken.hidden(account.email)

    def _earlier(self, subject: str, account: NewAccount) -> Outcome | None:
        """What the address shows of an earlier call; None: nothing. Raises as `create`."""
        try:
            return _told(account, self._lookout.look_patiently(subject, account.email, account.mark, groups=False))
        except (*JOB_STOPPERS, GoogleThrottled):
            raise
        except GoogleProblem as problem:
            return _unknown(problem)

    def _refused(self, subject: str, account: NewAccount, refusal: GoogleProblem, *, asked_before: bool) -> Outcome:
        """A clear no is the end of a first attempt; an earlier attempt may have been the reason for it."""
        ours = self._made_earlier(subject, account) if asked_before else None
        if ours:
            return Created(ours, again=True)
        if isinstance(refusal, InvalidValue | GoogleNotFound):
            return Refused(refusal)
        raise refusal

    def _made_earlier(self, subject: str, account: NewAccount) -> Person | None:
        """The account, if it is seen; the refusal is what counts otherwise, whatever Google says to the look."""
        with suppress(GoogleProblem):
            return self._lookout.look(subject, account.email, account.mark, groups=False).ours
        return None


def _found_out(account: NewAccount, look: Callable[[], Sighting], else_: Outcome) -> Outcome:
    """What the address shows; else_: the outcome if it shows nothing in time."""
    try:
        return _told(account, look()) or else_
    except GoogleProblem as problem:
        return _unknown(problem)


def _told(account: NewAccount, seen: Sighting) -> Outcome | None:
    """The outcome that a sighting tells; None when it is not clear."""
    if seen.ours:
        return Created(seen.ours, again=True)
    return Taken.by(account.email, seen.other) if seen.other else None


def _unknown(problem: GoogleProblem) -> Unknown:
    return Unknown(problem, max(ASK_AGAIN, float(problem.retry_after)))
