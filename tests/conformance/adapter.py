"""The conformance adapter: a JSON request per line on standard input, a JSON answer per line on standard output.

A thin translation to the public functions of `runyard.language` and `runyard.runner`; an operation that is not in the
table is answered `{"unsupported": true}`. Run it as a program.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.conformance import evaluating, reading, running

Operation = Callable[[dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "build_id": evaluating.build_identifier,
    "check_name": evaluating.check_name,
    "command": running.read_command,
    "cron": evaluating.check_schedule,
    "env_file": running.read_environment_file,
    "evaluate": evaluating.evaluate_expression,
    "expr_syntax": evaluating.check_syntax,
    "format_string": evaluating.check_format_string,
    "hash_files": evaluating.hash_workspace,
    "lint": reading.lint_files,
    "match_filter": evaluating.match_filter,
    "matrix": evaluating.expand_strategy,
    "parse": reading.parse_workflow,
    "parse_action": reading.parse_action_file,
    "plan_steps": running.plan_steps,
    "problem_matcher": running.match_problems,
    "ref_sha": reading.ref_of_event,
    "shell": running.shell_command,
    "status_function": running.status_function,
    "validate_glob": evaluating.validate_glob,
}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request."""
    operation = OPERATIONS.get(request["op"])
    return operation(request) if operation else {"unsupported": True}


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
