"""The Dockerfile, without building it; `make image-check` builds it."""

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
