"""The suite runs without a network: a test that asks another machine fails, and one that asks this one does not."""

from __future__ import annotations

import http.server
import socket
import threading
import urllib.request

import pytest

from tools.waiting import SECONDS


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "hub.example", b"hub.example"])
def test_another_machine_is_refused(host):
    with pytest.raises(pytest.fail.Exception, match="need no network"):
        socket.create_connection((host, 80), timeout=SECONDS)


def test_code_that_bears_with_errors_does_not_hide_it():
    with pytest.raises(pytest.fail.Exception, match=r"hub\.example"):
        urllib.request.urlopen("http://hub.example/", timeout=SECONDS)
    assert not issubclass(pytest.fail.Exception, Exception)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_not(host):
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        socket.create_connection((host, server.server_port), timeout=SECONDS).close()
