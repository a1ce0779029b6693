"""The cases of `cases/<topic>/<name>.yaml`: what goes in, and beside it what the language has to answer.

A file holds a list `cases`; the first key of a case is its input and says what is checked (`case_checks.CHECKS`). The
file's `in`, if any, is the text around the inputs of all its cases, which stand where it says HERE; lines and columns
then count from there. Every expected value is what GitHub, Gitea or Forgejo are known to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.language.case_checks import CHECKS, Frame

FOLDER = Path(__file__).parent / "cases"


def read_cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*/*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        frame = Frame(content.get("in", "HERE"))
        for number, case in enumerate(content["cases"], 1):
            title = str(next(iter(case.values()))).strip().partition("\n")[0][:60]
            yield pytest.param(frame, case, id=f"{path.parent.name}/{path.stem}-{number} {title}")


@pytest.mark.parametrize(("frame", "case"), list(read_cases()))
def test_case(frame: Frame, case: dict[str, Any]) -> None:
    kind, given = next(iter(case.items()))
    answer, expected = CHECKS[kind](frame, given, case)
    assert answer == expected
