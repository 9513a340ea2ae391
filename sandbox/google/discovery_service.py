"""Google's discovery documents, as clients ask for them that carry none: those that google-api-python-client brings."""

from flask import Blueprint, Response, request
from googleapiclient.discovery_cache import get_static_doc

from sandbox.google.errors import GoogleError


def blueprint() -> Blueprint:
    """`/$discovery/rest?version=` of each API's own host, and `/discovery/v1/apis/<api>/<version>/rest` of www's."""
    pages = Blueprint("discovery", __name__)

    @pages.get("/$discovery/rest")
    def own_host() -> Response:
        return _document(request.host.partition(".")[0], request.args.get("version", ""))

    @pages.get("/discovery/v1/apis/<api>/<version>/rest")
    def directory(api: str, version: str) -> Response:
        return _document(api, version)

    return pages


def _document(api: str, version: str) -> Response:
    known = api.isidentifier() and version.isidentifier()  # they become the name of a file
    found = get_static_doc(api, version) if known else None
    if not found:
        raise GoogleError(404, f"Discovery document not found for API service: {api}", "notFound")
    return Response(found, content_type="application/json; charset=UTF-8")
