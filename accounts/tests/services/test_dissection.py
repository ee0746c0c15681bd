"""What an unverified value looks like on a terminal."""

from typing import Any

import pytest

from accounts.services.explaining.dissection import MAX_SHOWN, shown


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("fleet", '"fleet"'),
        (4102444800, "4102444800"),
        ("4102444800", '"4102444800"'),
        (None, "null"),
        ("\x1b[2J\x7f\x9b", '"\\u001b[2J\\u007f\\u009b"'),
        ("\ud800é", '"\\ud800\\u00e9"'),
        (nested(100_000), "(nested too deeply to show)"),
    ],
)
def test_a_value_is_shown_as_json_in_ascii(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_is_cut_and_says_how_long_it_was() -> None:
    assert shown("x" * 1000) == '"' + "x" * (MAX_SHOWN - 1) + "... (1,002 characters)"
