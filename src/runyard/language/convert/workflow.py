"""The whole workflow file."""

from __future__ import annotations

from runyard.language.convert.graph import check_graph
from runyard.language.convert.jobs import check_concurrency, convert_defaults, convert_job
from runyard.language.convert.triggers import convert_triggers
from runyard.language.convert.values import entries_of, fields_of, mapping_of, places_of, raw_text, value_of
from runyard.language.diagnostics import Problems
from runyard.language.ids import identifier_problem
from runyard.language.model import Job, Workflow
from runyard.language.reader.nodes import Node, ScalarNode, SequenceNode


def convert_workflow(root: Node, path: str, problems: Problems) -> Workflow:
    """The model of a checked tree. Mistakes go to `problems`; the answer is of use only if there are none."""
    fields = fields_of(root)
    check_concurrency(fields.get("concurrency"), problems)
    return Workflow(
        path=path,
        name=raw_text(fields.get("name")),
        triggers=convert_triggers(fields.get("on")),
        jobs=_jobs(fields["jobs"], problems),
        run_name=value_of(fields.get("run-name")) or None,
        env=mapping_of(fields.get("env")),
        defaults=convert_defaults(fields.get("defaults")),
        concurrency=value_of(fields.get("concurrency")),
        permissions=value_of(fields.get("permissions")),
        places=places_of(root),
    )


def _jobs(node: Node, problems: Problems) -> dict[str, Job]:
    entries = entries_of(node)
    spelling = {name.lower(): name for _, name, _ in entries}
    needs = {name.lower(): _needed(value) for _, name, value in entries}
    jobs = {}
    for key, name, value in entries:
        problem = identifier_problem(name)
        if problem is not None:
            problems.error(key, "identifier", problem)
        wanted = dict.fromkeys(spelling.get(need, need) for need, _ in needs[name.lower()])
        jobs[name] = convert_job(key, name, value, tuple(wanted), problems)
    if not problems.errors:
        check_graph(needs, node, problems)
    return jobs


def _needed(job: Node) -> list[tuple[str, ScalarNode]]:
    """The needed ids, folded, with the nodes that name them."""
    node = fields_of(job).get("needs")
    nodes = node.items if type(node) is SequenceNode else [node]
    scalars = [item for item in nodes if type(item) is ScalarNode]
    return [(item.value.lower(), item) for item in scalars if isinstance(item.value, str)]
