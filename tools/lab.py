"""A JupyterLab of our own and a notebook open in a browser: what the browser tests and `make demo HEADLESS=1` share.

Nothing of the user's is read or written: settings, workspaces, runtime files and kernels live in a folder of their own,
and the server listens on this machine only, without a token, for as long as the `with` block lasts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import chromium
from tools.waiting import MILLISECONDS, SECONDS

if TYPE_CHECKING:
    from jupyter_client import BlockingKernelClient
    from playwright.sync_api import Browser, Locator, Page, Playwright

# Software rendering, so that a machine without a GPU draws WebGL2 too; --no-sandbox because containers run as root.
BROWSER_FLAGS = [
    *("--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-dev-shm-usage", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    "--window-size=1400,1100",  # what a page without a viewport of its own gets
]
SECONDS_TO_STOP = 15  # then it is killed


def launch_browser(playwright: Playwright, *flags: str) -> Browser:
    """Start the headless Chromium that `tools.chromium` finds, with more flags if given.

    Raises
    ------
    RuntimeError
        If there is none: the browser tests are not to be skipped.
    """
    path = chromium.find(playwright)
    if path is None:
        raise RuntimeError(
            "No Chromium that runs. `make test` installs one; by hand: python -m tools.chromium --install"
        )
    return playwright.chromium.launch(executable_path=path, args=[*BROWSER_FLAGS, *flags])


class JupyterLab:
    """A JupyterLab server on the notebooks below `root`, as a context manager.

    Parameters
    ----------
    root : path
        What the server shows; notebooks are opened by their path below it.
    python : str, optional
        The Python whose JupyterLab is started, and whose kernel runs the notebooks. Default: this one.
    env : mapping, optional
        The environment of the server and so of the kernels. Default: this process's.
    dark : bool, default False
        Start with the dark theme.
    host : str, optional
        The name by which the browser calls the server, and finds it on this machine. Default: 127.0.0.1.
    """

    def __init__(
        self,
        root: str | os.PathLike,
        *,
        python: str = sys.executable,
        env: Mapping[str, str] | None = None,
        dark: bool = False,
        host: str = "127.0.0.1",
    ):
        self._host = host
        self.root = Path(root).resolve()
        self._python = python
        self._env = dict(os.environ if env is None else env)
        self._theme = "JupyterLab Dark" if dark else "JupyterLab Light"
        self._process: subprocess.Popen | None = None
        self.url = ""

    def __enter__(self) -> JupyterLab:
        self._folder = tempfile.TemporaryDirectory(prefix="pixplot-lab-", ignore_cleanup_errors=True)
        home = Path(self._folder.name)
        self.runtime = home / "runtime"
        self.log = home / "server.log"
        self._write_settings(home / "settings")
        folders = {
            "JUPYTER_RUNTIME_DIR": self.runtime,
            "JUPYTER_CONFIG_DIR": home / "config",
            "JUPYTERLAB_SETTINGS_DIR": home / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
            "IPYTHONDIR": home / "ipython",
        }
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.local_hostnames": f"['{self._host}']",
            "ServerApp.root_dir": self.root,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,
        }
        command = [self._python, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
        with self.log.open("w") as log:
            env = {**self._env, **{name: str(folder) for name, folder in folders.items()}}
            self._process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.root)
        try:
            self.url = self._wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def _write_settings(self, folder: Path) -> None:
        ours = folder / "@jupyterlab" / "apputils-extension"
        ours.mkdir(parents=True)
        quiet = {"fetchNews": "false", "checkForUpdates": False}
        (ours / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
        (ours / "themes.jupyterlab-settings").write_text(json.dumps({"theme": self._theme}))

    def _wait_until_up(self) -> str:
        # The server takes another port if its first choice is taken, and says which in its runtime folder.
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            for file in self.runtime.glob("jpserver-*.json"):
                try:
                    url = json.loads(file.read_text())["url"]
                    self.get(url + "api/status")
                    return url
                except (json.JSONDecodeError, OSError):  # half written, or not listening yet
                    break
            time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start within {SECONDS:.0f} s:\n{self.log.read_text()[-4000:]}")

    def get(self, url: str) -> Any:
        """Return the JSON that the server answers."""
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return json.load(answer)

    def open(self, page: Page, path: str) -> Notebook:
        """Open the notebook at `path` (below the root) in a page, alone, and wait until its kernel can be used."""
        page.goto(f"{self.url.replace('127.0.0.1', self._host)}lab/tree/{path}?reset")
        return Notebook(self, page, path)


class Notebook:
    """A notebook open in JupyterLab, and a second way into its kernel."""

    def __init__(self, lab: JupyterLab, page: Page, path: str):
        self.lab, self.page, self.path = lab, page, path
        self._client: BlockingKernelClient | None = None
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until the notebook is there and its kernel is connected."""
        ready = """(name) => {
            const app = window.jupyterapp
            return app?.commands.hasCommand("notebook:run-all-cells") &&
                app.shell.currentWidget?.context?.path.endsWith(name) &&
                app.shell.currentWidget.sessionContext.session?.kernel?.connectionStatus === "connected"
        }"""
        self.page.wait_for_function(ready, arg=self.path, timeout=MILLISECONDS)
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready")

    def wait_for_widgets(self) -> None:
        """Wait until a page that was reloaded shows its widgets again.

        JupyterLab may restore none and say so for good, also where the kernel has them: seen once in eight reloads with
        18 processes for two processors. A user reloads once more, and so does this.

        Raises
        ------
        RuntimeError
            If they are not there then either.
        """
        lost = self.page.get_by_text("Error displaying widget: model not found")
        for again in (True, True, False):
            self.wait_for_kernel()
            self.widget().or_(lost).first.wait_for(timeout=MILLISECONDS)
            if not lost.count():
                return
            if again:
                self.page.reload()
        raise RuntimeError("JupyterLab does not find the widgets of the notebook again")

    def run_all(self, *, wait: bool = True) -> None:
        """Run every cell, as the Run menu does. Without `wait`, return as soon as they are sent to the kernel.

        Raises
        ------
        RuntimeError
            With the tracebacks, if a cell failed while this waited.
        """
        self.command("notebook:run-all-cells", wait=wait)
        if wait and (failed := self.errors()):
            raise RuntimeError("\n".join(failed))

    def command(self, name: str, *, wait: bool = True) -> None:
        """Execute one of JupyterLab's commands."""
        run = "window.jupyterapp.commands.execute(name)"
        self.page.evaluate(f"async (name) => {{ {'await' if wait else 'void'} {run} }}", name)

    def widget(self, nth: int = 0) -> Locator:
        """Return the nth view of a PixPlot on the page."""
        return self.page.get_by_role("region", name="PixPlot").nth(nth)

    def errors(self) -> list[str]:
        """Return the tracebacks that the cells show."""
        return self.page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]').all_inner_texts()

    @property
    def client(self) -> BlockingKernelClient:
        """A client of the notebook's kernel beside the page's own."""
        if self._client is None:
            from jupyter_client import BlockingKernelClient

            sessions = self.lab.get(self.lab.url + "api/sessions")
            (kernel,) = [s["kernel"]["id"] for s in sessions if s["path"] == self.path]
            self._client = BlockingKernelClient(connection_file=str(self.lab.runtime / f"kernel-{kernel}.json"))
            self._client.load_connection_file()
            self._client.start_channels()
        return self._client

    def value(self, expression: str, timeout: float = SECONDS) -> Any:
        """Return what a Python expression is in the kernel, by way of JSON; numpy's numbers and arrays pass.

        It waits its turn: while a cell runs, until that is done.

        Raises
        ------
        RuntimeError
            With the kernel's own words, if the expression raises.
        """
        dump = f"__import__('json').dumps({expression}, default=lambda v: v.tolist())"
        reply = self.client.execute("None", silent=True, user_expressions={"value": dump}, reply=True, timeout=timeout)[
            "content"
        ]["user_expressions"]["value"]
        if reply["status"] != "ok":
            raise RuntimeError(f"{expression}: {reply['ename']}: {reply['evalue']}")
        return json.loads(_unquote(reply["data"]["text/plain"]))

    def close(self) -> None:
        """Shut the kernel down and leave the page."""
        if self._client is not None:
            self._client.stop_channels()
        self.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown() }")


def _unquote(text: str) -> str:
    """Undo the repr of a string (which IPython may break over lines in brackets)."""
    import ast

    return ast.literal_eval(text)
