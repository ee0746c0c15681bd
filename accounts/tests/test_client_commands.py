"""Service clients at the command line."""

import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.errors import ClientDisabled, InvalidClient, Refusal, SessionRevoked
from accounts.models import AuditEvent, ClientSecret, DeletionConsumer, ServiceClient
from accounts.models.clients import make_client_id
from accounts.services import identification
from accounts.services.clients import client_credentials
from accounts.services.clients.clients import NewSecret
from accounts.tests.support import service_clients

pytestmark = pytest.mark.django_db

PRINTED = re.compile(r"CLIENT_ID=(svc_[a-z2-7]{24})\nCLIENT_SECRET=(authservice_secret_[A-Za-z0-9_-]{43})\n")


@pytest.fixture
def made() -> NewSecret:
    return service_clients.make("users:read")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def opens(client_id: str, secret: str) -> bool:
    try:
        return client_credentials.authenticate(client_id, secret).client.pk == client_id
    except InvalidClient:
        return False


def printed(text: str) -> tuple[str, str]:
    """The id and the secret, which are all that was printed."""
    found = PRINTED.fullmatch(text)
    assert found, text
    return found[1], found[2]


def refusal_of(token: str) -> type[Refusal] | None:
    try:
        identification.identify(token)
    except Refusal as refusal:
        return type(refusal)
    return None


def test_a_client_is_made_and_what_is_printed_opens() -> None:
    client_id, secret = printed(run("create_client", " Orders "))
    client = ServiceClient.objects.get(pk=client_id)
    assert (client.name, client.scopes, client.holds_personal_data) == ("Orders", [], False)
    assert opens(client_id, secret)
    event = AuditEvent.objects.get(type="client.created")
    assert event.actor == "system:create_client"
    assert secret not in str(event.data)


def test_scopes_and_personal_data_can_be_given() -> None:
    given = ["--scope", "users:read", "--scope", "notices:read", "--scope", "users:read", "--holds-personal-data"]
    client_id, _ = printed(run("create_client", "Orders", *given))
    assert ServiceClient.objects.get(pk=client_id).scopes == ["notices:read", "users:read"]
    assert DeletionConsumer.objects.get().pk == client_id


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "NAME: This may not be blank"),
        (["  "], "NAME: This may not be blank"),
        (["x" * 101], "NAME: Ensure this value has at most 100 characters"),
        (["a\nb"], "NAME: Control characters"),
        (["\udcff"], "NAME: Half a character"),
        (["Orders", "--scope", "users:read notices:read"], "--scope: Printable ASCII"),
        (["Orders", "--scope", "ümlaut"], "--scope: Printable ASCII"),
        (["Orders", "--scope", 'a"b'], "--scope: Printable ASCII"),
        (["Orders", "--scope", ""], "--scope: This may not be blank"),
        (["Orders", "--scope", "x" * 101], "--scope: Ensure this value has at most 100"),
        (["Orders", *(f"--scope=s{number}" for number in range(51))], "--scope: At most 50"),
        (["Orders", *(f"--scope={number:02}{'x' * 98}" for number in range(20))], "--scope: At most 2000"),
        (["", "--scope", ""], "NAME: .* --scope: "),
    ],
)
def test_what_does_not_fit_is_said_with_its_name(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run("create_client", *arguments)
    assert not ServiceClient.objects.exists()


def test_a_secret_is_replaced_without_an_outage(made: NewSecret) -> None:
    token = service_clients.token_of(made)
    client_id, second = printed(run("rotate_client_secret", made.client.pk))
    assert client_id == made.client.pk
    assert opens(client_id, made.secret)
    assert opens(client_id, second)
    with pytest.raises(CommandError, match="at most two live secrets"):
        run("rotate_client_secret", made.client.pk)
    assert run("revoke_client_secret", made.client.pk, str(made.row.pk).upper()) == f"{made.row.pk} is revoked.\n"
    assert not opens(client_id, made.secret)
    assert opens(client_id, second)
    assert refusal_of(token) is None


def test_after_a_leak_all_others_end_and_so_do_the_tokens(made: NewSecret) -> None:
    _, second = printed(run("rotate_client_secret", made.client.pk))
    token = service_clients.token_of(made)
    _, third = printed(run("rotate_client_secret", made.client.pk, "--revoke-others"))
    assert [opens(made.client.pk, secret) for secret in (made.secret, second, third)] == [False, False, True]
    assert refusal_of(token) is SessionRevoked


def test_a_client_is_disabled_and_enabled(made: NewSecret) -> None:
    token = service_clients.token_of(made)
    for _ in range(2):
        assert run("disable_client", made.client.pk) == f"orders ({made.client.pk}) is disabled.\n"
    assert refusal_of(token) is ClientDisabled
    assert not opens(made.client.pk, made.secret)
    assert run("enable_client", made.client.pk) == f"orders ({made.client.pk}) may sign in.\n"
    assert refusal_of(token) is SessionRevoked
    assert opens(made.client.pk, made.secret)
    actors = AuditEvent.objects.filter(type="client.changed").order_by("pk").values_list("actor", flat=True)
    assert list(actors) == ["system:disable_client", "system:enable_client"]


def test_what_is_given_is_changed_and_the_rest_stays(made: NewSecret) -> None:
    def changed(*options: str) -> tuple[str, list[str], bool]:
        assert run("change_client", made.client.pk, *options).endswith(f" ({made.client.pk}) is changed.\n")
        client = ServiceClient.objects.get()
        return client.name, client.scopes, client.holds_personal_data

    assert changed("--name", " Ships ") == ("Ships", ["users:read"], False)
    assert changed("--scope", "b", "--scope", "a") == ("Ships", ["a", "b"], False)
    assert changed("--holds-personal-data") == ("Ships", ["a", "b"], True)
    assert changed("--no-holds-personal-data", "--name=x") == ("x", ["a", "b"], False)
    assert changed("--no-scopes") == ("x", [], False)
    assert AuditEvent.objects.latest("pk").actor == "system:change_client"
    before = AuditEvent.objects.count()
    assert run("change_client", made.client.pk) == f"x ({made.client.pk}): nothing was to be changed.\n"
    assert AuditEvent.objects.count() == before


def test_a_scope_that_is_taken_away_takes_the_tokens_along(made: NewSecret) -> None:
    token = service_clients.token_of(made)
    run("change_client", made.client.pk, "--scope", "notices:read")
    assert refusal_of(token) is SessionRevoked


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--name", " "], "--name: This may not be blank"),
        (["--scope", "a b"], "--scope: Printable ASCII"),
        (["--name", "", "--scope", ""], "--name: .* --scope: "),
        (["--scope", "a", "--no-scopes"], "not allowed with"),
    ],
)
def test_what_does_not_fit_changes_nothing(made: NewSecret, options: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run("change_client", made.client.pk, *options)
    assert ServiceClient.objects.values("name", "scopes").get() == {"name": "orders", "scopes": ["users:read"]}


def test_a_client_is_removed(made: NewSecret) -> None:
    token = service_clients.token_of(made)
    assert run("delete_client", made.client.pk) == f"{made.client.pk} is removed.\n"
    assert refusal_of(token) is ClientDisabled
    assert not ServiceClient.objects.exists()
    assert AuditEvent.objects.latest("pk").actor == "system:delete_client"


@pytest.mark.parametrize(
    "command",
    [
        "rotate_client_secret",
        "disable_client",
        "enable_client",
        "revoke_client_secret",
        "change_client",
        "delete_client",
    ],
)
@pytest.mark.parametrize("nobody", [make_client_id, lambda: "", lambda: "orders", lambda: "\udcff", lambda: "\0"])
def test_a_client_that_there_is_not_is_not_found(made: NewSecret, command: str, nobody: Callable[[], str]) -> None:
    more = [str(made.row.pk)] if command == "revoke_client_secret" else []
    with pytest.raises(CommandError, match="There is no such client"):
        run(command, nobody(), *more)


@pytest.mark.parametrize("secret_id", ["", "x", "00000000-0000-0000-0000-000000000001", "{}"])
def test_a_secret_that_there_is_not_is_not_found(made: NewSecret, secret_id: str) -> None:
    with pytest.raises(CommandError, match="no such"):
        run("revoke_client_secret", made.client.pk, secret_id)
    assert ClientSecret.objects.live().count() == 1


def test_the_list_says_what_there_is_and_what_still_needs_the_old_secret_key(settings: Settings) -> None:
    assert run("list_clients") == ""
    first = service_clients.make("notices:read", "users:read", name="mirror", holds_personal_data=True)
    second = service_clients.make(name="idle")
    service_clients.disable(second.client)
    service_clients.token_of(first)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    service_clients.token_of(first)
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    one, its, other, idle = run("list_clients").splitlines()
    assert one == f"mirror ({first.client.pk}): holds personal data, notices:read, users:read"
    assert re.fullmatch(rf"  secret {first.row.pk}, made {moment}, last used {moment}", its)
    assert other == f"idle ({second.client.pk}): disabled"
    assert re.fullmatch(rf"  secret {second.row.pk}, made {moment}, never used, under a fallback of SECRET_KEY", idle)
    assert first.secret not in f"{one}{its}{other}{idle}"


def test_a_client_without_anything_is_listed_as_such() -> None:
    made = service_clients.make(name="bare")
    assert run("list_clients").splitlines()[0] == f"bare ({made.client.pk}): no scopes"
