"""References to actions, workflows and images, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT_HASH = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{7,39}")
_VERSION = re.compile(r"v?[0-9]+(?:\.[0-9]+)*(?:[-+.][0-9A-Za-z.-]+)?")


@dataclass(frozen=True, slots=True)
class Repository:
    """`owner/name[/path]@ref`."""

    owner: str
    name: str
    path: str
    ref: str

    @property
    def slug(self) -> str:
        """`owner/name[/path]` in lower case, the key of tables of known actions."""
        return "/".join(part for part in (self.owner, self.name, self.path) if part).lower()

    @property
    def repository(self) -> str:
        """`owner/name` in lower case."""
        return f"{self.owner}/{self.name}".lower()

    @property
    def is_hash(self) -> bool:
        """Whether the ref is a full commit hash, which cannot move."""
        return _HASH.fullmatch(self.ref.lower()) is not None

    @property
    def is_short_hash(self) -> bool:
        """Whether the ref looks like a shortened commit hash."""
        return _SHORT_HASH.fullmatch(self.ref.lower()) is not None

    @property
    def is_version(self) -> bool:
        """Whether the ref looks like a version tag."""
        return _VERSION.fullmatch(self.ref) is not None


def repository_of(uses: str) -> Repository | None:
    """The parts of a remote reference; None for local ones, images and what is malformed."""
    before, _, ref = uses.partition("@")
    parts = before.split("/", 2)
    if uses.startswith(("./", ".\\", "$/", "docker://")) or len(parts) < 2 or not all(parts[:2]) or not ref:
        return None
    return Repository(parts[0], parts[1], parts[2] if len(parts) > 2 else "", ref)


def slug_of(uses: str) -> str:
    """`owner/name[/path]` in lower case, or nothing."""
    found = repository_of(uses)
    return found.slug if found else ""


def version_of(ref: str) -> tuple[int, ...]:
    """The numbers of a version tag: `v4.1` is (4, 1); empty for anything else."""
    return tuple(int(part) for part in re.findall(r"[0-9]{1,9}", ref.split("-")[0])) if _VERSION.fullmatch(ref) else ()


def image_pin(image: str) -> str:
    """How firmly an image is named: `digest`, `tag`, `latest` (that tag, or none)."""
    if "@sha256:" in image:
        return "digest"
    tag = image.rpartition("/")[2].partition(":")[2]
    return "latest" if tag in ("", "latest") else "tag"
