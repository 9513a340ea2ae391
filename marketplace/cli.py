"""Operators' commands: `flask --app "main:create_app()" marketplace ...`; the same services as the pages."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from marketplace.listing import Addresses
from marketplace.manifest import manifest_xml, sheet_warnings
from marketplace.operators import Operators
from marketplace.operators_web import sheet_json, sheet_of
from runtime.audit import Actor
from runtime.datastore import Datastore
from runtime.problems import Problem
from runtime.settings import Settings


class OperatorError(click.ClickException):
    """A problem, as a command says it."""

    def __init__(self, problem: Problem) -> None:
        """problem: what happened and what to do."""
        super().__init__(problem.words)


def marketplace_commands(operators: Operators, datastore: Datastore, settings: Settings) -> AppGroup:
    """The group of commands, to which other rooms add theirs."""
    group = AppGroup("marketplace", help="The listing, and domains managed by hand.")
    addresses = Addresses(settings.base_url)

    @group.command()
    def manifest() -> None:
        """Print the ApplicationManifest."""
        click.echo(manifest_xml(addresses), nl=False)

    @group.command()
    def configuration() -> None:
        """Print the values to paste into the Marketplace SDK pages, as JSON."""
        click.echo(json.dumps(sheet_json(sheet_of(settings), sheet_warnings(addresses)), indent=2))

    _domain_commands(group, operators, datastore)
    return group


def _domain_commands(group: AppGroup, operators: Operators, datastore: Datastore) -> None:
    @group.command("add-independent")
    @click.argument("domain")
    def add_independent(domain: str) -> None:
        """Manage DOMAIN by hand: its license is not asked for."""
        with datastore.context(), problems():
            click.echo(f"{operators.add_independent(domain, operator())} is now managed by hand.")

    @group.command("setup-link")
    @click.argument("domain")
    def setup_link(domain: str) -> None:
        """Print a single-use setup link for an independent DOMAIN."""
        with datastore.context(), problems():
            click.echo(operators.issue_setup_link(domain, operator()).url)

    @group.command()
    @click.argument("domain")
    @click.option("--reason", required=True, help="One sentence that the customer may read.")
    def disable(domain: str, reason: str) -> None:
        """Disable DOMAIN until `enable`."""
        with datastore.context(), problems():
            operators.disable(domain, reason, operator())
            click.echo(f"{domain} is disabled.")

    @group.command()
    @click.argument("domain")
    def enable(domain: str) -> None:
        """Lift a disable of DOMAIN."""
        with datastore.context(), problems():
            operators.enable(domain, operator())
            click.echo(f"{domain} is no longer disabled.")


@contextmanager
def problems() -> Iterator[None]:
    """Inside, a problem ends the command with its words."""
    try:
        yield
    except Problem as problem:
        raise OperatorError(problem) from problem


def operator() -> Actor:
    """The account that runs the command, as the operating system names it."""
    return Actor("operator", "cli", getpass.getuser())
