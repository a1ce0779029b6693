"""Runners become known: registration by token or by an operator, declaration of labels, the check of every call."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from runyard.protocol.generated import runner_pb2
from runyard.services.errors import Invalid, NotFound, Unauthenticated
from runyard.services.fleet import KnownRunner
from runyard.services.identity import token_hash
from runyard.services.presence import seen
from runyard.store import NotFound as RowNotFound
from runyard.store import runner_tokens, runners

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.runners import Runner

NAME_BYTES = 255


async def register(services: Services, request: runner_pb2.RegisterRequest) -> runner_pb2.RegisterResponse:
    """A new runner for a registration token, in the token's scope. The answer holds its secret, shown only here."""
    if not request.token or not request.name:
        raise Invalid("missing runner token, name")
    digest = token_hash(request.token)
    secret = services.new_token()

    def write(tx: Tx) -> Runner:
        token = runner_tokens.find(tx, digest)
        if token is None:
            raise Invalid("runner registration token not found")
        if not token.active:
            raise Invalid("runner registration token has been invalidated, please use the latest one")
        return _create(
            services,
            tx,
            name=request.name,
            secret=secret,
            owner_id=token.owner_id,
            repository_id=token.repository_id,
            labels=request.labels or request.agent_labels,
            capabilities=request.capabilities,
            version=request.version,
            ephemeral=request.ephemeral,
        )

    runner = await services.database.write(write)
    return runner_pb2.RegisterResponse(runner=_message(runner, secret))


async def create_runner(
    services: Services,
    *,
    name: str,
    labels: Iterable[str] = (),
    owner_id: int | None = None,
    repository_id: int | None = None,
    ephemeral: bool = False,
) -> tuple[Runner, str]:
    """Register a runner without a registration token, as an operator may. Returns it with its secret."""
    secret = services.new_token()

    def write(tx: Tx) -> Runner:
        return _create(
            services,
            tx,
            name=name,
            secret=secret,
            owner_id=owner_id,
            repository_id=repository_id,
            labels=labels,
            capabilities=(),
            version="",
            ephemeral=ephemeral,
        )

    return await services.database.write(write), secret


async def declare(
    services: Services, runner: KnownRunner, request: runner_pb2.DeclareRequest
) -> runner_pb2.DeclareResponse:
    """Labels and version as the runner has them now; an empty list of capabilities leaves those known."""
    labels = tuple(request.labels)
    capabilities = tuple(request.capabilities) or None

    def declared(tx: Tx) -> Runner:
        tx.notify(("runner", runner.id))
        return runners.declare(tx, runner.id, request.version, labels, capabilities)

    try:
        stored = await services.database.write(declared)
    except RowNotFound:
        raise _unregistered() from None
    runner.labels, runner.capabilities = frozenset(stored.labels), frozenset(stored.capabilities)
    runner.version = stored.version
    return runner_pb2.DeclareResponse(runner=_message(stored, ""))


async def known_runner(services: Services, runner_uuid: str, secret: str, *, active: bool) -> KnownRunner:
    """The runner that a call's headers name. Raises `Unauthenticated`; the message is one that runners look for."""
    runner = services.fleet.runner(runner_uuid) or await _load(services, runner_uuid)
    if runner is None or not hmac.compare_digest(runner.token_hash, token_hash(secret)):
        raise _unregistered()
    if runner.retired and not active:
        raise _unregistered()
    seen(services, runner, active=active)
    return runner


async def delete_runner(services: Services, runner_id: int) -> None:
    """Remove a runner: its calls are refused from now on. A task that it runs ends when its lease does."""

    def delete(tx: Tx) -> bool:
        tx.notify(("runner", runner_id))
        return runners.delete(tx, runner_id)

    if not await services.database.write(delete):
        raise NotFound(f"there is no runner {runner_id}")


async def _load(services: Services, runner_uuid: str) -> KnownRunner | None:
    if not runner_uuid:
        return None
    stored = await services.database.read(lambda tx: runners.by_uuid(tx, runner_uuid))
    if stored is None:
        return None
    return services.fleet.remember_runner(
        KnownRunner(
            id=stored.id,
            uuid=stored.uuid,
            name=stored.name,
            token_hash=stored.token_hash,
            owner_id=stored.owner_id,
            repository_id=stored.repository_id,
            labels=frozenset(stored.labels),
            capabilities=frozenset(stored.capabilities),
            version=stored.version,
            ephemeral=stored.ephemeral,
            last_online=stored.last_online,
            last_active=stored.last_active,
            flushed=stored.last_online,
        )
    )


def _create(
    services: Services,
    tx: Tx,
    *,
    name: str,
    secret: str,
    owner_id: int | None,
    repository_id: int | None,
    labels: Iterable[str],
    capabilities: Iterable[str],
    version: str,
    ephemeral: bool,
) -> Runner:
    return runners.create(
        tx,
        uuid=str(uuid.uuid4()),
        name=name.encode()[:NAME_BYTES].decode("utf-8", "ignore"),
        token_hash=token_hash(secret),
        owner_id=owner_id,
        repository_id=repository_id,
        labels=tuple(labels),
        capabilities=tuple(capabilities),
        version=version,
        ephemeral=ephemeral,
        created=services.clock(),
    )


def _message(runner: Runner, secret: str) -> runner_pb2.Runner:
    return runner_pb2.Runner(
        id=runner.id,
        uuid=runner.uuid,
        token=secret,
        name=runner.name,
        version=runner.version,
        labels=runner.labels,
        ephemeral=runner.ephemeral,
    )


def _unregistered() -> Unauthenticated:
    return Unauthenticated("unregistered runner", code="unregistered_runner")
