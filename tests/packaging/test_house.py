"""The tree stays small enough to read, and its text is in the words of the field."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("connectors", "rules", "sandbox", "sync")
SERVERS = {"http.server", "socketserver", "asyncio", "starlette", "uvicorn"}
BESIDE = {"__init__.py", "py.typed", "__pycache__"}


def product_files(pattern: str = "*") -> Iterator[Path]:
    """Every file of the product that matches *pattern*, caches left out."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob(pattern):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in product_files("*.py"):
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def test_no_folder_holds_more_than_25_files() -> None:
    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in product_files())

    assert {folder: count for folder, count in counts.items() if count > 25} == {}


@pytest.mark.parametrize(("package", "most"), [("sync", 14), ("rules", 11)])
def test_a_package_shows_its_stages_and_little_else(package: str, most: int) -> None:
    entries = {path.name for path in (ROOT / package).iterdir()} - BESIDE

    assert len(entries) <= most, sorted(entries)


def test_the_connectors_serve_nothing() -> None:
    """What a connector is tested against, a simulated CRM among it, stands outside the connectors."""
    serving = [
        path
        for path, tree in trees()
        if path.parts[0] == "connectors"
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and SERVERS & imported(node)
    ]

    assert serving == []
    assert not (ROOT / "connectors" / "sandbox").exists()


def imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {alias.name for alias in node.names}


def test_docstrings_begin_as_the_field_writes_them() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and str(node.value.value)
        .lstrip()
        .startswith(("Give ", "Gives ", "Say whether ", "Says whether ", "Tell ", "Tells "))
    ]

    assert wrong == []


def names(node: ast.AST) -> list[str]:
    """The names that *node* binds, wherever Python binds any: assignments, loops, parameters, patterns, imports."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case _:
            return []


def test_nothing_is_named_one() -> None:
    wrong = [
        f"{path}:{getattr(node, 'lineno', 1)}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if "one" in names(node)
    ]

    assert wrong == []
