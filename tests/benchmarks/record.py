"""Where `make bench` keeps what it measured: a section of results.json for each script, with the conditions.

The file is not in git: figures belong to the machine they were taken on.
"""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


def conditions(*packages: str) -> dict[str, Any]:
    """Say on what is measured, with the versions of the packages that do the work."""
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        **{name: metadata.version(name) for name in packages},
    }


def add(section: str, name: str, results: Any) -> None:
    """Put one part of a section into results.json, keeping its other parts, each with its own conditions."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    parts = {**kept.get(section, {}), name: {"measured_on": conditions(), "results": results}}
    RESULTS.write_text(json.dumps({**kept, section: parts}, indent=2) + "\n")


def write(section: str, measured_on: dict[str, Any], results: Any) -> None:
    """Put a section into results.json, keeping the others."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept[section] = {"measured_on": measured_on, "results": results}
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n")
