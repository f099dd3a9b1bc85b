"""Line and branch coverage by package and stage, from what `make cover` measured: ``python -m tests.cover``."""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import coverage

COUNTS = ("covered_lines", "num_statements", "covered_branches", "num_branches")


def main() -> None:
    """Print the table of the data that the last run left behind."""
    for line in table(measured()):
        print(line)


def measured() -> Mapping[str, Mapping[str, int]]:
    """Return the counts of coverage.py for each measured file, by its path in the repository."""
    data = coverage.Coverage()
    data.load()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"
        data.json_report(outfile=str(out))
        report: dict[str, Any] = json.loads(out.read_text())
    return {file: values["summary"] for file, values in report["files"].items()}


def table(files: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield a line for every package, one for each of its folders below it, and one for everything."""
    packages: dict[str, Counter[str]] = defaultdict(Counter)
    folders: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    everything: Counter[str] = Counter()
    for file, summary in files.items():
        package, *inner = PurePath(file).parts
        counts = Counter({name: summary[name] for name in COUNTS})
        packages[package] += counts
        folders[package][f"{inner[0]}/" if len(inner) > 1 else "itself"] += counts
        everything += counts
    yield f"{'':24}{'lines':>8}{'covered':>10}{'branches':>11}{'covered':>10}"
    for package in sorted(packages):
        yield _line(package, packages[package])
        yield from (_line(f"  {name}", counts) for name, counts in sorted(folders[package].items()))
    yield _line("all", everything)


def _line(name: str, counts: Mapping[str, int]) -> str:
    lines, branches = counts["num_statements"], counts["num_branches"]
    return (
        f"{name:24}{lines:>8,}{_share(counts['covered_lines'], lines):>10}"
        f"{branches:>11,}{_share(counts['covered_branches'], branches):>10}"
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


if __name__ == "__main__":
    main()
