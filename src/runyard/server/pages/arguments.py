"""What handlers of pages take from the address, and the visitor."""

from __future__ import annotations

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from runyard.server.pages.session import Visitor

Owner: TypeAlias = FromPath[str]
Repo: TypeAlias = FromPath[str]
RunNumber: TypeAlias = FromPath[int]
JobNumber: TypeAlias = FromPath[int]
AttemptNumber: TypeAlias = FromPath[int | None]
TheVisitor: TypeAlias = NamedDependency[SkipValidation[Visitor]]
