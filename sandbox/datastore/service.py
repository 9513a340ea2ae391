"""The methods of google.datastore.v1.Datastore, one for each RPC: request message in, response message out."""

import random
import sqlite3

from sandbox.datastore.aggregations import aggregate, aggregations_in, properties_in
from sandbox.datastore.catalog import Catalog
from sandbox.datastore.changes import ID_BITS, changes_in
from sandbox.datastore.commits import Commits, Outcome
from sandbox.datastore.database import Database
from sandbox.datastore.keys import check_path, encode_path, is_incomplete, partition_of
from sandbox.datastore.messages import (
    AllocateIdsResponse,
    BeginTransactionResponse,
    CommitResponse,
    LookupResponse,
    Message,
    QueryResultBatch,
    ReserveIdsResponse,
    RollbackResponse,
    RunAggregationQueryResponse,
    RunQueryResponse,
)
from sandbox.datastore.plans import plan_of
from sandbox.datastore.queries import Queries
from sandbox.datastore.records import Address, address_of, describe, find_at, set_time
from sandbox.datastore.refusals import InvalidArgument, Unimplemented
from sandbox.datastore.transactions import Clock, Transaction, Transactions


class Datastore:
    """The service on one database. Its methods raise Refusal; they may be called from several threads."""

    def __init__(self, database: Database, clock: Clock, rng: random.Random) -> None:
        """rng: draws ids and transaction tokens, must be safe to use from several threads."""
        self._database = database
        self._catalog = Catalog()
        self._clock = clock
        self._rng = rng
        self._transactions = Transactions(database, self._catalog, clock, rng)
        self._commits = Commits(database, self._catalog, self._transactions, clock, rng)
        self._queries = Queries(self._catalog)

    def lookup(self, request: Message) -> Message:
        """Entities by key."""
        if request.HasField("property_mask"):
            raise Unimplemented("property_mask")
        addresses = [address_of(key, partition_of(key.partition_id, request)) for key in request.keys]
        transaction, begun = self._transactions.reading(request.read_options)
        response = LookupResponse(transaction=begun)
        with self._transactions.view(transaction, addresses) as connection:
            for key, address in zip(request.keys, addresses, strict=True):
                self._look_up(response, connection, key, address, transaction)
        set_time(response.read_time, self._clock())
        return response

    def _look_up(
        self,
        response: Message,
        connection: sqlite3.Connection,
        key: Message,
        address: Address,
        transaction: Transaction | None,
    ) -> None:
        record = find_at(connection, self._catalog, address)
        if record:
            result = response.found.add()
            describe(result, record)
        else:
            result = response.missing.add()
        if transaction:
            transaction.saw(address, record.version if record else 0)
        # The client finds its question in the answer by the serialised key, so that is given back as it came.
        result.entity.key.CopyFrom(key)
        result.entity.key.partition_id.project_id = address.partition.project

    def run_query(self, request: Message) -> Message:
        """Entities, keys or projections by a query."""
        if request.WhichOneof("query_type") == "gql_query":
            raise Unimplemented("gql_query")
        if not request.HasField("query"):
            raise InvalidArgument("one of fields Query.query and Query.gql_query must be set")
        if request.HasField("property_mask"):
            raise Unimplemented("property_mask")
        plan = plan_of(request, request.query)
        transaction, begun = self._transactions.reading(request.read_options)
        response = RunQueryResponse(transaction=begun)
        with self._transactions.view(transaction, []) as connection:
            self._queries.answer(connection, plan, response.batch)
            if transaction and not transaction.read_only:
                transaction.observed(
                    lambda anew: self._queries.signature(anew, plan), self._queries.signature(connection, plan)
                )
        response.batch.end_cursor = response.batch.end_cursor or request.query.start_cursor
        set_time(response.batch.read_time, self._clock())
        return response

    def run_aggregation_query(self, request: Message) -> Message:
        """Count, sum and average over a query."""
        if request.WhichOneof("query_type") != "aggregation_query":
            raise Unimplemented("gql_query")
        aggregations = aggregations_in(request.aggregation_query)
        plan = plan_of(request, request.aggregation_query.nested_query, properties_in(aggregations))

        def look(connection: sqlite3.Connection) -> dict[str, Message]:
            return aggregate(aggregations, plan, self._queries.scan(connection, plan))

        transaction, begun = self._transactions.reading(request.read_options)
        response = RunAggregationQueryResponse(transaction=begun)
        with self._transactions.view(transaction, []) as connection:
            answers = look(connection)
            if transaction:
                transaction.observed(look, answers)
        result = response.batch.aggregation_results.add()
        for alias, value in answers.items():
            result.aggregate_properties[alias].CopyFrom(value)
        response.batch.more_results = QueryResultBatch.NO_MORE_RESULTS
        set_time(response.batch.read_time, self._clock())
        return response

    def begin_transaction(self, request: Message) -> Message:
        """A token for a read-write or read-only transaction."""
        return BeginTransactionResponse(transaction=self._transactions.begin(request.transaction_options).token)

    def commit(self, request: Message) -> Message:
        """Applies mutations, in or outside a transaction."""
        if request.mode == request.NON_TRANSACTIONAL:
            if request.WhichOneof("transaction_selector"):
                raise InvalidArgument("non-transaction commit cannot specify a transaction")
            return _committed(self._commits.commit(changes_in(request, self._rng), None, atomic=False))
        match request.WhichOneof("transaction_selector"):
            case "transaction":
                return self._commit_transaction(request)
            case "single_use_transaction":
                read_only = request.single_use_transaction.WhichOneof("mode") == "read_only"
                return self._commit_transactional(request, None, read_only=read_only)
        raise InvalidArgument("transactional commit requires a transaction")

    def _commit_transaction(self, request: Message) -> Message:
        transaction = self._transactions.find(request.transaction)
        if self._transactions.finish(transaction.token) is None:
            raise InvalidArgument("Transaction is invalid or closed.")
        try:
            return self._commit_transactional(request, transaction, read_only=transaction.read_only)
        finally:
            self._transactions.release(transaction)

    def _commit_transactional(self, request: Message, transaction: Transaction | None, *, read_only: bool) -> Message:
        if not request.mutations:
            # It has read one snapshot and changes nothing: it took place at the moment of the snapshot.
            return CommitResponse()
        if read_only:
            raise InvalidArgument("Cannot modify entities in a read-only transaction.")
        return _committed(self._commits.commit(changes_in(request, self._rng), transaction, atomic=True))

    def rollback(self, request: Message) -> Message:
        """Gives a transaction up. One that is not open is ignored: clients also do this after a failed commit."""
        if not request.transaction:
            raise InvalidArgument("transaction required")
        if transaction := self._transactions.finish(request.transaction):
            self._transactions.release(transaction)
        return RollbackResponse()

    def allocate_ids(self, request: Message) -> Message:
        """Completes keys with random ids, so there is nothing to remember."""
        response = AllocateIdsResponse()
        for key in request.keys:
            check_path(key)
            if not is_incomplete(key):
                raise InvalidArgument("Key path element must not be complete")
            allocated = response.keys.add()
            allocated.CopyFrom(key)
            allocated.partition_id.project_id = partition_of(key.partition_id, request).project
            allocated.path[-1].id = 1 + self._rng.getrandbits(ID_BITS)
        return response

    def reserve_ids(self, request: Message) -> Message:
        """Checks the keys; an id that is taken is never handed out by chance, because a commit looks."""
        for key in request.keys:
            encode_path(key)
        return ReserveIdsResponse()

    def reset(self) -> None:
        """Deletes every entity and closes every transaction."""
        self._transactions.finish_all()
        self._database.empty()

    def close(self) -> None:
        """Closes every transaction and the database."""
        self._transactions.finish_all()
        self._database.close()


def _committed(outcome: Outcome) -> Message:
    response = CommitResponse(mutation_results=outcome.results, index_updates=outcome.index_updates)
    set_time(response.commit_time, outcome.moment)
    return response
