"""What several test modules take as fixtures."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

import pandas as pd
import pytest
from plots import pictures

from pixplot_widget import PixPlot


def _is_here(host: object) -> bool:
    """Whether an address or a name is this machine's own."""
    text = host.decode() if isinstance(host, bytes) else host
    if text in (None, "", "localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(text).is_loopback or ipaddress.ip_address(text).is_unspecified
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Fail a test that asks another machine: the suite runs where there is none. (pip's, as a process, may.)"""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse(host: object) -> None:
        if not _is_here(host):
            pytest.fail(f"tests need no network, and this one asks {host!r}")

    def connect_here(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address[0])
        return connect(self, address)

    def look_up_here(host: object, *args: object, **options: object) -> list:
        refuse(host)
        return look_up(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield


@pytest.fixture
def make():
    """Make widgets of small frames; they are closed in the end."""
    made = []

    def build(n: int = 6, df: pd.DataFrame | None = None, **options) -> PixPlot:
        if df is None:
            df = pd.DataFrame({"category": (["cat", "dog", None] * n)[:n], "year": range(1900, 1900 + n)})
        options = {"image": pictures(len(df)), "cache": False} | options
        made.append(PixPlot(df, **options))
        return made[-1]

    yield build
    for plot in made:
        plot.close()


@pytest.fixture
def path(tmp_path):
    """A place for a journal."""
    return tmp_path / "edits.jsonl"
