"""Runs a step's own program: its variables, its environment files, the commands that it prints."""

from __future__ import annotations

from runyard.runner.environment import step_environment
from runyard.runner.file_commands import FileCommandResult, FileCommands
from runyard.runner.process import Command, Exit
from runyard.runner.steps.step_run import StepRun
from runyard.runner.task import Conclusion
from runyard.runner.workflow_commands import WorkflowCommands

_FILES = {
    "GITHUB_ENV": "env",
    "GITHUB_OUTPUT": "output",
    "GITHUB_STATE": "state",
    "GITHUB_PATH": "path",
    "GITHUB_STEP_SUMMARY": "step_summary",
}


def prepare_files(step: StepRun) -> FileCommands:
    """Fresh environment files, known to the step's `github` context."""
    files = FileCommands(step.run.place.commands, step.run.next_file())
    for variable, path in files.variables.items():
        step.github[_FILES[variable]] = path
    return files


def environment_of(step: StepRun) -> dict[str, str]:
    """The variables that the step's program gets."""
    run = step.run
    return step_environment(run.base, step.env, run.paths, step.github, run.contexts["runner"])


def run_program(
    step: StepRun, files: FileCommands, arguments: list[str], environment: dict[str, str], directory: str
) -> Conclusion:
    """Run to the end, and take over what it left in its files. Raises CannotStartError."""
    commands = WorkflowCommands(step.run.log, step, step.run.matchers)
    try:
        exit_ = step.run.processes.run(
            Command(arguments, environment, directory), commands.line, step.run.interruptions
        )
    finally:
        take_over(step, files.read())
    return _conclusion(step, exit_)


def take_over(step: StepRun, result: FileCommandResult) -> None:
    """What the environment files say becomes true."""
    log = step.run.log
    for message in result.refusals:
        log.error(message)
    for message in result.errors:
        log.error(message)
        step.fail()
    step.run.env.update(result.env)
    step.outputs.update(result.outputs)
    for directory in result.paths:
        step.add_path(directory)
    if result.summary:
        step.summarise("\n".join(log.masks.apply(line) for line in result.summary.split("\n")))


def _conclusion(step: StepRun, exit_: Exit) -> Conclusion:
    if exit_.stopped:
        step.run.log.error("The operation was canceled.")
        return Conclusion.CANCELLED
    if exit_.code:
        step.run.log.error(f"Process completed with exit code {exit_.code}.")
        return Conclusion.FAILURE
    return Conclusion.FAILURE if step.failed else Conclusion.SUCCESS
