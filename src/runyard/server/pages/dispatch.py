"""Starting a workflow by hand: a form made from the inputs that it declares on the default branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery

from runyard.server.pages.arguments import Owner, Repo, TheVisitor
from runyard.server.pages.respond import html, see_other
from runyard.server.pages.session import Visitor, posted
from runyard.services.access import writable
from runyard.services.dispatch_workflow import dispatch_workflow
from runyard.services.errors import Invalid, ServiceError
from runyard.services.workflow_switch import workflow_disabled
from runyard.services.workflows import show_workflow

if TYPE_CHECKING:
    from runyard.services.workflows import WorkflowInfo

_PREFIX = "input."


@dataclass(frozen=True, slots=True)
class InputField:
    """A field of the form; `value` is what it shows."""

    name: str
    type: str
    description: str
    required: bool
    options: tuple[str, ...]
    value: str


@get("/{owner:str}/{repo:str}/actions/dispatch", include_in_schema=False)
async def dispatch_page(owner: Owner, repo: Repo, visitor: TheVisitor, workflow: FromQuery[str] = "") -> Response[Any]:
    """The form for one workflow."""
    services = visitor.services
    repository = await writable(services, visitor.identity, owner, repo)
    info = await show_workflow(services, visitor.identity, owner, repo, workflow)
    problem = workflow_disabled(info.path) if info.disabled else None
    return _form(visitor, info, {"ref": repository.default_branch}, fresh=True, problem=problem)


@post("/{owner:str}/{repo:str}/actions/dispatch", include_in_schema=False, status_code=303)
async def dispatch_run(request: Request[Any, Any, Any], owner: Owner, repo: Repo, visitor: TheVisitor) -> Response[Any]:
    """Start it and show the run; a mistake comes back with the form as it was filled in."""
    services = visitor.services
    fields = await posted(request, visitor)
    await writable(services, visitor.identity, owner, repo)
    info = await show_workflow(services, visitor.identity, owner, repo, fields.get("workflow", ""))
    inputs = {field.name: fields.get(_PREFIX + field.name, "") for field in _fields(info, fields, fresh=False)}
    declared = {item.name: item.type for item in info.dispatch_inputs or ()}
    given = {
        name: text or "false" if declared[name] == "boolean" else text
        for name, text in inputs.items()
        if text or declared[name] == "boolean"
    }
    ref = fields.get("ref", "").strip()
    try:
        run = await dispatch_workflow(services, visitor.identity, owner, repo, info.path, ref, given)
    except ServiceError as problem:
        return _form(visitor, info, fields, problem=problem)
    return see_other(f"/{info.repository.owner}/{info.repository.name}/actions/runs/{run.number}")


def _form(
    visitor: Visitor,
    info: WorkflowInfo,
    entered: dict[str, str],
    *,
    fresh: bool = False,
    problem: ServiceError | None = None,
) -> Response[Any]:
    if info.dispatch_inputs is None:
        raise Invalid(f"{info.file_name} has no 'workflow_dispatch' trigger; add one to start it by hand")
    return html(
        "dispatch.html",
        visitor,
        status=200 if problem is None else problem.status,
        repository=info.repository,
        base=f"/{info.repository.owner}/{info.repository.name}",
        workflow=info,
        inputs=_fields(info, entered, fresh=fresh),
        entered={"ref": entered.get("ref", "")},
        problem=problem,
    )


def _fields(info: WorkflowInfo, entered: dict[str, str], *, fresh: bool) -> list[InputField]:
    """The declared inputs, with their defaults on a fresh form."""
    return [
        InputField(
            item.name,
            item.type,
            item.description,
            item.required,
            item.options,
            _default(item.default) if fresh else entered.get(_PREFIX + item.name, ""),
        )
        for item in info.dispatch_inputs or ()
    ]


def _default(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
