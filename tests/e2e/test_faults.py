"""What edits survive in a real JupyterLab: a busy kernel, a reload of the page, a kernel that is killed."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from jupyter_client.channels import ZMQSocketChannel
from playwright.sync_api import expect

from tools.lab import Notebook
from tools.waiting import SECONDS

from .test_editing import TILES
from .user import User

BUSY_SECONDS = float(os.environ.get("PIXPLOT_BUSY_SECONDS", "2"))
"""At least so long the kernel is kept from hearing; nothing in how edits get through depends on the time."""

WAIT = """
import pathlib, time
pathlib.Path({flag!r} + " begun").touch()
while not pathlib.Path({flag!r}).exists():
    time.sleep(0.05)
"""
PENDING = r"{} not yet in the DataFrame"


def use_subshells(user: User, how: str) -> None:
    """Set whether this page's comms are heard beside a running cell, as JupyterLab's setting of that name does."""
    user.page.evaluate(
        "(how) => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.commsOverSubshells = how }", how
    )


def keep_busy(user: User, flag: Path) -> None:
    """Run the last cell, which waits for a file."""
    begun = Path(f"{flag} begun")
    flag.unlink(missing_ok=True)
    begun.unlink(missing_ok=True)
    user.page.evaluate("""() => {
        const { content } = window.jupyterapp.shell.currentWidget
        content.activeCellIndex = content.widgets.length - 1
        void window.jupyterapp.commands.execute("notebook:run-cell")
    }""")
    # Not by what the page says of the kernel: a subshell that has done its part is reported as an idle kernel.
    assert user.wait_for(begun.exists)


def run_in_a_passing_subshell(notebook: Notebook, code: str) -> None:
    """Run code in a subshell of the kernel that is gone afterwards."""
    client = notebook.client

    def ask(channel: ZMQSocketChannel, kind: str, content: dict, **header: str) -> dict:
        question = client.session.msg(kind, content)
        question["header"] |= header
        channel.send(question)
        while (reply := channel.get_msg(timeout=SECONDS))["parent_header"]["msg_id"] != question["header"]["msg_id"]:
            pass
        assert reply["content"]["status"] == "ok", reply["content"]
        return reply["content"]

    subshell = ask(client.control_channel, "create_subshell_request", {})["subshell_id"]
    ask(client.shell_channel, "execute_request", {"code": code, "silent": False}, subshell_id=subshell)
    ask(client.control_channel, "delete_subshell_request", {"subshell_id": subshell})


def decide(user: User, keys: Iterable[str]) -> None:
    """Decide as many images of the open review."""
    user.widget.get_by_role("toolbar", name="Review").get_by_role("button", name="Back").focus()
    user.widget.focus()
    for key in keys:
        user.page.keyboard.press(key)


def labels_of(keys: str) -> list[str]:
    return [{"1": "cat", "2": "dog", "3": "fox"}[key] for key in keys]


def test_a_page_is_heard_though_the_widget_last_sent_something_in_a_subshell_that_is_gone(open_notebook):
    notebook = open_notebook([TILES, "plot"])
    notebook.run_all()
    user = User(notebook)
    user.see_sprites(colors=300)
    run_in_a_passing_subshell(notebook, "plot.sprite_size = 1.5")
    name = user.open_a_sprite()
    user.choose("fox" if user.label() != "fox" else "cat")
    assert user.wait_for(lambda: notebook.value("plot.edits.file.tolist()") == [name])
    user.sees_status("1 edit")


def test_edits_survive_a_busy_kernel_a_reload_and_a_kill(open_notebook, tmp_path, page):
    journal, flag = tmp_path / "edits.jsonl", tmp_path / "go on"
    flag.touch()
    make = TILES.replace("cache=False", f"cache=False, journal={str(journal)!r}") + 'plot.review("order")\n'
    make = make.replace('"doubt"', '"order": -np.arange(120), "doubt"')
    # The label that each image has not yet, so that every key is an edit.
    keys = "".join("231"[row % 3] for row in range(60))
    notebook = open_notebook([make, "plot", WAIT.format(flag=str(flag))])
    user = User(notebook)
    use_subshells(user, "disabled")
    notebook.run_all()
    user.see_sprites(colors=300)
    bar = user.widget.get_by_role("toolbar", name="Review")

    # Busy, and deaf meanwhile: on screen at once, in the frame afterwards, in order.
    keep_busy(user, flag)
    began = time.monotonic()
    decide(user, keys[:40])
    expect(bar).to_contain_text("41 of 120")
    user.sees_status(PENDING.format(40))
    silence = re.compile(r"The kernel has not answered for \d+ s.*40 edits are kept here")
    expect(user.widget).to_contain_text(silence)
    # It covers a part of the picture: once it is read it goes, and the file is offered in the status line.
    save = user.widget.get_by_role("button", name="Save pending edits")
    expect(save).to_have_count(1)
    user.widget.get_by_role("button", name="Dismiss").first.click()
    expect(user.widget).not_to_contain_text("has not answered")
    expect(save).to_have_count(1)
    while time.monotonic() - began < BUSY_SECONDS:  # while edits are sent again and again
        user.page.wait_for_timeout(200)
    assert len(journal.read_text().splitlines()) == 1  # its header
    flag.touch()
    expect(user.widget).not_to_contain_text("has not answered")
    expect(user.status).not_to_contain_text("not yet")
    assert notebook.value("df.category.iloc[:40].tolist()") == labels_of(keys[:40])
    assert notebook.value("plot.edits.position.tolist()") == list(range(40))

    # Edits that the kernel has made already are undone and redone while it is deaf: at once on screen.
    keep_busy(user, flag)
    cats = user.count("cat")
    decide(user, "z")
    assert user.wait_for(lambda: user.count("cat") == cats + 1)
    expect(bar).to_contain_text("40 of 120")
    decide(user, "z")
    assert user.wait_for(lambda: user.count("cat") == cats)
    decide(user, ["Shift+Z", "Shift+Z"])
    expect(bar).to_contain_text("41 of 120")
    user.sees_status(PENDING.format(4))

    # The page is reloaded with edits pending, which are there when the kernel can be heard again.
    decide(user, keys[40:45])
    user.sees_status(PENDING.format(9))
    notebook.command("docmanager:save")
    page.reload()
    flag.touch()
    notebook.wait_for_widgets()
    user = User(notebook)
    assert user.wait_for(lambda: notebook.value("plot.edits.position.tolist()") == list(range(45)))
    assert notebook.value("df.category.iloc[40:45].tolist()") == labels_of(keys[40:45])
    user.see_sprites(colors=300)
    user.sees_status("45 edits")

    # Busy, and hearing beside that: in the journal while the cell runs.
    keep_busy(user, flag)
    decide(user, keys[45:55])
    # Its header, two undos and two redos, and the edits.
    assert user.wait_for(lambda: len(journal.read_text().splitlines()) == 1 + 4 + 55)
    user.sees_status("55 edits")
    expect(user.status).not_to_contain_text("not yet")

    # The kernel is killed with edits pending, and JupyterLab starts another: they are offered as a file, and reach the
    # next widget of that journal.
    flag.touch()
    assert notebook.value("plot.edits.position.tolist()") == list(range(55))
    assert notebook.value("int(plot.edits.undone.sum())") == 0
    kernel = notebook.value("__import__('os').getpid()")
    use_subshells(user, "disabled")
    keep_busy(user, flag)
    decide(user, keys[55:60])
    user.sees_status(PENDING.format(5))
    os.kill(kernel, signal.SIGKILL)
    expect(user.widget).to_contain_text("5 edits are not in the DataFrame")
    page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()
    with page.expect_download() as download:
        user.widget.get_by_role("button", name="Save pending edits").first.click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert pd.read_csv(saved).new.tolist() == labels_of(keys[55:60])
    assert len(journal.read_text().splitlines()) == 1 + 4 + 55
    flag.touch()
    notebook.run_all()
    user = User(notebook)
    assert user.wait_for(lambda: notebook.value("plot.edits.position.tolist()") == list(range(60)))
    assert notebook.value("df.category.iloc[:60].tolist()") == labels_of(keys)
    expect(user.widget).to_contain_text("sent again")
    user.see_sprites(colors=300)
    user.sees_status("60 edits")
    # The file fits another copy of the frame too, and changes nothing where its edits are already.
    merged = notebook.value(f"plot.merge({str(saved)!r}).outcome.tolist()")
    assert len(merged) == 5
    assert notebook.value("len(plot.edits)") == 60


def test_changes_of_hotspots_survive_a_busy_kernel_a_reload_and_a_kill(open_notebook, tmp_path, page):
    journal, flag = tmp_path / "edits.jsonl", tmp_path / "go on"
    flag.touch()
    make = TILES.replace("cache=False", f"cache=False, journal={str(journal)!r}")
    spots = "{'first': [0, 1], 'second': [2, 3], 'third': [4, 5]}"
    make += f"\nif 'second' not in plot.hotspots.name.tolist():\n    plot.hotspots = {spots}\n"
    notebook = open_notebook([make, "plot", WAIT.format(flag=str(flag))])
    user = User(notebook)
    use_subshells(user, "disabled")
    notebook.run_all()
    user.see_sprites(colors=300)
    names = "plot.hotspots.name.tolist()"

    def listed(user: User) -> list[str]:
        shown = user.widget.get_by_role("list", name="Hotspots")
        return shown.locator(".pp-name").all_inner_texts()

    def opened(user: User) -> None:
        user.widget.get_by_role("button", name="Hotspots").click()
        assert user.wait_for(lambda: listed(user))

    def press(user: User, name: str, key: str) -> None:
        spots = user.widget.get_by_role("list", name="Hotspots")
        spots.get_by_role("button", name=f"{name}:").press(key)
        if key != "Delete":  # it has the focus again in the next frame, which may take its time
            expect(spots.get_by_role("button", name=f"{name}:")).to_be_focused()

    # Busy: gone at once and there again at once, in order with what is done to images.
    opened(user)
    keep_busy(user, flag)
    press(user, "second", "Delete")
    assert user.wait_for(lambda: listed(user) == ["first", "third"])
    user.sees_status(PENDING.format(1))
    expect(user.widget).to_contain_text("(1 change of hotspots cannot be in the file.)")
    user.widget.get_by_role("button", name="Undo").click()
    assert user.wait_for(lambda: listed(user) == ["first", "second", "third"])
    press(user, "first", "Delete")
    assert user.wait_for(lambda: listed(user) == ["second", "third"])
    press(user, "third", "Alt+ArrowUp")
    assert user.wait_for(lambda: listed(user) == ["third", "second"])

    # The page is reloaded meanwhile.
    notebook.command("docmanager:save")
    page.reload()
    flag.touch()
    notebook.wait_for_widgets()
    user = User(notebook)
    use_subshells(user, "disabled")
    assert user.wait_for(lambda: notebook.value(names) == ["third", "second"])
    user.see_sprites(colors=300)
    opened(user)
    assert user.wait_for(lambda: listed(user) == ["third", "second"])

    # What the kernel was heard making comes back at once while it is busy; then it is killed with more pending.
    press(user, "third", "Delete")
    assert user.wait_for(lambda: notebook.value(names) == ["second"])
    keep_busy(user, flag)
    user.widget.get_by_role("button", name="Undo").click()
    assert user.wait_for(lambda: listed(user) == ["third", "second"])
    press(user, "second", "Alt+ArrowUp")
    assert user.wait_for(lambda: listed(user) == ["second", "third"])
    flag.touch()
    assert user.wait_for(lambda: notebook.value(names) == ["second", "third"])
    kernel = notebook.value("__import__('os').getpid()")
    keep_busy(user, flag)
    press(user, "third", "Delete")
    assert user.wait_for(lambda: listed(user) == ["second"])
    os.kill(kernel, signal.SIGKILL)
    expect(user.widget).to_contain_text("1 edit is not in the DataFrame")
    page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()
    flag.touch()
    notebook.run_all()
    user = User(notebook)
    assert user.wait_for(lambda: notebook.value(names) == ["second"])
    assert notebook.value("[plot.undo(), len(plot.hotspots)]") == ["undo: delete hotspot 'third'", 2]
