"""Passwords: judged with help, normalised and never trimmed, hashed behind a bound."""

import threading
import unicodedata

import pytest
from django.contrib.auth import hashers, password_validation
from django.core.exceptions import ValidationError
from pytest_django import Settings

from accounts import hashing, passwords
from accounts.errors import Busy, InvalidInput
from accounts.guessing import EXAMPLE
from accounts.passwords import MAX_LENGTH


def refusal_of(password: str, *context: str, field: str = "password") -> tuple[str, str]:
    """The code and the detail of the one thing that is wrong."""
    with pytest.raises(InvalidInput) as refused:
        passwords.check_rules(password, context=context, field=field)
    (error,) = refused.value.errors
    assert error.field == field
    return error.code, error.detail


def test_four_words_pass(password: str) -> None:
    passwords.check_rules(password)


def test_too_short_says_how_much_is_missing_and_what_works() -> None:
    assert refusal_of("k7#Vq!2p", field="new_password") == (
        "too_short",
        f"At least 15 characters; yours has 8. Four words work: {EXAMPLE} (not this one).",
    )


def test_the_least_length_is_a_setting(settings: Settings) -> None:
    settings.AUTH_PASSWORD_MIN_LENGTH = 8
    passwords.check_rules("k7#Vq!2pXw")
    settings.AUTH_PASSWORD_MIN_LENGTH = 30
    assert refusal_of("river-lantern-copper-moss-47")[0] == "too_short"


def test_256_characters_pass_and_one_more_does_not(password: str) -> None:
    longest = (password * 10)[:MAX_LENGTH]
    passwords.check_rules(longest)
    assert refusal_of(longest + "x") == ("too_long", "At most 256 characters; yours has 257.")


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaaaaaaaaaa", "passwordpassword", "qwertyuiopasdfgh", EXAMPLE, EXAMPLE.upper()]
)
def test_what_is_guessed_easily_is_refused_with_a_hint(password: str) -> None:
    code, detail = refusal_of(password)
    assert code == "too_easy"
    assert detail.startswith("This would be guessed easily.")
    assert EXAMPLE in detail


def test_a_persons_own_data_makes_a_poor_password() -> None:
    passwords.check_rules("wilhelmina.quistgaard")
    assert (
        refusal_of("wilhelmina.quistgaard", "", "wilhelmina.quistgaard@example.com", "wilhelmina", "quistgaard")[0]
        == "too_easy"
    )


def test_length_counts_characters_of_the_composed_form() -> None:
    assert refusal_of(unicodedata.normalize("NFD", "ü" * 14))[1].startswith("At least 15 characters; yours has 14.")


def test_djangos_own_doors_follow_the_same_rules(password: str) -> None:
    password_validation.validate_password(password)
    with pytest.raises(ValidationError) as refused:
        password_validation.validate_password("short")
    assert [error.code for error in refused.value.error_list] == ["too_short"]
    assert password_validation.password_validators_help_texts() == [passwords.Rules().get_help_text()]


def test_composed_and_decomposed_are_one_password() -> None:
    encoded = passwords.hash_password("Zürich im Grünen, früh")
    assert passwords.verify(unicodedata.normalize("NFD", "Zürich im Grünen, früh"), encoded).matches


@pytest.mark.real_hasher
def test_what_was_hashed_elsewhere_as_it_was_typed_opens_as_it_was_typed() -> None:
    """Django hashes the bytes that come; some keyboards (Vietnamese, for one) send them half composed."""
    typed = "to\u0302i y\u00eau h\u00e0 n\u00f4\u0323i"
    encoded = hashers.PBKDF2PasswordHasher().encode(typed, "salt", iterations=1000)
    assert passwords.verify(typed, encoded) == passwords.Verdict(matches=True, outdated=True)
    assert not passwords.verify(passwords.normalise(typed), encoded).matches
    composed = hashers.PBKDF2PasswordHasher().encode(passwords.normalise(typed), "salt", iterations=1000)
    assert passwords.verify(typed, composed).matches


@pytest.mark.real_hasher
@pytest.mark.parametrize(("raw", "most"), [("plain", 1), ("u\u0308", 2)])
def test_a_second_hash_is_made_only_where_there_is_another_text_and_a_hash_from_elsewhere(
    raw: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    verify = hashers.verify_password

    def note(typed: str, encoded: str) -> tuple[bool, bool]:
        tried.append(typed)
        return verify(typed, encoded)

    monkeypatch.setattr(hashers, "verify_password", note)
    foreign = hashers.PBKDF2PasswordHasher().encode("other", "salt", iterations=1000)
    for encoded, times in ((foreign, most), (passwords.hash_password("other"), 1), ("!", 1), (None, 1)):
        tried.clear()
        assert not passwords.verify(raw, encoded).matches
        assert len(tried) == times


@pytest.mark.parametrize("other", ["river ", " river", "River", "river\n", "ríver", "rіver"])
def test_spaces_case_and_look_alikes_make_another_password(other: str) -> None:
    assert not passwords.verify(other, passwords.hash_password("river")).matches


@pytest.mark.parametrize("encoded", [None, "", "!", "!unusable", "unknown$algorithm$x"])
def test_nothing_matches_where_there_is_no_usable_hash(encoded: str | None) -> None:
    assert not passwords.verify("", encoded).matches
    assert not passwords.verify("!", encoded).matches


@pytest.mark.real_hasher
def test_new_hashes_are_argon2id_at_owasps_parameters() -> None:
    encoded = passwords.hash_password("river")
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify("river", encoded) == passwords.Verdict(matches=True, outdated=False)


@pytest.mark.real_hasher
@pytest.mark.parametrize("algorithm", ["pbkdf2_sha256", "pbkdf2_sha1", "scrypt"])
def test_hashes_from_elsewhere_match_and_are_outdated(algorithm: str) -> None:
    encoded = hashers.make_password("river", hasher=algorithm)
    assert passwords.verify("river", encoded) == passwords.Verdict(matches=True, outdated=True)


def test_beyond_slots_and_queue_the_answer_is_busy_at_once(settings: Settings) -> None:
    settings.AUTH_MAX_CONCURRENT_HASHES, settings.AUTH_HASH_QUEUE = 1, 0
    with hashing.slot(), pytest.raises(Busy) as refused:
        passwords.hash_password("river")
    assert refused.value.retry_after == 1
    assert passwords.hash_password("river")


def test_waiting_in_the_queue_ends(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AUTH_MAX_CONCURRENT_HASHES, settings.AUTH_HASH_QUEUE = 1, 1
    monkeypatch.setattr(hashing, "QUEUE_SECONDS", 0.01)
    with hashing.slot(), pytest.raises(Busy):
        passwords.hash_password("river")


def test_who_waits_in_the_queue_gets_the_slot(settings: Settings) -> None:
    settings.AUTH_MAX_CONCURRENT_HASHES, settings.AUTH_HASH_QUEUE = 1, 2
    hashed: list[str] = []
    waiting = threading.Thread(target=lambda: hashed.append(passwords.hash_password("river")))
    with hashing.slot():
        waiting.start()
        waiting.join(0.05)
        assert not hashed
    waiting.join(5)
    assert passwords.verify("river", hashed[0]).matches


def test_judging_takes_a_place_like_hashing(settings: Settings) -> None:
    settings.AUTH_MAX_CONCURRENT_HASHES, settings.AUTH_HASH_QUEUE = 1, 0
    with hashing.slot(), pytest.raises(Busy):
        passwords.check_rules("violet otters juggle maps")
