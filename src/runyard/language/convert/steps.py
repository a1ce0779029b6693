"""The steps of a job or of a composite action."""

from __future__ import annotations

from collections.abc import Mapping

from runyard.language.convert.conditions import complete_condition
from runyard.language.convert.references import action_problem, action_repository
from runyard.language.convert.values import filled, mapping_of, places_of, plain_text, value_of, words_of
from runyard.language.diagnostics import Problems
from runyard.language.ids import IdBuilder, identifier_problem
from runyard.language.model import Position, Step
from runyard.language.reader.nodes import MappingNode, Node, SequenceNode

_NOT_IN_PARALLEL = ("wait", "wait-all", "cancel")


def convert_steps(node: Node | None, problems: Problems) -> tuple[Step, ...]:
    """The steps in order, with ids for those that have none."""
    if type(node) is not SequenceNode:
        return ()
    return _Steps(node, problems).convert()


class _Steps:
    """Converts one list. Explicit ids are all known before the first id is generated."""

    def __init__(self, node: SequenceNode, problems: Problems) -> None:
        self._nodes = [item for item in node.items if type(item) is MappingNode]
        self._problems = problems
        self._ids = IdBuilder()
        self._earlier: set[str] = set()

    def convert(self) -> tuple[Step, ...]:
        for item in self._nodes:
            self._take_id(item)
        return tuple(self._step(item) for item in self._nodes)

    def _take_id(self, item: MappingNode) -> None:
        fields = item.fields()
        step_id = plain_text(fields.get("id"))
        if "id" in fields:
            problem = identifier_problem(step_id)
            if problem is None and not self._ids.take(step_id):
                problem = f"The identifier '{step_id}' may not be used more than once within the same scope."
            if problem is not None:
                self._problems.error(fields["id"], "identifier", problem)
        for inner in _inner_steps(fields):
            self._take_id(inner)

    def _step(self, item: MappingNode, *, in_group: bool = False) -> Step:
        fields = item.fields()
        place = Position(item.line, item.column)
        self._check(fields, in_group=in_group)
        given = plain_text(fields.get("id"))
        step_id = given or self._generated_id(fields, place)
        own_default = "always()" if fields.keys() & {"wait", "wait-all", "cancel"} else "success()"
        step = Step(
            id=step_id,
            condition=complete_condition(fields.get("if"), place, own_default),
            position=place,
            has_id=bool(given),
            name=value_of(fields.get("name")) or None,
            run=value_of(fields.get("run")),
            shell=value_of(fields.get("shell")),
            working_directory=value_of(fields.get("working-directory")),
            uses=plain_text(fields.get("uses")) or None,
            with_=mapping_of(fields.get("with")),
            env=mapping_of(fields.get("env")),
            continue_on_error=filled(fields.get("continue-on-error"), False),
            timeout_minutes=value_of(fields.get("timeout-minutes")),
            background=in_group or value_of(fields.get("background")) is True,
            wait=words_of(fields.get("wait")) or (),
            wait_all="wait-all" in fields,
            cancel=plain_text(fields.get("cancel")) or None,
            parallel=tuple(self._step(inner, in_group=True) for inner in _inner_steps(fields)),
            places=places_of(item),
        )
        if given:
            self._earlier.add(given.lower())
        return step

    def _generated_id(self, fields: Mapping[str, Node], place: Position) -> str:
        try:
            return self._ids.build(_id_parts(fields), reserved=True)
        except ValueError as error:
            self._problems.error(place, "identifier", f"{error}. Give the step an 'id'.")
            return ""

    def _check(self, fields: Mapping[str, Node], *, in_group: bool) -> None:
        problem = action_problem(plain_text(fields["uses"])) if "uses" in fields else None
        if problem is not None:
            self._problems.error(fields["uses"], "invalid-uses-format", problem)
        if "wait-all" in fields and value_of(fields["wait-all"]) is False:
            self._problems.error(fields["wait-all"], "wait-all", "The value of 'wait-all' must be true or omitted")
        own = plain_text(fields.get("id")).lower()
        for key in () if in_group else ("wait", "cancel"):
            self._check_targets(fields.get(key), own)
        for inner in _inner_steps(fields):
            self._check_inner(inner.fields())

    def _check_targets(self, node: Node | None, own: str) -> None:
        """Whether the ids that are waited for or cancelled are those of earlier steps."""
        targets = node.items if type(node) is SequenceNode else [node]
        for target in targets:
            name = plain_text(target)
            if target is None or name.lower() in self._earlier:
                continue
            problem = identifier_problem(name) if name.startswith("__") else f"Step references unknown step ID '{name}'"
            if name.lower() == own:
                problem = f"Step '{name}' cannot reference itself"
            self._problems.error(target, "step-reference", problem or "")

    def _check_inner(self, fields: Mapping[str, Node]) -> None:
        """What may not stand inside a parallel group."""
        if "background" in fields:
            message = (
                "'background' is not allowed inside a parallel block. "
                "Steps in a parallel block are automatically run as background steps."
            )
            self._problems.error(fields["background"], "parallel", message)
        for key in _NOT_IN_PARALLEL:
            if key in fields:
                self._problems.error(fields[key], "parallel", f"'{key}' is not allowed inside a parallel block.")
        if "parallel" in fields:
            self._problems.error(fields["parallel"], "parallel", "Nested 'parallel' blocks are not allowed.")


def _inner_steps(fields: Mapping[str, Node]) -> list[MappingNode]:
    group = fields.get("parallel")
    return [item for item in group.items if type(item) is MappingNode] if type(group) is SequenceNode else []


def _id_parts(fields: Mapping[str, Node]) -> tuple[str, ...]:
    """What a generated id is made of."""
    uses = plain_text(fields.get("uses"))
    if uses:
        return _action_parts(uses)
    return next((f"__{key}",) for key in ("run", "wait", "wait-all", "cancel", "parallel", "uses") if key in fields)


def _action_parts(uses: str) -> tuple[str, ...]:
    if uses.startswith("docker://"):
        return (f"__{uses.removeprefix('docker://')}",)
    if uses.startswith("$/"):
        return ("__selfRepository",)
    repository = action_repository(uses)
    return ("__self",) if repository is None else (f"__{repository[0]}", repository[1])
