"""What handlers of pages take from the address, and the visitor."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter, SkipValidation

from runyard.server.pages.session import Visitor

LARGEST = 2**40

Owner: TypeAlias = FromPath[str]
Repo: TypeAlias = FromPath[str]
RunNumber: TypeAlias = Annotated[int, PathParameter(ge=0, le=LARGEST)]
JobNumber: TypeAlias = RunNumber
AttemptNumber: TypeAlias = Annotated[int | None, PathParameter(ge=0, le=LARGEST)]
Count: TypeAlias = Annotated[int, QueryParameter(ge=0, le=LARGEST)]
OptionalCount: TypeAlias = Annotated[int | None, QueryParameter(ge=0, le=LARGEST)]
TheVisitor: TypeAlias = NamedDependency[SkipValidation[Visitor]]
