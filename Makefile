# Every task of this repository. Recipes longer than three lines are scripts.

.DEFAULT_GOAL := help
.PHONY: help run build test e2e soak bench chart fmt lint clean \
	image image-check image-push chart-package kind-up kind-down compose-up compose-down

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build the service and serve on http://localhost:8000 with SQLite in data/.
	cargo run --locked --package products

build: ## Build the optimised binary, target/release/products.
	cargo build --locked --release --package products

test: ## Run every test; brings what is missing on Debian and Ubuntu.
	@tests/run

e2e: ## Run the end-to-end tests alone.
	cargo build --locked --package products
	cargo build --locked --package benchmark
	cargo test --locked --workspace --test journeys

soak: ## Kill and restart the service hundreds of times under load, plague Redis, walk 100,000 products.
	cargo build --locked --package products
	E2E_MINUTES=10 E2E_ROUNDS=300 E2E_PRODUCTS=100000 E2E_RESTARTS=200 cargo test --locked --workspace --test journeys -- cache:: kills:: restarts:: walking::

bench: ## Measure pages, batches, telemetry, the whole service, its cache, outages; SUITES=paging for one.
	@tests/setup/build.sh
	@tests/setup/postgresql.sh
	@tests/setup/redis.sh
	@tests/bench/run $(SUITES)

chart: ## Render the chart in all combinations, check what comes out, run the service under it.
	@tests/setup/helm.sh
	cargo build --locked --package products
	target/venv/bin/pytest tests/deploy/chart

image: ## Build the image with docker or podman (ENGINE), products:VERSION.
	@k8s/image

image-check: ## Build the Dockerfile without a registry, on stand-ins for its base images, and start the result (root).
	@tests/deploy/image/check

image-push: ## Push the image to REGISTRY, such as registry.example/team.
	@k8s/image-push

chart-package: ## Pack the chart into target/charts; with REGISTRY push it to its charts/.
	@k8s/chart-package

kind-up: ## Bring up a kind cluster with the service, PostgreSQL and Redis.
	@k8s/kind-up

kind-down: ## Delete that cluster.
	@k8s/kind-down

compose-up: ## Bring up service, PostgreSQL, Redis and Prometheus with docker compose (COMPOSE).
	@REVISION=$$(git rev-parse --short=12 HEAD 2>/dev/null) CREATED=$$(git log -1 --format=%cI 2>/dev/null) $(or $(COMPOSE),docker compose) up --build --detach --wait
	@$(or $(COMPOSE),docker compose) ps

compose-down: ## Stop them; their volumes stay.
	@$(or $(COMPOSE),docker compose) --profile '*' down

fmt: ## Format the code.
	cargo fmt --all

lint: ## Check format and lints without running anything.
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings

clean: ## Remove what the build made (target/), and nothing else.
	cargo clean
