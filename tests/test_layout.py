"""The drawn rules: who imports whom, what is installed, and what stands where."""

import ast
import importlib.metadata
import re

import pytest

from tests.conftest import ROOT

PACKAGES = ("model", "service", "training")
MAY_IMPORT = {"model": {"model"}, "service": {"service", "model"}, "training": {"training", "model"}}


def imports_of(path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_service_and_training_meet_only_in_the_model(package):
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        assert imports_of(file) & set(PACKAGES) <= MAY_IMPORT[package], file


def test_no_other_distribution_owns_our_names():
    owners = importlib.metadata.packages_distributions()
    assert [set(owners.get(name, ["gpcomments"])) for name in PACKAGES] == [{"gpcomments"}] * 3


def test_the_base_install_has_no_torch():
    requirements = importlib.metadata.requires("gpcomments")
    base = [r for r in requirements if "extra ==" not in r]
    assert not [r for r in base if re.match(r"(torch|transformers|datasets|scikit-learn|onnx)\b(?!runtime)", r)]


def test_every_module_says_what_it_is_for():
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            assert ast.get_docstring(ast.parse(file.read_text("utf-8"))), file


def test_the_error_tree_is_drawn_whole():
    from model import errors

    drawn = set(re.findall(r"\b\w+Error\b", errors.__doc__))
    assert drawn == {name for name in vars(errors) if name.endswith("Error")}
