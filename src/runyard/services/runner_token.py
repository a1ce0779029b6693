"""Registration tokens: what an operator gives to a machine that is to become a runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.identity import token_hash
from runyard.store import runner_tokens

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx


async def create_runner_token(
    services: Services, *, owner_id: int | None = None, repository_id: int | None = None, replace: bool = False
) -> str:
    """A new registration token for the whole server, an owner or a repository. It may be used many times.

    It is shown only here: the store keeps a hash. `replace`: the earlier tokens of this scope stop working.
    """
    token = services.new_token()

    def write(tx: Tx) -> None:
        if replace:
            runner_tokens.invalidate(tx, owner_id, repository_id)
        runner_tokens.create(tx, token_hash(token), owner_id, repository_id)

    await services.database.write(write)
    return token
