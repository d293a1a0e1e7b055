"""The oldest releases that pyproject.toml allows, as pip's constraints: python -m tools.oldest > CONSTRAINTS.

tests/constraints-oldest.txt is what this prints; a test compares the two. The tools of the extra [dev] are left out:
users do not install them.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
BOUND = re.compile(r"([A-Za-z0-9_-]+)>=([0-9][0-9.]*)")


def bounds() -> dict[str, str]:
    """Return the lower bound of each distribution that the package or one of its extras needs.

    Raises
    ------
    ValueError
        If a requirement has no lower bound.
    """
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    groups = [project["dependencies"], *(v for name, v in project["optional-dependencies"].items() if name != "dev")]
    found = {}
    for requirement in (requirement for group in groups for requirement in group):
        bound = BOUND.match(requirement)
        if bound is None:
            raise ValueError(f"{requirement!r} in pyproject.toml has no lower bound; write NAME>=VERSION")
        found[bound[1]] = bound[2]
    return found


def constraints() -> str:
    """Return the text of the constraints: a line a distribution."""
    head = "# Made by python -m tools.oldest from pyproject.toml; not to be edited.\n"
    return head + "".join(f"{name}=={version}\n" for name, version in sorted(bounds().items()))


if __name__ == "__main__":
    sys.stdout.write(constraints())
