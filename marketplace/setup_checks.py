"""The wizard's own steps: license, administrator, delegation scope by scope, the customer's identity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from marketplace.domains import Domains
from marketplace.listing import OPTIONAL_SCOPES, Scope
from marketplace.people import People
from marketplace.rules import ACTIVE, DomainState
from marketplace.setup_step import SetupContext, Step, StepResult
from marketplace.workspace import Workspace, WorkspaceDomain
from runtime.audit import Actor
from runtime.google_problems import NotDelegated
from runtime.settings import Settings


class DelegationProbe(Protocol):
    """Asks Google for a token in a person's name, with these scopes only."""

    def probe(self, *, subject: str, scopes: list[str]) -> None:
        """Raises GoogleProblem when it is refused."""


@dataclass(frozen=True)
class GrantLinks:
    """Where an administrator grants access, in the Admin console."""

    settings: Settings
    scopes: tuple[Scope, ...]

    @property
    def marketplace_app(self) -> str:
        """Our app's own page: Grant access. For domains that installed from the Marketplace."""
        path = f"https://admin.google.com/ac/apps/gmail/marketplace/appdetails/{self.settings.application_id}"
        return self.settings.google_url(path)

    def delegation(self, domain: str, admin_email: str) -> str:
        """Domain-wide delegation, filled in. It replaces the client's list of scopes, so it always names all."""
        scopes = ",".join(scope.url for scope in self.scopes)
        path = (
            "https://admin.google.com/ac/owl/domainwidedelegation"
            f"?clientIdToAdd={self.settings.service_account_client_id}&clientScopeToAdd={scopes}"
            f"&overwriteClientId=true&dn={domain}&authuser={admin_email}"
        )
        return self.settings.google_url(path)

    @property
    def listing(self) -> str:
        """The public listing, with its Install button."""
        settings = self.settings
        path = f"https://workspace.google.com/marketplace/app/{settings.marketplace_slug}/{settings.application_id}"
        return settings.google_url(path)


class LicenseStep:
    """Whether the domain has installed the app, or is managed by hand."""

    id = "license"
    title = "Frontdesk is installed for your domain"
    explanation = "Google says whether the app is installed and on. Nothing else can be checked before."

    def __init__(self, domains: Domains, links: GrantLinks) -> None:
        """domains: asks Google anew at every check."""
        self._domains = domains
        self._links = links

    def check(self, context: SetupContext) -> StepResult:
        """Google's answer now."""
        self._domains.forget(context.domain)
        state = self._domains.state(context.domain)
        if state.is_independent:
            return StepResult("ok", "Your domain is managed by hand; no Marketplace license is needed.")
        if state.license_state == ACTIVE:
            return StepResult("ok", "Google says that the license is active.")
        if not state.license_state:
            return StepResult("waiting", "Google does not answer just now. Check again in a minute.")
        return StepResult(
            "failed", "Google says that the app is not installed for your domain.", "Install it", self._links.listing
        )


class AdministratorStep:
    """Whether the person setting up is an administrator. Google is asked in their own name; nothing is believed."""

    id = "administrator"
    title = "You are an administrator"
    explanation = (
        "Google shows administrators to themselves. That is how Frontdesk knows; it never takes anyone's word."
    )

    def __init__(self, people: People, domains: Domains) -> None:
        """people: asks the Directory."""
        self._people = people
        self._domains = domains

    def check(self, context: SetupContext) -> StepResult:
        """Raises what keeps Google from answering."""
        finding = self._people.look_up(context.admin_person, context.admin_email, self._domains.state(context.domain))
        if finding.delegation_missing:
            return StepResult(
                "waiting",
                "This can be asked once your domain gives Frontdesk access to its data: see the steps above.",
                raw=finding.obstacle.raw if finding.obstacle else "",
            )
        if finding.obstacle:
            raise finding.obstacle
        if finding.is_admin:
            return StepResult("ok", f"Google confirms that {context.admin_email} is an administrator.")
        return StepResult("failed", f"{context.admin_email} is not an administrator. Ask one to open this page.")


class DelegationStep:
    """One scope of domain-wide delegation. Asked by itself: a request for several fails as a whole."""

    def __init__(self, scope: Scope, probe: DelegationProbe, domains: Domains, links: GrantLinks) -> None:
        """scope: as listed."""
        self.id = f"delegation-{scope.id}"
        self.title = f"Access to {scope.what} is granted"
        self.explanation = scope.reason
        self._scope = scope
        self._probe = probe
        self._domains = domains
        self._links = links

    def check(self, context: SetupContext) -> StepResult:
        """Raises what Google answers instead of a token; the wizard adds the link of `fix`."""
        self._probe.probe(subject=context.admin_email, scopes=[self._scope.url])
        return StepResult("ok", "Granted.")

    def fix(self, context: SetupContext) -> tuple[str, str]:
        """Label and link. The two grants are separate lists at Google; each kind of domain is shown only its own."""
        if self._domains.state(context.domain).is_independent:
            return "Grant access in the Admin console", self._links.delegation(context.domain, context.admin_email)
        return "Open Frontdesk in the Admin console and press Grant access", self._links.marketplace_app


class OptionalScopeStep(DelegationStep):
    """A scope that a domain needs only if it wants something: green without it until then.

    It is in no listing, so that every domain grants it by delegation in its own Admin console.
    """

    def __init__(
        self, scope: Scope, probe: DelegationProbe, domains: Domains, links: GrantLinks, wanted: Callable[[str], bool]
    ) -> None:
        """links: with all scopes, this one too. wanted: whether the customer wants what it is for."""
        super().__init__(scope, probe, domains, links)
        self.id = f"optional-{scope.id}"
        self.title = f"Access to {scope.what}, if you want it"
        self._wanted = wanted

    def check(self, context: SetupContext) -> StepResult:
        """Raises what Google answers instead of a token, where the scope is wanted."""
        try:
            return super().check(context)
        except NotDelegated:
            if context.customer_id and self._wanted(context.customer_id):
                raise
            text = "Not needed while your rules name no license. Once they do, check again to see where to grant it."
            return StepResult("ok", text)

    def fix(self, context: SetupContext) -> tuple[str, str]:
        """Label and link."""
        return "Grant it in the Admin console", self._links.delegation(context.domain, context.admin_email)


class CustomerStep:
    """Ties the domain to Google's immutable customer id, and lists the customer's domains as its own."""

    id = "customer"
    title = "Your organization is recognised"
    explanation = (
        "Frontdesk keeps your data under Google's permanent id of your organization, so that it stays yours "
        "even if a domain name is sold one day. All your domains are listed."
    )

    def __init__(self, workspace: Workspace, domains: Domains, people: People) -> None:
        """workspace: asked in the administrator's name."""
        self._workspace = workspace
        self._domains = domains
        self._people = people

    def check(self, context: SetupContext) -> StepResult:
        """Pins, or says why not. Raises Conflict when a domain is already another customer's."""
        state = self._domains.state(context.domain)
        if not self._people.look_up(context.admin_person, context.admin_email, state).is_admin:
            return StepResult("waiting", "Only an administrator can do this: see the steps above.")
        customer = self._workspace.customer(context.admin_email)
        found = self._workspace.domains(context.admin_email)
        names = _named(found)
        if any(domain.is_primary and not domain.verified for domain in found):
            return StepResult("failed", f"Google has not verified yet that {customer.primary_domain} is yours.")
        admin_email, admin_id = self._administrator(state, context, customer.id)
        self._domains.pin(
            customer_id=customer.id,
            primary=customer.primary_domain,
            others=names,
            admin_email=admin_email,
            admin_id=admin_id,
            actor=Actor("person", context.admin_person, context.admin_email, context.request_id),
        )
        count = "the only domain" if len(names) == 1 else f"with {len(names)} domains and alias domains in all"
        return StepResult("ok", f"{customer.primary_domain}, {count}.")

    def _administrator(self, state: DomainState, context: SetupContext, customer_id: str) -> tuple[str, str]:
        """In whose name Frontdesk acts: as before while that works, else the one who is asking."""
        acting = (state.delegated_admin_email, state.delegated_admin_id)
        if state.delegated_admin_email and self._people.can_act(*acting, customer_id):
            return acting
        return context.admin_email, context.admin_person


def _named(found: Sequence[WorkspaceDomain]) -> dict[str, str]:
    """Verified domains, and their aliases, each with the domain that it is an alias of."""
    verified = [domain for domain in found if domain.verified]
    aliases = {alias.lower(): domain.name.lower() for domain in verified for alias in domain.aliases}
    return {domain.name.lower(): "" for domain in verified} | aliases


def access_steps(
    probe: DelegationProbe, workspace: Workspace, domains: Domains, people: People, links: GrantLinks
) -> list[Step]:
    """License, each scope that every domain grants, administrator and customer, in the order in which they make sense.

    links: of those scopes.
    """
    return [
        LicenseStep(domains, links),
        *(DelegationStep(scope, probe, domains, links) for scope in links.scopes),
        AdministratorStep(people, domains),
        CustomerStep(workspace, domains, people),
    ]


def license_scope_step(
    probe: DelegationProbe, domains: Domains, links: GrantLinks, wanted: Callable[[str], bool]
) -> OptionalScopeStep:
    """The one optional scope. wanted: whether a customer's rules name a license."""
    (scope,) = OPTIONAL_SCOPES
    return OptionalScopeStep(scope, probe, domains, replace(links, scopes=links.scopes + OPTIONAL_SCOPES), wanted)
