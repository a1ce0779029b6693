"""What can go wrong between runner and server."""

from __future__ import annotations


class AgentError(Exception):
    """The agent cannot go on; the text is for the operator."""


class ConnectError(Exception):
    """The server's answer is an error. `code` is one of Connect's names, in snake case."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    @property
    def unregistered(self) -> bool:
        """The server does not know this runner (any more)."""
        return self.code == "unauthenticated" or self.message.endswith("unregistered runner")

    @property
    def task_unknown(self) -> bool:
        """The server does not know this task, or gave it to somebody else."""
        texts = ("invalid runner for task", "does not exist", "not exist", "task not found")
        return self.code == "not_found" or any(text in self.message.lower() for text in texts)

    @property
    def log_closed(self) -> bool:
        """The server takes no more rows of this task."""
        return self.code in ("already_exists", "failed_precondition")

    @property
    def temporary(self) -> bool:
        """The server, or a proxy before it, is not able to answer now."""
        return self.code in ("unavailable", "resource_exhausted", "deadline_exceeded")


class UnreachableError(Exception):
    """No answer: no connection, or it broke, or the time was over. The call may or may not have been handled."""
