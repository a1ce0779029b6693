"""Valid names of users, organisations and repositories. Names keep their case and are found without regard to it."""

from __future__ import annotations

import re

from runyard.store.errors import InvalidName

LONGEST = 100

RESERVED = frozenset(
    {
        "api", "assets", "avatars", "explore", "favicon.ico", "git", "healthz", "issues", "login", "logout",
        "metrics", "new", "notifications", "org", "organizations", "pulls", "readyz", "repo", "robots.txt", "runners",
        "settings", "static", "user", "users",
    }
)  # fmt: skip

_ALLOWED = re.compile(r"[A-Za-z0-9._-]+\Z", re.ASCII)


def key_of(name: str) -> str:
    """The form under which a name is unique and looked up."""
    return name.lower()


def check_owner_name(name: str) -> str:
    """Return the name if a user or organisation may have it, else raise InvalidName. Owners share the root of URLs."""
    _check(name, "user or organisation")
    if key_of(name) in RESERVED:
        raise InvalidName(f"The name '{name}' is reserved; choose another one.")
    return name


def check_repository_name(name: str) -> str:
    """Return the name if a repository may have it, else raise InvalidName."""
    return _check(name, "repository")


def _check(name: str, kind: str) -> str:
    if not name or len(name) > LONGEST:
        raise InvalidName(f"The name of a {kind} must have 1 to {LONGEST} characters.")
    if not _ALLOWED.match(name):
        raise InvalidName(f"The {kind} name '{name}' may only contain letters, digits, '.', '_' and '-'.")
    if name in {".", ".."} or key_of(name).endswith(".git"):
        raise InvalidName(f"The {kind} name '{name}' is not allowed: it may not be '.' or '..' nor end in '.git'.")
    return name
