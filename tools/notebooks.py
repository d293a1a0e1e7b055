"""Strip notebooks of outputs and execution counts: python -m tools.notebooks NOTEBOOK...

A saved run holds pictures, and paths of the machine it ran on. Ends with status 1 if a file had to be changed, as
pre-commit wants it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

KEPT_METADATA = ("kernelspec", "language_info")


def stripped(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook with code cells as if they had never run, and only the metadata that opens it."""
    cells = []
    for cell in notebook["cells"]:
        clean = {**cell, "metadata": {k: v for k, v in cell["metadata"].items() if k == "tags"}}
        if cell["cell_type"] == "code":
            clean |= {"outputs": [], "execution_count": None}
        cells.append(clean)
    metadata = {name: value for name, value in notebook["metadata"].items() if name in KEPT_METADATA}
    if "language_info" in metadata:
        metadata["language_info"] = {"name": metadata["language_info"]["name"]}
    return {**notebook, "cells": cells, "metadata": metadata}


def main(paths: list[str]) -> int:
    """Rewrite the files that need it; return 1 if any did."""
    changed = 0
    for path in map(Path, paths):
        notebook = json.loads(path.read_text("utf-8"))
        clean = stripped(notebook)
        if clean != notebook:
            path.write_text(json.dumps(clean, indent=1, ensure_ascii=False) + "\n", "utf-8")
            print(f"{path}: outputs stripped")
            changed = 1
    return changed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
