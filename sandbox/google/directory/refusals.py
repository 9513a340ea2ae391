"""The errors of the Directory API by name; the wording is what the real one has been seen to send."""

from sandbox.google.errors import GoogleError


def invalid_input(what: str = "") -> GoogleError:
    """400: `Invalid Input: <what>`."""
    return GoogleError(400, f"Invalid Input: {what}" if what else "Invalid Input", "invalid")


def invalid(message: str) -> GoogleError:
    """400 `invalid` with a message of its own."""
    return GoogleError(400, message, "invalid")


def invalid_parameter(name: str, message: str) -> GoogleError:
    """400 for a query parameter outside its range or list."""
    return GoogleError(400, message, "invalidParameter", location=("parameter", name))


def required(name: str) -> GoogleError:
    """400 for a missing field."""
    return GoogleError(400, f"Missing required field: {name}", "required")


def bad_request() -> GoogleError:
    """400 without any hint, for example a list of neither a customer nor a domain."""
    return GoogleError(400, "Bad Request", "badRequest")


def not_authorized() -> GoogleError:
    """403 for somebody who is no administrator, and for what belongs to somebody else."""
    return GoogleError(403, "Not Authorized to access this resource/api", "forbidden")


def not_found(what: str) -> GoogleError:
    """404: `Resource Not Found: <what>`."""
    return GoogleError(404, f"Resource Not Found: {what}", "notFound")


def domain_not_found() -> GoogleError:
    """404 for a domain that nobody has."""
    return GoogleError(404, "Domain not found.", "notFound")


def org_unit_not_found() -> GoogleError:
    """404 for an organizational unit."""
    return GoogleError(404, "Org unit not found", "notFound")


def duplicate(message: str = "Entity already exists.") -> GoogleError:
    """409 for an address that somebody has."""
    return GoogleError(409, message, "duplicate")


def conflict(message: str = "Conflict") -> GoogleError:
    """409 for a change that has to wait for another."""
    return GoogleError(409, message, "conflict")


def condition_not_met(message: str) -> GoogleError:
    """412 for a change that the present state does not allow."""
    return GoogleError(412, message, "conditionNotMet")


def limit_exceeded(message: str) -> GoogleError:
    """412 for more than there are licenses."""
    return GoogleError(412, message, "limitExceeded")


def unavailable() -> GoogleError:
    """503, also what a service account without a subject gets for my_customer."""
    return GoogleError(503, "Service unavailable. Please try again", "backendError")
