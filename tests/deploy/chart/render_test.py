"""The chart renders, in every combination, what it rendered when somebody last looked."""

import os
import shutil
import tarfile
from pathlib import Path

import pytest

from chart.cases import CASES
from helm import CHART, Refused, parse

GOLDEN = Path(__file__).parent / "golden"

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
def helm_finds_nothing_to_lint(each_helm, case):
    values = ["--values", case.values] if case.values else []

    each_helm.run("lint", "--strict", CHART, *values)


@every_case
def a_render_is_the_one_that_was_looked_at(each_helm, case):
    golden = GOLDEN / f"{case.name}.yaml"
    render = _without_blank_lines(each_helm.render(*case.arguments))
    if os.environ.get("UPDATE"):
        golden.write_text(render)

    assert golden.exists(), "look at the render, then write it with UPDATE=1"
    assert render == golden.read_text(), "look at the difference, then write it with UPDATE=1"


@every_case
def two_renders_are_equal(helm, case):
    assert helm.render(*case.arguments) == helm.render(*case.arguments)


def every_golden_file_belongs_to_a_case():
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(CASES)


def a_fresh_render_differs_where_a_value_does(helm):
    text = _without_blank_lines(helm.render("--set", "terminationMarginSeconds=6"))

    assert text != (GOLDEN / "default.yaml").read_text()


def the_chart_is_not_for_clusters_older_than_it_is_tested_with(each_helm):
    assert parse(each_helm.render("--kube-version", "1.28.0"))
    assert parse(each_helm.render("--kube-version", "v1.36.1-gke.100"))
    with pytest.raises(Refused, match="1.28"):
        each_helm.render("--kube-version", "1.27.16")


def the_package_is_without_the_combinations(each_helm, tmp_path):
    each_helm.run("package", CHART, "--destination", tmp_path)

    with tarfile.open(next(tmp_path.glob("products-*.tgz"))) as package:
        names = package.getnames()
    assert "products/values.schema.json" in names
    assert not [name for name in names if "/ci/" in name]


def what_lies_in_files_is_packed_and_read_as_it_is(each_helm, tmp_path):
    shutil.copytree(CHART, tmp_path / "products")
    for name in ("rules/planted.yaml", "dashboards/planted.json"):
        path = tmp_path / "products/files" / name
        path.parent.mkdir(parents=True)
        path.write_text('{"planted": "{{ $labels.job }}"}')
        template = tmp_path / f"products/templates/{path.stem}-{path.parent.name}.yaml"
        template.write_text(f'{{{{ .Files.Get "files/{name}" }}}}')

    each_helm.run("package", tmp_path / "products", "--destination", tmp_path)

    documents = each_helm.documents(chart=next(tmp_path.glob("products-*.tgz")))
    assert documents.count({"planted": "{{ $labels.job }}"}) == 2


def _without_blank_lines(text: str) -> str:
    """Helms differ in the blank lines between objects."""
    return "".join(line + "\n" for line in text.splitlines() if line.strip())
