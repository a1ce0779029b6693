"""Who answers, and whether it is well."""

from __future__ import annotations

from litestar import get

from runyard import __version__
from runyard.server.api.inputs import TheServices
from runyard.server.api.shapes import Health, Version

SPOKEN_VERSION = "1.27.0"
"""The version of Gitea whose API this is: its clients refuse to talk to servers older than 1.25."""


@get("/version", tags=["server"])
async def version() -> Version:
    """The version that clients compare."""
    return Version(f"{SPOKEN_VERSION}+runyard-{__version__}")


@get("/healthz", tags=["server"])
async def healthz(services: TheServices) -> Health:
    """Passes when the server answers and its database can be read."""
    await services.database.read(lambda tx: None)
    return Health("pass")
