"""A new SECRET_KEY signs nobody out while the old one is a fallback; without it the service says why it can't tell."""

import secrets
from dataclasses import dataclass
from typing import Final

import pytest

from accounts.models import SigningKey
from accounts.tests.races import people, service_clients
from accounts.tests.races.services import Service
from accounts.tests.support.factories import Tokens
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes]

OLD, NEW = secrets.token_urlsafe(64), secrets.token_urlsafe(64)


def kids() -> set[str]:
    return set(SigningKey.objects.values_list("kid", flat=True))


def serve_with(servers: Servers, secret_key: str, fallbacks: str = "") -> Server:
    (server,) = servers.start(env={"SECRET_KEY": secret_key, "SECRET_KEY_FALLBACKS": fallbacks})
    return server


def signed_in(servers: Servers) -> tuple[str, Tokens]:
    """Somebody from before the change."""
    server = serve_with(servers, OLD)
    email = people.register(server)
    tokens = people.sign_in(server, email)
    server.stop()
    return email, tokens


def test_nobody_is_signed_out_while_the_old_secret_is_a_fallback(servers: Servers) -> None:
    email, tokens = signed_in(servers)
    with servers.database.orm():
        before = kids()
        server = serve_with(servers, NEW, OLD)
        with server.client() as client:
            assert client.get("/readyz").status == 200
            assert client.get("/auth/user", token=tokens.access).status == 200
        assert people.verify(server, tokens.access).status == 200
        renewed = people.tokens_of(people.refresh(server, tokens.refresh))
        assert people.verify(server, renewed.access).status == 200
        people.sign_in(server, email)
        assert kids() == before


def test_without_the_old_secret_the_service_names_the_cause_and_makes_no_key(servers: Servers) -> None:
    email, tokens = signed_in(servers)
    with servers.database.orm():
        before = kids()
        server = serve_with(servers, NEW)
        with server.client() as client:
            readiness = client.get("/readyz")
            assert (readiness.status, readiness.json["database"]) == (503, "ok")
            assert readiness.json["reason"].startswith("keys_unreadable: ")
            for answer in (people.log_in(client, email), client.post("/auth/refresh", {"refresh": tokens.refresh})):
                assert people.verdict(answer) == (503, "keys_unreadable")
                assert int(answer.headers["Retry-After"]) > 0
            jwks = client.get("/.well-known/jwks.json")
            assert jwks.status == 200
            assert {key["kid"] for key in jwks.json["keys"]} < before
            assert client.post("/auth/verify", {"token": tokens.access}).status == 200
            assert client.get("/auth/user", token=tokens.access).status == 200
        assert kids() == before


@pytest.mark.parametrize("fallbacks", [("OLD", ""), ("NEW", "OLD")], ids=["put back", "put among the fallbacks"])
def test_the_old_secret_heals_when_it_is_back(servers: Servers, fallbacks: tuple[str, str]) -> None:
    email, tokens = signed_in(servers)
    astray = serve_with(servers, NEW)
    assert people.refresh(astray, tokens.refresh).status == 503
    astray.stop()
    named = {"OLD": OLD, "NEW": NEW, "": ""}
    healed = serve_with(servers, *(named[name] for name in fallbacks))
    with healed.client() as client:
        assert client.get("/readyz").status == 200
    people.tokens_of(people.refresh(healed, tokens.refresh))
    people.sign_in(healed, email)


def assert_serves(server: Server, email: str, tokens: Tokens) -> Tokens:
    """Nobody is signed out, and everybody may sign in; the tokens that go on."""
    assert people.verify(server, tokens.access).status == 200
    people.sign_in(server, email)
    return people.tokens_of(people.refresh(server, tokens.refresh))


def test_a_rollout_of_a_new_secret_is_no_outage_and_ends_without_the_old_one(servers: Servers) -> None:
    """The worker has the new secret while a server has the old one alone, and reads the keys again."""
    old = serve_with(servers, OLD)
    email = people.register(old)
    tokens = people.sign_in(old, email)
    new = serve_with(servers, NEW, OLD)
    for server in (old, new):
        with server.client() as client:
            assert client.get("/readyz").status == 200
    with servers.database.orm():
        before = kids()
        unused = SigningKey.objects.get(purpose="access", signing_from__isnull=True)
        unused.delete()  # so that the worker publishes one, which the old server can't read
        servers.database.manage("work", "--once", env={"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": OLD})
        assert kids() != before
        (published,) = kids() - before
        with old.client() as client:
            assert published in {key["kid"] for key in client.get("/.well-known/jwks.json").json["keys"]}
            assert client.get("/readyz").status == 200
        for server in (old, new, old):
            tokens = assert_serves(server, email, tokens)
        old.stop()
        new.stop()
        last = serve_with(servers, NEW)
        with last.client() as client:
            assert client.get("/readyz").status == 200
        assert_serves(last, email, tokens)


def test_encryption_keys_rotate_without_an_outage(servers: Servers) -> None:
    tokens: Tokens | None = None
    email = ""
    for keys in (OLD, f"{NEW},{OLD}", NEW):
        (server,) = servers.start(env={"AUTH_KEY_ENCRYPTION_KEYS": keys})
        with server.client() as client:
            assert client.get("/readyz").status == 200
        email = email or people.register(server)
        tokens = assert_serves(server, email, tokens or people.sign_in(server, email))
        servers.database.manage("work", "--once", env={"AUTH_KEY_ENCRYPTION_KEYS": keys})
        server.stop()


@dataclass(slots=True)
class Everybody:
    """Somebody and a service from before all changes, with the tokens that they have had since, and have renewed."""

    email: str
    tokens: Tokens
    service: Service
    service_token: str

    def assert_served_by(self, server: Server) -> None:
        """Whatever they got before is good, and so is what they get now."""
        with server.client() as client:
            assert client.get("/readyz").status == 200
        renewed = people.tokens_of(people.refresh(server, self.tokens.refresh))
        self.tokens = Tokens(self.tokens.access, renewed.refresh)
        newest = (
            renewed.access,
            service_clients.sign_in(server, self.service),
            people.sign_in(server, self.email).access,
        )
        for token in (self.tokens.access, self.service_token, *newest):
            assert people.verify(server, token).status == 200


CHANGES: Final = (
    {"SECRET_KEY": "NEW", "SECRET_KEY_FALLBACKS": "OLD"},
    {"SECRET_KEY": "NEW"},
    {"SECRET_KEY": "NEW", "AUTH_KEY_ENCRYPTION_KEYS": "FIRST,NEW"},
    {"SECRET_KEY": "NEW", "AUTH_KEY_ENCRYPTION_KEYS": "FIRST"},
    {"SECRET_KEY": "NEW", "AUTH_KEY_ENCRYPTION_KEYS": "SECOND,FIRST"},
    {"SECRET_KEY": "NEW", "AUTH_KEY_ENCRYPTION_KEYS": "SECOND"},
    {"SECRET_KEY": "NEW", "SECRET_KEY_FALLBACKS": "SECOND"},
    {"SECRET_KEY": "NEW"},
)
"""As docs/operations.md says: one after the other, with a round of the worker after each."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("unhurried")
def test_servers_restart_one_by_one_through_every_change_and_refuse_nobody(servers: Servers) -> None:
    """Those that have the old settings still, and those that have the new ones already, serve side by side."""
    named = {"OLD": OLD, "NEW": NEW} | {name: secrets.token_urlsafe(64) for name in ("FIRST", "SECOND")}
    here, there = servers.start(2, env={"SECRET_KEY": OLD})
    email, service = people.register(here), service_clients.create(servers.database, env={"SECRET_KEY": OLD})
    everybody = Everybody(email, people.sign_in(here, email), service, service_clients.sign_in(there, service))
    with servers.database.orm():
        before = kids()
        for change in CHANGES:
            env = {name: ",".join(named[each] for each in value.split(",")) for name, value in change.items()}
            for _ in range(2):
                here.stop()
                here, there = there, servers.start(env=env)[0]
                for server in (there, here):
                    everybody.assert_served_by(server)
            servers.database.manage("work", "--once", env=env)
            assert "fallback" not in servers.database.manage("list_clients", env=env)  # so the next change may come
        assert kids() == before


def test_a_secret_that_was_not_used_meanwhile_still_needs_the_old_key(servers: Servers) -> None:
    """The list of clients says so before the old key goes; and it heals when that is back."""
    idle = service_clients.create(servers.database, env={"SECRET_KEY": OLD})
    for fallbacks, is_needed, status in (("", True, 503), (OLD, True, 200), ("", False, 200)):
        env = {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": fallbacks}
        assert ("under a fallback" in servers.database.manage("list_clients", env=env)) == is_needed
        server = serve_with(servers, NEW, fallbacks)
        assert service_clients.ask_for_token(server, idle).status == status
        server.stop()
