"""Whatever host a request names, it never comes back in a link, a redirect or a cookie."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runtime.guards import HEALTH_PATH
from sandbox.datastore.server import DatastoreServer
from sandbox.runner import Options, product_environment, start_product, stop_product, wait_for_product
from tests.journeys.place import FORMS, Place
from tests.stack import Stack, free_port
from tests.stored import nothing_written


def test_forged_host_is_refused_by_every_address(place: Place) -> None:
    with nothing_written(place.stack):
        for route in place.routes:
            if route.path == HEALTH_PATH:
                continue  # probes may use any name; the answer holds no address
            who = place.fits(route)
            for host in ("evil.example", "localhost", f"{place.stack.settings.host}.evil.example"):
                method = "POST" if route.is_form else "GET"
                fields = {**FORMS.get(route.endpoint, {}), "csrf_token": who.csrf} if route.is_form else None
                answer = who.send(method, route.path, fields, Host=host)
                assert answer.status_code == 400, route
                assert "evil.example" not in answer.text + str(answer.headers)


FORGERIES: list[tuple[str, tuple[str, ...]]] = [
    ("/", ("Host: {host}", "X-Forwarded-Host: evil.example")),
    ("/", ("Host: {host}", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Port: 444")),
    ("/", ("Host: {host}", "Forwarded: host=evil.example;proto=https")),
    ("/", ("Host: {host}", "X-Original-URL: //evil.example/", "X-Rewrite-URL: /evil.example")),
    ("http://evil.example/", ("Host: {host}",)),
    ("http://{host}/", ("Host: evil.example",)),
    ("/", ("Host: {host}", "Host: evil.example")),
    ("/", ("Host: evil.example", "Host: {host}")),
    ("/", ("Host: {host}@evil.example",)),
    ("/", ("Host: {host}, evil.example",)),
    ("/", ("Host: {host}/evil.example",)),
    ("/", ("Host: evil.example:80",)),
    ("/", ("Host:",)),
    ("/", ()),
    ("//evil.example/", ("Host: {host}",)),
]  # fmt: skip
PAGES = ("", "marketplace/", "marketplace/login/", "marketplace/support", "accounts/new", "marketplace/setup/")


@contextmanager
def under_gunicorn(stack: Stack, datastore_server: DatastoreServer) -> Iterator[str]:
    """The product as it is served in production, beside the one in this process; its host and port."""
    port = free_port()
    variables = product_environment(
        base_url=f"http://localhost:{port}", google_url=stack.google.url, datastore_address=datastore_server.address,
        world=stack.world,
    )  # fmt: skip
    variables["GOOGLE_CLOUD_PROJECT"] = f"test-{secrets.token_hex(6)}"
    product = start_product(Options(port=port), variables)
    try:
        wait_for_product(product, f"http://localhost:{port}/healthz", threading.Event())
        yield f"localhost:{port}"
    finally:
        stop_product(product)


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn"])
def test_no_forged_host_comes_back_in_links_redirects_or_cookies(
    place: Place, datastore_server: DatastoreServer, server: str
) -> None:
    if server == "werkzeug":
        require_no_echo(place.stack.settings.host)
    else:
        with under_gunicorn(place.stack, datastore_server) as host:
            require_no_echo(host)


def require_no_echo(host: str) -> None:
    for pattern, headers in FORGERIES:
        target, lines = pattern.format(host=host), [header.format(host=host) for header in headers]
        for page in PAGES:
            answer = raw_request(host, f"GET {target}{page} HTTP/1.1", *lines)
            status, _, body = answer.partition("\r\n")
            assert "evil.example" not in body, (target, headers, page)
            assert " 500 " not in status, (target, headers, page)
            hosts = [line for line in lines if line.startswith("Host:")]
            asked_right = target == f"http://{host}/" or hosts == [f"Host: {host}"]
            assert " 400 " in status or asked_right, (target, headers, page, status)


def raw_request(host: str, *lines: str) -> str:
    """The whole answer to a request that no client library would send."""
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=20) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer.decode("latin-1")
