# The service in an image that has nothing else in it. `docker build .` gives the service,
# `docker build --target tools .` the load test. Both base images are of the same Debian release:
# what is built on one glibc runs on no older one. A mirror takes their place by --build-arg.
ARG RUST_IMAGE=docker.io/library/rust:1.95-trixie
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian13:nonroot

# Nothing but manifests, with empty programs beside them: it changes when a dependency does, and
# not with every line of code.
FROM ${RUST_IMAGE} AS manifests
WORKDIR /src
COPY . .
RUN find . -type f ! -name Cargo.toml ! -name Cargo.lock -delete \
    && find . -mindepth 1 -type d -empty -delete \
    && echo 'fn main() {}' >/tmp/main.rs \
    && find . -mindepth 2 -name Cargo.toml \
        -execdir mkdir src \; -execdir touch src/lib.rs \; -execdir cp /tmp/main.rs src/main.rs \;

# The layer that takes long, with all that others wrote.
# On arm64 kernels have pages of 4, 16 or 64 KiB, and jemalloc does not start under larger ones than
# it was built for, by itself those of the machine that builds.
FROM ${RUST_IMAGE} AS dependencies
WORKDIR /src
RUN if [ "$(uname -m)" = aarch64 ]; then \
        mkdir .cargo && printf '[env]\nJEMALLOC_SYS_WITH_LG_PAGE = "16"\n' >.cargo/config.toml; \
    fi
COPY --from=manifests /src .
RUN cargo build --release --locked --package products

# Cargo goes by times: the sources are older than the empty programs that were built in their place.
FROM dependencies AS service
COPY . .
ARG REVISION=unknown
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && PRODUCTS_REVISION=${REVISION} cargo build --release --locked --package products \
    && mkdir -p /root-filesystem/data

FROM dependencies AS load-test
RUN cargo build --release --locked --package benchmark
COPY . .
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package benchmark

FROM ${RUNTIME_IMAGE} AS tools
COPY --from=load-test /src/target/release/benchmark /usr/local/bin/benchmark
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/benchmark"]

# The last stage is the one that is built by default. /data is where the default configuration has
# SQLite's file, seen from /; a new volume that is mounted there takes its owner from it.
FROM ${RUNTIME_IMAGE} AS products
COPY --from=service --chown=65532:65532 /root-filesystem/ /
COPY --from=service /src/target/release/products /usr/local/bin/products
WORKDIR /
USER 65532:65532
EXPOSE 8000 9000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/products"]

ARG RUNTIME_IMAGE
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="products" \
      org.opencontainers.image.description="Products with a database, documented API, metrics and health" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="${RUNTIME_IMAGE}"
