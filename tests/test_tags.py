from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixplot_widget.tags import read_tags

WORDS = st.text(st.characters(blacklist_characters="|", blacklist_categories=["Cs"]), max_size=4)


def sets_of(tags, n):
    found = [set() for _ in range(n)]
    for row, code in zip(tags.rows, tags.codes, strict=True):
        found[row].add(tags.names[code])
    return found


@given(st.lists(st.lists(WORDS)))
def test_text_and_lists_are_the_same_tags(rows):
    expected = [{word.strip() for word in words if word.strip()} for words in rows]
    for given_ in (["|".join(words) for words in rows], rows, [tuple(words) for words in rows]):
        tags = read_tags(given_)
        assert sets_of(tags, len(rows)) == expected
        assert len(set(zip(tags.rows.tolist(), tags.codes.tolist(), strict=True))) == len(tags.rows)
        assert tags.counts.sum() == sum(map(len, expected))


@pytest.mark.parametrize(
    "values",
    [
        ["cat|dog", None, float("nan"), "", " | "],
        pd.Series(["cat|dog", None, None, "", " | "], index=[3, 3, 3, 3, 3], dtype="string"),
        pd.Categorical(["cat|dog", None, None, "", " | "]),
        [{"cat", "dog"}, [], (), np.array([]), [None]],
    ],
)
def test_missing_and_empty_values_are_no_tags(values):
    assert sets_of(read_tags(values), 5) == [{"cat", "dog"}, set(), set(), set(), set()]


def test_numbers_are_tags_by_their_text():
    assert sets_of(read_tags([1, [2, "x"]]), 2) == [{"1"}, {"2", "x"}]
