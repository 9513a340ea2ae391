"""The metadata server of App Engine and Compute Engine: who the app runs as, and its tokens."""

from flask import Blueprint, Response, jsonify, request

from sandbox.google import scopes, tokens
from sandbox.google.world import World

FLAVOR = "Metadata-Flavor"
ROOT = "/computeMetadata/v1"
ACCOUNTS = ROOT + "/instance/service-accounts"
REFUSED = "Missing Metadata-Flavor:Google header."
DEFAULT_SCOPES = (scopes.CLOUD_PLATFORM,)


def blueprint(world: World) -> Blueprint:
    """Paths of metadata.google.internal. Each request must carry `Metadata-Flavor: Google`, each answer does."""
    pages = Blueprint("metadata", __name__)
    pages.before_app_request(_root)
    pages.before_request(_check_flavor)
    pages.after_request(_mark)
    texts = {
        ROOT + "/project/project-id": lambda: world.project.project_id,
        ROOT + "/project/numeric-project-id": lambda: world.project.number,
        ROOT + "/universe/universe-domain": lambda: "googleapis.com",
        ROOT + "/": lambda: "instance/\noslogin/\nproject/\nuniverse/\n",
        ACCOUNTS + "/": lambda: f"default/\n{world.project.service_account_email}/\n",
    }
    for path, text in texts.items():
        pages.add_url_rule(path, path.replace("/", "-").replace(".", "-"), lambda text=text: _plain(text()))

    @pages.get(ACCOUNTS + "/<account>/")
    def info(account: str) -> Response:
        return _account(world, account)

    @pages.get(ACCOUNTS + "/<account>/email")
    def email(account: str) -> Response:
        return _plain(world.project.service_account_email) if _known(world, account) else _unknown()

    @pages.get(ACCOUNTS + "/<account>/token")
    def token(account: str) -> Response:
        return _token(world) if _known(world, account) else _unknown()

    return pages


def _root() -> Response | None:
    # The probe asks for "/", where the simulation's home page is; the header tells them apart.
    if request.path == "/" and request.headers.get(FLAVOR) == "Google":
        return _mark(_plain("computeMetadata/\n"))
    return None


def _check_flavor() -> Response | None:
    if request.headers.get(FLAVOR) != "Google" or "X-Forwarded-For" in request.headers:
        return _mark(Response(REFUSED, status=403, content_type="text/html"))
    return None


def _mark(answer: Response) -> Response:
    answer.headers[FLAVOR] = "Google"
    answer.headers["Server"] = "Metadata Server for VM"
    return answer


def _account(world: World, account: str) -> Response:
    if not _known(world, account):
        return _unknown()
    if request.args.get("recursive", "").lower() != "true":
        return _plain("aliases\nemail\nidentity\nscopes\ntoken\n")
    return jsonify(aliases=["default"], email=world.project.service_account_email, scopes=list(DEFAULT_SCOPES))


def _token(world: World) -> Response:
    asked = request.args.get("scopes", "").replace(",", " ")
    granted = scopes.split(asked) or list(DEFAULT_SCOPES)
    token = tokens.issue(world, "service", "", world.project.service_account_client_id, granted)
    return jsonify(access_token=token.value, expires_in=tokens.LIFETIME, token_type="Bearer")


def _known(world: World, account: str) -> bool:
    return account in {"default", world.project.service_account_email}


def _unknown() -> Response:
    return Response("Not Found", status=404, content_type="text/html")


def _plain(text: str) -> Response:
    return Response(text, content_type="application/text")
