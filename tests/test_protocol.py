"""The wire: what goes in comes out, whatever the size, and both languages mean the same."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pixplot_widget import protocol
from pixplot_widget.protocol import INCOMING, MAX_BYTES, Decoder, EditSent, Message, ProtocolError, Select, encode

OUTGOING = [cls for cls in Message.__subclasses__() if cls.type not in INCOMING]
TYPESCRIPT = Path(__file__).parent.parent / "js" / "src" / "protocol"


def edit(rows: np.ndarray, **changes) -> EditSent:
    fields = {"client": "c", "seq": 1, "oldest": 1, "kind": "label", "value": "cat", "how": "manual", "reason": ""}
    return EditSent(rows=rows, **(fields | changes))


@given(rows=hnp.arrays(np.int32, st.integers(0, 50)), value=st.one_of(st.none(), st.booleans(), st.text()))
def test_a_message_comes_out_as_it_went_in(rows, value):
    sent = edit(rows, value=value)
    (frame,) = encode(sent)
    got = Decoder(INCOMING).feed(*frame)
    assert got.value == value
    assert got.rows.tolist() == rows.tolist()


@given(order=st.permutations(range(5)))
def test_a_large_message_goes_in_frames_that_may_come_in_any_order(order):
    rows = np.arange(1_200_000, dtype=np.int32)
    frames = list(encode(Select(client="c", rows=rows)))
    assert len(frames) == 5
    assert all(len(buffers[0]) <= MAX_BYTES for _, buffers in frames)
    decoder = Decoder(INCOMING)
    got = [message for k in order if (message := decoder.feed(*frames[k])) is not None]
    assert len(got) == 1
    np.testing.assert_array_equal(got[0].rows, rows)


def test_frames_of_several_messages_may_interleave():
    a, b = (list(encode(Select(client=c, rows=np.full(400_000, k, dtype=np.int32)))) for k, c in enumerate("ab"))
    decoder = Decoder(INCOMING)
    got = [message for pair in zip(a, b, strict=True) for frame in pair if (message := decoder.feed(*frame))]
    assert [message.client for message in got] == ["a", "b"]


def test_arrays_lie_at_multiples_of_eight_bytes():
    message = protocol.Looks(
        rows=np.arange(3, dtype=np.int32), shapes=np.ones((3, 2), np.uint8), colors=np.ones((3, 3), np.uint8)
    )
    content, _ = next(encode(message))
    assert [array["offset"] % 8 for array in content["arrays"]] == [0, 0, 0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.pop("message"),
        lambda content: content.update(frame=3),
        lambda content: content.update(type="nonsense"),
        lambda content: content["fields"].pop("client"),
        lambda content: content["fields"].update(surplus=1),
        lambda content: content["fields"].update(client=7),
        lambda content: content["arrays"][0].update(length=10**9),
        lambda content: content["arrays"][0].update(offset=-8),
        lambda content: content["arrays"][0].update(dtype="object"),
        lambda content: content.update(bytes=1),
    ],
)
def test_what_is_not_a_message_of_ours_is_refused(spoil):
    content, buffers = next(encode(Select(client="c", rows=np.arange(4, dtype=np.int32))))
    spoil(content)
    with pytest.raises(ProtocolError):
        Decoder(INCOMING).feed(content, buffers)


def test_lost_frames_do_not_pile_up():
    decoder = Decoder(INCOMING)
    for _ in range(100):
        first, *_ = encode(Select(client="c", rows=np.zeros(300_000, dtype=np.int32)))
        assert decoder.feed(*first) is None
    assert len(decoder._open) <= Decoder.MOST_OPEN


def test_a_dtype_that_the_page_does_not_know_is_refused_here():
    with pytest.raises(ProtocolError, match="int64"):
        list(encode(Select(client="c", rows=np.arange(3))))


def typescript() -> str:
    return "\n".join(path.read_text() for path in sorted(TYPESCRIPT.glob("*.ts")))


def typescript_messages() -> dict[str, set[str]]:
    text = typescript()
    found = {}
    for body in re.findall(r"export interface \w+ \{(.*?)\n\}", text, re.DOTALL):
        kind = re.search(r'^\s+type: "([\w-]+)";', body, re.MULTILINE)
        if kind:
            found[kind[1]] = set(re.findall(r"^\s+(\w+)\??:", body, re.MULTILINE)) - {"type"}
    return found


def test_the_two_folders_mirror_each_other():
    there = {path.stem.replace("-", "_") for path in TYPESCRIPT.glob("*.ts")} - {"index"}
    here = {path.stem for path in Path(protocol.__file__).parent.glob("*.py")} - {"__init__"}
    assert here - there == {"message"}  # the class that Python's messages derive from
    assert there <= here


def test_both_languages_know_the_same_messages():
    python = {cls.type: {field.name for field in dataclasses.fields(cls)} for cls in Message.__subclasses__()}
    assert typescript_messages() == python
    text = typescript()
    assert f"PROTOCOL = {protocol.PROTOCOL};" in text
    known = re.search(r"const KNOWN = new Set<string>\(\[(.*?)\]", text, re.DOTALL)[1]
    assert set(re.findall(r'"([\w-]+)"', known)) == {cls.type for cls in OUTGOING}
