"""The REST API under `/api/v1`, with the shapes of Gitea and GitHub, its description, and the pages beside it."""

from runyard.server.api.application import create_api as create_api
