"""Every refusal of the API as JSON: `message` for people, `code` for programs, `url` of the API's description."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from runyard.server.api.caller import public_address
from runyard.services.errors import ServiceError

logger = logging.getLogger(__name__)

DESCRIPTION = "/api/openapi.json"


class ErrorBody(msgspec.Struct):
    """The body of every answer with a status of 400 and above."""

    message: str
    code: str = "error"
    url: str = ""


def service_error(request: Request[Any, Any, Any], error: ServiceError) -> Response[ErrorBody]:
    """What a service refuses."""
    headers = {"WWW-Authenticate": 'Bearer realm="Runyard"'} if error.status == HTTPStatus.UNAUTHORIZED else {}
    return _answer(request, error.status, error.code, error.message, headers)


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    """What the framework refuses: unknown paths and methods, bodies that do not fit."""
    message = error.detail
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        reasons = [
            f"{item.get('key', 'body')}: {item.get('message')}" for item in error.extra if isinstance(item, dict)
        ]
        message = "; ".join(reasons) or message
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return _answer(request, error.status_code, code, message, dict(error.headers or {}))


def unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """Our own mistakes: the log has the details, the caller has not."""
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(request, 500, "internal_error", "the server failed; its log says why", {})


def _answer(
    request: Request[Any, Any, Any], status: int, code: str, message: str, headers: dict[str, str]
) -> Response[ErrorBody]:
    url = f"{public_address(request)}{DESCRIPTION}"
    return Response(ErrorBody(message, code, url), status_code=status, media_type=MediaType.JSON, headers=headers)
