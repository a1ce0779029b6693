"""Deciding on runs from forks: approve, deny, revoke. For those who may write to the repository, but not for jobs."""

from __future__ import annotations

from typing import TypeAlias

from litestar import post
from litestar.params import JSONBody

from runyard.server.api.inputs import Caller, Number, Text, TheServices
from runyard.server.api.runs import RUN, run_shown
from runyard.server.api.shapes import Approve, Run, Why
from runyard.services import approve, show
from runyard.services.access import actor_of, administrable

Reason: TypeAlias = JSONBody[Why | None]


@post(RUN + "/approve", tags=["actions"], status_code=200)
async def let_begin(
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    run_id: Number,
    data: JSONBody[Approve | None] = None,
) -> Run:
    """Approve a run from a fork. Asking again changes nothing; 409 when it never waited, or was decided on."""
    await administrable(services, identity, owner, repo)
    await show.run_by_id(services, identity, owner, repo, run_id)
    how = data or Approve()
    await approve.approve(
        services, run_id, by=actor_of(identity).name, sha=how.sha, digest=how.digest, always=how.always
    )
    return await run_shown(services, identity, owner, repo, run_id)


@post(RUN + "/deny", tags=["actions"], status_code=200)
async def refuse(
    services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number, data: Reason = None
) -> Run:
    """Deny a run from a fork: it is cancelled. 409 when it never waited, or was decided otherwise."""
    await administrable(services, identity, owner, repo)
    await show.run_by_id(services, identity, owner, repo, run_id)
    await approve.deny(services, run_id, by=actor_of(identity).name, reason=(data or Why()).reason)
    return await run_shown(services, identity, owner, repo, run_id)


@post(RUN + "/revoke", tags=["actions"], status_code=200)
async def take_back(
    services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number, data: Reason = None
) -> Run:
    """Take back the approval of a run and the trust in its author: all open runs of the author are stopped."""
    await administrable(services, identity, owner, repo)
    await show.run_by_id(services, identity, owner, repo, run_id)
    await approve.revoke(services, run_id, by=actor_of(identity).name, reason=(data or Why()).reason)
    return await run_shown(services, identity, owner, repo, run_id)
