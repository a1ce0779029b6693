"""Job summaries: the markdown of each step, sent by the runner with the job's runtime token (Gitea's upload)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.errors import Invalid, Unauthenticated
from runyard.services.runtime_token import verify_runtime_token
from runyard.store import summaries

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx

MAX_BYTES = 1024 * 1024
MAX_STEPS = 1000


async def summarise(services: Services, token: str, run_id: int, job_id: int, step: int, markdown: bytes) -> None:
    """Keep a step's summary in place of an earlier one; empty text removes it.

    Raises Unauthenticated for a wrong or expired token, Invalid when it is another job's token or the text is too long.
    """
    claims = verify_runtime_token(services.signing_key, token, services.clock())
    if claims is None:
        raise Unauthenticated("the runtime token is wrong or no longer valid")
    if (claims.run_id, claims.job_id) != (run_id, job_id):
        raise Invalid("the runtime token belongs to another job", status=400)
    if len(markdown) > MAX_BYTES:
        raise Invalid(f"a summary may have {MAX_BYTES} bytes, this one has {len(markdown)}", status=400)
    if not 0 <= step < MAX_STEPS:
        raise Invalid(f"there is no step {step}", status=400)
    text = markdown.decode("utf-8", "replace")

    def write(tx: Tx) -> None:
        summaries.put(tx, claims.task_id, step, text)
        tx.notify(("run", run_id))

    await services.database.write(write)
