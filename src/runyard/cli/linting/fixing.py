"""`--fix`: apply the fixes of findings, and write files so that they are either old or new."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runyard.language.lint.finding import Finding, apply_fixes

_PASSES = 10
Check = Callable[[Mapping[str, str]], Sequence[Finding]]


def repair(files: Mapping[str, str], check: Check) -> tuple[dict[str, str], dict[str, Counter[str]]]:
    """The texts with all fixes applied, and what was done in each file: descriptions with their number.

    `check` gives the findings to repair. A fix may make place for another one, so this goes on until nothing is left
    to do. A file whose fixes would make a new error keeps the text it had.
    """
    texts, done, refused = dict(files), dict[str, Counter[str]](), set[str]()
    findings = check(texts)
    for _ in range(_PASSES):
        changed = _pass(texts, findings, refused)
        if not changed:
            break
        after = check(texts | changed)
        for path in [path for path in changed if _errors(after, path) > _errors(findings, path)]:
            refused.add(path)
            del changed[path]
        for path in changed:
            fixes = {id(each.fix): each.fix for each in findings if each.path == path and each.fix}
            done.setdefault(path, Counter()).update(fix.description for fix in fixes.values())
        texts |= changed
        findings = check(texts)
    return texts, done


def _pass(texts: Mapping[str, str], findings: Sequence[Finding], refused: set[str]) -> dict[str, str]:
    """The files that change when each fix is applied once."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.fix is not None and finding.path not in refused:
            by_path.setdefault(finding.path, []).append(finding)
    fixed = {path: apply_fixes(texts[path], found) for path, found in by_path.items()}
    return {path: text for path, text in fixed.items() if text != texts[path]}


def _errors(findings: Sequence[Finding], path: str) -> int:
    return sum(finding.path == path and finding.severity == "error" for finding in findings)


def write(path: Path, text: str) -> None:
    """Replace a file at once, with the permissions it has. A symbolic link stays one. Raises OSError."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8", "surrogateescape"))
        temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    except BaseException:
        temporary.unlink()
        raise
