"""What a killed runner left behind: processes of its steps, folders of its jobs, rows that nobody will send."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from runyard.runner import process_table
from runyard.runner.workspace import remove_tree

_OURS = re.compile(r"[0-9a-f]{16}|_spool")


def clear_leftovers(work_root: Path) -> int:
    """Kill and remove them; returns how many processes were killed. Only for the one agent that holds the work root."""
    members = process_table.holders("RUNNER_TEMP", f"{work_root}/")
    for member in members:
        member.send(signal.SIGKILL)
        member.close()
    if work_root.is_dir():
        for folder in work_root.iterdir():
            if _OURS.fullmatch(folder.name):
                remove_tree(str(folder))
    return len(members)
