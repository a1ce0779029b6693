"""Who looks at a page. A visitor signs in with an access token and gets a cookie with the secret of a session.

Every form carries a token that only the holder of the cookie can have.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation
from litestar.response import Redirect

from runyard.server.pages.respond import html, see_other
from runyard.services.access import may_write
from runyard.services.context import Services
from runyard.services.errors import Forbidden, ServiceError, Unauthenticated
from runyard.services.identity import Anonymous, Identity, UserIdentity, authenticate
from runyard.services.token import close_session, open_session

SESSION_COOKIE = "runyard_session"
VISIT_COOKIE = "runyard_visit"
_SESSION_SECONDS = 30 * 24 * 60 * 60
_SAFE = "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-?=&%#"


class Visitor:
    """The person behind a request. `csrf` goes into every form; `now` is the server's time in milliseconds."""

    def __init__(self, services: Services, identity: Identity, secret: str) -> None:
        self.services = services
        self.identity = identity
        self.secret = secret
        self.csrf = ""
        self.now = services.clock()
        self.fresh: list[Cookie] = []

    @property
    def user(self) -> Any:
        """The signed-in user, None without one."""
        return self.identity.user if isinstance(self.identity, UserIdentity) else None

    def may_write(self, repository: Any) -> bool:
        """Whether to offer buttons that change things."""
        return may_write(self.identity, repository)

    def remember(self, response: Response[Any]) -> None:
        """Set the cookies that this request made."""
        response.cookies.extend(self.fresh)


async def provide_visitor(request: Request[Any, Any, Any]) -> Visitor:
    """Dependency `visitor` of all pages. A stale session counts as nobody."""
    services: Services = request.app.state.services
    secret = request.cookies.get(SESSION_COOKIE, "")
    identity: Identity = Anonymous()
    if secret:
        try:
            identity = await authenticate(services, secret)
        except Unauthenticated:
            secret = ""
    if not isinstance(identity, UserIdentity):
        identity, secret = Anonymous(), ""
    visit = secret or request.cookies.get(VISIT_COOKIE, "")
    visitor = Visitor(services, identity, secret)
    if not visit:
        visit = services.new_token()
        visitor.fresh.append(_cookie(services, VISIT_COOKIE, visit, None))
    visitor.csrf = csrf_token(services, visit)
    request.scope["runyard_visitor"] = visitor  # type: ignore[typeddict-unknown-key]
    return visitor


def csrf_token(services: Services, secret: str) -> str:
    """What a form must carry, bound to the cookie's secret by the server's key."""
    return hmac.new(services.signing_key, b"form\0" + secret.encode(), hashlib.sha256).hexdigest()


async def posted(request: Request[Any, Any, Any], visitor: Visitor) -> dict[str, str]:
    """The fields of a form. Raises Forbidden unless the form came from a page of this visitor."""
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if not hmac.compare_digest(fields.get("csrf", "").encode(), visitor.csrf.encode()):
        raise Forbidden(
            "this form does not belong to your present session; open its page again and repeat the step", code="csrf"
        )
    return fields


def local_path(wanted: str) -> str:
    """`wanted` if it is a plain path on this server, else `/`: nobody is sent elsewhere after signing in."""
    ok = wanted.startswith("/") and not wanted.startswith("//") and all(char in _SAFE for char in wanted)
    return wanted if ok else "/"


@get("/login", include_in_schema=False)
async def login_page(
    visitor: NamedDependency[SkipValidation[Visitor]], next_path: Annotated[str, QueryParameter(name="next")] = "/"
) -> Response[Any]:
    """The form that asks for an access token."""
    target = local_path(next_path)
    if visitor.user is not None:
        return see_other(target)
    return html("login.html", visitor, next=target, problem="")


@post("/login", include_in_schema=False, status_code=303)
async def log_in(request: Request[Any, Any, Any], visitor: NamedDependency[SkipValidation[Visitor]]) -> Response[Any]:
    """Open a session and go on to the page that was wanted."""
    fields = await posted(request, visitor)
    target = local_path(fields.get("next", "/"))
    token = fields.get("token", "").strip()
    try:
        if not token:
            raise Unauthenticated("paste your access token into the field")
        secret, _ = await open_session(visitor.services, token)
    except ServiceError as problem:
        return html("login.html", visitor, status=problem.status, next=target, problem=problem.message)
    response: Response[Any] = see_other(target)
    response.cookies.append(_cookie(visitor.services, SESSION_COOKIE, secret, _SESSION_SECONDS))
    return response


@post("/logout", include_in_schema=False, status_code=303)
async def log_out(request: Request[Any, Any, Any], visitor: NamedDependency[SkipValidation[Visitor]]) -> Redirect:
    """Close the session for good."""
    await posted(request, visitor)
    if visitor.secret:
        await close_session(visitor.services, visitor.secret)
    response = see_other("/login")
    response.cookies.append(_cookie(visitor.services, SESSION_COOKIE, "", 0))
    return response


def _cookie(services: Services, name: str, value: str, seconds: int | None) -> Cookie:
    secure = services.settings.base_url.startswith("https:")
    return Cookie(key=name, value=value, path="/", httponly=True, samesite="lax", secure=secure, max_age=seconds)
