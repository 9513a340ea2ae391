"""Sign-in, forced change of the password and sign-out at the simulated Google."""

from flask import Blueprint, Response, make_response, redirect, render_template, request

from sandbox.google import browsers
from sandbox.google.passwords import is_acceptable, password_matches, set_password
from sandbox.google.world import User, World

WRONG_EMAIL = "Couldn't find your account"
WRONG_PASSWORD = "Wrong password. Try again or ask your administrator to reset it."
SUSPENDED = "Your account has been suspended. Ask your administrator."
UNACCEPTABLE = "Use 8 characters or more for your password, and not the one that you had"


def blueprint(world: World) -> Blueprint:
    """`/accounts/signin`, `/accounts/password`, `/accounts/signout`. Every form carries `continue`, a local path."""
    pages = Blueprint("accounts", __name__)

    @pages.get("/accounts/signin")
    def ask() -> Response:
        return sign_in_page(world, request.args.get("continue", "/"), request.args.get("email", ""))

    @pages.post("/accounts/signin")
    def sign_in() -> Response:
        return _sign_in(world, request.form.get("email", "").strip(), request.form.get("password", ""))

    @pages.post("/accounts/password")
    def change_password() -> Response:
        return _change_password(world, request.form.get("new_password", ""))

    @pages.post("/accounts/signout")
    def sign_out() -> Response:
        browsers.sign_out(world, request)
        return _go_on()

    return pages


def sign_in_page(world: World, go_on: str, email: str = "", problem: str = "") -> Response:
    """The form with `email` and `password`; it posts to /accounts/signin and goes on to the path `go_on`."""
    page = render_template(
        "accounts/signin.html", go_on=local_path(go_on), email=email, problem=problem, hint=world.password_hint
    )
    return make_response(page, 401 if problem else 200)


def local_path(url: str) -> str:
    """The url when it stays on this origin, else the home page."""
    return url if url.startswith("/") and not url.startswith(("//", "/\\")) else "/"


def _sign_in(world: World, email: str, password: str) -> Response:
    user = world.user_by_email(email)
    problem = _problem(user, password)
    if problem or user is None:
        return sign_in_page(world, request.form.get("continue", "/"), email, problem)
    with world.changing():
        session = browsers.session_of(world, request)
        if user.change_password_at_next_login:
            session.changing_password = user.id
            return browsers.remember(_password_page(user), session)
        browsers.sign_in(world, session, user)
    return browsers.remember(_go_on(), session)


def _problem(user: User | None, password: str) -> str:
    if user is None:
        return WRONG_EMAIL
    if not password_matches(user, password):
        return WRONG_PASSWORD
    return "" if browsers.usable(user) else SUSPENDED


def _change_password(world: World, password: str) -> Response:
    with world.changing():
        session = browsers.session_of(world, request)
        user = world.user(session.changing_password)
        if user is None or not browsers.usable(user):
            return sign_in_page(world, request.form.get("continue", "/"))
        if not is_acceptable(password) or password_matches(user, password):
            return _password_page(user, UNACCEPTABLE)
        set_password(user, password)
        user.change_password_at_next_login = False
        browsers.sign_in(world, session, user)
    return browsers.remember(_go_on(), session)


def _password_page(user: User, problem: str = "") -> Response:
    go_on = local_path(request.form.get("continue", "/"))
    page = render_template("accounts/password.html", go_on=go_on, user=user, problem=problem)
    return make_response(page, 400 if problem else 200)


def _go_on() -> Response:
    return make_response(redirect(local_path(request.form.get("continue", "/"))))
