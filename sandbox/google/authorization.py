"""One authorization request: what it asks, what is wrong with it, and the addresses it can be answered at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.google import scopes
from sandbox.google.world import Project

ISSUER = "https://accounts.google.com"
PROMPTS = frozenset({"none", "consent", "select_account"})


class RefusedRequest(Exception):
    """A mistake of the app: Google shows it on a page of its own and never calls the app back."""

    def __init__(self, code: int, error: str, description: str) -> None:
        """code: HTTP status of the page; error: the word on it."""
        super().__init__(f"{error}: {description}")
        self.code = code
        self.error = error
        self.description = description


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request without mistakes. `scopes` are in their long spelling."""

    query: str  # as it came, for forms that carry it on
    client: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    challenge: str
    challenge_method: str
    hd: str
    login_hint: str
    prompt: frozenset[str]
    offline: bool
    include_granted: bool
    asks_auth_time: bool  # by the parameter `claims`; max_age is ignored

    def callback(self, parameters: Mapping[str, str]) -> str:
        """The redirect URI with these parameters, after the state."""
        state = {"state": self.state} if self.state else {}
        separator = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{separator}{urlencode(state | dict(parameters))}"

    def refusal(self, error: str, subtype: str = "") -> str:
        """The redirect URI with an error."""
        return self.callback(({"error_subtype": subtype} if subtype else {}) | {"error": error})


def parse(project: Project, query: str, values: Mapping[str, str]) -> AuthorizationRequest:
    """The request in these parameters. Raises RefusedRequest for a mistake of the app."""
    _check_client(project, values)
    _check_form(values)
    return AuthorizationRequest(
        query=query,
        client=values["client_id"],
        redirect_uri=values["redirect_uri"],
        scopes=_scopes(values),
        state=values.get("state", ""),
        nonce=values.get("nonce", ""),
        challenge=values.get("code_challenge", ""),
        challenge_method=_challenge_method(values),
        hd=values.get("hd", "").lower(),
        login_hint=values.get("login_hint", ""),
        prompt=_prompt(values),
        offline=values.get("access_type") == "offline",
        include_granted=values.get("include_granted_scopes") == "true",
        asks_auth_time=_asks_auth_time(values.get("claims", "")),
    )


def _check_client(project: Project, values: Mapping[str, str]) -> None:
    _required(values, "client_id")
    if values["client_id"] != project.oauth_client_id:
        raise RefusedRequest(401, "invalid_client", "The OAuth client was not found.")
    if project.client_state != "enabled":
        word = f"{project.client_state}_client"
        raise RefusedRequest(401, word, f"The OAuth client was {project.client_state}.")
    _required(values, "redirect_uri")
    if values["redirect_uri"] not in project.redirect_uris:
        raise RefusedRequest(
            400,
            "redirect_uri_mismatch",
            f"The redirect URI in the request, {values['redirect_uri']}, does not match the ones authorized for the "
            "OAuth client.",
        )


def _check_form(values: Mapping[str, str]) -> None:
    _required(values, "response_type")
    if values["response_type"] != "code":
        raise RefusedRequest(400, "unsupported_response_type", "The simulation knows only the code flow.")
    if values.get("response_mode", "query") != "query":
        raise RefusedRequest(400, "invalid_request", "Invalid response_mode: " + values["response_mode"])


def _scopes(values: Mapping[str, str]) -> tuple[str, ...]:
    if not values.get("scope", "").strip():
        raise RefusedRequest(400, "invalid_request", "Missing required parameter: scope")
    asked = scopes.split(values["scope"])
    wrong = scopes.unknown(asked)
    if wrong:
        valid = [scope for scope in asked if scope not in wrong]
        raise RefusedRequest(
            400, "invalid_scope", f"Some requested scopes were invalid. {{valid={valid}, invalid={wrong}}}"
        )
    return tuple(asked)


def _challenge_method(values: Mapping[str, str]) -> str:
    method = values.get("code_challenge_method", "plain")
    if method not in {"plain", "S256"}:
        raise RefusedRequest(400, "invalid_request", "Invalid code_challenge_method: " + method)
    return method


def _prompt(values: Mapping[str, str]) -> frozenset[str]:
    prompt = frozenset(values.get("prompt", "").split())
    if not prompt <= PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise RefusedRequest(400, "invalid_request", "Invalid parameter value for prompt: " + values["prompt"])
    return prompt


def _asks_auth_time(claims: str) -> bool:
    """Whether the ID token is to say when the person signed in. What is no JSON is ignored, which is a guess."""
    try:
        asked = json.loads(claims or "{}")
    except ValueError:
        return False
    wanted = asked.get("id_token") if isinstance(asked, dict) else None
    return isinstance(wanted, dict) and "auth_time" in wanted


def _required(values: Mapping[str, str], name: str) -> None:
    if not values.get(name):
        raise RefusedRequest(400, "invalid_request", f"Required parameter is missing: {name}")
