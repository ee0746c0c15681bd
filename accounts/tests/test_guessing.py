"""Long passwords that many would guess are refused, and passphrases are not."""

import time
from pathlib import Path
from typing import Final

import pytest
import zxcvbn_rs_py

from accounts import guessing, passwords
from accounts.errors import InvalidInput
from accounts.services import demo

HERE: Final = Path(__file__).parent
OWNER: Final = ["wilhelmina.quistgaard@example.com", "Wilhelmina", "Quistgaard"]
"""Whose passwords the weak ones are; the last of them are about her."""

LEAST_REFUSED: Final = 0.95
HOSTILE: Final = "4@8({[<369&#!1|0$5+7%2" * 11


def listed(name: str) -> list[str]:
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def is_refused(password: str, *context: str) -> bool:
    """Not for its length."""
    try:
        passwords.check_rules(password, context=context or OWNER)
    except InvalidInput as refusal:
        codes = [error.code for error in refusal.errors]
        if codes != ["too_easy"]:
            raise
        return True
    return False


def test_of_weak_passwords_nearly_all_are_refused() -> None:
    weak = listed("weak_passwords.txt")
    assert len({*weak}) == len(weak) == 200
    accepted = [password for password in weak if not is_refused(password)]
    assert len(accepted) <= (1 - LEAST_REFUSED) * len(weak), accepted


def test_every_passphrase_is_taken() -> None:
    good = listed("passphrases.txt")
    assert len({*good}) == len(good) == 50
    assert [password for password in good if is_refused(password)] == []


def test_what_the_documents_show_is_taken() -> None:
    """But for the example of the refusals, which everybody has read."""
    assert not is_refused(demo.PASSWORD)
    assert not is_refused("seven kites over helsinki")
    assert is_refused(guessing.EXAMPLE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("thequickbrownfox", "The Quick-Brown_Fox!"),
        ("wilhelmina.quistgaard", "Wilhelmina / Quistgaard"),
        ("1qaz2wsx3edc4rfv", "!QAZ2wsx#EDC4rfv"),
        ("31415926535897932", "3.1415926535897932"),
    ],
)
def test_separators_case_and_the_shift_key_add_nothing(one: str, other: str) -> None:
    assert is_refused(one)
    assert is_refused(other)


@pytest.mark.parametrize(
    "password",
    ["Marjolijn Kuipers", "kuipersmarjolijn", "KuipersKuipers1", "vuurtoren-marjolijn", "nerotruuv-vuurtoren"],
)
def test_a_persons_own_data_makes_a_poor_password_also_in_parts(password: str) -> None:
    about = ("marjolijn.kuipers@vuurtoren.example", "Marjolijn", "Kuipers")
    assert is_refused(password, *about)


def test_other_peoples_data_does_not() -> None:
    assert not is_refused("wilhelmina.quistgaard", "ada@example.com")


def test_what_is_too_short_to_be_somebodys_is_nobodys() -> None:
    assert not is_refused("walnut_ladder_ghost_pepper", "wa@la.gh", "pe", "")


def test_only_as_much_is_judged_as_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """zxcvbn takes a second for 256 hostile characters, and holds every other thread meanwhile."""
    judged: list[str] = []
    sound = zxcvbn_rs_py.zxcvbn

    def zxcvbn(password: str, context: list[str]) -> object:
        assert len(context) <= len(guessing.KNOWN) + guessing.MAX_PARTS
        assert all(len(word) <= guessing.JUDGED_LENGTH for word in context)
        judged.append(password)
        return sound(password, context)

    monkeypatch.setattr(guessing, "zxcvbn", zxcvbn)
    began = time.thread_time()
    passwords.check_rules(HOSTILE, context=["wordy" * 99, *(f"word{number}" for number in range(99))])
    assert [len(password) for password in judged] == [guessing.JUDGED_LENGTH] * 2
    assert time.thread_time() - began < 0.5
