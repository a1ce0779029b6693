"""Git over HTTP as a service: who may fetch and push, and git's answers as streams of bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from runyard.forge import smart_http
from runyard.forge.git import GitError as GitError
from runyard.forge.packets import ProtocolError as ProtocolError
from runyard.forge.smart_http import BodyError as BodyError
from runyard.forge.smart_http import Service as Service
from runyard.services.access import readable
from runyard.services.errors import NotFound, Unauthenticated
from runyard.services.identity import Anonymous
from runyard.services.receive_push import receive_push
from runyard.services.repository import repository_for_push

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.identity import Identity
    from runyard.store.repositories import Repository


async def open_repository(
    services: Services, identity: Identity, owner: str, name: str, service: Service
) -> Repository:
    """The repository for this kind of exchange. Raises NotFound, Unauthenticated, Forbidden.

    Nobody is told to sign in (Unauthenticated) where a repository cannot be seen: git asks for a password only then.
    """
    try:
        if service is Service.RECEIVE_PACK:
            return await repository_for_push(services, identity, owner, name)
        repository = await readable(services, identity, owner, name)
    except NotFound:
        if isinstance(identity, Anonymous):
            raise Unauthenticated("sign in: any user name, and an access token as the password") from None
        raise
    if not services.hosting.exists(repository.id):
        await services.hosting.create(repository.id, repository.default_branch)
    return repository


def advertise(services: Services, repository: Repository, service: Service, protocol: str) -> AsyncIterator[bytes]:
    """The refs, or the capabilities of protocol 2. `protocol`: the Git-Protocol header."""
    return smart_http.advertise(services.hosting.path(repository.id), service, protocol)


def fetch(
    services: Services, repository: Repository, protocol: str, body: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """A clone or fetch."""
    return smart_http.upload_pack(services.hosting.path(repository.id), protocol, body)


def push(
    services: Services, repository: Repository, identity: Identity, protocol: str, body: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """A push. When the stream ends, its runs exist."""
    return smart_http.receive_pack(
        services.hosting.path(repository.id),
        protocol,
        body,
        lambda updates: receive_push(services, repository, identity, updates),
    )


def inflate(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Undo `Content-Encoding: gzip`."""
    return smart_http.inflate(body)
