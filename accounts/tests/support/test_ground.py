"""The ground that the other tests stand on holds."""

import os
import socket

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection

from accounts.models import User
from accounts.tests.support import environment
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Servers
from accounts.tests.support.together import outcomes_together, together
from accounts.tests.support.valkey import Valkey


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for(database_kind: str) -> None:
    assert connection.vendor == database_kind


def test_nothing_is_written_into_the_checkout() -> None:
    assert environment.CHECKOUT not in environment.session_directory().parents
    assert ("DATABASE_URL" not in os.environ) == settings.EMBEDDED


def test_the_network_is_closed() -> None:
    with pytest.warns(UserWarning, match="192.0.2.1"), pytest.raises(RuntimeError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)  # RFC 5737: a documentation address


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_database(make_user: MakeUser) -> None:
    user = make_user()
    together(lambda _: User.objects.filter(pk=user.pk).record_change(first_name="Ada"), threads=8)
    user.refresh_from_db()
    assert user.version == 9


def test_what_a_thread_raises_stands_in_its_place() -> None:
    failed, *rest = outcomes_together(lambda index: 1 / index, threads=3)
    assert isinstance(failed, ZeroDivisionError)
    assert rest == [1, 0.5]
    with pytest.raises(ExceptionGroup, match="1 of 2 threads"):
        together(lambda index: 1 / index, threads=2)


@pytest.mark.postgresql
def test_postgresql_compares_text_by_code_point_and_folds_unicode(postgresql: PostgreSQL) -> None:
    assert postgresql.execute("SELECT 'Z' < 'a', lower('ÄÉ')") == [(True, "äé")]


@pytest.mark.postgresql
def test_a_dropped_database_is_gone(postgresql: PostgreSQL) -> None:
    postgresql.create_database("short_lived")
    postgresql.drop_database("short_lived")
    with pytest.raises(psycopg.OperationalError):
        postgresql.execute("SELECT 1", database="short_lived")


def test_valkey_is_empty_at_first(valkey: Valkey) -> None:
    with valkey.client() as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


test_valkey_is_empty_again = test_valkey_is_empty_at_first


def test_valkey_can_fail_in_every_way(private_valkey: Valkey) -> None:
    with private_valkey.client() as client:
        client.set("name", "value")
        private_valkey.refuse_writes()
        with pytest.raises(redis.ReadOnlyError):
            client.set("name", "other")
        private_valkey.take_writes()
        private_valkey.empty()
        assert client.get("name") is None
    private_valkey.stop()
    with private_valkey.client() as client, pytest.raises(redis.ConnectionError):
        client.ping()
    private_valkey.start()
    private_valkey.freeze()
    with redis.Redis.from_url(private_valkey.url, socket_timeout=0.1) as client, pytest.raises(redis.TimeoutError):
        client.ping()
    private_valkey.thaw()


@pytest.mark.processes
def test_servers_share_a_database_and_come_back_on_their_ports(servers: Servers) -> None:
    one, two = servers.start(2)
    with servers.database.orm():
        assert not User.objects.exists()
    one.kill()
    with one.client() as client, pytest.raises(ConnectionRefusedError):
        client.get("/healthz")
    one.start()
    two.stop()
    two.restart()
    for server in (one, two):
        with server.client() as client:
            assert client.get("/healthz").status == 200
