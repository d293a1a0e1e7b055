"""The wire: what goes in comes out, whatever the size, and both languages mean the same."""

from __future__ import annotations

import base64
import copy
import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pixplot_widget import protocol
from pixplot_widget.protocol import (
    INCOMING,
    MAX_BYTES,
    MOST_BYTES,
    CameraMoved,
    Decoder,
    EditSent,
    FilterWanted,
    Hello,
    Message,
    ProtocolError,
    RowWanted,
    Select,
    check_rows,
    encode,
)
from pixplot_widget.protocol.message import DEEPEST, MOST_TEXT

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


def kept(decoder: Decoder) -> int:
    return sum(len(data) for frames in decoder._open.values() for _, data in frames.values())


@pytest.mark.parametrize("keys", [1, 3, 40])
def test_frames_that_wait_for_others_are_bounded_together(keys):
    decoder, piece = Decoder(INCOMING), bytes(MAX_BYTES)
    for number in range(150):
        content = {"type": "select", "message": f"{number % keys}", "frame": number // keys, "frames": 64}
        if content["frame"] < 63:
            assert decoder.feed(content, [piece]) is None
        assert kept(decoder) <= MOST_BYTES
        assert len(decoder._open) <= Decoder.MOST_OPEN


def test_a_frame_that_comes_twice_counts_once():
    frames = list(encode(Select(client="c", rows=np.arange(600_000, dtype=np.int32))))
    decoder = Decoder(INCOMING)
    for _ in range(100):
        assert decoder.feed(*frames[0]) is None
    assert kept(decoder) == MAX_BYTES
    assert decoder.feed(*frames[1]) is None
    np.testing.assert_array_equal(decoder.feed(*frames[2]).rows, np.arange(600_000))


@given(rows=hnp.arrays(np.int32, st.integers(1, 50)))
def test_arrays_may_come_as_text_within_the_json(rows):
    content, (data,) = next(encode(Select(client="c", rows=rows)))
    content["stream"] = base64.b64encode(data).decode()
    np.testing.assert_array_equal(Decoder(INCOMING).feed(content, []).rows, rows)
    for strange, buffers in ((content, [data]), (content | {"stream": "?"}, []), (content | {"stream": 3}, [])):
        with pytest.raises(ProtocolError, match="stream"):
            Decoder(INCOMING).feed(strange, buffers)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)
WHOLE = {
    "select": Select(client="c", rows=np.arange(4, dtype=np.int32)),
    "edit": edit(np.arange(4, dtype=np.int32)),
    "filter": FilterWanted(client="c", seq=1, conditions=[{"column": "year", "min": 3}]),
    "camera": CameraMoved(client="c", x=0.0, y=0.0, width=1.0),
    "hello": Hello(client="c", have=["labels@1"], called=False),
}


def places(value, path=()):
    """Every place of a JSON value."""
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


@given(data=st.data(), kind=st.sampled_from(sorted(WHOLE)), strange=JSON)
def test_whatever_stands_anywhere_in_a_frame_it_is_a_message_or_refused(data, kind, strange):
    content, buffers = next(encode(WHOLE[kind]))
    box = {"frame": copy.deepcopy(content)}
    *path, last = data.draw(st.sampled_from([path for path in places(box) if path]))
    inside = box
    for key in path:
        inside = inside[key]
    inside[last] = strange
    try:
        found = Decoder(INCOMING).feed(box["frame"], buffers)
    except ProtocolError as error:
        assert 0 < len(str(error)) < 1_000  # noqa: PT017 - it may be a message as well
    else:
        assert found is None or isinstance(found, Message)


@pytest.mark.parametrize(
    ("message", "fields", "words"),
    [
        ("camera", {"x": float("nan")}, "finite"),
        ("camera", {"width": float("inf")}, "finite"),
        ("camera", {"x": True}, "finite"),
        ("camera", {"x": 10**400}, "finite"),
        ("edit", {"seq": 10**30}, "whole number"),
        ("edit", {"seq": 1.0}, "whole number"),
        ("edit", {"value": ["cat"]}, "value"),
        ("hello", {"have": [1]}, "list of texts"),
        ("filter", {"conditions": [["cat"]]}, "conditions"),
        ("filter", {"conditions": [{"min": float("-inf")}]}, "finite"),
        ("filter", {"client": "x" * (MOST_TEXT + 1)}, "characters"),
        ("hello", {"have": [""] * (MOST_TEXT + 1)}, "characters"),
    ],
)
def test_fields_hold_what_they_say(message, fields, words):
    content, buffers = next(encode(WHOLE[message]))
    content["fields"] |= fields
    with pytest.raises(ProtocolError, match=words):
        Decoder(INCOMING).feed(content, buffers)


def test_json_without_end_in_depth_is_refused_and_not_followed():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    content, buffers = next(encode(WHOLE["filter"]))
    content["fields"]["conditions"] = [{"any": deep}]
    with pytest.raises(ProtocolError, match=f"{DEEPEST} deep"):
        Decoder(INCOMING).feed(content, buffers)


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "float32"])
def test_rows_are_int32(dtype):
    content, buffers = next(encode(Select(client="c", rows=np.arange(4, dtype=dtype))))
    with pytest.raises(ProtocolError, match="int32"):
        Decoder(INCOMING).feed(content, buffers)


@given(rows=hnp.arrays(np.int32, st.integers(0, 5), elements=st.integers(-3, 9)), n=st.integers(0, 6))
def test_rows_are_rows_of_the_frame(rows, n):
    outside = [row for row in rows.tolist() if not 0 <= row < n]
    for message in [Select(client="c", rows=rows), *(RowWanted(id=1, row=row) for row in outside[:1])]:
        if outside:
            with pytest.raises(IndexError, match=f"no row {outside[0]}; there are {n}"):
                check_rows(message, n)
        elif len(rows) > n:
            with pytest.raises(IndexError, match=f"some more than once; there are {n}"):
                check_rows(message, n)
        else:
            check_rows(message, n)


def test_a_dtype_that_the_page_does_not_know_is_refused_here():
    with pytest.raises(ProtocolError, match="int64"):
        list(encode(Select(client="c", rows=np.arange(3))))


def typescript() -> str:
    return "\n".join(path.read_text() for path in sorted(TYPESCRIPT.glob("*.ts")))


def typescript_messages() -> dict[str, dict[str, str]]:
    """Fields of each message, with their TypeScript types."""
    text = typescript()
    found = {}
    for body in re.findall(r"export interface \w+ \{(.*?)\n\}", text, re.DOTALL):
        kind = re.search(r'^\s+type: "([\w-]+)";', body, re.MULTILINE)
        if kind:
            found[kind[1]] = dict(re.findall(r"^\s+(\w+): (.+);", body, re.MULTILINE))
            del found[kind[1]]["type"]
    return found


def shape_in_typescript(kind: str) -> str:
    """What a TypeScript type is in JSON, or as bytes."""
    parts = {part.strip() for part in kind.split("|")}
    if "null" in parts:
        return f"{shape_in_typescript(' | '.join(sorted(parts - {'null'})))} or none"
    if len(parts) > 1 and not all(part.startswith('"') for part in parts):
        return " or ".join(sorted(map(shape_in_typescript, parts)))
    if re.fullmatch(r"(Int32|Uint32|Uint8|Float32)Array(<ArrayBuffer>)?", kind):
        return "array"
    if kind.endswith("[]") or kind.startswith("["):
        return "list"
    plain = {"number": "number", "string": "text", "boolean": "yes or no"}
    return "text" if kind.startswith('"') else plain.get(kind, "object")


def shape_in_python(kind: str) -> str:
    """The same of an annotation."""
    if kind.endswith(" | None"):
        return f"{shape_in_python(kind.removesuffix(' | None'))} or none"
    if " | " in kind:
        return " or ".join(sorted(map(shape_in_python, kind.split(" | "))))
    plain = {"int": "number", "float": "number", "str": "text", "bool": "yes or no", "np.ndarray": "array"}
    plain |= {"Rows": "array"}
    return "list" if kind.startswith("list[") else plain.get(kind, "object")


def test_the_two_folders_mirror_each_other():
    there = {path.stem.replace("-", "_") for path in TYPESCRIPT.glob("*.ts")} - {"index"}
    here = {path.stem for path in Path(protocol.__file__).parent.glob("*.py")} - {"__init__"}
    assert here - there == {"message"}  # the class that Python's messages derive from
    assert there <= here


def test_both_languages_know_the_same_messages():
    python = {
        cls.type: {field.name: shape_in_python(str(field.type)) for field in dataclasses.fields(cls)}
        for cls in Message.__subclasses__()
    }
    aliases = dict(re.findall(r"export type (\w+) = ([^;]+);", typescript()))
    found = typescript_messages()
    shapes = {
        name: {field: shape_in_typescript(aliases.get(kind, kind)) for field, kind in fields.items()}
        for name, fields in found.items()
    }
    assert shapes == python
    text = typescript()
    assert f"PROTOCOL = {protocol.PROTOCOL};" in text
    known = re.search(r"const KNOWN = new Set<string>\(\[(.*?)\]", text, re.DOTALL)[1]
    assert set(re.findall(r'"([\w-]+)"', known)) == {cls.type for cls in OUTGOING}
