"""`needs`: the graph of jobs must start somewhere, know every name, and have no cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runyard.language.diagnostics import Placed, Problems
from runyard.language.reader.nodes import ScalarNode


def check_graph(needs: Mapping[str, Sequence[tuple[str, ScalarNode]]], jobs: Placed, problems: Problems) -> None:
    """Check the edges: for each job id (folded to lower case) the needed ids (folded) with the nodes that name them."""
    if not any(not wanted for wanted in needs.values()):
        problems.error(jobs, "needs", "The workflow must contain at least one job with no dependencies.")
        return
    for job, (name, node) in _unsatisfied(needs):
        if name in needs:
            message = f"Job '{job}' depends on job '{node.value}' which creates a cycle in the dependency graph."
        else:
            message = f"Job '{job}' depends on unknown job '{node.value}'."
        problems.error(node, "needs", message)


def _unsatisfied(needs: Mapping[str, Sequence[tuple[str, ScalarNode]]]) -> list[tuple[str, tuple[str, ScalarNode]]]:
    """The edges that can never be satisfied, in the order of the file. Linear in the number of edges."""
    dependents: dict[str, list[str]] = {}
    missing = {job: {name for name, _ in wanted} for job, wanted in needs.items()}
    for job, names in missing.items():
        for name in names:
            dependents.setdefault(name, []).append(job)
    ready = [job for job, names in missing.items() if not names]
    for done in ready:
        for job in dependents.get(done, ()):
            missing[job].discard(done)
            if not missing[job]:
                ready.append(job)
    return [(job, edge) for job, wanted in needs.items() for edge in wanted if edge[0] in missing[job]]
