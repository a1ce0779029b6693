"""What is kept and for how long: policies of repositories, holds on runs, and removing what is due."""

from __future__ import annotations

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromQuery, JSONBody

from runyard.server.api import shapes
from runyard.server.api.inputs import Caller, Number, Text, TheServices
from runyard.server.api.runs import ACTIONS, RUN
from runyard.services.access import actor_of, administrable, readable, require_admin
from runyard.services.payload import timestamp
from runyard.services.retain import retain
from runyard.services.retention_policy import (
    RetentionPolicy,
    get_policy,
    hold_of_run,
    hold_run,
    release_run,
    set_policy,
)


@post("/admin/actions/retention", tags=["actions"], status_code=200)
async def clean(services: TheServices, identity: Caller, dry_run: FromQuery[bool] = False) -> shapes.RetentionReport:
    """Remove what is due (administrators), or with `dry_run` only say what would go and why."""
    require_admin(identity)
    report = await retain(services, dry_run=dry_run)
    items = [
        shapes.Removed(
            each.kind,
            each.due.id,
            each.due.repository_id,
            each.due.run,
            each.due.name,
            each.due.bytes,
            each.reason,
        )
        for each in report.items
    ]
    return shapes.RetentionReport(dry_run, dict(report.counts), dict(report.bytes), items)


@get(ACTIONS + "/retention", tags=["actions"])
async def policy(services: TheServices, identity: Caller, owner: Text, repo: Text) -> shapes.RetentionInForce:
    """What the repository keeps."""
    own, keep = await get_policy(services, await readable(services, identity, owner, repo))
    return shapes.RetentionInForce(shapes.Retention(**msgspec.structs.asdict(own)), shapes.Retention(*keep))


@put(ACTIONS + "/retention", tags=["actions"], status_code=204)
async def decide(
    services: TheServices, identity: Caller, owner: Text, repo: Text, data: JSONBody[shapes.Retention]
) -> None:
    """Replace what the repository decided."""
    repository = await administrable(services, identity, owner, repo)
    await set_policy(services, repository, RetentionPolicy(**msgspec.structs.asdict(data)))


@put(RUN + "/hold", tags=["actions"], status_code=204)
async def hold(
    services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number, data: JSONBody[shapes.NewHold]
) -> None:
    """Keep a run with its logs and artifacts, whatever the policies say."""
    repository = await administrable(services, identity, owner, repo)
    await hold_run(services, repository, run_id, by=actor_of(identity).name, reason=data.reason)


@get(RUN + "/hold", tags=["actions"])
async def held(services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number) -> shapes.Hold:
    """Why a run is kept; 404 when it is not."""
    found = await hold_of_run(services, await readable(services, identity, owner, repo), run_id)
    return shapes.Hold(found.by, found.reason, timestamp(found.at))


@delete(RUN + "/hold", tags=["actions"])
async def release(services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number) -> None:
    """End the hold."""
    await release_run(services, await administrable(services, identity, owner, repo), run_id)
