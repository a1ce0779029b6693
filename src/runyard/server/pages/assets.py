"""The built scripts and styles."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from runyard.server.pages.environment import BUILT, digest
from runyard.server.pages.respond import SECURITY_HEADERS
from runyard.services.errors import NotFound

_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".map": "application/json"}


@get("/static/{name:str}", include_in_schema=False, sync_to_thread=False)
def built_file(name: FromPath[str], version: Annotated[str, QueryParameter(name="v")] = "") -> Response[bytes]:
    """A file of the build; kept for a year when asked for by its content's digest."""
    path = BUILT / name
    if path.suffix not in _TYPES or path.parent != BUILT or not path.is_file():
        raise NotFound(f"there is no file {name}")
    lasting = version == digest(name)
    headers = SECURITY_HEADERS | {"Cache-Control": f"public, max-age={31_536_000 if lasting else 60}"}
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers=headers)
