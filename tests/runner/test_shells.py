from __future__ import annotations

import os
from pathlib import Path

import pytest

from runyard.runner import shells
from runyard.runner.shells import ShellError, find, template_of

PATH = os.environ["PATH"]


@pytest.mark.parametrize(
    ("shell", "explicit", "template"),
    [
        ("", True, "bash -e {0}"),
        ("bash", False, "bash -e {0}"),
        ("bash", True, "bash --noprofile --norc -e -o pipefail {0}"),
        ("sh", True, "sh -e {0}"),
        ("python", True, "python {0}"),
        ("perl -w {0} x", True, "perl -w {0} x"),
    ],
)
def test_templates(shell: str, explicit: bool, template: str) -> None:
    assert template_of(shell, explicit=explicit) == template


@pytest.mark.parametrize("shell", ["fish", "perl -w"])
def test_word_without_place_for_the_script_is_refused(shell: str) -> None:
    with pytest.raises(ShellError, match="Invalid shell option"):
        template_of(shell)


def test_program_is_looked_up_on_the_given_path(tmp_path: Path) -> None:
    program = tmp_path / "mine"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find("mine -x {0}", str(tmp_path)).arguments("/s") == [str(program), "-x", "/s"]
    with pytest.raises(ShellError, match="mine: command not found"):
        find("mine -x {0}", "/nowhere")


def test_without_bash_the_default_is_sh(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    shell = find("", str(tmp_path))
    assert shell.arguments("/s.sh") == [str(tmp_path / "sh"), "-e", "/s.sh"]
    assert shell.extension == ".sh"


def test_powershell_scripts_get_their_frame(tmp_path: Path) -> None:
    program = tmp_path / "pwsh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    shell = shells.find("pwsh", str(tmp_path))
    assert shell.arguments("/t/s.ps1") == [str(program), "-command", ". '/t/s.ps1'"]
    assert shell.script("x") == (
        "$ErrorActionPreference = 'stop'\nx\n"
        "if ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }"
    )
    assert shell.extension == ".ps1"


def test_shown_as_in_the_log() -> None:
    assert str(find("bash", PATH)).endswith("/bash --noprofile --norc -e -o pipefail {0}")
