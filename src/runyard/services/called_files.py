"""The reusable workflows that a file calls, read when a run is made: what they say then is what the run does.

A file of the run's own repository (`./…`, `$/…`) is read at the run's commit; `owner/name/…@ref` at a tag, branch or
commit of another repository on this server. That must be public; a private one may be called by private ones of the
same owner only, because everybody who sees a run sees what it is made of. As on Gitea and Forgejo a repository that may
not be called from here looks as if it did not exist.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from runyard.forge.objects import ObjectReader, workflow_file
from runyard.kernel.closure import Closure
from runyard.kernel.state import Diagnostic
from runyard.store import repositories
from runyard.store.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.repositories import Repository

LOCAL = ("./", "$/")
_COMMIT = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class CalledFiles:
    """The texts of the called files by reference, or what is wrong with the calls."""

    texts: dict[str, str]
    diagnostics: tuple[Diagnostic, ...] = ()


class _Place(NamedTuple):
    """Where a reference leads to. `revision`: names to try in turn."""

    reference: str
    repository: Repository
    path: str
    revisions: tuple[str, ...]


async def called_files(services: Services, repository: Repository, sha: str, path: str, source: str) -> CalledFiles:
    """All that a workflow file of a repository calls at a commit, and what these files call."""
    closure = Closure(path, source)
    while wanted := closure.wanted:
        places = await _places(services, repository, sha, wanted)
        for reference in wanted:
            if reference not in places:
                name = "/".join(reference.split("/")[:2])
                closure.not_found(
                    reference,
                    f"was not found: there is no repository '{name}' here that is public, or private like this one and "
                    f"of '{repository.owner}', too",
                )
        for place, text, problem in await asyncio.to_thread(_read_all, services, list(places.values())):
            if problem:
                closure.not_found(place.reference, problem)
            else:
                closure.found(place.reference, text)
    diagnostics = closure.diagnostics() if closure.has_calls else ()
    return CalledFiles({} if diagnostics else closure.texts, diagnostics)


async def _places(services: Services, home: Repository, sha: str, wanted: Sequence[str]) -> dict[str, _Place]:
    """Where references lead to; those that lead to no repository that may be called are missing."""
    places = {
        reference: _Place(reference, home, reference[2:], (sha,)) for reference in wanted if reference.startswith(LOCAL)
    }
    foreign = [reference for reference in wanted if reference not in places]
    if foreign:

        def find(tx: Tx) -> list[_Place]:
            return [place for reference in foreign if (place := _foreign(tx, home, reference))]

        places |= {place.reference: place for place in await services.database.read(find)}
    return places


def _foreign(tx: Tx, home: Repository, reference: str) -> _Place | None:
    where, _, version = reference.partition("@")
    owner, name, path = where.split("/", 2)
    try:
        repository = repositories.get(tx, owner, name)
    except NotFound:
        return None
    if repository.private and not (home.private and repository.owner_id == home.owner_id):
        return None
    names = (f"refs/tags/{version}", f"refs/heads/{version}")
    return _Place(reference, repository, path, (version,) if _COMMIT.fullmatch(version) else names)


def _read_all(services: Services, places: Sequence[_Place]) -> list[tuple[_Place, str, str]]:
    """The text at each place, or the problem. Runs in a thread."""
    by_repository: dict[int, list[_Place]] = {}
    for place in places:
        by_repository.setdefault(place.repository.id, []).append(place)
    read: list[tuple[_Place, str, str]] = []
    for repository_id, group in by_repository.items():
        if not services.hosting.exists(repository_id):
            read += [(place, "", "was not found: its repository is empty") for place in group]
            continue
        with ObjectReader(services.hosting.path(repository_id)) as reader:
            read += [(place, *_read(reader, place)) for place in group]
    return read


def _read(reader: ObjectReader, place: _Place) -> tuple[str, str]:
    commit = next((found for name in place.revisions if (found := reader.commit(name))), None)
    where = f"{place.repository.owner}/{place.repository.name}"
    if commit is None:
        wanted = place.reference.partition("@")[2] or place.revisions[0]
        return "", f"was not found: {where} has no branch, tag or commit '{wanted}'"
    file = workflow_file(reader, commit.tree, place.path)
    if file is None:
        return "", f"was not found: {where} has no file '{place.path}' at commit {commit.id[:10]}"
    return file.text, f"cannot be used: {file.problem}" if file.problem else ""
