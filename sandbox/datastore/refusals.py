"""The errors a caller can receive, each with its gRPC status.

The words are those of Google's emulators where these have some, because people search for them.
"""

from typing import ClassVar

import grpc


class Refusal(Exception):
    """The request is answered with `code` and these words; what it asked for has not happened."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN


class InvalidArgument(Refusal):
    """The request can never succeed as it is."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class AlreadyExists(Refusal):
    """An insert met an entity with the same key."""

    code = grpc.StatusCode.ALREADY_EXISTS


class NotFound(Refusal):
    """An update met no entity."""

    code = grpc.StatusCode.NOT_FOUND


class Aborted(Refusal):
    """Somebody else changed what the transaction had read; the whole transaction may be tried again."""

    code = grpc.StatusCode.ABORTED

    def __init__(self) -> None:
        """Speaks with Google's words."""
        super().__init__("too much contention on these datastore entities. please try again.")


class Unimplemented(Refusal):
    """Google's service can do this; this one does not pretend to."""

    code = grpc.StatusCode.UNIMPLEMENTED

    def __init__(self, feature: str) -> None:
        """feature: the field of the request that asks for it."""
        super().__init__(f"The embedded Datastore does not do {feature}; use one of Google's emulators.")
