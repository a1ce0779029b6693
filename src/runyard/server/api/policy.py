"""What a repository decides about its jobs: how many run at once, and which lost ones are given out again."""

from __future__ import annotations

from litestar import get, put
from litestar.params import JSONBody

from runyard.server.api.inputs import Caller, Text, TheServices
from runyard.server.api.shapes import Policy
from runyard.services.access import administrable
from runyard.services.errors import Invalid
from runyard.services.policy import RETRIED, RepositoryPolicy, own_policy, set_policy

_PATH = "/repos/{owner:str}/{repo:str}/actions/policy"


@get(_PATH, tags=["actions"])
async def show(services: TheServices, identity: Caller, owner: Text, repo: Text) -> Policy:
    """What the repository decided; null: as the server has it."""
    repository = await administrable(services, identity, owner, repo)
    own = await own_policy(services, repository.id)
    seconds = None if own.retry_delay is None else own.retry_delay / 1000
    causes = None if own.retry_causes is None else list(own.retry_causes)
    return Policy(own.running_jobs, own.retry_times, causes, seconds)


@put(_PATH, tags=["actions"])
async def replace(services: TheServices, identity: Caller, owner: Text, repo: Text, data: JSONBody[Policy]) -> Policy:
    """Replace it; what is missing or null is as the server has it."""
    repository = await administrable(services, identity, owner, repo)
    unknown = [cause for cause in data.retry_causes or () if cause not in RETRIED]
    if unknown:
        raise Invalid(f"'{unknown[0]}' is no cause to try again for; there are: {', '.join(RETRIED)}")
    if min(data.running_jobs or 0, data.retry_times or 0, data.retry_seconds or 0) < 0:
        raise Invalid("running_jobs, retry_times and retry_seconds must not be negative")
    policy = RepositoryPolicy(
        running_jobs=data.running_jobs,
        retry_times=data.retry_times,
        retry_causes=None if data.retry_causes is None else tuple(data.retry_causes),
        retry_delay=None if data.retry_seconds is None else int(data.retry_seconds * 1000),
    )
    await set_policy(services, repository.id, policy)
    return data
