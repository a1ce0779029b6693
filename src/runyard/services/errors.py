"""What a service refuses, as exceptions with a stable code, a sentence for people and the HTTP status that fits."""

from __future__ import annotations

from runyard.store import DatabaseClosed, DataUnwritable


class ServiceError(Exception):
    """The root. `code` is snake_case and stable, `message` says what, where and what to do."""

    code = "error"
    status = 500

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.status = status or type(self).status


class NotFound(ServiceError):  # noqa: N818
    """There is no such thing, or the caller may not know that there is."""

    code = "not_found"
    status = 404


class Unauthenticated(ServiceError):  # noqa: N818
    """A credential was given and is wrong, or one is needed."""

    code = "unauthenticated"
    status = 401


class Forbidden(ServiceError):  # noqa: N818
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403


class Invalid(ServiceError):  # noqa: N818
    """What was asked for cannot be understood (status 422; 400 for a malformed request)."""

    code = "invalid"
    status = 422


class ConflictError(ServiceError):
    """What was asked for does not fit the present state: finished already, exists already, not finished yet."""

    code = "conflict"
    status = 409


class Unavailable(ServiceError):  # noqa: N818
    """It cannot be said now; the same question may be answered soon."""

    code = "unavailable"
    status = 503


def refusal(error: BaseException) -> ServiceError | None:
    """What to tell who has asked: a refusal, `Unavailable` while there is no database, None for a mistake of ours.

    What the database says names hosts and accounts: it is for the log.
    """
    if isinstance(error, DataUnwritable | DatabaseClosed):
        return Unavailable("the server cannot reach its database; try again in a moment")
    return error if isinstance(error, ServiceError) else None
