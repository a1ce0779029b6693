"""Paging as Gitea's and GitHub's clients do it: `page` from 1, `limit` (or `per_page`), `Link`, `X-Total-Count`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from litestar import Request
from litestar.params import QueryParameter

from runyard.server.api.caller import public_address

T = TypeVar("T")

DEFAULT_LIMIT = 30
MAX_LIMIT = 50
MAX_PER_PAGE = 100
MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """The wanted part of a list."""

    number: int
    limit: int

    @property
    def start(self) -> int:
        """How many items come before it."""
        return (self.number - 1) * self.limit

    @property
    def needed(self) -> int:
        """How many items from the beginning are needed to show it and to know whether there are more."""
        return self.start + self.limit + 1

    def of(self, items: list[T]) -> list[T]:
        """This page of a list that is known from its beginning."""
        return items[self.start : self.start + self.limit]


def provide_page(
    number: Annotated[int, QueryParameter(name="page", ge=1, le=MAX_PAGE, description="1-based")] = 1,
    limit: Annotated[int | None, QueryParameter(ge=1, description=f"at most {MAX_LIMIT}")] = None,
    per_page: Annotated[int | None, QueryParameter(ge=1, description=f"GitHub's limit, at most {MAX_PER_PAGE}")] = None,
) -> Page:
    """The page that a request asks for; too high limits are lowered."""
    if limit is not None:
        return Page(number, min(limit, MAX_LIMIT))
    return Page(number, DEFAULT_LIMIT if per_page is None else min(per_page, MAX_PER_PAGE))


def paging_headers(request: Request[Any, Any, Any], page: Page, total: int) -> dict[str, str]:
    """`X-Total-Count`, and `Link` to the neighbouring pages and the last one."""
    last = max(1, -(-total // page.limit))
    wanted = {"first": 1, "prev": page.number - 1} if page.number > 1 else {}
    if page.number < last:
        wanted |= {"next": page.number + 1, "last": last}
    links = [f'<{_address(request, number)}>; rel="{name}"' for name, number in wanted.items()]
    headers = {"X-Total-Count": str(total)}
    return headers | {"Link": ", ".join(links)} if links else headers


def _address(request: Request[Any, Any, Any], page: int) -> str:
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
    return f"{public_address(request)}{request.url.path}?{urlencode([*query, ('page', page)])}"
