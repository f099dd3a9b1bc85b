from __future__ import annotations

from random import Random

import polars as pl
import pytest

from rules.signals.lists import in_order, numbers


@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_columns_are_put_in_order_row_by_row_with_nulls_last(width: int) -> None:
    random = Random(width)
    names = [f"c{place}" for place in range(width)]
    rows = [[random.choice((None, 0, 1, 7, 3000)) for _ in names] for _ in range(200)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64()), orient="row")

    ordered = in_order(frame.lazy(), names).collect()

    assert ordered.rows() == [tuple(sorted(row, key=lambda number: (number is None, number))) for row in rows]


def test_a_list_holds_the_numbers_that_there_are_in_their_order() -> None:
    frame = pl.DataFrame({"a": [3, None, None], "b": [1, 2, None]})
    listed = frame.select(numbers([pl.col("a"), pl.col("b")])).to_series()
    assert listed.to_list() == [[3, 1], [2], []]
