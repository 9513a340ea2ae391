"""The raw protobuf classes of google.datastore.v1.

The wrappers that google-cloud-datastore puts around them cost several times the work itself, so everything in this
package handles the raw messages. They are typed `Message`, because the generated classes carry no types.
"""

from typing import Any

from google.cloud.datastore_v1.types import aggregation_result, datastore, entity, query

Message = Any

PartitionId = entity.PartitionId.pb()
Key = entity.Key.pb()
Value = entity.Value.pb()
Entity = entity.Entity.pb()

Query = query.Query.pb()
PropertyFilter = query.PropertyFilter.pb()
CompositeFilter = query.CompositeFilter.pb()
PropertyOrder = query.PropertyOrder.pb()
EntityResult = query.EntityResult.pb()
QueryResultBatch = query.QueryResultBatch.pb()
AggregationResultBatch = aggregation_result.AggregationResultBatch.pb()

ReadOptions = datastore.ReadOptions.pb()
TransactionOptions = datastore.TransactionOptions.pb()
Mutation = datastore.Mutation.pb()
MutationResult = datastore.MutationResult.pb()

LookupRequest = datastore.LookupRequest.pb()
LookupResponse = datastore.LookupResponse.pb()
RunQueryRequest = datastore.RunQueryRequest.pb()
RunQueryResponse = datastore.RunQueryResponse.pb()
RunAggregationQueryRequest = datastore.RunAggregationQueryRequest.pb()
RunAggregationQueryResponse = datastore.RunAggregationQueryResponse.pb()
BeginTransactionRequest = datastore.BeginTransactionRequest.pb()
BeginTransactionResponse = datastore.BeginTransactionResponse.pb()
CommitRequest = datastore.CommitRequest.pb()
CommitResponse = datastore.CommitResponse.pb()
RollbackRequest = datastore.RollbackRequest.pb()
RollbackResponse = datastore.RollbackResponse.pb()
AllocateIdsRequest = datastore.AllocateIdsRequest.pb()
AllocateIdsResponse = datastore.AllocateIdsResponse.pb()
ReserveIdsRequest = datastore.ReserveIdsRequest.pb()
ReserveIdsResponse = datastore.ReserveIdsResponse.pb()
