"""Putting the API and the pages together into one Litestar application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Litestar, Request, Response, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from runyard import __version__
from runyard.server.api import (
    decisions,
    events,
    job_actions,
    jobs,
    log_archive,
    policy,
    repositories,
    reruns,
    retention,
    runners,
    runs,
    secrets,
    summaries,
    users,
    variables,
    version,
    workflows,
)
from runyard.server.api.caller import provide_identity
from runyard.server.api.errors import http_error, service_error, unexpected_error
from runyard.server.api.paging import provide_page
from runyard.server.api.runs import provide_filters
from runyard.server.api.scopes import scoped
from runyard.server.pages.respond import error_page
from runyard.server.pages.routes import page_handlers
from runyard.services.errors import ServiceError, refusal

if TYPE_CHECKING:
    from runyard.services.context import Services

MAX_BODY_BYTES = 4 * 1024 * 1024

_HANDLERS: list[Any] = [
    version.version,
    users.me,
    users.user,
    users.new_user,
    users.tokens,
    users.new_token,
    users.remove_token,
    repositories.search,
    repositories.own,
    repositories.of_user,
    repositories.one,
    repositories.create,
    repositories.create_for,
    runs.of_repository,
    runs.of_all,
    runs.one,
    runs.at_attempt,
    runs.stop,
    runs.stop_now,
    reruns.plan,
    reruns.rerun_all,
    reruns.rerun_failed,
    reruns.rerun_job,
    reruns.rerun_job_of_run,
    decisions.let_begin,
    decisions.refuse,
    decisions.take_back,
    policy.show,
    policy.replace,
    jobs.of_run,
    jobs.of_attempt,
    jobs.one,
    jobs.tree,
    jobs.log,
    jobs.stop,
    jobs.stop_now,
    workflows.listing,
    workflows.one,
    workflows.dispatch,
    workflows.disable,
    workflows.enable,
    log_archive.of_run,
    log_archive.of_attempt,
    events.feed,
    events.journal,
    events.log,
    events.repository_feed,
    runners.of_repository,
    runners.of_server,
    runners.one_of_repository,
    runners.one_of_server,
    runners.remove_from_repository,
    runners.remove_from_server,
    runners.repository_token,
    runners.server_token,
    retention.clean,
    retention.policy,
    retention.decide,
    retention.hold,
    retention.held,
    retention.release,
]
_SCOPED: list[Any] = [
    secrets.listing,
    secrets.store,
    secrets.remove,
    variables.listing,
    variables.one,
    variables.create,
    variables.change,
    variables.remove,
]


def create_api(services: Services) -> Litestar:
    """The application: `/api/v1`, `/api/openapi.json`, `/healthz` and the pages. It opens and closes nothing."""
    api = Router(
        "/api/v1",
        route_handlers=[*_HANDLERS, *scoped(_SCOPED)],
        dependencies={
            "identity": Provide(provide_identity),
            "page": Provide(provide_page, sync_to_thread=False),
            "filters": Provide(provide_filters, sync_to_thread=False),
        },
    )
    return Litestar(
        [api, version.healthz, summaries.summary, job_actions.routes, *page_handlers],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        exception_handlers={ServiceError: _refusal, HTTPException: _refusal, Exception: _refusal},
        openapi_config=_description(),
        state=State({"services": services}),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        pdb_on_exception=False,
    )


def _refusal(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """JSON for the API, a page for everybody else."""
    refused = refusal(error) or error
    if not request.url.path.startswith(("/api/", "/healthz")):
        if not isinstance(refused, ServiceError | HTTPException):
            unexpected_error(request, refused)
        return error_page(request, refused)
    if isinstance(refused, ServiceError):
        return service_error(request, refused)
    if isinstance(refused, HTTPException):
        return http_error(request, refused)
    return unexpected_error(request, refused)


def _description() -> OpenAPIConfig:
    token = SecurityScheme(
        type="http", scheme="bearer", description="An access token; `Authorization: token …` and Basic work too."
    )
    return OpenAPIConfig(
        title="Runyard",
        version=__version__,
        description="Runs GitHub Actions workflows. Shapes are those of Gitea's API.",
        path="/api",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(security_schemes={"token": token}),
        security=[{"token": []}, {}],
    )
