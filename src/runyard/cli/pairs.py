"""NAME=VALUE options."""

from __future__ import annotations

from collections.abc import Sequence

from runyard.cli.errors import CommandError


def parse_pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """A mapping from repeated NAME=VALUE texts; later ones win. Raises CommandError for a text without `=`."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise CommandError(f"{option} '{text}' is not of the form NAME=VALUE.")
        pairs[name] = value
    return pairs
