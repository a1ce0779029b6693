"""The first start of a server: an administrator and a token to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.identity import token_hash
from runyard.store import NotFound, access_tokens, users

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx

ADMINISTRATOR = "admin"


async def first_start(services: Services) -> str | None:
    """Create the administrator with a token and return the token; None when there is an administrator already."""
    secret, created = services.new_token(), services.clock()

    def write(tx: Tx) -> str | None:
        try:
            users.get(tx, ADMINISTRATOR)
        except NotFound:
            user = users.create(tx, ADMINISTRATOR, is_admin=True, created=created)
            access_tokens.create(tx, user.id, "first start", token_hash(secret), (), created)
            return secret
        return None

    return await services.database.write(write)
