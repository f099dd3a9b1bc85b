"""Every key, value and character of a TOML text is found at its place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.files.toml_positions import KeyPath, Positions
from rules.files.toml_scan import scan
from rules.language.location import Location

TEXT = r'''# a comment with "quotes" and = signs
title = "plain"   # after a value
[rules.single-threaded]
when = "a > 1"
"quoted key".'lit' = 1_000
points = { warn = 8, "high" = [ 1, { deep = 'x' } ] }

[[rules.single-threaded.levels]]
where = "segment = 'mid'"
[[rules.single-threaded.levels]]  # the second
warn = 1979-05-27 07:32:00
  [rules.single-threaded.levels.sub]
  inner = true
[after]
long = """
first "line" \"""
second\u00e9 \
    joined"""
literal = \'\'\'
one
two\'\'\'
array = [
  "x", # comment ] here
  "y#z",
]
'''.replace("\\'\\'\\'", "'''")


@pytest.fixture(scope="module")
def positions() -> Positions:
    tomllib.loads(TEXT)
    return scan("rules.toml", TEXT)


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("title",), (2, 1), (2, 9)),
        (("rules",), (3, 2), (3, 1)),
        (("rules", "single-threaded"), (3, 8), (3, 1)),
        (("rules", "single-threaded", "when"), (4, 1), (4, 8)),
        (("rules", "single-threaded", "quoted key"), (5, 1), (5, 1)),
        (("rules", "single-threaded", "quoted key", "lit"), (5, 14), (5, 22)),
        (("rules", "single-threaded", "points"), (6, 1), (6, 10)),
        (("rules", "single-threaded", "points", "warn"), (6, 12), (6, 19)),
        (("rules", "single-threaded", "points", "high"), (6, 22), (6, 31)),
        (("rules", "single-threaded", "points", "high", 0), (6, 33), (6, 33)),
        (("rules", "single-threaded", "points", "high", 1, "deep"), (6, 38), (6, 45)),
        (("rules", "single-threaded", "levels"), (8, 25), (8, 1)),
        (("rules", "single-threaded", "levels", 0, "where"), (9, 1), (9, 9)),
        (("rules", "single-threaded", "levels", 1), (10, 25), (10, 1)),
        (("rules", "single-threaded", "levels", 1, "warn"), (11, 1), (11, 8)),
        (("rules", "single-threaded", "levels", 1, "sub", "inner"), (13, 3), (13, 11)),
        (("after", "array", 1), (24, 3), (24, 3)),
    ],
)
def test_keys_and_values_are_found(
    path: KeyPath, key: tuple[int, int], value: tuple[int, int], positions: Positions
) -> None:
    assert positions.key(path) == Location("rules.toml", *key)
    assert positions.value(path) == Location("rules.toml", *value)


@pytest.mark.parametrize(
    ("path", "find", "expected"),
    [
        (("title",), "plain", (2, 10)),
        (("rules", "single-threaded", "when"), "> 1", (4, 11)),
        (("rules", "single-threaded", "levels", 0, "where"), "'mid'", (9, 20)),
        (("after", "long"), "first", (16, 1)),
        (("after", "long"), "second", (17, 1)),
        (("after", "long"), "\u00e9", (17, 7)),
        (("after", "long"), " joined", (17, 13)),
        (("after", "long"), "joined", (18, 5)),
        (("after", "literal"), "two", (21, 1)),
    ],
)
def test_a_character_of_a_string_is_found_behind_escapes_and_line_ends(
    path: KeyPath, find: str, expected: tuple[int, int], positions: Positions
) -> None:
    value: Any = tomllib.loads(TEXT)
    for step in path:
        value = value[step]

    assert positions.inside(path)(value.index(find)) == Location("rules.toml", *expected)


_keys = st.one_of(
    st.sampled_from(["a", "b-c", "9", "x_y"]),
    st.sampled_from(['"q k"', "'l.k'", '"\\u00e9"', '"#"']),
)
_strings = st.sampled_from(
    [
        '"plain"',
        '"es\\"c\\\\ \\u00e9x"',
        "'lit # eral'",
        '"""\nm "" \\\n   l\n"""',
        "'''\nx'y\n'''",
        '""',
        '""""quoted""""',
        "'''''two'''",
    ]
)
_scalars = st.one_of(
    _strings, st.sampled_from(["1", "-2.5", "true", "inf", "1979-05-27", "1979-05-27 07:32:00Z", "0x1F"])
)
_gaps = st.sampled_from(["", " ", "\n", " # note ]}\n  "])
_values: st.SearchStrategy[str] = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.builds(
            lambda items, gap, comma: f"[{gap}{(gap + ',' + gap).join(items)}{gap}{comma if items else ''}{gap}]",
            st.lists(inner, max_size=3),
            _gaps,
            st.sampled_from(["", ","]),
        ),
        st.dictionaries(_keys, inner, max_size=2).map(
            lambda entries: "{ " + ", ".join(f"{key} = {value}" for key, value in entries.items()) + " }"
        ),
    ),
    max_leaves=6,
)
_pairs = st.builds(
    lambda keys, value: f"{' . '.join(keys)} = {value}", st.lists(_keys, min_size=1, max_size=2), _values
)
_headers = st.builds(
    lambda keys, twice: f"[[ {'.'.join(keys)} ]]" if twice else f"[{'.'.join(keys)}]",
    st.lists(_keys, min_size=1, max_size=3),
    st.booleans(),
)
_documents = st.lists(st.one_of(_pairs, _headers, st.just(""), st.just("# c")), max_size=10).map("\n".join)


def _walk(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    yield path, value
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, entry in entries:
        yield from _walk(entry, (*path, step))


@settings(max_examples=600, deadline=None)
@given(text=_documents)
def test_whatever_tomllib_reads_is_found_at_a_place_that_reads_the_same(text: str) -> None:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = text.split("\n")
    positions = scan("x.toml", text)
    for path, value in _walk(content):
        if not path or len(path) > 8:
            continue
        place = positions.value(path)
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        if isinstance(value, dict | list):
            continue
        assert _first_value(rest) == value
        if isinstance(value, str):
            for offset, character in enumerate(value):
                at = positions.inside(path)(offset)
                raw = (lines[at.line - 1] + "\n")[at.column - 1]
                assert raw in {character, "\\"}


def _first_value(text: str) -> Any:
    """Read the value at the start of *text*: the shortest stretch that tomllib takes for one."""
    for end in range(1, len(text) + 1):
        if end < len(text) and text[end] not in ",]}\n #":
            continue
        try:
            content = tomllib.loads(f"v = {text[:end]}")
        except tomllib.TOMLDecodeError:
            continue
        if content.keys() == {"v"} and not text[end:].startswith((" 07", '"', "'")):
            return content["v"]
    return None
