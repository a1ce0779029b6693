"""Every expression of a file, read once: its type, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from runyard.language.lint.contexts import Contexts
from runyard.language.lint.document import Document
from runyard.language.lint.infer import Inference, Problem, full_room
from runyard.language.lint.places import Written
from runyard.language.lint.types import ANY, Type

if TYPE_CHECKING:
    from runyard.language.lint.project import Project


@dataclass(frozen=True, slots=True)
class Analysed:
    """One expression. The type of one that cannot be read is `any`."""

    written: Written
    type: Type
    problems: tuple[Problem, ...]


def analyse(project: Project, document: Document) -> tuple[Analysed, ...]:
    """The expressions of a file in order."""
    contexts = Contexts(project, document)
    found = []
    room = full_room()
    for place in project.places(document):
        written = place.expressions
        if not written or place.definition.scope is None:
            continue
        visible = contexts.visible(place)
        for each in written:
            inference = Inference(visible, place.scope.functions, partial(contexts.is_later, place), room)
            result = ANY if each.tree is None else inference.type_of(each.tree)
            found.append(Analysed(each, result, tuple(inference.problems)))
    return tuple(found)
