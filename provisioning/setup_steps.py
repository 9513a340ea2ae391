"""The steps of setup that need the Directory: what can be read, and what the administrator chooses to begin with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from marketplace.setup_step import ChoiceStep, Field, SetupContext, Step, StepResult
from provisioning.accounts.domain_policy import DomainPolicy
from provisioning.accounts.passwords import GENERATED_LONGEST, GENERATED_SHORTEST
from provisioning.accounts.policy import Policies
from provisioning.accounts.policy_form import LANGUAGES, PolicyForm, typed_from
from provisioning.directory.port import Directory, OrgUnit
from runtime.audit import Actor


@dataclass(frozen=True)
class ReadableStep:
    """A part of the Directory that must be readable. read: subject to the sentence that says what was found."""

    id: str
    title: str
    explanation: str
    read: Callable[[str], str]

    def check(self, context: SetupContext) -> StepResult:
        """Read it now, in the administrator's name. GoogleProblem passes through."""
        return StepResult("ok", self.read(context.admin_email))


def directory_steps(directory: Directory) -> list[Step]:
    """One step for each part of the Directory that is read later."""
    return [
        ReadableStep(
            "users-readable",
            "People can be read",
            "Before a name is offered, Frontdesk looks whether somebody has it. It also creates the accounts.",
            lambda subject: f"Google shows the domain's people, {_example(directory.first_users(subject, 1))}.",
        ),
        ReadableStep(
            "groups-readable",
            "Groups can be read",
            "Groups and their aliases have addresses too; a name that is one of them is never offered.",
            lambda subject: f"Google shows the domain's groups, {_example(directory.first_groups(subject, 1))}.",
        ),
        ReadableStep(
            "org-units-readable",
            "Organizational units can be read",
            "Every account belongs to an organizational unit, which decides about its settings and licenses.",
            lambda subject: _counted(len(directory.org_units(subject)), "organizational unit", "the top one included"),
        ),
        ReadableStep(
            "domains-readable",
            "Domains are listed",
            "Accounts can have an address in any verified domain of yours, so Frontdesk has to know them.",
            lambda subject: _domains(directory, subject),
        ),
    ]


class DefaultsStep:
    """How accounts are made at first. Everything can be changed later under Settings."""

    id = "defaults"
    title = "First choices"
    explanation = "How usernames look, where new accounts go, and who may create them. All of it can be changed later."

    def __init__(self, policies: Policies, directory: Directory) -> None:
        """policies: where the choice is kept."""
        self._policies = policies
        self._directory = directory

    def check(self, context: SetupContext) -> StepResult:
        """Whether it was saved."""
        if not context.customer_id:
            return StepResult("waiting", "Google has to say first which customer this is. Run the steps above.")
        if self._policies.is_chosen(context.customer_id):
            return StepResult("ok", "Your choices are kept.")
        return StepResult("waiting", "Look at the choices below and save them.")

    def fields(self, context: SetupContext) -> Sequence[Field]:
        """What is asked, with present values. GoogleProblem passes through: the units come from the Directory."""
        typed = typed_from(self._policy(context))
        return _fields(typed, {}, self._directory.org_units(context.admin_email))

    def save(self, context: SetupContext, form: Mapping[str, str]) -> Sequence[Field]:
        """Keep the choice; see ChoiceStep."""
        units = self._directory.org_units(context.admin_email)
        policy = self._policy(context)
        kept = {"password_kind": policy.password_kind, "password_words": str(policy.password_words)}
        typed = {**form, **kept, "allowed_org_units": ""}
        read = PolicyForm(typed, policy)
        read.read_patterns().read_places([unit.path for unit in units]).read_passwords()
        creators, wrong = self._policies.find_creators(
            context.customer_id, context.admin_email, form.get("creators", "")
        )
        errors = {**read.errors, **({"creators": wrong} if wrong else {})}
        if errors or not context.customer_id:
            return _fields(typed, errors, units)
        self._keep(context, replace(read.policy, creators=creators))
        return ()

    def _policy(self, context: SetupContext) -> DomainPolicy:
        return self._policies.of(context.customer_id) if context.customer_id else DomainPolicy()

    def _keep(self, context: SetupContext, chosen: DomainPolicy) -> None:
        actor = Actor("person", context.admin_person, context.admin_email, context.request_id)

        def edit(before: DomainPolicy) -> DomainPolicy:
            return replace(
                before,
                patterns=chosen.patterns,
                language=chosen.language,
                default_org_unit=chosen.default_org_unit,
                password_length=chosen.password_length,
                change_password=chosen.change_password,
                creators=chosen.creators,
            )

        self._policies.change(context.customer_id, actor, edit)


def defaults_step(policies: Policies, directory: Directory) -> ChoiceStep:
    """The step in which the administrator makes the first choices."""
    return DefaultsStep(policies, directory)


def _example(found: Sequence[str]) -> str:
    return f"such as {found[0]}" if found else "of which there are none yet"


def _counted(number: int, thing: str, remark: str) -> str:
    return f"Google shows {number} {thing}{'' if number == 1 else 's'}, {remark}."


def _domains(directory: Directory, subject: str) -> str:
    names = [domain.name for domain in directory.domains(subject) if domain.verified]
    return f"Addresses can be made in {', '.join(names[:10])}{' and others' if names[10:] else ''}."


def _fields(typed: Mapping[str, str], errors: Mapping[str, str], units: Sequence[OrgUnit]) -> Sequence[Field]:
    fields = (
        Field(
            "patterns", "Patterns for usernames", "textarea", typed.get("patterns", ""),
            hint="Separated by commas; the first that gives a free name wins. [firstname], [C1_lastname] for the first "
            "letter, [#] for a number.",
        ),
        Field(
            "language", "Letters written as two", "select", typed.get("language", ""),
            hint="How names such as Müller or Åse are spelled in usernames.",
            options=[(language.value, label) for language, label in LANGUAGES],
        ),
        Field(
            "default_org_unit", "Organizational unit for new accounts", "select",
            typed.get("default_org_unit", "/"), options=[(unit.path, unit.label) for unit in units],
        ),
        Field(
            "password_length", "Letters and digits in a generated password", "number",
            typed.get("password_length", ""), hint=f"{GENERATED_SHORTEST} to {GENERATED_LONGEST}.",
        ),
        Field(
            "change_password", "Ask for a new password at the first sign-in", "checkbox",
            typed.get("change_password", ""),
        ),
        Field(
            "creators", "Who else may create accounts", "textarea", typed.get("creators", ""),
            hint="Addresses of people in your domain, one to a line. Administrators always may.",
        ),
    )  # fmt: skip
    return [replace(field, error=errors.get(field.name, "")) for field in fields]
