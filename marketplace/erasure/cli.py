"""Operators' commands about customers who leave: `flask --app "main:create_app()" marketplace ...`."""

import click
from flask.cli import AppGroup

from marketplace.cli import operator, problems
from marketplace.erasure.requests import ErasureRequests
from runtime.datastore import Datastore

MOST_SHOWN = 1000


def add_erasure_commands(group: AppGroup, requests: ErasureRequests, datastore: Datastore) -> None:
    """To the group of operators' commands."""

    @group.command()
    @click.argument("domain")
    @click.option("--confirm", prompt="Type the name of the primary domain", help="The primary domain, once more.")
    @click.option("--at-once", is_flag=True, help="Without the waiting time; for a customer who has uninstalled.")
    def erase(domain: str, confirm: str, *, at_once: bool) -> None:
        """Delete everything that is kept about the customer of DOMAIN."""
        with datastore.context(), problems():
            asked = requests.ask(domain, confirm, operator(), "operator", at_once=at_once)
            click.echo(f"Everything of {asked.domain} is deleted from {asked.due_at:%Y-%m-%d %H:%M} UTC on.")

    @group.command("keep")
    @click.argument("domain")
    def keep(domain: str) -> None:
        """Take back that DOMAIN is erased, while nothing is deleted yet."""
        with datastore.context(), problems():
            kept = requests.take_back(requests.known(domain).customer_id, operator())
            click.echo(f"Nothing of {kept} is deleted.")

    @group.command()
    def erasures() -> None:
        """List those under way, and the proofs of those that are over (SHA-256 of the customer id)."""
        with datastore.context(), problems():
            for one in requests.under_way(MOST_SHOWN):
                asked, due = f"{one.asked_at:%Y-%m-%d}", f"{one.due_at:%Y-%m-%d}"
                click.echo(f"{one.domain}: asked for {asked}, due {due}, {one.deleted} deleted")
            for proof in requests.proofs(MOST_SHOWN):
                who, over = proof.operator or proof.by, f"{proof.finished_at:%Y-%m-%d}"
                click.echo(f"{proof.customer_hash}: by {who}, over {over}, {proof.entities} deleted")
