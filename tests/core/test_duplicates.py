"""Repeated keys, found in bounded memory."""

from __future__ import annotations

import tracemalloc
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcconsole.core.duplicates import KeyLedger


def naive(rows: list[tuple[int, str]]) -> tuple[list[tuple[int, int]], int]:
    """Repeats by a dict: (row, occurrence) in order, and how many keys they have."""
    seen: dict[str, int] = defaultdict(int)
    found = []
    for number, key in rows:
        if seen[key]:
            found.append((number, seen[key]))
        seen[key] += 1
    return found, sum(times > 1 for times in seen.values())


@given(
    keys=st.lists(st.text(max_size=2), max_size=60),
    steps=st.lists(st.integers(1, 3), min_size=60, max_size=60),
    batch=st.integers(1, 20),
    few=st.integers(0, 60),
    slots=st.sampled_from((1, 2, 1024)),
    buffered=st.integers(1, 30),
    suspects=st.integers(1, 30),
)
def test_the_ledger_equals_a_dict_for_any_input(
    tmp_path_factory: pytest.TempPathFactory,
    keys: list[str],
    steps: list[int],
    batch: int,
    few: int,
    slots: int,
    buffered: int,
    suspects: int,
) -> None:
    numbers, number = [], 0
    for step in steps[: len(keys)]:
        number += step
        numbers.append(number)
    rows = list(zip(numbers, keys, strict=True))
    folder = tmp_path_factory.mktemp("ledger")
    maybe: set[int] = set()
    with KeyLedger(folder, few=few, slots=slots, buffered=buffered, suspects=suspects) as ledger:
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            maybe |= {part[at][0] for at in ledger.add([number for number, _ in part], [key for _, key in part])}
        repeated = ledger.repeated()
        expected, different = naive(rows)
        assert maybe >= {number for number, _ in expected}
        assert list(repeated) == expected
        assert list(repeated) == expected, "it can be read twice"
        assert (repeated.rows, repeated.keys) == (len(expected), different)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with KeyLedger(tmp_path) as ledger:
        ledger.add([1, 2], ["a", "a"])
        assert list(ledger.repeated()) == [(2, 1)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("repeat", ["0099", "0003"])
def test_keys_in_order_need_no_look_until_one_is_not(tmp_path: Path, repeat: str) -> None:
    with KeyLedger(tmp_path, few=10, slots=1 << 12, buffered=40) as ledger:
        for start in range(0, 100, 25):
            assert ledger.add(range(start, start + 25), [f"{key:04}" for key in range(start, start + 25)]) == []
        assert list(ledger.repeated()) == []
        assert ledger.add([100, 101], ["0200", "0201"]) == []
        assert 1 in ledger.add([102, 103], ["0150", repeat])
        assert list(ledger.repeated()) == [(103, 1)]


def peak_of(folder: Path, rows: int, key: str) -> int:
    """Most bytes that Python held while the ledger took so many rows and told their repeats."""
    tracemalloc.start()
    try:
        with KeyLedger(folder, few=2_000, slots=1 << 16, buffered=2_000, suspects=2_000) as ledger:
            for start in range(0, rows, 1_000):
                ledger.add(range(start, start + 1_000), [key.format(number) for number in range(start, start + 1_000)])
            for _ in ledger.repeated():
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    peak_of(tmp_path, 2_000, "k{}")
    assert peak_of(tmp_path, 60_000, "k{}") < 1.6 * peak_of(tmp_path, 15_000, "k{}") + 500_000
    assert peak_of(tmp_path, 60_000, "same") < 1.6 * peak_of(tmp_path, 15_000, "same") + 500_000
