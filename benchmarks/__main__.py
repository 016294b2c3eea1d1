"""`python -m benchmarks [NAME …]`: run, print the ratios, write `benchmarks/results.json`."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure

SUBJECTS = (
    "assembly",
    "quality",
    "links",
    "outbox",
    "beacons",
    "shell",
    "first_frame",
    "joins",
    "attention",
    "hubspot_read",
    "salesforce_read",
    "hubspot",
    "salesforce_refresh",
    "salesforce",
    "salesforce_lists",
)
RESULTS = Path(__file__).with_name("results.json")
README = RESULTS.parent.parent / "README.md"
_START, _END = "<!-- figures: written by `make bench` from benchmarks/results.json -->", "<!-- /figures -->"


def main(wanted: Sequence[str]) -> int:
    """0 when every benchmark ran; a missed goal is printed, not an error."""
    console = Console()
    known = json.loads(RESULTS.read_text())["subjects"] if RESULTS.exists() and wanted else {}
    failed = False
    for subject in wanted or SUBJECTS:
        console.print(f"[bold]{subject}[/bold] …")
        started = time.perf_counter()
        try:
            figures: list[Figure] = import_module(f"benchmarks.{subject}").run()
        except Exception:
            traceback.print_exc()
            failed = True
            continue
        console.print(_table(figures))
        known[subject] = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "took_s": round(time.perf_counter() - started, 1),
            "figures": [asdict(figure) for figure in figures],
        }
    RESULTS.write_text(json.dumps({"machine": _machine(), "subjects": known}, indent=2, ensure_ascii=False) + "\n")
    _tell_readme(known)
    console.print(f"written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")
    return 1 if failed else 0


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("figure", "value", "goal", "holds", "detail")
    for figure in figures:
        mark = "[green]yes[/green]" if figure.holds else "[red]no[/red]"
        table.add_row(figure.name, f"{_plain(figure.value)} {figure.unit}".strip(), figure.goal, mark, figure.detail)
    return table


def _plain(value: float) -> str:
    """Three figures, written out: 119,000 rather than 1.19e+05."""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 100 else f"{round(value, 3):g}"


def _tell_readme(known: Mapping[str, Any]) -> None:
    """The README's table is written here and nowhere else, so that it can't say what no benchmark printed."""
    rows = ["| Measured | Result | Goal | Holds |", "|---|---|---|---|"]
    for subject in SUBJECTS:
        for figure in known.get(subject, {}).get("figures", []):
            value = f"{_plain(figure['value'])} {figure['unit']}".strip()
            rows.append(f"| {figure['name']} | {value} | {figure['goal']} | {'yes' if figure['holds'] else '**no**'} |")
    before, rest = README.read_text().split(_START, 1)
    after = rest.split(_END, 1)[1]
    README.write_text(before + _START + "\n" + "\n".join(rows) + "\n" + _END + after)


def _machine() -> dict[str, object]:
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
