"""Images whose content can change under the same name."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import entries_of, fields_of
from runyard.language.lint.document import Action, Document, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.scripts import steps_of
from runyard.language.lint.security.uses import image_pin
from runyard.language.reader.nodes import Node, ScalarNode

_PREFIX = "docker://"


def check(project: Project) -> Iterator[Finding]:
    for file in project.documents:
        for node in _images(file):
            image = node.source.removeprefix(_PREFIX)
            pin = image_pin(image)
            if not image or "${{" in image or pin == "digest":
                continue
            why = "it names no version" if pin == "latest" else "the tag can be moved to another image"
            yield RULE.found(
                file,
                node,
                f"the image '{image}' is not pinned: {why}",
                hint=f"Add its digest: `{image}@sha256:…` (see `docker buildx imagetools inspect {image}`).",
                severity=None if pin == "latest" else "information",
                length=len(node.source),
            )


def _images(file: Document) -> Iterator[ScalarNode]:
    """The images of containers, services, steps and Docker actions."""
    nodes: list[Node | None] = []
    if isinstance(file, Workflow):
        for job in file.jobs:
            given = [job.fields.get("container"), *(node for _, _, node in entries_of(job.fields.get("services")))]
            nodes += [fields_of(node).get("image", node) for node in given]
    if isinstance(file, Action):
        nodes.append(_only_remote(fields_of(file.fields.get("runs")).get("image")))
    nodes += [_only_remote(step.fields.get("uses")) for step in steps_of(file)]
    yield from (node for node in nodes if isinstance(node, ScalarNode))


def _only_remote(node: Node | None) -> Node | None:
    return node if isinstance(node, ScalarNode) and node.source.startswith(_PREFIX) else None


RULE = Rule("unpinned-image", "warning", "Images are pinned by their digest.", check)
