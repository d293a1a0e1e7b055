"""Where `make bench` keeps what it measured, and the table of what was asked beside it.

results.json has a section for each script; its parts have figures, the conditions they were taken under, and what is
asked of them on a quiet machine with two processors. It is not in git: figures belong to the machine they were taken
on. ``python tests/benchmarks/record.py`` prints the table. A figure that was missed is told there and stops nothing.
"""

from __future__ import annotations

import json
import operator
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
Asked = Mapping[str, tuple[str, float]]
HOLDS = {"<=": operator.le, ">=": operator.ge}


PACKAGES = ("numpy", "pandas", "pillow", "umap-learn", "jupyterlab", "ipykernel")
"""Those that do much of the work: their versions are told."""


def conditions() -> dict[str, Any]:
    """Say on what is measured."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        **{name: metadata.version(name) for name in PACKAGES},
    }


def add(section: str, name: str, results: Mapping[str, Any], asked: Asked | None = None) -> None:
    """Put one part of a section into results.json, keeping its other parts, each with its own conditions."""
    kept = _read()
    part = {"measured_on": conditions(), "results": results, "asked": asked or {}}
    RESULTS.write_text(json.dumps({**kept, section: {**kept.get(section, {}), name: part}}, indent=2) + "\n")


def _read() -> dict[str, Any]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def main() -> None:
    """Print what was asked, what was measured, and whether it holds."""
    rows = [("", "", "measured", "asked", "")]
    for section, parts in _read().items():
        for name, part in parts.items():
            for what, (sign, limit) in part["asked"].items():
                value = part["results"][what]
                held = "" if HOLDS[sign](value, limit) else "missed"
                rows.append((f"{section}: {name}", what, f"{value:,.4g}", f"{sign} {limit:,.4g}", held))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for part, what, value, asked, held in rows:
        line = f"{part:<{widths[0]}}  {what:<{widths[1]}}  {value:>{widths[2]}}  {asked:>{widths[3]}}  {held}"
        print(line.rstrip())


if __name__ == "__main__":
    main()
