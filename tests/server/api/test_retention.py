"""Retention over HTTP."""

from __future__ import annotations

from runyard.store.repositories import Repository
from tests.services.test_retain import ended_run
from tests.support.fleet import Yard
from tests.support.people import Person

OURS = "/repos/ada/hello/actions"
CLEAN = "/admin/actions/retention"


async def test_policy_hold_and_cleaning(
    yard: Yard, repository: Repository, ada: Person, bob: Person, root: Person
) -> None:
    run_id = await ended_run(yard.services, repository, 1, days_ago=40)
    assert (await ada.call("PUT", f"{OURS}/retention", {"run_days": 30})).status == 204
    shown = (await bob.get(f"{OURS}/retention")).json
    assert (shown["own"]["run_days"], shown["own"]["log_days"]) == (30, None)
    assert (shown["effective"]["run_days"], shown["effective"]["log_days"]) == (30, 365)
    assert (await bob.call("PUT", f"{OURS}/retention", {})).status == 403
    assert (await ada.call("PUT", f"{OURS}/retention", {"log_days": -1})).status == 422

    hold = f"{OURS}/runs/{run_id}/hold"
    assert (await ada.get(hold)).status == 404
    assert (await ada.call("PUT", hold, {"reason": "audit"})).status == 204
    assert [(await ada.get(hold)).json[name] for name in ("by", "reason")] == ["ada", "audit"]
    assert (await root.post(CLEAN)).json["counts"] == {}
    assert (await ada.call("DELETE", hold)).status == 204
    assert (await ada.call("DELETE", hold)).status == 404

    assert [(await each.post(CLEAN)).status for each in (ada, bob)] == [403, 403]
    said = (await root.post(f"{CLEAN}?dry_run=true")).json
    assert (said["dry_run"], said["counts"]) == (True, {"run": 1})
    (item,) = said["items"]
    assert (item["kind"], item["id"], item["run_number"], item["reason"]) == ("run", run_id, 1, "older than 30 days")
    assert (await ada.get(f"{OURS}/runs/{run_id}")).status == 200
    assert (await root.post(CLEAN)).json["items"] == said["items"]
    assert (await ada.get(f"{OURS}/runs/{run_id}")).status == 404
