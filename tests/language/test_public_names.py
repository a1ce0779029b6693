"""The package's front: every public name is there, and importing it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

from runyard import language


def test_every_name_is_there() -> None:
    for name in language.__all__:
        assert getattr(language, name) is not None


def test_import_is_cheap() -> None:
    code = (
        "import sys, runyard.language; print([m for m in ('yaml', 'inspect', 're', 'dataclasses') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"], capture_output=True
    )
    assert done.stdout.decode().strip() in ("[]", "['re']")
