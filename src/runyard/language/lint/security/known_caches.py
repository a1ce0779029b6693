"""Public actions that restore a cache, and public actions that publish."""

from __future__ import annotations

from runyard.language.lint.document import Step
from runyard.language.lint.security.scripts import input_of
from runyard.language.lint.security.uses import slug_of

_ON_BY_INPUT: dict[str, tuple[str, ...]] = {
    "actions/setup-dotnet": ("cache",),
    "actions/setup-java": ("cache",),
    "actions/setup-node": ("cache",),
    "actions/setup-python": ("cache",),
    "docker/build-push-action": ("cache-from",),
    "graalvm/setup-graalvm": ("cache",),
    "pyo3/maturin-action": ("sccache",),
    "ruby/setup-ruby": ("bundler-cache",),
}
_ON_UNLESS: dict[str, tuple[str, tuple[str, ...]]] = {
    "actions-rust-lang/setup-rust-toolchain": ("cache", ("false",)),
    "actions/cache": ("lookup-only", ("true",)),
    "actions/cache/restore": ("lookup-only", ("true",)),
    "actions/setup-go": ("cache", ("false",)),
    "astral-sh/setup-uv": ("enable-cache", ("false",)),
    "gradle/actions/setup-gradle": ("cache-disabled", ("true",)),
    "jdx/mise-action": ("cache", ("false",)),
    "mlugg/setup-zig": ("use-cache", ("false",)),
    "mozilla-actions/sccache-action": ("", ()),
    "oven-sh/setup-bun": ("no-cache", ("true",)),
    "swatinem/rust-cache": ("lookup-only", ("true",)),
}
"""Caches that are on unless an input has one of these values."""

PUBLISHERS = frozenset(
    {
        "cloudflare/wrangler-action",
        "docker/build-push-action",
        "googleapis/release-please-action",
        "goreleaser/goreleaser-action",
        "jreleaser/release-action",
        "ncipollo/release-action",
        "pypa/gh-action-pypi-publish",
        "redhat-actions/push-to-registry",
        "rubygems/release-gem",
        "softprops/action-gh-release",
    }
)


def uses_cache(step: Step) -> bool:
    """Whether a step restores a cache of the repository."""
    slug = slug_of(step.uses)
    for name in _ON_BY_INPUT.get(slug, ()):
        node = input_of(step, name)
        if node is not None and node.source.strip().lower() not in ("", "false"):
            return slug != "docker/build-push-action" or "type=gha" in node.source
    if slug not in _ON_UNLESS:
        return False
    name, off = _ON_UNLESS[slug]
    node = input_of(step, name) if name else None
    return node is None or (node.source.strip().lower() not in off and "${{" not in node.source)


def publishes(step: Step) -> bool:
    """Whether a step certainly hands something to other people: a package, a release, an image."""
    slug = slug_of(step.uses)
    if slug == "docker/build-push-action":
        node = input_of(step, "push")
        return node is not None and node.source.strip().lower() == "true"
    return slug in PUBLISHERS
