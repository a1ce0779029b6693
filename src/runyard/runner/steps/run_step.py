"""`run:` — a script in a shell."""

from __future__ import annotations

import os

from runyard.runner import shells
from runyard.runner.steps.header import write_header
from runyard.runner.steps.program import environment_of, prepare_files, run_program
from runyard.runner.steps.step_run import StepError, StepRun
from runyard.runner.task import Conclusion

_BRIGHT = "\x1b[36;1m"
_PLAIN = "\x1b[0m"


class RunStep:
    """See Body."""

    def run(self, step: StepRun) -> Conclusion:
        """Write the script, show it, run it."""
        files = prepare_files(step)
        script = step.text(step.model.run)
        environment = environment_of(step)
        shell = _shell(step, environment.get("PATH", os.defpath))
        write_header(
            step,
            _first_line(script),
            [*(f"{_BRIGHT}{line}{_PLAIN}" for line in script.rstrip("\n").split("\n")), f"shell: {shell}"],
        )
        path = f"{step.run.place.temp}/{step.run.next_file()}{shell.extension}"
        _write_script(path, shell.script(script))
        return run_program(step, files, shell.arguments(path), environment, _directory(step))


def _shell(step: StepRun, path: str) -> shells.Shell:
    name = step.text(step.model.shell)
    for defaults in step.scope.defaults:
        name = name or step.text(defaults.shell)
    if not name and step.scope.is_composite:
        raise StepError("Required property is missing: shell. A run step of a composite action has no default shell.")
    try:
        return shells.find(name, path)
    except shells.ShellError as error:
        raise StepError(str(error)) from error


def _directory(step: StepRun) -> str:
    given = step.text(step.model.working_directory)
    for defaults in step.scope.defaults:
        given = given or step.text(defaults.working_directory)
    return os.path.normpath(f"{step.run.place.workspace}/{given}" if given[:1] != "/" else given)


def _write_script(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8", "surrogatepass"))


def _first_line(script: str) -> str:
    return script.strip().partition("\n")[0].rstrip()
