"""The status functions of step conditions, and how results add up."""

from __future__ import annotations

from collections.abc import Callable

from runyard.runner.task import Conclusion

_ORDER = (Conclusion.SUCCESS, Conclusion.FAILURE, Conclusion.CANCELLED)


def status_functions(job: Conclusion, composite: Conclusion | None = None) -> dict[str, Callable[[], bool]]:
    """`success()` and its sisters for a step, in a job of this status.

    The main steps of a composite action ask for the status of the composite, except for `cancelled()`.
    """
    own = job if composite is None else composite
    return {
        "always": lambda: True,
        "success": lambda: own is Conclusion.SUCCESS,
        "failure": lambda: own is Conclusion.FAILURE,
        "cancelled": lambda: job is Conclusion.CANCELLED,
    }


def merged(status: Conclusion, conclusion: Conclusion) -> Conclusion:
    """The status after one more step: the worse of both; a skipped step changes nothing."""
    if conclusion is Conclusion.SKIPPED:
        return status
    return max(status, conclusion, key=_ORDER.index)


def need_functions(needs: list[Conclusion], *, cancelled: bool) -> dict[str, Callable[..., bool]]:
    """The status functions of a job's own condition, as far as direct needs tell."""
    return {
        "always": lambda *_: True,
        "success": lambda *_: not cancelled and all(need is Conclusion.SUCCESS for need in needs),
        "failure": lambda *_: not cancelled and any(need is Conclusion.FAILURE for need in needs),
        "cancelled": lambda *_: cancelled,
    }
