"""Commands about names: `./frontdesk names ...` and `./frontdesk import-properties`; the same services as the pages.

Exit codes: 0 done; 1 it cannot be done; 2 the command is written wrongly; 75 it cannot be done now, try again.
"""

import getpass
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from flask.cli import AppGroup

from provisioning.accounts.policy import Policies
from provisioning.directory.crawl import CrawlStatus
from provisioning.directory.snapshot import Snapshots
from provisioning.import_properties import Import, read_import
from provisioning.library import Desks, DomainDesk, Program
from provisioning.properties import parse_properties
from runtime.audit import Actor
from runtime.datastore import OUTAGES, Datastore
from runtime.logs import log_to_stderr_instead
from runtime.problems import Problem, Unavailable

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h."""
LOOK_EVERY = 1.0
"""Seconds between two looks at a reading that is waited for."""
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
_DOMAIN = click.option("--domain", required=True, help="A domain that was set up.")
_OWNER = click.option("--as", "owner", default="", help="Who holds the names; the same for suggest, select and create.")


@dataclass(frozen=True)
class Counter:
    """What the commands stand on. tenant_of: by domain, raises NotFound; domains_of: by tenant; sleep: for --wait."""

    datastore: Datastore
    desks: Desks
    policies: Policies
    snapshots: Snapshots
    tenant_of: Callable[[str], str]
    domains_of: Callable[[str], Sequence[str]]
    sleep: Callable[[float], None] = time.sleep

    @contextmanager
    def work(self) -> Iterator[None]:
        """An ndb context; problems end the command, and the output is its own."""
        log_to_stderr_instead()
        with self.datastore.context(), _problems():
            yield

    @contextmanager
    def desk(self, domain: str, owner: str = "") -> Iterator[DomainDesk]:
        """A desk to work at."""
        name = domain.strip().lower()
        with self.work():
            program = Program(f"cli-{owner or getpass.getuser()}", _actor())
            desk = self.desks.of(self.tenant_of(name), program, domain=name)
            desk.require_in_use()
            yield desk


class CommandFailed(click.ClickException):
    """A problem, as a command says it."""

    def __init__(self, problem: Problem) -> None:
        """problem: what happened and what to do."""
        super().__init__(problem.words)
        self.exit_code = TRY_AGAIN if problem.retry else 1  # type: ignore[misc] # click reads it of the instance


def names_commands(counter: Counter) -> AppGroup:
    """The group of commands about names and accounts."""
    group = AppGroup("names", help="Names and accounts of a domain, as the REST interface gives them.")

    @group.command()
    @click.argument("firstname")
    @click.argument("lastname")
    @click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="Another field of the patterns.")
    @click.option("--count", type=click.IntRange(1, 10), help="How many; the domain's number if not given.")
    @_DOMAIN
    @_OWNER
    @_JSON
    def suggest(firstname: str, lastname: str, fields: tuple[str, ...], count: int | None, domain: str, owner: str,
                as_json: bool) -> None:  # fmt: skip
        """Print free names, which are held for a while."""
        person = {**_fields(fields), "firstname": firstname, "lastname": lastname}
        with counter.desk(domain, owner) as desk:
            names = desk.suggest(person, count)
        click.echo(json.dumps(names) if as_json else "\n".join(names))

    @group.command()
    @click.argument("username")
    @click.argument("suggestions", nargs=-1, required=True)
    @_DOMAIN
    @_OWNER
    def select(username: str, suggestions: tuple[str, ...], domain: str, owner: str) -> None:
        """Keep USERNAME, or none if "", and release the others of SUGGESTIONS, the whole answer of suggest."""
        with counter.desk(domain, owner) as desk:
            desk.select(suggestions, username)

    @group.command()
    @click.argument("username")
    @click.argument("firstname")
    @click.argument("lastname")
    @_DOMAIN
    @_OWNER
    @_JSON
    def create(username: str, firstname: str, lastname: str, domain: str, owner: str, as_json: bool) -> None:
        """Make an account and print its address. The password is asked for, or is the first line of the input."""
        password = _password()
        with counter.desk(domain, owner) as desk:
            address = desk.create(username, firstname, lastname, password)
        click.echo(json.dumps({"address": address}) if as_json else address)

    _add_refresh(group, counter)
    return group


def _add_refresh(group: AppGroup, counter: Counter) -> None:
    @group.command()
    @click.option("--wait", is_flag=True, help="Say how far it is until it is done.")
    @_DOMAIN
    def refresh(wait: bool, domain: str) -> None:
        """Read all names in use anew. The task queue does it, so the application has to be running."""
        with counter.work():
            tenant = counter.tenant_of(domain.strip().lower())
            counter.desks.tenant_in_use(tenant)
            counter.snapshots.start(tenant, _actor(), "asked for by a command")
            if wait:
                _wait(counter, tenant)
            else:
                click.echo("Begun.")


def _wait(counter: Counter, tenant: str) -> None:
    said = ""
    while (status := counter.snapshots.status(tenant)).state == "running":
        if (words := _progress(status)) != said:
            click.echo(words, err=True)
            said = words
        counter.sleep(LOOK_EVERY)
    if status.state != "rest" or status.in_force is None:
        raise Unavailable(_why(status), advice="The page “Directory” says more. The names known before are in use.")
    click.echo(json.dumps(dict(status.in_force.counts)))


def _progress(status: CrawlStatus) -> str:
    progress, trouble = status.progress, status.trouble
    where = f"{progress.phase}: page {progress.page}, {progress.found:,} found" if progress else "about to begin"
    return f"{where} (waiting: {trouble.what})" if trouble else where


def _why(status: CrawlStatus) -> str:
    if status.trouble:
        return f"The reading failed: {status.trouble.what}"
    return "The reading is held back: the list became shorter than it may without somebody's consent."


def import_command(counter: Counter) -> click.Command:
    """The command import-properties."""

    @click.command("import-properties")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--apply", is_flag=True, help="Change the domain's settings; without it, only say what would change.")
    @_DOMAIN
    def import_properties(file: Path, apply: bool, domain: str) -> None:
        """Take over what still has a meaning of the original's config.properties; say why not for every other line."""
        with counter.work():
            properties = parse_properties(file.read_bytes())
            tenant = counter.tenant_of(domain.strip().lower())
            domains = counter.domains_of(tenant)
            found = read_import(properties, counter.policies.of(tenant), domains)
            _print(found)
            if found.is_wrong:
                raise click.ClickException("Nothing was changed: correct the lines that are wrong, or delete them.")
            if apply:
                counter.policies.change(
                    tenant, _actor(), lambda before: read_import(properties, before, domains).policy
                )
        click.echo("Changed." if apply else "Nothing was changed yet: --apply does it.")

    return import_properties


def _print(found: Import) -> None:
    for verdict in found.verdicts:
        click.echo(f"line {verdict.line}: {verdict.name}: {verdict.outcome}: {verdict.says}")


def _fields(typed: Sequence[str]) -> dict[str, str]:
    pairs = [field.partition("=") for field in typed]
    if wrong := [name for name, equals, _ in pairs if not (name and equals)]:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=VALUE.", param_hint="--field")
    return {name: value for name, _, value in pairs}


def _password() -> str:
    """Never from the command line, which other people on the machine can see."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        raise CommandFailed(problem) from problem
    except OUTAGES as outage:
        raise CommandFailed(Unavailable("The database does not answer.")) from outage


def _actor() -> Actor:
    """The account that runs the command, as the operating system names it."""
    return Actor("operator", "cli", getpass.getuser())
