"""Whose variables and secrets a caller may steer, and the names that these may have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runyard.services.access import administrable, require_admin, require_user
from runyard.services.errors import Forbidden, Invalid
from runyard.services.user import find_user
from runyard.store.scopes import SERVER
from runyard.store.scopes import Scope as Scope

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.identity import Identity

_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_RESERVED = ("GITHUB_", "GITEA_", "FORGEJO_")
_NAME_LIMIT = 255
_VALUE_BYTES = 65536
_DESCRIPTION_LIMIT = 4096


async def repository_scope(services: Services, identity: Identity, owner: str, name: str) -> Scope:
    """A repository's, for who may change it, except jobs. Raises NotFound, Unauthenticated or Forbidden."""
    return Scope(repository_id=(await administrable(services, identity, owner, name)).id)


async def owner_scope(services: Services, identity: Identity, name: str) -> Scope:
    """A user's own, or for administrators anybody's. Raises NotFound, Unauthenticated or Forbidden."""
    caller = require_user(identity, write=True)
    if caller.name.lower() == name.lower():
        return Scope(owner_id=caller.id)
    if not caller.is_admin:
        raise Forbidden(f"only {name} and administrators may do this")
    require_admin(identity)
    return Scope(owner_id=(await find_user(services, name)).id)


def own_scope(identity: Identity) -> Scope:
    """The caller's own. Raises Unauthenticated or Forbidden."""
    return Scope(owner_id=require_user(identity, write=True).id)


def server_scope(identity: Identity) -> Scope:
    """The server's, for administrators. Raises Unauthenticated or Forbidden."""
    require_admin(identity)
    return SERVER


def checked_name(kind: str, name: str) -> str:
    """The name in upper case, as it is stored. Raises Invalid (status 400). `kind` is `variable` or `secret`."""
    upper = name.upper()
    if not _NAME.fullmatch(upper) or len(upper) > _NAME_LIMIT:
        raise _refused(f"the {kind} name '{name}' may have letters, digits and '_' only, and begin with no digit")
    if upper.startswith(_RESERVED):
        raise _refused(f"the {kind} name '{name}' is reserved: names may not begin with {', '.join(_RESERVED)}")
    if kind == "variable" and upper == "CI":
        raise _refused("the variable name 'CI' is reserved: every job has it")
    return upper


def checked_value(kind: str, value: str) -> str:
    """The value with line ends as LF. Raises Invalid (status 400)."""
    text = value.replace("\r\n", "\n")
    if len(text.encode("utf-8", "surrogatepass")) > _VALUE_BYTES:
        raise _refused(f"the value of a {kind} may have {_VALUE_BYTES} bytes at most")
    return text


def checked_description(description: str | None) -> str | None:
    """The description, cut at its longest."""
    return None if description is None else description[:_DESCRIPTION_LIMIT]


def _refused(message: str) -> Invalid:
    return Invalid(message, code="invalid_name_or_value", status=400)
