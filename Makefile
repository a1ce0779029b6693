# Two commands matter: `make demo` and `make test`. Both set up what they need; the second time is quick.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
unexport PYTHONDONTWRITEBYTECODE

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## Start a server, push examples/hello into it and watch the run (EXIT=1: end after the run)
	@scripts/setup run
	@$(PYTHON) scripts/demo.py $(if $(EXIT),--exit)

test: check ## Everything: checks, unit tests, end-to-end tests with coverage
	@$(PYTHON) -m coverage erase
	$(PYTHON) -m pytest -n 2 --dist worksteal --cov --cov-report=

	@$(PYTHON) -m coverage report --format=total --fail-under=95

check: ## Lint, format, types and who may import whom
	@scripts/setup test
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/lint-imports --no-cache
	.venv/bin/mypy
	$(PYTHON) web/build.py --check

format: ## Format the code
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

fuzz: ## Damage workflows and expressions, SECONDS (60) for each part of the language (TARGET: one part)
	@scripts/setup test
	$(PYTHON) -m tests.fuzz $(or $(SECONDS),60) $(TARGET)

conformance: ## Score the language and the runner's rules with ../shared/conformance/visible, where that is
	@scripts/setup test
	@if [ -d ../shared/conformance/visible ]; then \
		$(PYTHON) ../shared/conformance/score.py ../shared/conformance/visible --adapter "$(PYTHON) tests/conformance/adapter.py"; \
	else echo "There is nothing to score: ../shared/conformance/visible is absent. It is not part of the project."; fi

simulate: ## Play SEEDS=2000 seeds of the simulated world from FIRST=0, or one SEED=… aloud
	@scripts/setup test
	$(PYTHON) -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),2000) --first $(or $(FIRST),0))

bench: ## Measure and rewrite benchmarks/RESULTS.md
	@scripts/setup run
	$(PYTHON) -m benchmarks

proto: ## Regenerate the runner protocol's messages
	cd src/runyard/protocol && ../../../$(PYTHON) -m grpc_tools.protoc -I proto --python_out=generated --pyi_out=generated proto/ping.proto proto/runner.proto

lock: ## Lock the newest dependencies with hashes
	.venv/bin/uv pip compile -q --universal --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/runtime.txt
	.venv/bin/uv pip compile -q --universal --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt

.PHONY: help demo test check format fuzz conformance simulate bench proto lock
