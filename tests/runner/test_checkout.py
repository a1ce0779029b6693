from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runner.bench import Bench
from tests.runner.git_server import GitServer, git, git_server, make_repository


def composite(*steps: str) -> str:
    return f"runs: {{using: composite, steps: [{', '.join(steps)}]}}"


@pytest.fixture
def served(tmp_path: Path, bench: Bench) -> Iterator[GitServer]:
    root = tmp_path / "repositories"
    make_repository(root, "ada/demo", {"file": "{number}"})
    make_repository(
        root,
        "actions/hello",
        {
            "action.yml": composite("{run: 'echo hello {number}', shell: sh}", "{uses: actions/hello/deep@v1}"),
            "deep/action.yml": composite(
                "{run: 'echo deep {number} $GITHUB_ACTION_REF', shell: sh}", "{uses: $/other}"
            ),
            "other/action.yml": composite("{run: echo other, shell: sh}"),
        },
    )
    with git_server(root) as server:
        bench.settings = replace(bench.settings, server_url=server.address)
        yield server


def sha(served: GitServer, revision: str) -> str:
    return git(served.root / "ada/demo.work", "rev-parse", revision)


def checkout(bench: Bench, served: GitServer, inputs: str, commands: str, *, ref: str = "refs/heads/main") -> list[str]:
    context = {"sha": sha(served, "main" if ref == "refs/heads/main" else "v1"), "ref": ref, "token": "t0ken-t0ken"}
    bench.run(
        f"steps: [{{id: get, uses: actions/checkout@v4, with: {{{inputs}}}}}, {{run: '{commands}'}}]", context=context
    )
    assert bench.conclusion == "success", bench.recorder.text
    return bench.output_rows[-len(commands.split(";")) - 3 : -3] if "post" in inputs else bench.output_rows


def test_the_commit_of_the_job(bench: Bench, served: GitServer) -> None:
    served.token = "asked"
    rows = checkout(
        bench,
        served,
        "",
        "cat file; git rev-parse HEAD; git branch --show-current; git log --oneline | wc -l; "
        "git ls-remote -q origin HEAD | wc -l",
    )
    text = "\n".join(rows)
    assert f"2{sha(served, 'main')}\nmain\n1\n1\n" in text
    assert "t0ken" not in bench.recorder.text
    assert all(one.startswith("basic ") for one in served.authorizations[1:] if one)
    assert rows[-3].startswith("##[group]Post Run actions/checkout@v4")


@pytest.mark.parametrize(
    ("inputs", "ref", "expected"),
    [
        ("ref: v1", "refs/heads/main", "1"),
        ("ref: main, fetch-depth: 0", "refs/heads/main", "2"),
        ("", "refs/tags/v1", "1"),
        ("ref: refs/tags/v1, persist-credentials: false", "refs/heads/main", "1"),
        ("path: sub/dir", "refs/heads/main", "2"),
    ],
)
def test_refs_and_places(bench: Bench, served: GitServer, inputs: str, ref: str, expected: str) -> None:
    checkout(bench, served, inputs, "echo got $(cat file sub/dir/file 2>/dev/null)", ref=ref)
    assert f"got {expected}" in bench.output_rows


def test_commit_by_id_and_history(bench: Bench, served: GitServer) -> None:
    checkout(
        bench, served, f"ref: {sha(served, 'v1')}, fetch-depth: 0", "git log --oneline | wc -l; git tag; git branch -r"
    )
    assert bench.output_rows[-6:-3] == ["1", "v1", "  origin/main"]


def test_second_checkout_cleans(bench: Bench, served: GitServer) -> None:
    bench.run(
        """
        steps:
          - uses: actions/checkout@v4
          - run: echo dirty > file; touch left
          - uses: actions/checkout@v4
          - run: cat file; ls
        """,
        context={"sha": sha(served, "main"), "token": "t0ken-t0ken"},
    )
    assert "2file" in bench.output_rows


def test_post_step_takes_the_token_away(bench: Bench, served: GitServer) -> None:
    checkout(bench, served, "", "true")
    assert any("--unset-all http." in row for row in bench.recorder.rows)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ("ref: nonsense", "A branch or tag with the name 'nonsense' could not be found in ada/demo"),
        ("path: ../out", "is not under"),
        ("repository: ada/none", "failed with exit code 128"),
        ("fetch-depth: x", "fetch-depth: 'x' is not a number."),
    ],
)
def test_mistakes(bench: Bench, served: GitServer, inputs: str, text: str) -> None:
    bench.run(f"steps: [{{uses: actions/checkout@v4, with: {{{inputs}}}}}]", context={"sha": sha(served, "main")})
    assert bench.conclusion == "failure"
    assert text in bench.recorder.text


def test_local_source_is_asked_instead_of_a_server(bench: Bench) -> None:
    def source(folder: Path) -> None:
        (folder / "dir").mkdir(parents=True)
        (folder / "dir" / "x").write_text("local")

    bench.settings = replace(bench.settings, source=source, server_url="")
    bench.run("steps: [{uses: actions/checkout@v4}, {run: cat dir/x}]")
    assert bench.output_rows == ["local"]
    assert bench.conclusion == "success"


def test_remote_composite_actions_are_downloaded_in_set_up(bench: Bench, served: GitServer) -> None:
    bench.run("steps: [{run: echo first}, {uses: actions/hello@main}, {uses: actions/hello/deep@v1}]")
    assert bench.conclusion == "success", bench.recorder.text
    rows = bench.recorder.rows
    assert rows.index("first") > max(i for i, row in enumerate(rows) if row.startswith("Download action repository"))
    said = [row for row in rows if row.startswith(("hello", "deep", "other"))]
    assert said == ["hello 2", "deep 1 v1", "other", "deep 1 v1", "other"]


def test_missing_action_fails_in_set_up(bench: Bench, served: GitServer) -> None:
    bench.run("steps: [{run: echo first}, {uses: actions/none@v1}]")
    assert bench.conclusion == "failure"
    assert bench.recorder.started == []
    assert "Unable to download the action 'actions/none@v1'" in bench.recorder.text


def test_the_servers_own_composite_checkout_is_used(bench: Bench, served: GitServer) -> None:
    make_repository(
        served.root, "actions/checkout", {"action.yml": composite("{run: echo own checkout {number}, shell: sh}")}
    )
    bench.run("steps: [{uses: actions/checkout@main}]", context={"ref": "refs/heads/main", "token": "t0ken-t0ken"})
    assert bench.conclusion == "success", bench.recorder.text
    assert bench.output_rows[-1] == "own checkout 2"


def test_a_hosted_checkout_that_needs_node_is_replaced_by_the_built_in_one(bench: Bench, served: GitServer) -> None:
    make_repository(
        served.root, "actions/checkout", {"action.yml": "runs: {using: node20, main: index.js}", "index.js": "{number}"}
    )
    context = {"sha": sha(served, "main"), "ref": "refs/heads/main", "token": "t0ken-t0ken"}
    bench.run("steps: [{uses: actions/checkout@main}, {run: cat file}]", context=context)
    assert bench.conclusion == "success", bench.recorder.text
    assert "2" in bench.output_rows
