"""Who calls the API (by the Authorization header, or the session cookie of the pages), and what they call us."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from runyard.server.credentials import token_in
from runyard.services.context import Services
from runyard.services.errors import Unauthenticated
from runyard.services.identity import Anonymous, Identity, authenticate

SESSION_COOKIE = "runyard_session"
_READING = ("GET", "HEAD", "OPTIONS")


async def provide_identity(
    request: Request[Any, Any, Any], services: NamedDependency[SkipValidation[Services]]
) -> Identity:
    """The caller. A wrong token in the header raises Unauthenticated; a session that is over is nobody.

    The cookie counts for reading only: a foreign page must not change anything with it.
    """
    token = token_in(request.headers.get("authorization"))
    if token is not None:
        return await authenticate(services, token)
    if request.method not in _READING:
        return Anonymous()
    return await session_identity(services, request.cookies.get(SESSION_COOKIE))


def public_address(request: Request[Any, Any, Any]) -> str:
    """The server's address without a trailing slash: the configured one, else the one that the caller used."""
    services: Services = request.app.state.services
    return services.settings.url.rstrip("/") or str(request.base_url).rstrip("/")


async def session_identity(services: Services, secret: str | None) -> Identity:
    """The identity behind a session cookie; nobody when there is none or it is over."""
    try:
        return await authenticate(services, secret)
    except Unauthenticated:
        return Anonymous()
