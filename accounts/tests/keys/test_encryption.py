"""Private keys at rest open with today's keys and with those before, and with nothing else."""

import pytest
from pytest_django import Settings

from accounts.keys import encryption
from accounts.keys.encryption import Undecryptable

OLD, NEW = "o" * 50, "n" * 50


def test_what_was_encrypted_opens_again_and_shows_nothing() -> None:
    text = encryption.encrypt(b"private")
    assert "private" not in text
    assert encryption.decrypt(text) == b"private"


def test_another_secret_opens_nothing(settings: Settings) -> None:
    text = encryption.encrypt(b"private")
    settings.SECRET_KEY = NEW
    with pytest.raises(Undecryptable):
        encryption.decrypt(text)


def test_a_fallback_opens_what_the_old_secret_closed(settings: Settings) -> None:
    settings.SECRET_KEY = OLD
    text = encryption.encrypt(b"private")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert encryption.decrypt(text) == b"private"


def test_own_keys_stand_in_for_the_secret_and_the_first_encrypts(settings: Settings) -> None:
    settings.AUTH_KEY_ENCRYPTION_KEYS = [OLD]
    by_old = encryption.encrypt(b"private")
    settings.SECRET_KEY = NEW
    assert encryption.decrypt(by_old) == b"private"
    settings.AUTH_KEY_ENCRYPTION_KEYS = [NEW, OLD]
    assert encryption.decrypt(by_old) == b"private"
    by_new = encryption.encrypt(b"private")
    settings.AUTH_KEY_ENCRYPTION_KEYS = [OLD]
    with pytest.raises(Undecryptable):
        encryption.decrypt(by_new)


def test_the_keys_are_not_the_secret_itself(settings: Settings) -> None:
    settings.AUTH_KEY_ENCRYPTION_KEYS = [OLD]
    assert OLD not in repr(encryption._derived(OLD))
    assert len(encryption._derived(OLD)) == 32


@pytest.mark.parametrize("text", ["", "nonsense", "gAAAAA"])
def test_what_is_no_ciphertext_opens_with_nothing(text: str) -> None:
    with pytest.raises(Undecryptable):
        encryption.decrypt(text)


def test_what_is_renewed_needs_the_first_secret_alone(settings: Settings) -> None:
    settings.AUTH_KEY_ENCRYPTION_KEYS = [OLD]
    text = encryption.encrypt(b"private")
    assert encryption.is_under_first(text)
    settings.AUTH_KEY_ENCRYPTION_KEYS = [NEW, OLD]
    assert encryption.opens(text)
    assert not encryption.is_under_first(text)
    renewed = encryption.renew(text)
    settings.AUTH_KEY_ENCRYPTION_KEYS = [NEW]
    assert encryption.is_under_first(renewed)
    assert encryption.decrypt(renewed) == b"private"
    assert not encryption.opens(text)
    with pytest.raises(Undecryptable):
        encryption.renew(text)
