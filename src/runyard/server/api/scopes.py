"""What repositories, owners and the server have alike: the same paths below four prefixes, each saying whose it is."""

from __future__ import annotations

from typing import Any, TypeAlias

from litestar import Router
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from runyard.server.api.inputs import Caller, Text, TheServices
from runyard.services.scopes import Scope, own_scope, owner_scope, repository_scope, server_scope

TheScope: TypeAlias = NamedDependency[SkipValidation[Scope]]


async def _of_repository(services: TheServices, identity: Caller, owner: Text, repo: Text) -> Scope:
    return await repository_scope(services, identity, owner, repo)


async def _of_owner(services: TheServices, identity: Caller, org: Text) -> Scope:
    return await owner_scope(services, identity, org)


def _own(identity: Caller) -> Scope:
    return own_scope(identity)


def _of_server(identity: Caller) -> Scope:
    return server_scope(identity)


def scoped(handlers: list[Any]) -> list[Router]:
    """The handlers, which take `whose`, below each prefix."""
    return [
        Router(
            "/repos/{owner:str}/{repo:str}/actions",
            route_handlers=handlers,
            dependencies={"whose": Provide(_of_repository)},
        ),
        Router("/orgs/{org:str}/actions", route_handlers=handlers, dependencies={"whose": Provide(_of_owner)}),
        Router(
            "/user/actions",
            route_handlers=handlers,
            dependencies={"whose": Provide(_own, sync_to_thread=False)},
        ),
        Router(
            "/admin/actions",
            route_handlers=handlers,
            dependencies={"whose": Provide(_of_server, sync_to_thread=False)},
        ),
    ]
