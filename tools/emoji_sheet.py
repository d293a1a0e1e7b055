"""Repack npm's emoji-datasource-google into one sheet and one table, small enough for the wheel.

The package holds 82 MB: every picture three times over, and each person in five skin tones. We keep the base image of
every emoji, 64 px, in the order of Unicode's charts: about 1,900 pictures in one WebP of 2 MB.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from pathlib import Path
from typing import Any

CELL = 64
COLUMNS = 44
QUALITY = 95
LARGEST = 4_000_000

# When each emoji version came out: 0.6 and 0.7 stand for what Unicode 6.0 and 7.0 held before emoji had versions.
YEARS = {
    "0.6": 2010,
    "0.7": 2014,
    "1.0": 2015,
    "2.0": 2015,
    "3.0": 2016,
    "4.0": 2016,
    "5.0": 2017,
    "11.0": 2018,
    "12.0": 2019,
    "12.1": 2019,
    "13.0": 2020,
    "13.1": 2020,
    "14.0": 2021,
    "15.0": 2022,
    "15.1": 2023,
    "16.0": 2024,
}
CHART = "https://unicode.org/emoji/charts/full-emoji-list.html#"


def stamp(version: str) -> str:
    """Return the table's first line, which says what the files were built from."""
    builder = hashlib.sha256(Path(__file__).read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:8]
    return f"# emoji-datasource-google {version}, packed by {builder}"


def _sentence(emoji: dict[str, Any]) -> str:
    """Turn a Unicode name (capitals) into running text; names that are mixed case already stay."""
    name = emoji["name"]
    return name.capitalize() if name.isupper() else name


def _anchor(unified: str) -> str:
    """Return the chart's anchor of a code sequence: a lone character goes without its variation selector."""
    codes = unified.lower().split("-")
    return "_".join(codes[:1] if codes[1:] == ["fe0f"] else codes)


def _row(emoji: dict[str, Any]) -> dict[str, str | int]:
    if emoji["added_in"] not in YEARS:
        raise RuntimeError(f"Emoji version {emoji['added_in']} is new: say in YEARS when it came out")
    return {
        "filename": emoji["image"],
        "category": emoji["category"],
        "subcategory": emoji["subcategory"],
        "tags": "|".join(emoji["short_names"]),
        "description": _sentence(emoji),
        "permalink": CHART + _anchor(emoji["unified"]),
        "year": YEARS[emoji["added_in"]],
    }


def build(package: Path, target: Path, version: str) -> None:
    """Write ``emoji.webp`` and ``emoji.csv`` into `target` from the unpacked npm package.

    Cell k of the sheet, counted along rows of 44, is row k of the table.
    """
    from PIL import Image

    every = json.loads((package / "emoji.json").read_text("utf-8"))
    # "Component" is the five bare skin tones: swatches that nobody sends.
    kept = [e for e in every if e["has_img_google"] and e["category"] != "Component"]
    kept.sort(key=lambda emoji: emoji["sort_order"])
    # On white, as people see them: transparent pictures would be shown on a neutral gray.
    sheet = Image.new("RGB", (COLUMNS * CELL, math.ceil(len(kept) / COLUMNS) * CELL), "white")
    for k, emoji in enumerate(kept):
        with Image.open(package / "img" / "google" / "64" / emoji["image"]) as image:
            picture = image.convert("RGBA")
            sheet.paste(picture, (k % COLUMNS * CELL, k // COLUMNS * CELL), picture)
    sheet.save(target / "emoji.webp", quality=QUALITY, method=4)
    size = (target / "emoji.webp").stat().st_size
    if size > LARGEST:
        raise RuntimeError(f"The emoji sheet is {size:,} bytes; the wheel has room for {LARGEST:,}: lower its quality")
    rows = [_row(emoji) for emoji in kept]
    with (target / "emoji.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write(stamp(version) + "\n")
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
