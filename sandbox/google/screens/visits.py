"""Who looks at a screen, and what the next screen tells them about what they did."""

from typing import NoReturn
from urllib.parse import quote, unquote

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request

from sandbox.google import browsers
from sandbox.google.accounts import local_path
from sandbox.google.world import Customer, User, World

NOTICE_COOKIE = "SIM_NOTICE"


def person_here(world: World) -> User:
    """The account that acts here; sends everybody else to the sign-in page and back."""
    user = browsers.active(world, request)
    if user is None:
        abort(make_response(redirect(sign_in_url(request.full_path if request.method == "GET" else "/"))))
    return user


def customer_of(world: World, user: User) -> Customer | None:
    """The person's Workspace; None for a consumer account."""
    return world.customers.get(user.customer_id)


def admin_here(world: World) -> tuple[User, Customer]:
    """The administrator who acts here and their customer; refuses everybody else in plain words."""
    user = person_here(world)
    customer = customer_of(world, user)
    if customer is None:
        refuse(
            "This account has no organization",
            f"{user.primary_email} is a personal account. Only organizations have an Admin console.",
        )
    if not user.is_admin:
        refuse(
            "You are not an administrator",
            f"{user.primary_email} may not use the Admin console of {customer.name}. "
            "Switch to an administrator's account, or ask one.",
        )
    return user, customer


def refuse(heading: str, sentence: str, status: int = 403) -> NoReturn:
    """End the request with a page that says no, and what to do."""
    abort(make_response(render_template("refused.html", heading=heading, sentence=sentence), status))


def done(url: str, sentence: str, kind: str = "ok") -> Response:
    """Go on to another screen of ours, which begins with the sentence. kind: ok, warn or bad."""
    answer = make_response(redirect(url, 303))
    answer.set_cookie(NOTICE_COOKIE, f"{kind}:{quote(sentence)}", max_age=60, samesite="Lax", httponly=True)
    return answer


def next_path(default: str) -> str:
    """Where the form says to go on, never off this origin."""
    return local_path(request.form.get("next", default))


def sign_in_url(go_on: str = "/", email: str = "") -> str:
    """The sign-in page, coming back to the path; with an address it is filled in."""
    return f"/accounts/signin?continue={quote(go_on.rstrip('?'))}" + (f"&email={quote(email)}" if email else "")


def add_frame(pages: Blueprint, world: World) -> None:
    """Give every template, also those of the sign-in pages, who is signed in and what there is to say."""

    @pages.app_context_processor
    def frame() -> dict[str, object]:
        g.notices_shown = True
        return {
            "person": browsers.active(world, request),
            "signed_in": browsers.signed_in(world, request),
            "sign_in_url": sign_in_url(request.path if request.method == "GET" else "/"),
            "sign_in_as": sign_in_url,
            "notices": _notices(),
            "world": world,
        }

    @pages.after_app_request
    def forget_notices(answer: Response) -> Response:
        if NOTICE_COOKIE in request.cookies and g.get("notices_shown"):
            answer.delete_cookie(NOTICE_COOKIE)
        return answer


def _notices() -> list[tuple[str, str]]:
    kind, _, sentence = request.cookies.get(NOTICE_COOKIE, "").partition(":")
    return [(kind if kind in {"ok", "warn", "bad"} else "warn", unquote(sentence))] if sentence else []
