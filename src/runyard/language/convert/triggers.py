"""`on`: which events start the workflow."""

from __future__ import annotations

from runyard.language.convert.values import entries_of, fields_of, places_of, plain_text, value_of, words_of
from runyard.language.model import CallOutput, CallSecret, Input, Schedule, Trigger
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode

_FILTERS = ("types", "branches", "tags", "paths", "workflows", "names", "versions")
_IGNORES = ("branches", "tags", "paths")


def convert_triggers(node: Node | None) -> dict[str, Trigger]:
    """The triggers by event name, in the order of the file. What the lenient reading does not know is left out."""
    if type(node) is MappingNode:
        return {name: _trigger(key, name, value) for key, name, value in entries_of(node)}
    nodes = node.items if type(node) is SequenceNode else [node]
    scalars = [item for item in nodes if type(item) is ScalarNode]
    return {item.value: Trigger(item.value, item.position) for item in scalars if isinstance(item.value, str)}


def _trigger(key: ScalarNode, name: str, node: Node) -> Trigger:
    if name == "schedule":
        return Trigger(name, key.position, schedules=_schedules(node))
    fields = fields_of(node)
    inputs = {given: _input(at, given, value) for at, given, value in entries_of(fields.get("inputs"))}
    if name == "workflow_dispatch":
        return Trigger(name, key.position, inputs=inputs, places=places_of(node))
    if name == "workflow_call":
        return Trigger(
            name,
            key.position,
            inputs=inputs,
            secrets=_secrets(fields.get("secrets")),
            outputs=_outputs(fields.get("outputs")),
            places=places_of(node),
        )
    filters = {filter_: words_of(fields.get(filter_)) for filter_ in _FILTERS}
    ignores = {f"{filter_}_ignore": words_of(fields.get(f"{filter_}-ignore")) for filter_ in _IGNORES}
    return Trigger(name, key.position, **filters, **ignores, places=places_of(node))  # type: ignore[arg-type]


def _schedules(node: Node) -> tuple[Schedule, ...]:
    if type(node) is not SequenceNode:
        return ()
    found = []
    for item in node.items:
        fields = fields_of(item)
        cron = fields.get("cron")
        if type(cron) is ScalarNode and isinstance(cron.value, str):
            found.append(Schedule(cron.value, plain_text(fields.get("timezone")) or "UTC", cron.position))
    return tuple(found)


def _input(key: ScalarNode, name: str, node: Node) -> Input:
    fields = fields_of(node)
    required = value_of(fields.get("required"))
    return Input(
        name,
        key.position,
        type=plain_text(fields.get("type")) or "string",
        description=plain_text(fields.get("description")),
        required=required is True or (isinstance(required, str) and required.lower() == "true"),
        default=value_of(fields.get("default")),
        options=words_of(fields.get("options")) or (),
        places=places_of(node),
    )


def _secrets(node: Node | None) -> dict[str, CallSecret]:
    found = {}
    for key, name, value in entries_of(node):
        fields = fields_of(value)
        required = value_of(fields.get("required")) is True
        description = plain_text(fields.get("description"))
        found[name] = CallSecret(name, key.position, description, required, places_of(value))
    return found


def _outputs(node: Node | None) -> dict[str, CallOutput]:
    found = {}
    for key, name, value in entries_of(node):
        fields = fields_of(value)
        description = plain_text(fields.get("description"))
        found[name] = CallOutput(name, key.position, value_of(fields.get("value")), description, places_of(value))
    return found
