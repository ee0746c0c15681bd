"""The tree reads well: short files, short functions, every module says its job, imports are at the top."""

import ast
from statistics import median, quantiles

import pytest

from accounts.tests.architecture.sources import Module, lines_of, modules

MAX_FILE_LINES = 300
MAX_TEST_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_VIEW_LINES = 15
MEDIAN_FILE_LINES = 100
MEDIAN_FUNCTION_LINES = 8
P90_FUNCTION_LINES = 25
NAMED_BY_DJANGO = {"accounts/postgresql/base.py"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
BELOW_THE_DOORS = ("services", "tokens", "delivery", "keys", "throttling", "models", "postgresql")


def code() -> list[Module]:
    return [module for module in modules() if not module.is_test]


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_a_file_is_short_and_says_its_job(module: Module) -> None:
    assert module.length <= (MAX_TEST_FILE_LINES if module.is_test else MAX_FILE_LINES)
    assert module.path.stem not in VAGUE_NAMES or module.name in NAMED_BY_DJANGO
    assert not module.text.strip() or ast.get_docstring(module.tree)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_functions_fit_in_a_glance(module: Module) -> None:
    limit = MAX_VIEW_LINES if "rest/views" in module.name else MAX_FUNCTION_LINES
    assert {f.name: lines_of(f) for f in module.functions() if lines_of(f) - len(f.decorator_list) > limit} == {}


def test_most_files_and_functions_are_small() -> None:
    functions = [lines_of(function) for module in code() for function in module.functions()]
    assert median(module.length for module in code()) <= MEDIAN_FILE_LINES
    assert median(functions) <= MEDIAN_FUNCTION_LINES
    assert quantiles(functions, n=10)[-1] <= P90_FUNCTION_LINES


@pytest.mark.parametrize("module", code(), ids=lambda module: module.name)
def test_no_import_hides_in_a_function(module: Module) -> None:
    """But in AppConfig.ready, which runs when the registry is full."""
    hidden = [
        function.name
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == (["ready"] if module.name == "accounts/apps.py" else [])


def test_nothing_below_the_doors_knows_requests() -> None:
    """import-linter holds the frameworks off; a submodule of Django is beyond it."""
    below = [m for m in code() if m.name.startswith("accounts/") and m.name.count("/") == 1]
    below += [m for m in code() if m.name.startswith(tuple(f"accounts/{room}/" for room in BELOW_THE_DOORS))]
    assert len(below) > len(BELOW_THE_DOORS)
    assert {m.name: sorted(set(m.imported())) for m in below if "django.http" in m.imported()} == {}
