"""Blocks of a long table hold every row once, and are read by row as if they were one array."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixplot_widget.thumbnails.segments import JoinedArray, in_blocks


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 40), st.integers(0, 60), st.integers(1, 20))
def test_every_row_is_in_one_block(first, more, size):
    blocks = in_blocks(first, first + more, None, size)
    assert sorted(np.concatenate([*blocks, np.zeros(0, int)]).tolist()) == list(range(first, first + more))
    assert [len(block) for block in blocks] == [size] * (more // size) + [more % size] * (more % size > 0)
    if len(blocks) <= 1:
        assert all(np.diff(np.concatenate([*blocks, [first + more]])) > 0), "few rows keep their order"
    again = in_blocks(first, first + more, None, size)
    assert all(np.array_equal(a, b) for a, b in zip(blocks, again, strict=True))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=60), st.integers(0, 20), st.integers(1, 20))
def test_rows_of_one_picture_are_in_one_block(pictures, first, size):
    pictures = np.array(pictures, dtype=np.int64)
    first = min(first, len(pictures))
    blocks = in_blocks(first, len(pictures), pictures, size)
    assert sorted(np.concatenate([*blocks, np.zeros(0, int)]).tolist()) == list(range(first, len(pictures)))
    if len(blocks) > 1:
        of = [set(pictures[block].tolist()) for block in blocks]
        assert sum(map(len, of)) == len(set.union(*of))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.data())
def test_arrays_in_pieces_are_read_as_one(sizes, data):
    parts = [np.arange(3 * size).reshape(size, 3) + 100 * k for k, size in enumerate(sizes)]
    n = sum(sizes)
    places = np.array(data.draw(st.permutations(range(n))), dtype=np.int64)
    lost = data.draw(st.sets(st.integers(0, n - 1))) if n else set()
    whole = np.concatenate(parts)[places]
    whole[list(lost)] = 0
    places[list(lost)] = -1
    joined = JoinedArray(parts, places)
    assert joined.shape == whole.shape
    assert np.array_equal(np.asarray(joined), whole)
    if n:
        rows = data.draw(st.lists(st.integers(-n, n - 1), max_size=8))
        for choice in (rows, np.array(rows, np.int32), np.arange(n) % 2 == 0, slice(1, None, 2), n - 1):
            assert np.array_equal(joined[choice], whole[choice])
    with pytest.raises(IndexError):
        joined[np.array([n])]
