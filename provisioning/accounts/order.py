"""An account that somebody asks for, and what is wrong with it before Google is asked. Pure."""

import hashlib
import json
from dataclasses import dataclass, field

from provisioning.accounts import passwords
from provisioning.accounts.person_names import name_fault, visible
from provisioning.accounts.steps import Step
from provisioning.naming.policy import broken_rule


@dataclass(frozen=True)
class Order:
    """One account, as asked for.

    operation: names this wish; sent again, it is the same wish. holder: the token that holds the name. call: for an API
    key, what holds the name where no call to suggest does, so that each of its wishes is a holder of its own.
    steps: what follows once the account is made.
    The person's names are kept without what nobody can see (person_names.visible).
    """

    operation: str
    holder: str
    username: str
    domain: str
    given_name: str
    family_name: str
    password: str = field(repr=False)
    org_unit_path: str
    change_password: bool
    call: str = ""
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "given_name", visible(self.given_name))
        object.__setattr__(self, "family_name", visible(self.family_name))

    @property
    def address(self) -> str:
        """The primary address of the account."""
        return f"{self.username}@{self.domain}"

    @property
    def fingerprint(self) -> str:
        """The same for the same account, whatever its password and whatever follows."""
        values = [self.address, self.given_name, self.family_name, self.org_unit_path, self.change_password]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def faults(order: Order) -> dict[str, str]:
    """What is wrong, by field; empty when Google may be asked."""
    found = {
        "firstname": name_fault(order.given_name, "first name"),
        "lastname": name_fault(order.family_name, "last name"),
        "username": username_fault(order.username),
        "password": passwords.fault(order.password),
    }
    return {name: text for name, text in found.items() if text}


def username_fault(username: str) -> str:
    """What is wrong with the part before the @, as a sentence; empty when nothing is. Reserved words come later."""
    if not username:
        return "A username is needed."
    rule = broken_rule(username)
    return f"That username cannot be used: {rule}." if rule else ""
