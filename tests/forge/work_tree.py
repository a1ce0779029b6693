"""A hosted repository filled by the real git, without a server."""

from __future__ import annotations

import subprocess
from pathlib import Path

from runyard.forge.packets import ZERO, RefUpdate
from tests.support.server import clean_environment


class Tree:
    """A working tree that pushes straight into a bare repository on the disk."""

    def __init__(self, path: Path, bare: Path) -> None:
        self.path = path
        self.bare = bare
        path.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        """Run git here; what it printed."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=clean_environment(), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str | None], message: str = "change") -> str:
        """Write (None: remove) files and commit; the new id."""
        for name, text in files.items():
            target = self.path / name
            if text is None:
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def push(self, *specs: str) -> list[RefUpdate]:
        """Push, and say what changed on the other side."""
        before = self._refs()
        self.git("push", "-q", str(self.bare), *(specs or ("HEAD:main",)))
        after = self._refs()
        return [
            RefUpdate(ref, before.get(ref, ZERO), after.get(ref, ZERO))
            for ref in sorted(before | after)
            if before.get(ref) != after.get(ref)
        ]

    def _refs(self) -> dict[str, str]:
        listing = self.git("ls-remote", str(self.bare)).splitlines()
        return {
            name: sha
            for sha, name in (line.split("\t") for line in listing)
            if name.startswith("refs/") and "^" not in name
        }
