"""GitHub's shell templates."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass

TEMPLATES = {
    "bash": "bash --noprofile --norc -e -o pipefail {0}",
    "sh": "sh -e {0}",
    "python": "python {0}",
    "pwsh": "pwsh -command \". '{0}'\"",
    "powershell": "powershell -command \". '{0}'\"",
    "cmd": '%ComSpec% /D /E:ON /V:OFF /S /C "CALL "{0}""',
}

_EXTENSIONS = {"bash": ".sh", "sh": ".sh", "python": ".py", "pwsh": ".ps1", "powershell": ".ps1", "cmd": ".cmd"}
_POWERSHELL_START = "$ErrorActionPreference = 'stop'\n"
_POWERSHELL_END = "\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }"


class ShellError(ValueError):
    """The shell cannot be used; the text is for users."""


@dataclass(frozen=True, slots=True)
class Shell:
    """`program` is an absolute path, `template` holds `{0}` where the script's path goes."""

    program: str
    template: str
    extension: str
    name: str

    def arguments(self, script: str) -> list[str]:
        """The command line for a script file."""
        return [self.program, *(part.replace("{0}", script) for part in shlex.split(self.template))]

    def script(self, text: str) -> str:
        """The text of the script file."""
        if self.name in ("pwsh", "powershell"):
            return _POWERSHELL_START + text + _POWERSHELL_END
        return f"@echo off\n{text}" if self.name == "cmd" else text

    def __str__(self) -> str:
        return f"{self.program} {self.template}".rstrip()


def template_of(shell: str, *, explicit: bool = True) -> str:
    """The whole command line with `{0}`. An empty or not explicit `bash` is the default, `bash -e {0}`.

    Raises ShellError for a word that is no built-in shell and no template.
    """
    if not shell or (shell == "bash" and not explicit):
        return "bash -e {0}"
    template = TEMPLATES.get(shell, shell)
    if "{0}" not in template:
        raise ShellError(
            "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) "
            "or a format string containing '{0}'"
        )
    return template


def find(shell: str, path: str) -> Shell:
    """The shell, with its program looked up on `path`. Without bash the default is sh. Raises ShellError."""
    program, _, template = template_of(shell).partition(" ")
    found = _find_program(program, path)
    if not found and not shell:
        program, template = "sh", "-e {0}"
        found = _find_program(program, path)
    if not found:
        raise ShellError(f"{program}: command not found. Install it on the runner, or add its directory to PATH.")
    name = shell if shell in TEMPLATES else program if not shell else ""
    return Shell(found, template, _EXTENSIONS.get(name or program, ""), name)


def _find_program(program: str, path: str) -> str | None:
    if program == "python" and not shutil.which(program, path=path):
        program = "python3"
    return program if program.startswith("/") else shutil.which(program, path=path)
