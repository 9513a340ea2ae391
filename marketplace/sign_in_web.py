"""Sign-in, launch, return, sign-out and switching. A domain in an address is only ever a hint."""

import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace import listing
from marketplace.access import View
from marketplace.attempts import LIFETIME, Attempt, Attempts
from marketplace.domains import Domains
from marketplace.gate import Gate
from marketplace.identity import Identity, SignInFailed, SignInRefused, domain_hint, safe_next
from marketplace.oidc import GoogleSignIn
from marketplace.rules import UNLICENSED, DomainState, Standing
from marketplace.sessions import OPEN, NotLicensedForPerson, Sessions, Visitor
from marketplace.setup_checks import GrantLinks
from runtime.problems import Unavailable
from runtime.settings import Settings


def sign_in_blueprint(
    gate: Gate, sessions: Sessions, domains: Domains, attempts: Attempts, google: GoogleSignIn, settings: Settings
) -> Blueprint:
    """Routes under /marketplace."""
    blueprint = Blueprint("sign_in", __name__, url_prefix="/marketplace")
    flow = _Flow(gate, sessions, domains, attempts, google, settings)
    routes: dict[str, View] = {
        "/": flow.front,
        "/login/": flow.login,
        "/login/<domain>/": flow.login,
        "/launch": flow.launch,
        "/launch/<domain>": flow.launch,
        "/again": flow.again,
        "/return": flow.come_back,
        "/signed-out": flow.signed_out,
    }
    for rule, view in routes.items():
        blueprint.add_url_rule(rule, view.__name__, view, methods=["GET"])
    blueprint.add_url_rule("/switch", "switch", flow.switch, methods=["POST"])
    blueprint.add_url_rule("/logout", "logout", flow.logout, methods=["POST"])
    return blueprint


class _Flow:
    def __init__(
        self,
        gate: Gate,
        sessions: Sessions,
        domains: Domains,
        attempts: Attempts,
        google: GoogleSignIn,
        settings: Settings,
    ) -> None:
        self._gate = gate
        self._sessions = sessions
        self._domains = domains
        self._attempts = attempts
        self._google = google
        self._secure = settings.secure
        self._install_url = GrantLinks(settings, listing.DIRECTORY_SCOPES).listing
        self._google_logout = settings.google_url("https://accounts.google.com/Logout")
        self._cookie = "__Host-frontdesk-sign-in" if settings.secure else "frontdesk-sign-in"

    def front(self) -> Response | str:
        """For people who are not signed in; a domain typed here is a hint like any other."""
        typed = request.args.get("domain", "").strip()
        if hint := domain_hint(typed):
            return redirect(url_for("sign_in.login", domain=hint), 303)
        error = "That is not a domain name. Write it like example.com, or leave it empty." if typed else ""
        return render_template(
            "marketplace/front.html", domain=typed[:253], error=error, sign_in_url=url_for("sign_in.front"),
            install_url=self._install_url, setup_url=url_for("setup.show"),
        )  # fmt: skip

    def login(self, domain: str = "") -> Response | tuple[str, int]:
        """The source's login link: checks the license of the domain it names, then sends to Google."""
        hint, target = domain_hint(domain), safe_next(request.args.get("next"))
        chosen = request.args.get("prompt") == "select_account"
        visitor = self._gate.visitor_if_known()
        if visitor is not None and not chosen:
            return self._already_in(visitor, hint, target)
        if hint and not chosen and self._is_unlicensed(hint):
            return self._not_installed(hint, target), 403
        return self._begin(hint, target, prompt="select_account" if chosen else "")

    def launch(self, domain: str = "") -> Response | tuple[str, int]:
        """The app launcher's link: one click, and nothing to type."""
        return self.login(domain_hint(domain) or domain_hint(request.args.get("hd", "")))

    def again(self) -> Response:
        """Somebody who is signed in shows that it is still them, and comes back. Others sign in as ever.

        Google has no way to ask for a password once more; it shows its chooser, and where it tells when the person
        signed in there, that counts.
        """
        visitor, target = self._gate.visitor_if_known(), safe_next(request.args.get("next"))
        return self._begin(visitor.domain if visitor else "", target, prompt="select_account", again=True)

    def come_back(self) -> Response | tuple[str, int]:
        """Google's answer. State first: not even an error is believed before the browser is known to have asked."""
        answer = {name: values[0] for name, values in request.args.to_dict(flat=False).items()}
        if any(len(values) > 1 for values in request.args.to_dict(flat=False).values()):
            raise SignInFailed("Google's answer is ambiguous.")
        attempt = self._attempts.take(request.cookies.get(self._cookie, ""), answer.get("state", ""))
        identity = self._google.identify(attempt, answer)
        refusal = self._refusal(identity, attempt.next)
        return refusal or self._let_in(identity, attempt)

    def logout(self) -> Response:
        """Ends the session here. Google has no sign-out to call; the page says so."""
        self._sessions.end(self._gate.token)
        response = redirect(url_for("sign_in.signed_out"), 303)
        self._gate.let_out(response)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def signed_out(self) -> str:
        """What signing out did, and what it did not."""
        return render_template(
            "marketplace/signed_out.html", sign_in_url=url_for("sign_in.login"), google_sign_out_url=self._google_logout
        )

    def switch(self) -> Response:
        """Leave this session and sign in for another domain; asked for by the person, with a form."""
        hint, target = domain_hint(request.form.get("domain", "")), safe_next(request.form.get("next"))
        if request.form.get("action") != "switch":
            return redirect("/", 303)
        self._sessions.end(self._gate.token)
        response = self._begin(hint, target, prompt="select_account")
        self._gate.let_out(response)
        return response

    def _already_in(self, visitor: Visitor, hint: str, target: str) -> Response | tuple[str, int]:
        """Never a silent switch: when the link is for another domain, the person decides."""
        if not hint or hint in {visitor.domain, visitor.state.domain}:
            return redirect(target, 303)
        if self._domains.rule_domain(hint) == visitor.state.domain:
            return redirect(target, 303)
        page = render_template(
            "marketplace/switch.html", current_domain=visitor.domain, wanted_domain=hint, next=target,
            switch_url=url_for("sign_in.switch"),
        )  # fmt: skip
        return page, 200

    def _is_unlicensed(self, domain: str) -> bool:
        """Google said so: its failure to answer is no reason to turn anybody away here."""
        if self._domains.is_arbitrary_domain_active(domain):
            return False
        state = self._domains.state(domain, hint=True)
        return state.standing is Standing.UNLICENSED and state.license_state == UNLICENSED

    def _begin(self, hint: str, target: str, *, prompt: str, again: bool = False) -> Response:
        browser = request.cookies.get(self._cookie, "") or secrets.token_urlsafe(32)
        attempt = self._attempts.begin(browser, target, again=again)
        response = redirect(self._google.authorization_url(attempt, hd=hint, prompt=prompt), 303)
        response.set_cookie(
            self._cookie,
            browser,
            max_age=int(LIFETIME.total_seconds()),
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )
        return response

    def _refusal(self, identity: Identity, target: str) -> tuple[str, int] | None:
        """The page for an account that cannot be let in; None when it can."""
        if self._sessions.is_operator(identity):
            return None
        if not identity.hd:
            return render_template("marketplace/no_domain.html", email=identity.email, **_other_account(target)), 403
        state = self._domains.state(identity.hd)
        if state.standing is Standing.CANNOT_TELL:
            raise Unavailable("Google does not say just now whether your domain has Frontdesk installed.")
        if state.standing in OPEN:
            return None
        if state.standing is Standing.UNLICENSED:
            return self._not_installed(identity.hd, target, email=identity.email), 403
        # Administrators read why an operator disabled their domain.
        is_admin = state.standing is Standing.DISABLED and self._sessions.administers(identity, state)
        return closed_page(state, email=identity.email, is_admin=is_admin, **_other_account(target)), 403

    def _let_in(self, identity: Identity, attempt: Attempt) -> Response | tuple[str, int]:
        target = attempt.next
        state = self._domains.state(identity.hd) if identity.hd else DomainState("")
        try:
            token = self._sessions.start(identity, state, self._gate.token, asked=attempt.again)
        except NotLicensedForPerson:
            return self._not_installed(identity.hd, target, email=identity.email, for_person=True), 403
        except SignInRefused:
            # Their customer may just have shown that the domain changed hands: the page of that says more.
            if refusal := self._refusal(identity, target):
                return refusal
            raise
        if state.domain:  # an operator with a consumer account has none
            self._domains.record_sign_in(state.domain)
        response = redirect(target, 303)
        self._gate.let_in(response, token)
        return response

    def _not_installed(self, domain: str, target: str, *, email: str = "", for_person: bool = False) -> str:
        """The domain, or this person's part of it, does not have the app."""
        return render_template(
            "marketplace/unlicensed.html", domain=domain, for_person=for_person, email=email,
            install_url=self._install_url, sign_in_url=url_for("sign_in.login", next=target), **_other_account(target),
        )  # fmt: skip


def _other_account(target: str) -> dict[str, str]:
    return {"other_account_url": url_for("sign_in.login", prompt="select_account", next=target)}


def closed_page(state: DomainState, *, email: str = "", is_admin: bool = False, **links: str) -> str:
    """Why a domain that has the app cannot use it, in the words of its standing."""
    if state.standing is Standing.QUARANTINED:
        return render_template("marketplace/quarantined.html", domain=state.domain, email=email, **links)
    if state.standing in {Standing.LEAVING, Standing.ERASING}:
        return render_template("marketplace/leaving.html", state=state, email=email, **links)
    return render_template(
        "marketplace/disabled.html", domain=state.domain, by_operator=bool(state.disabled_by_operator),
        is_admin=is_admin, reason=state.disabled_by_operator, setup_url=url_for("setup.show"), email=email, **links,
    )  # fmt: skip
