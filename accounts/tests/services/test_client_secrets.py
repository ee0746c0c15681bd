"""A secret is known again by a hash that SECRET_KEY keys; another key needs the one before it only for a while."""

import re

import pytest
from pytest_django import Settings

from accounts.services.clients import client_secrets

OLD, NEW, NEWER = (letter * 50 for letter in "abc")


@pytest.fixture(autouse=True)
def _old_key(settings: Settings) -> None:
    use(settings, OLD)


def use(settings: Settings, secret_key: str, *fallbacks: str) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = secret_key, list(fallbacks)


def test_a_secret_has_256_random_bits_and_a_name_that_scanners_know() -> None:
    made = {client_secrets.make() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"authservice_secret_[A-Za-z0-9_-]{43}", secret) for secret in made)


def test_the_digest_shows_neither_the_secret_nor_the_key() -> None:
    secret = client_secrets.make()
    digest = client_secrets.digest(secret)
    assert secret.removeprefix(client_secrets.SECRET_PREFIX) not in digest
    assert OLD[:8] not in digest
    assert client_secrets.digest(secret) == digest
    assert client_secrets.digest(client_secrets.make()).partition("$")[0] == digest.partition("$")[0]


def test_it_matches_to_the_letter() -> None:
    secret = client_secrets.make()
    digest = client_secrets.digest(secret)
    assert client_secrets.matches(secret, digest)
    for other in ("", secret[:-1], f"{secret} ", secret.upper(), client_secrets.make(), digest):
        assert not client_secrets.matches(other, digest)


@pytest.mark.parametrize("text", ["é", "\0", "\ud800", "\n", "𝟙" * 5000])
def test_whatever_was_sent_is_no_more_than_wrong(text: str) -> None:
    assert not client_secrets.matches(text, client_secrets.digest(client_secrets.make()))


@pytest.mark.parametrize("digest", ["", "$", " ", "nonsense", "a$b c$d"])
def test_what_is_no_digest_matches_nothing(digest: str) -> None:
    assert not client_secrets.matches("", digest)
    assert not client_secrets.is_under_present_key(digest)


def test_a_digest_of_before_opens_with_a_fallback_and_not_without(settings: Settings) -> None:
    secret = client_secrets.make()
    digest = client_secrets.digest(secret)
    assert client_secrets.is_under_present_key(digest)
    use(settings, NEW, OLD)
    assert client_secrets.matches(secret, digest)
    assert not client_secrets.matches(client_secrets.make(), digest)
    assert not client_secrets.is_under_present_key(digest)
    use(settings, NEWER, NEW, OLD)
    assert client_secrets.matches(secret, digest)
    use(settings, NEW)
    assert not client_secrets.matches(secret, digest)


def test_a_digest_is_for_processes_before_and_after_the_change_of_the_key(settings: Settings) -> None:
    """Restarted one by one, they have the same clients: what the first new one writes, the last old one has to read."""
    use(settings, NEW, OLD)
    secret = client_secrets.make()
    digest = client_secrets.digest(secret)
    assert client_secrets.is_under_present_key(digest)
    for secret_key, fallbacks in ((OLD, []), (NEW, [OLD]), (NEW, []), (NEWER, [NEW])):
        use(settings, secret_key, *fallbacks)
        assert client_secrets.matches(secret, digest)
    use(settings, NEWER)
    assert not client_secrets.matches(secret, digest)


def test_a_digest_has_room_for_two_keys_and_names_no_more(settings: Settings) -> None:
    use(settings, NEWER, NEW, OLD)
    digest = client_secrets.digest(client_secrets.make())
    assert len(digest.split()) == 2
    assert len(digest) <= 200
