"""skaffold.yaml, without skaffold and without a cluster."""

import pytest
from helm import REPOSITORY
from skaffold.pipeline import problems

TEXT = (REPOSITORY / "skaffold.yaml").read_text(encoding="utf-8")

# What is replaced, by what, a word of the complaint.
FAULTS = [
    ("v4beta14", "v4beta99", "was expected"),
    ("localPort:", "localport:", "localport"),
    ("useBuildkit", "useBuildKit", "useBuildKit"),
    ("target: products", "target: tools", "not the service"),
    ("dockerfile: Dockerfile", "dockerfile: docker/Dockerfile", "not there"),
    ("chartPath: charts/products", "chartPath: charts/product", "cannot be rendered"),
    ("values-dev.yaml", "values-laptop.yaml", "cannot be rendered"),
    ("persistence.enabled", "persistance.enabled", "cannot be rendered"),
    ("persistence.enabled: false", "persistence.enabled: true", "leaves a volume"),
    ("postgres.enabled: true", "postgres.enabled: false", "'full' has"),
    ("        createNamespace: true\n", "", "createNamespace"),
    ("@{{.IMAGE_DIGEST_products}}", "", "from a registry"),
    ("image.tag:", "image.version:", "cannot be rendered"),
    ('"{{.IMAGE_REPO_products}}"', "product", "the pods run"),
    ("port: 80\n", "port: 8080\n", "no Service"),
    ("resourceName: products-management", "resourceName: management", "no Service"),
    ("namespace: products\n    port: 80\n", "namespace: default\n    port: 80\n", "is not in"),
    ("localPort: 8000", "localPort: 8080", "local ports"),
    ("name: full", "name: complete", "profiles"),
    ("          image: products\n", "          image: product\n", "is not built"),
    ("[smoke-test, api,", "[smoketest, api,", "smoketest"),
    ("--metrics-url", "--metric-url", "--metric-url"),
    ("products-management.products:9000", "products.products:9000", "nobody answers"),
    ("            jobManifestPath: k8s/smoke-test.yaml\n", "", "may gain privileges"),
    ("k8s/smoke-test.yaml", "k8s/smoke.yaml", "No such file"),
    ("jobManifestPath", "manifestPath", "manifestPath"),
    ("          name: smoke-test-cache", "          name: cache", "may gain privileges"),
    ('"products"}}', '"shop"}}', "policies keep it from port 8000"),
    ('"namespace": ', '"name": ', "policies keep it from port 9000"),
    ("        timeout: 300\n", "", "timeout"),
]


def skaffold_has_no_problems(each_helm):
    assert problems(TEXT, each_helm) == []


@pytest.mark.parametrize(
    ("right", "wrong", "word"), FAULTS, ids=[f"{fault[1].strip()}: {fault[2]}" for fault in FAULTS]
)
def a_fault_in_skaffold_is_found(helm, right, wrong, word):
    assert right in TEXT, f"{right} is not in skaffold.yaml any more"

    found = problems(TEXT.replace(right, wrong), helm)

    assert any(word in problem for problem in found), found
