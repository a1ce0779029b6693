"""Answers of the pages: HTML with strict security headers, redirects after a form, and errors that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from runyard.server.pages.environment import render
from runyard.services.errors import ServiceError

if TYPE_CHECKING:
    from litestar import Request

    from runyard.server.pages.session import Visitor

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HEADLINES = {
    400: ("That did not work", "The request could not be understood."),
    401: ("Please sign in", "This page needs you to be signed in."),
    403: ("You may not do this", "Ask an owner of the repository or an administrator."),
    404: (
        "Nothing here",
        "Check the address for a slip. What is private is seen only by those who may.",
    ),
    405: ("That did not work", "This address cannot be used in this way."),
    409: ("Not right now", "The state has changed in the meantime."),
    413: ("Too large", "Send less at once."),
    503: ("Just a moment", "The server cannot do its work right now. Try again soon."),
    422: ("That did not work", "Check what you entered and try again."),
}


def html(template: str, visitor: Visitor, *, status: int = 200, **context: Any) -> Response[str]:
    """A page for this visitor."""
    text = render(template, visitor=visitor, now=visitor.now, **context)
    response = Response(text, status_code=status, media_type="text/html", headers=_headers())
    visitor.remember(response)
    return response


def fragment(text: str, *, lasting: bool = False) -> Response[str]:
    """A piece of HTML for a script; `lasting`: it will never change."""
    headers = _headers() | ({"Cache-Control": "private, max-age=86400"} if lasting else {})
    return Response(text, media_type="text/html", headers=headers)


def see_other(path: str) -> Redirect:
    """Where to go after a form was accepted."""
    return Redirect(path, status_code=303, headers=SECURITY_HEADERS)


def error_page(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A refusal as a page; who is not signed in and needs to be is sent to the login page. For `exception_handlers`."""
    status, message = _status_and_message(error)
    visitor: Visitor | None = request.scope.get("runyard_visitor")  # type: ignore[assignment]
    signed_in = visitor is not None and visitor.user is not None
    if status == 401 and not signed_in:
        return see_other(f"/login?next={quote(_address(request), safe='/')}")
    headline, hint = _HEADLINES.get(status, ("Something broke", "It is not your fault. The server's log says more."))
    text = render(
        "error.html",
        visitor=visitor,
        now=visitor.now if visitor else 0,
        status=status,
        headline=headline,
        hint=hint,
        message=message,
        code=error.code if isinstance(error, ServiceError) else "",
        sign_in=f"/login?next={quote(_address(request), safe='/')}" if visitor and not signed_in else "",
        back=_back(request),
    )
    return Response(text, status_code=status, media_type="text/html", headers=_headers())


def _status_and_message(error: Exception) -> tuple[int, str]:
    if isinstance(error, ServiceError):
        return error.status, error.message
    if isinstance(error, HTTPException):
        return error.status_code, "" if error.status_code in (404, 405) else error.detail
    return 500, ""


def _address(request: Request[Any, Any, Any]) -> str:
    """The page to come back to: the form's own page for a POST."""
    if request.method != "GET":
        return _back(request)
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def _back(request: Request[Any, Any, Any]) -> str:
    """The page that a visitor came from, if it is ours; else the page above."""
    came_from = request.headers.get("referer", "")
    origin = f"{request.url.scheme}://{request.headers.get('host', '')}/"
    if came_from.startswith(origin):
        return "/" + came_from.removeprefix(origin)
    return "/"


def _headers() -> dict[str, str]:
    return SECURITY_HEADERS | {"Cache-Control": "private, no-cache"}
