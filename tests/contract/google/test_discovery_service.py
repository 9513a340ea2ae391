"""Discovery documents, as a client fetches them that carries none."""

import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import V1_DISCOVERY_URI, build

from sandbox.google.server import GoogleServer


def test_client_is_built_from_the_document_that_is_served(google: GoogleServer) -> None:
    url = V1_DISCOVERY_URI.replace("https://www.googleapis.com", google.url)
    credentials = Credentials("token")  # type: ignore[no-untyped-call]
    built = build(
        "admin", "directory_v1", credentials=credentials, discoveryServiceUrl=url, static_discovery=False,
        cache_discovery=False,
    )  # fmt: skip
    assert built.users().insert(body={}).uri == "https://admin.googleapis.com/admin/directory/v1/users?alt=json"


def test_newer_place_names_the_api_by_its_host(google: GoogleServer) -> None:
    answer = requests.get(
        google.url + "/$discovery/rest?version=v1", headers={"Host": "licensing.googleapis.com"}, timeout=10
    )
    assert answer.json()["id"] == "licensing:v1"


@pytest.mark.parametrize("path", ["/discovery/v1/apis/admin/none_v1/rest", "/discovery/v1/apis/..%2Fx/v1/rest"])
def test_unknown_ones_are_not_there(google: GoogleServer, path: str) -> None:
    assert requests.get(google.url + path, timeout=10).status_code == 404
