"""A history written in any layout and read back is itself: every crossing of two kinds, and by chance."""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.intake import only_history, read_histories
from tests.api.intake.written_layouts import (
    CLUTTER,
    DATES,
    HEADS,
    NUMBERS,
    SHAPES,
    TIMES,
    ZONE,
    Form,
    differences,
    draw,
    read_back,
    tables,
    truth_of,
    write,
)

LONG = ("date and time", "days down", "times down")
CORPUS: dict[str, Form] = {}
for _shape, _language in product(SHAPES, HEADS):
    CORPUS[f"{_shape}, {_language}"] = Form(_shape, _language, queues=2)
for _shape, _dates in product(LONG, DATES):
    CORPUS[f"{_shape}, dates {_dates}"] = Form(_shape, dates=_dates)
for _shape, _times in product(LONG, TIMES):
    CORPUS[f"{_shape}, times {_times}"] = Form(_shape, times=_times)
for _shape, _numbers in product(LONG, NUMBERS):
    CORPUS[f"{_shape}, numbers {_numbers}"] = Form(_shape, numbers=_numbers, container="semicolons", dates="iso")
for _shape, _clutter in product(SHAPES, CLUTTER):
    CORPUS[f"{_shape}, {_clutter}"] = Form(_shape, clutter=frozenset({_clutter}), queues=2)


@pytest.mark.parametrize("name", CORPUS)
def test_a_layout_reads_to_the_truth(name: str, tmp_path: Path) -> None:
    form = CORPUS[name]
    truth, intake = read_back(form, len(name), tmp_path)
    assert differences(truth, form, intake) == []


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32 - 1))
def test_any_layout_reads_back_to_what_was_written(seed: int) -> None:
    form = draw(Random(seed))
    with tempfile.TemporaryDirectory() as folder:
        truth, intake = read_back(form, seed % 1000, Path(folder))
    assert differences(truth, form, intake) == [], form


def test_numbers_are_read_in_one_style_over_all_columns(tmp_path: Path) -> None:
    # Alone, the calls of this file could be decimals: the handle times tell that they are thousands.
    form = Form(numbers="points", container="semicolons", dates="day first")
    truth = truth_of(1, 1, size=1500)
    assert truth.offered["Sales"].min() > 1000
    intake = read_histories(write(tables(truth, form), form, tmp_path), timezone=ZONE)
    assert differences(truth, form, intake) == []
    assert "decimals after ','" in intake.readings[0].numbers.en


def test_the_corpus_is_as_large_as_it_claims() -> None:
    assert len(CORPUS) >= 150


def test_a_chinese_file_whose_few_characters_could_be_phonetic_signs_is_read_as_chinese(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"  # 时 is CA B1 in GB 18030, which as UTF-8 is one letter of phonetic writing
    rows = [f"2026-11-{day:02d},{hour}时,{day + hour}" for day in range(1, 29) for hour in range(24)]
    path.write_bytes("\n".join(["Date,Time,Calls", *rows]).encode("gb18030"))
    history = only_history(path, read_histories(path, timezone="Asia/Shanghai"))
    assert history.frame["calls_offered"].sum() == sum(day + hour for day in range(1, 29) for hour in range(24))
