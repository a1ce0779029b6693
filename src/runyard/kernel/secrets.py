"""Which secrets a job gets: those of the run, passed down through the calls of reusable workflows.

The kernel knows no secret. It says how they are passed, and whoever knows them lets the plan choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from runyard import language
from runyard.kernel.fields import Unusable
from runyard.language.model import Job as Definition

TOKEN_NAMES = ("GITHUB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN")
"""The names under which every job has its own token, whatever its callers pass on."""


class PassedOn(NamedTuple):
    """One call: the calling job, and what its `secrets` may read besides `secrets`."""

    caller: Definition
    contexts: Mapping[str, Any]


SecretsPlan = tuple[PassedOn, ...]
"""The calls above a job, the outermost first; empty: it is in the run's own file and gets every secret."""


def resolve(plan: SecretsPlan, available: Mapping[str, str]) -> dict[str, str]:
    """The secrets of a job, by name in upper case. `available` are those of the run, the job's token among them.

    A call passes on nothing, everything (`inherit`), or what its mapping says; empty values are absent. Raises
    `Unusable`, without the text of the mistake, which may hold a secret.
    """
    given = {name.upper(): value for name, value in available.items()}
    tokens = {name: given[name] for name in TOKEN_NAMES if name in given}
    for caller, contexts in plan:
        try:
            passed = language.call_secrets(caller, contexts, given)
        except language.LanguageError as error:
            raise Unusable(f"'secrets' of job '{caller.id}' cannot be evaluated") from error
        given = {name.upper(): value for name, value in passed.items()} | tokens
    return given
