"""Starting a workflow by hand, through a real push."""

from __future__ import annotations

from pathlib import Path

from tests.server.pages.browser import Browser
from tests.support.people import clone_in
from tests.support.world import World

DEPLOY = """\
name: Deploy
on:
  workflow_dispatch:
    inputs:
      target:
        type: choice
        options: [staging, production]
        default: staging
        description: Where to
      loud:
        type: boolean
      note:
        required: true
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ inputs.note }}
"""
FORM = "/ada/shop/actions/dispatch"


async def test_the_form_is_made_of_the_declared_inputs(browser: Browser, world: World, tmp_path: Path) -> None:
    await world.repository("shop")
    clone = clone_in(tmp_path / "clone")
    clone.write({".github/workflows/deploy.yml": DEPLOY}).commit("Add deploy")
    await clone.upload(browser.base.replace("http://", f"http://ada:{world.token}@") + "/ada/shop.git")
    assert f'href="{FORM}?workflow=deploy.yml"' in (await browser.get("/ada/shop/actions")).text
    form = await browser.get(f"{FORM}?workflow=deploy.yml")
    assert "<option selected>staging</option>" in form.text
    assert 'name="input.loud" value="true"' in form.text
    fields = {"csrf": form.csrf, "workflow": "deploy.yml", "ref": "main", "input.target": "production"}
    refused = await browser.post(FORM, fields)
    assert refused.status == 422
    assert "<option selected>production</option>" in refused.text
    answer = await browser.post(FORM, fields | {"input.note": "hello"})
    assert (answer.status, answer.location) == (303, "/ada/shop/actions/runs/1")
    assert (await world.load(1)).inputs == {"target": "production", "loud": False, "note": "hello"}
    assert (await browser.get(f"{FORM}?workflow=none.yml")).status == 404
