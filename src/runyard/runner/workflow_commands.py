"""Acts on the commands that steps print, and turns output into log rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from runyard.runner.command_syntax import WorkflowCommand, annotation_properties, parse
from runyard.runner.job_log import JobLog
from runyard.runner.problem_matchers import MatcherError, ProblemMatchers


class CommandTarget(Protocol):
    """The step that prints."""

    @property
    def allow_unsecure_commands(self) -> bool:
        """Whether `set-env` and `add-path` are allowed."""

    def set_output(self, name: str, value: str) -> None:
        """An output of the step."""

    def save_state(self, name: str, value: str) -> None:
        """State for the post step of the same action."""

    def set_env(self, name: str, value: str) -> None:
        """A variable for the following steps."""

    def add_path(self, directory: str) -> None:
        """A directory in front of PATH for the following steps."""

    def fail(self) -> None:
        """The step fails, whatever its exit code."""


class CommandError(Exception):
    """A command that cannot be done; the step fails. The text is GitHub's."""


Handler = Callable[["WorkflowCommands", WorkflowCommand], None]


class WorkflowCommands:
    """Takes the lines of one step. Stopped commands and `echo` end with the step."""

    def __init__(self, log: JobLog, target: CommandTarget, matchers: ProblemMatchers) -> None:
        self._log = log
        self._target = target
        self._matchers = matchers
        self._token = ""
        self._echo = log.debugging

    def line(self, time_ns: int, text: str) -> None:
        """One line of output: a row, a command, or both."""
        if ("::" in text or "##[" in text) and self._obey(time_ns, text):
            return
        self._log.line(time_ns, text)
        if problem := self._matchers.match(text):
            severity, message, properties = problem
            self._annotate(severity, message, properties)

    def _obey(self, time_ns: int, text: str) -> bool:
        if self._token:
            return self._resume(time_ns, text)
        command = parse(text, COMMANDS)
        if not command:
            return False
        quiet = command.name in _QUIET
        if command.name == "stop-commands" or (self._echo and not quiet):
            self._log.line(time_ns, text)
        try:
            COMMANDS[command.name](self, command)
        except CommandError as error:
            self._log.error(f"Unable to process command '{command.name if quiet else text}' successfully.")
            self._log.error(str(error))
            self._target.fail()
        return True

    def _resume(self, time_ns: int, text: str) -> bool:
        if not parse(text, (self._token,)):
            return False
        self._token = ""
        self._log.line(time_ns, text)
        return True

    def _stop(self, command: WorkflowCommand) -> None:
        token = command.data.strip()
        if not token or token.lower() == "pause-logging" or token.lower() in COMMANDS:
            raise CommandError(
                "Invalid stop-commands token: it must not be empty, 'pause-logging' or the name of a command. "
                "Use a random text, different in every run."
            )
        self._token = token.lower()
        if len(token) > 6:
            self._log.masks.add(token)

    def _annotation(self, command: WorkflowCommand) -> None:
        properties, problems = annotation_properties(command.properties)
        for problem in problems:
            self._log.debug(problem)
        self._annotate(command.name, command.data, properties)

    def _annotate(self, severity: str, message: str, properties: Mapping[str, str]) -> None:
        write = {"error": self._log.error, "warning": self._log.warning, "notice": self._log.notice}[severity]
        write(message, properties)

    def _group(self, command: WorkflowCommand) -> None:
        self._log.group(command.data)

    def _end_group(self, _: WorkflowCommand) -> None:
        self._log.end_group()

    def _debug(self, command: WorkflowCommand) -> None:
        self._log.debug(command.data)

    def _add_mask(self, command: WorkflowCommand) -> None:
        if command.data.strip():
            self._log.masks.add(command.data)
        else:
            self._log.warning("Can't add secret mask for empty string in ##[add-mask] command.")

    def _set_echo(self, command: WorkflowCommand) -> None:
        value = command.data.strip().lower()
        if value not in ("on", "off"):
            raise CommandError(
                f"Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '{value}'."
            )
        self._echo = value == "on"

    def _set_output(self, command: WorkflowCommand) -> None:
        self._target.set_output(_name(command), command.data)

    def _save_state(self, command: WorkflowCommand) -> None:
        self._target.save_state(_name(command), command.data)

    def _set_env(self, command: WorkflowCommand) -> None:
        self._refuse_unsecure(command)
        name = _name(command)
        if name.upper() == "NODE_OPTIONS":
            self._log.error("Can't update NODE_OPTIONS environment variable using ::set-env:: command.")
            return
        self._target.set_env(name, command.data)

    def _add_path(self, command: WorkflowCommand) -> None:
        self._refuse_unsecure(command)
        if not command.data:
            raise CommandError("Required field 'path' is missing in ##[add-path] command.")
        self._target.add_path(command.data)

    def _refuse_unsecure(self, command: WorkflowCommand) -> None:
        if not self._target.allow_unsecure_commands:
            raise CommandError(
                f"The `{command.name}` command is disabled. Please upgrade to using Environment Files or opt into "
                "unsecure command execution by setting the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to "
                "`true`. For more information see: https://github.blog/changelog/"
                "2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/"
            )

    def _add_matcher(self, command: WorkflowCommand) -> None:
        if not command.data:
            raise CommandError("File path must be specified in ##[add-matcher] command.")
        self._change_matchers(self._matchers.add, command.data)

    def _remove_matcher(self, command: WorkflowCommand) -> None:
        owner = command.property("owner")
        if bool(owner) == bool(command.data):
            raise CommandError("Either 'owner' or a file path must be specified in ##[remove-matcher] command.")
        self._change_matchers(self._matchers.remove if owner else self._matchers.remove_file, owner or command.data)

    def _change_matchers(self, change: Callable[[str], None], name: str) -> None:
        try:
            change(name)
        except MatcherError as error:
            raise CommandError(str(error)) from error


def _name(command: WorkflowCommand) -> str:
    name = command.property("name")
    if not name:
        raise CommandError(f"Required field 'name' is missing in ##[{command.name}] command.")
    return name


COMMANDS: dict[str, Handler] = {
    "add-mask": WorkflowCommands._add_mask,
    "add-matcher": WorkflowCommands._add_matcher,
    "add-path": WorkflowCommands._add_path,
    "debug": WorkflowCommands._debug,
    "echo": WorkflowCommands._set_echo,
    "endgroup": WorkflowCommands._end_group,
    "error": WorkflowCommands._annotation,
    "group": WorkflowCommands._group,
    "notice": WorkflowCommands._annotation,
    "remove-matcher": WorkflowCommands._remove_matcher,
    "save-state": WorkflowCommands._save_state,
    "set-env": WorkflowCommands._set_env,
    "set-output": WorkflowCommands._set_output,
    "stop-commands": WorkflowCommands._stop,
    "warning": WorkflowCommands._annotation,
}
_QUIET = frozenset({"add-mask", "debug", "endgroup", "error", "group", "notice", "warning"})
