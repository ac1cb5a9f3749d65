"""The Dockerfile, without building it; `make image-check` builds it."""

import os
import subprocess
import tomllib

import pytest
from image.dockerfile import ROOT, parse, problems

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")

# What is replaced, by what, a word of the complaint.
FAULTS = [
    ("WORKDIR /src", "RUN cd /src", "DL3003"),
    ("STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL", "STOPSIGNAL"),
    ("USER 65532:65532", "USER nonroot", "65532"),
    (
        "cargo build --release --locked --package products",
        "cargo build --release --package products",
        "--locked",
    ),
    ("-exec touch {} +", "-print", "newer than the sources"),
    ("--release", "--profile dev", "not optimised"),
    ("cc-debian13", "cc-debian12", "another glibc"),
    ("rust:1.95", "rust:1.94", "the workspace asks for"),
    (
        "FROM ${RUNTIME_IMAGE} AS tools",
        "FROM gcr.io/distroless/cc-debian13:nonroot AS tools",
        "mirror",
    ),
    ("COPY --from=manifests /src .", "COPY . .", "every source"),
    ("AS products", "AS service-image", "last stages"),
    (
        'ENTRYPOINT ["/usr/local/bin/products"]',
        'ENTRYPOINT ["/usr/local/bin/product"]',
        "ENTRYPOINT",
    ),
    ("EXPOSE 8000 9000", "EXPOSE 8000", "EXPOSE"),
    ("VERSION=0.1.0", "VERSION=0.0.9", "VERSION"),
    ("image.revision=", "image.commit=", "labels"),
    ("WORKDIR /\n", "RUN true\n", "RUN or ADD"),
]


def the_dockerfile_has_no_problems():
    assert problems(TEXT) == []


@pytest.mark.parametrize(
    ("right", "wrong", "word"), FAULTS, ids=[fault[1].strip() for fault in FAULTS]
)
def a_fault_in_the_dockerfile_is_found(right, wrong, word):
    assert right in TEXT, f"{right} is not in the Dockerfile any more"

    found = problems(TEXT.replace(right, wrong))

    assert any(word in problem for problem in found), found


@pytest.mark.parametrize(
    ("machine", "variables"),
    [("aarch64", {"JEMALLOC_SYS_WITH_LG_PAGE": "16"}), ("x86_64", {})],
    ids=["pages of up to 64 KiB", "pages of 4 KiB alone"],
)
def jemalloc_is_built_for_every_page_size_of_the_processor(tmp_path, machine, variables):
    _, stages = parse(TEXT)
    prepare = next(stage for stage in stages if stage.name == "dependencies").values("RUN")[0]
    (tmp_path / "uname").write_text(f"#!/bin/sh\necho {machine}\n", encoding="utf-8")
    (tmp_path / "uname").chmod(0o755)

    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(["sh", "-ec", prepare], cwd=tmp_path, env={"PATH": path}, check=True)

    config = tmp_path / ".cargo/config.toml"
    text = config.read_text(encoding="utf-8") if config.exists() else ""
    assert tomllib.loads(text).get("env", {}) == variables


def every_stage_that_is_copied_from_is_built_before():
    _, stages = parse(TEXT)
    seen = set()

    for stage in stages:
        sources = [
            part.removeprefix("--from=")
            for copy in stage.values("COPY")
            for part in copy.split()
            if part.startswith("--from=")
        ]
        assert set(sources) <= seen, f"{stage.name} copies from {sources}"
        seen.add(stage.name)
