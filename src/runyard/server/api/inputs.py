"""What handlers take, named once: dependencies of every request, and parts of the path."""

from __future__ import annotations

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from runyard.server.api.paging import Page
from runyard.server.api.shapes import Rerun
from runyard.services.context import Services
from runyard.services.identity import Identity

TheServices: TypeAlias = NamedDependency[SkipValidation[Services]]
Caller: TypeAlias = NamedDependency[SkipValidation[Identity]]
Paging: TypeAlias = NamedDependency[SkipValidation[Page]]
Text: TypeAlias = FromPath[str]
Number: TypeAlias = FromPath[int]
RerunOptions: TypeAlias = JSONBody[Rerun | None]
