from __future__ import annotations

from pathlib import Path

import pytest

from runyard.services.errors import Unauthenticated
from runyard.services.identity import Anonymous, UserIdentity, authenticate, token_hash
from runyard.store import Tx, access_tokens, users
from tests.support.fleet import Clock, services_on


async def test_who_is_calling(tmp_path: Path) -> None:
    clock = Clock()
    async with services_on(tmp_path, clock) as services:

        def create(tx: Tx) -> None:
            user = users.create(tx, "ada", is_admin=False, email="ada@example.org")
            access_tokens.create(tx, user.id, "laptop", token_hash("a" * 40), ["read:repository"], clock())
            access_tokens.create(tx, user.id, "old", token_hash("b" * 40), [], clock(), expires=clock() + 1000)

        await services.database.write(create)
        assert await authenticate(services, None) == Anonymous()
        assert await authenticate(services, "") == Anonymous()
        identity = await authenticate(services, "a" * 40)
        assert isinstance(identity, UserIdentity)
        assert (identity.user.name, identity.scopes) == ("ada", ("read:repository",))
        assert isinstance(await authenticate(services, "b" * 40), UserIdentity)
        clock.advance(1)
        for wrong in ("b" * 40, "c" * 40, "ä"):
            with pytest.raises(Unauthenticated):
                await authenticate(services, wrong)
