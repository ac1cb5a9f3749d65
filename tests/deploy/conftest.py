"""How the tests of what is deployed are collected and what they share."""

import inspect

import pytest

from helm import Helm, programs


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector, name, obj):
    """Collects the functions of a test file alone: not what it imports, nor what begins with an underscore."""
    is_own = getattr(obj, "__module__", None) == collector.getparent(pytest.Module).obj.__name__
    return None if inspect.isfunction(obj) and is_own and not name.startswith("_") else []


@pytest.fixture(scope="session", params=programs(), ids=lambda helm: f"helm{helm.major}")
def each_helm(request) -> Helm:
    """Every helm that the chart must work with, one after the other."""
    return request.param


@pytest.fixture(scope="session")
def helm() -> Helm:
    """The newest helm, where any will do."""
    return programs()[-1]
