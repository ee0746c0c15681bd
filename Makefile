# Everything a developer types. Each target makes what it needs; nothing has to be installed by hand but Python.

PYTHON ?= python3
GOAL = $(firstword $(MAKECMDGOALS))
export PYTHON GOAL

VENV_PYTHON = .venv/bin/python
BOOTSTRAP = command -v $(PYTHON) >/dev/null || { echo "There is no \`$(PYTHON)\` here; install Python 3.11 or newer, or name one: make $(GOAL) PYTHON=/path/to/python3" >&2; exit 1; }; \
	$(PYTHON) -m tools.bootstrap

.DEFAULT_GOAL = help
.PHONY: help run test dev lint lock add coverage mutants browser fuzz clients gateways connector faults bench example build clean environment dev-environment

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: environment ## Serve on http://localhost:8000 (another port: make run PORT=8001)
	@exec $(VENV_PYTHON) -m authservice

test: dev-environment ## Run every test on SQLite and on PostgreSQL (some of them: make test ARGS="-k refresh")
	@exec $(VENV_PYTHON) -m tools.suite $(ARGS)

dev: dev-environment ## Serve, and reload when the code changes
	@exec env DEBUG=$${DEBUG:-on} $(VENV_PYTHON) -m authservice --reload

lint: dev-environment ## Check style, types, floors, migrations, settings and the API document
	@exec $(VENV_PYTHON) -m tools.lint

coverage: dev-environment ## Run every test and fail where branches are left untried
	@exec $(VENV_PYTHON) -m tools.suite --coverage $(ARGS)

mutants: dev-environment ## Break security decisions one at a time; each must turn a test red
	@exec $(VENV_PYTHON) accounts/tests/mutants/run.py $(ARGS)

browser: dev-environment ## Look at every page with Chromium; the pictures are in var/browser/
	@exec $(VENV_PYTHON) -m pytest --browser accounts/tests/browser $(ARGS)

fuzz: dev-environment ## Send made-up requests to every operation of both doors
	@exec $(VENV_PYTHON) -m pytest --fuzzing accounts/tests/fuzzing $(ARGS)

clients: dev-environment ## Generate and run other people's clients; they are installed into var/clients/ and var/oauth/
	@exec $(VENV_PYTHON) -m pytest --clients accounts/tests/contract $(ARGS)

gateways: dev-environment ## Put nginx, Caddy, Envoy and Traefik in front of a service; they are installed into var/gateways/
	@exec $(VENV_PYTHON) -m pytest --gateways accounts/tests/gateways $(ARGS)

connector: dev-environment ## Run the connector's tests on every Python and Django here that it is made for
	@exec $(VENV_PYTHON) -m tools.connector --pythons $(ARGS)

faults: dev-environment ## Run the trials at length on PostgreSQL, and tell how long each took (some of them: make faults ARGS="-k suspension")
	@exec $(VENV_PYTHON) -m pytest --database postgresql --faults -o faulthandler_timeout=0 $(ARGS)

bench: dev-environment ## Measure side by side with a stock project (less of it: make bench ARGS="--rows verify --rounds 3")
	@exec $(VENV_PYTHON) -m bench $(ARGS)

example: dev-environment ## Run the story of examples/orders/: sign in, order, suspend, delete
	@exec $(VENV_PYTHON) examples/orders/story.py

build: ## Build the image `authservice` with docker, podman or buildah (options: ARGS="--no-cache")
	@exec deploy/build_image.sh $(ARGS)

lock: ## Choose the newest allowed versions and write Pipfile.lock
	@$(BOOTSTRAP) lock

add: ## Add a package: make add PKG="name~=1.2" (for development only: DEV=1)
	@$(BOOTSTRAP) add $(if $(DEV),--dev) "$(PKG)"

clean: ## Remove the environments and caches; var/ with the database and the secret stays
	@rm -rf .venv .tools .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@$(BOOTSTRAP) default

dev-environment:
	@$(BOOTSTRAP) dev
