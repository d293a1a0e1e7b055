"""Write the map layout's outline of the continents, pixplot_widget/data/land-110m.json.

    npm pack world-atlas@2 && tar xzf world-atlas-2.*.tgz
    python tools/outline.py package/land-110m.json

The result is committed: it changes only when Natural Earth does.
"""

from __future__ import annotations

import json
import sys
from itertools import accumulate, pairwise
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "pixplot_widget" / "data" / "land-110m.json"
Point = tuple[float, float]


def arcs(topology: dict) -> list[list[Point]]:
    """Undo TopoJSON's quantized differences: every arc as (longitude, latitude) in degrees."""
    (x_scale, y_scale), (x_shift, y_shift) = topology["transform"]["scale"], topology["transform"]["translate"]
    decoded = []
    for arc in topology["arcs"]:
        xs, ys = (accumulate(steps) for steps in zip(*arc, strict=True))
        decoded.append([(x * x_scale + x_shift, y * y_scale + y_shift) for x, y in zip(xs, ys, strict=True)])
    return decoded


def coastlines(arc: list[Point]) -> list[list[Point]]:
    """Cut an arc where it jumps over the antimeridian or runs along it: there is no coast."""
    lines, line = [], arc[:1]
    for before, here in pairwise(arc):
        on_the_edge = abs(before[0]) > 179.99 and abs(here[0]) > 179.99
        if on_the_edge or abs(here[0] - before[0]) > 180:
            lines.append(line)
            line = []
        line.append(here)
    return [part for part in [*lines, line] if len(part) > 1]


def main(source: str) -> None:
    """Read a TopoJSON of land, write polylines with degrees in hundredths (1 km; the data is drawn for 1:110m)."""
    topology = json.loads(Path(source).read_text(encoding="utf-8"))
    polylines = [
        [round(degrees * 100) for point in line for degrees in point]
        for arc in arcs(topology)
        for line in coastlines(arc)
    ]
    document = {
        "source": "Natural Earth 4.1, 1:110m land (public domain), by way of world-atlas 2 (ISC)",
        "unit": "hundredths of a degree: longitude, latitude, longitude, ...",
        "polylines": polylines,
    }
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(polylines)} polylines, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
