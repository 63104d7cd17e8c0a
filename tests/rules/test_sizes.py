"""Files never pass 400 lines, functions never 60; modules say what lives in them."""

import ast
from pathlib import Path

import pytest

SOURCES = sorted(Path("src").rglob("*.py"))
ALL = [
    *SOURCES,
    *sorted(path for folder in ("tests", "bench", "sdk", "migrations") for path in Path(folder).rglob("*.py")),
]


@pytest.mark.parametrize("path", ALL, ids=str)
def test_files_and_functions_stay_small_and_modules_speak(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module says what lives here"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is too long"


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_domain_code_never_ends_a_transaction(path):
    allowed = {"infra", "api", "worker", "web", "cli"}
    if path.parts[2] in allowed:
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in {"commit", "rollback"}, f"line {node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_signatures_and_tokens_are_compared_in_constant_time(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            names |= {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
            secret = {name for name in names if name in {"sig", "signature", "hmac", "mac", "token", "secret"}}
            assert not secret, f"line {node.lineno}: compare {secret} with hmac.compare_digest"


@pytest.mark.parametrize("path", sorted(Path("tests").rglob("test_*.py")), ids=str)
def test_what_tests_share_lives_beside_them_and_not_in_another_test(path):
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert not {name for name in imported if name.startswith("test_")}
