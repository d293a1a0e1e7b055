from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout_checks import assert_apart, assert_disjoint, assert_inside, boxes_of

from pixplot_widget.layouts.categories import category_layout, group

LABELS = st.lists(st.one_of(st.none(), st.sampled_from("abcdefghij"), st.just("a")), max_size=150)


@given(LABELS, st.floats(0.2, 5))
def test_boxes_never_overlap_and_no_two_sprites_share_a_cell(values, aspect):
    layout = category_layout(values, aspect)
    assert_inside(layout, len(values))
    codes = group(values).with_missing().codes
    if values:
        assert_apart(layout)
        boxes = np.array(layout.extra["boxes"])
        assert_disjoint(boxes)
        covered = boxes_of(layout, codes)
        assert (covered[:, :2] >= boxes[:, :2] - 1e-5).all()
        assert (covered[:, 2:] <= boxes[:, 2:] + 1e-5).all()


@given(LABELS)
def test_captions_count_the_rows_biggest_first_and_stand_over_their_boxes(values):
    layout = category_layout(values)
    counts = pd.Series(values, dtype=object).value_counts()
    missing = sum(value is None for value in values)
    known = [caption for caption in layout.captions if caption.text != "no value"]
    assert {caption.text: caption.count for caption in known} == counts.to_dict()
    assert [caption.count for caption in known] == sorted(counts.tolist(), reverse=True)
    assert sum(caption.count for caption in layout.captions) == len(values)
    assert (layout.captions[-1].text == "no value") if missing else len(known) == len(layout.captions)
    for caption, (x0, _, x1, y1) in zip(layout.captions, layout.extra.get("boxes", []), strict=True):
        assert caption.y > y1
        assert x0 - 1e-6 <= caption.x <= max(x1, x0 + caption.width)
        # and over no other box
        left, right = caption.x - caption.width / 2, caption.x + caption.width / 2
        for a, b, c, d in layout.extra["boxes"]:
            assert not (a < right - 1e-5 and left < c - 1e-5 and b < caption.y < d)


def test_missing_values_are_in_a_box_of_their_own_below_all_others():
    layout = category_layout(["a", None, "b", "a", np.nan])
    assert layout.xy[[1, 4], 1].max() < layout.xy[[0, 2, 3], 1].min() - layout.cell
    assert (layout.captions[-1].text, layout.captions[-1].count) == ("no value", 2)


def test_five_thousand_categories_stay_readable():
    rng = np.random.default_rng(0)
    layout = category_layout(rng.integers(0, 5000, 50_000))
    assert_inside(layout, 50_000)
    assert_apart(layout)
    assert len(layout.captions) == 5000
    # A name of 20 letters is about 130 px wide: zoomed until a sprite is 48 px, each caption has that room.
    assert min(caption.width for caption in layout.captions) * 48 / layout.cell > 60
    assert np.median([caption.width for caption in layout.captions]) * 48 / layout.cell > 130
    # and images, not gaps, fill the picture
    assert 50_000 * layout.cell**2 > 0.4 * np.prod(np.ptp(layout.xy, axis=0))


def test_one_huge_category_leaves_no_desert_beside_it():
    values = ["huge"] * 4000 + [f"small {i % 300}" for i in range(1500)]
    layout = category_layout(values)
    assert len(values) * layout.cell**2 > 0.6 * np.prod(np.ptp(layout.xy, axis=0))


@pytest.mark.parametrize("values", [[], [None], [None] * 5000, ["one"], ["one"] * 999, [True, False, None]])
def test_degenerate_columns(values):
    layout = category_layout(values)
    assert_inside(layout, len(values))
    assert sum(caption.count for caption in layout.captions) == len(values)


def test_values_of_every_kind_have_readable_names():
    assert group([1.0, 2.0, None]).names == ["1", "2"]
    assert group([1.5, 2.0]).names == ["1.5", "2.0"]
    assert group([True, None, False, True]).names == ["True", "False"]
    assert group([["a", "b"], ["a", "b"], None]).names == ["['a', 'b']"]
    assert group([3, "three", 3]).names == ["3", "three"]
    assert group(pd.Categorical(["x", "y"], categories=["z", "y", "x"])).names == ["y", "x"]
    assert group(pd.array(["x", None], dtype="string")).names == ["x"]


def test_rows_of_a_box_follow_a_given_order():
    layout = category_layout(["a"] * 6, order=np.arange(6)[::-1])
    reading = np.lexsort([layout.xy[:, 0], -layout.xy[:, 1]])
    assert reading.tolist() == [5, 4, 3, 2, 1, 0]
