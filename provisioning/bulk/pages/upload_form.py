"""The form that takes a file, or text that was pasted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from marketplace.access import Principal
from provisioning.accounts.account_form import Choices
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.bulk.options import JobOptions

PASTED = "Pasted text"
_TRUTHS: dict[str, bool | None] = {"": None, "yes": True, "no": False}


@dataclass
class UploadForm:
    """typed: field names to text. data: of the file, else of the text; name: of the file."""

    typed: Mapping[str, str]
    choices: Choices
    name: str = ""
    data: bytes = b""
    errors: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What was typed; "" if nothing."""
        return self.typed.get(name, "")

    def options(self, policy: DomainPolicy, who: Principal) -> JobOptions:
        """What holds for all rows; what is wrong goes to `errors`."""
        domain, unit = self.value("domain") or self.choices.domains[0], self.value("org_unit")
        if not self.data:
            nothing = self.name in ("", PASTED)
            self.errors["file"] = (
                "Choose a file, or paste rows into the field." if nothing else f"{self.name} is empty: choose another."
            )
        if domain not in self.choices.domains:
            self.errors["domain"] = "Choose a domain of the list."
        if unit not in {"", *(one.path for one in self.choices.org_units)}:
            self.errors["org_unit"] = "Choose an organizational unit of the list."
        if self.value("change_password") not in _TRUTHS:
            self.errors["change_password"] = "Choose one of the list."  # noqa: S105 - no password
        options = JobOptions(domain, unit, _TRUTHS.get(self.value("change_password")))
        return options.limited_for(policy, who)
