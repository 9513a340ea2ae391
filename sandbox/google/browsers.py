"""Who is signed in at the simulated Google in a browser: a cookie, and one or several accounts behind it."""

import secrets

from flask import Request, Response

from sandbox.google.grants import BrowserSession
from sandbox.google.world import User, World

COOKIE = "SIM_SID"


def usable(user: User) -> bool:
    """May the account be signed in at all?"""
    return not (user.suspended or user.archived or user.deletion_time)


def signed_in(world: World, request: Request) -> list[User]:
    """The accounts of this browser in order of sign-in; their index is Google's `authuser`."""
    with world.lock:
        session = world.browser_sessions.get(request.cookies.get(COOKIE, ""))
        found = [world.user(user_id) for user_id in session.user_ids] if session else []
    return [user for user in found if user is not None and usable(user)]


def active(world: World, request: Request) -> User | None:
    """The account that the simulation's own screens act as: the one switched to, else the first."""
    users = signed_in(world, request)
    with world.lock:
        session = world.browser_sessions.get(request.cookies.get(COOKIE, ""))
    wanted = session.active_user_id if session else ""
    return next((user for user in users if user.id == wanted), users[0] if users else None)


def signed_in_at(world: World, request: Request, user: User) -> int:
    """When the account was signed in in this browser, in seconds since 1970; 0 when it is not."""
    with world.lock:
        session = world.browser_sessions.get(request.cookies.get(COOKIE, ""))
        return session.signed_in_at.get(user.id, 0) if session else 0


def switch(world: World, request: Request, user_id: str) -> bool:
    """Act as another account of this browser; False when it is not signed in here."""
    if all(user.id != user_id for user in signed_in(world, request)):
        return False
    with world.changing():
        world.browser_sessions[request.cookies[COOKIE]].active_user_id = user_id
    return True


def session_of(world: World, request: Request) -> BrowserSession:
    """The browser's session, a new one when it has none; call inside `world.changing()` and send `remember`."""
    known = world.browser_sessions.get(request.cookies.get(COOKIE, ""))
    if known:
        return known
    session = BrowserSession(secrets.token_urlsafe(24))
    world.browser_sessions[session.id] = session
    return session


def sign_in(world: World, session: BrowserSession, user: User) -> None:
    """Add the account to the session; call inside `world.changing()`."""
    session.changing_password = ""
    session.active_user_id = user.id
    session.signed_in_at[user.id] = int(world.now().timestamp())
    if user.id not in session.user_ids:
        session.user_ids.append(user.id)
    user.agreed_to_terms = True
    user.last_login_time = world.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    # A computed account that somebody has used is an account like any other from now on.
    world.users[user.id] = user


def sign_out(world: World, request: Request) -> None:
    """End the session of the browser with all its accounts."""
    with world.changing():
        world.browser_sessions.pop(request.cookies.get(COOKIE, ""), None)


def remember(answer: Response, session: BrowserSession) -> Response:
    """Set the cookie."""
    answer.set_cookie(COOKIE, session.id, httponly=True, samesite="Lax", path="/")
    return answer
