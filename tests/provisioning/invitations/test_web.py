"""Whose word about the network is taken."""

from flask import Request
from werkzeug.test import EnvironBuilder

from provisioning.invitations.web import address_of


def asked(**headers: str) -> Request:
    environ = EnvironBuilder(headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.7"}).get_environ()
    return Request(environ)


def test_app_engines_header_counts_on_app_engine_only() -> None:
    forged = asked(**{"X-Appengine-User-Ip": "198.51.100.1", "X-Forwarded-For": "192.0.2.1"})
    assert address_of(forged, on_app_engine=False) == "203.0.113.7"
    assert address_of(forged, on_app_engine=True) == "198.51.100.1"
    assert address_of(asked(), on_app_engine=True) == "203.0.113.7"
