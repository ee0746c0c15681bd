"""A cursor says which notice it stands behind, in one way only; everything else is none."""

import random
import string
from uuid import UUID, uuid4

import pytest

from accounts.models import Notice
from accounts.notices import cursor
from accounts.notices.reader import START, Position

ALPHABET = string.ascii_letters + string.digits + "-_"


@pytest.mark.parametrize(
    "position", [START, Position(1, uuid4()), Position(2**63 - 1, UUID(int=2**128 - 1)), Position(77, UUID(int=5))]
)
def test_a_position_comes_back_from_its_cursor(position: Position) -> None:
    text = cursor.write(position)
    assert len(text) == 32
    assert cursor.read(text) == position


def test_what_reads_is_written_the_same() -> None:
    """Of no position are there two cursors."""
    made_up = random.Random(4)
    for _ in range(2000):
        text = "".join(made_up.choices("ABCDEFGH", k=1) + made_up.choices(ALPHABET, k=31))
        assert cursor.write(cursor.read(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A" * 31,
        "A" * 33,
        "A" * 32 + "\n",
        "A" * 31 + "=",
        "A" * 31 + "+",
        "A" * 31 + "/",
        "é" * 32,
        "_" * 32,  # a number below zero
        "A" * 31 + "B",  # a notice with the number 0
        "x" * 100_000,
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        cursor.read(text)


def test_a_notice_that_is_not_committed_has_no_position() -> None:
    with pytest.raises(ValueError, match="before it is committed"):
        cursor.at(Notice())
