"""People with a token pair each, as if they had signed in, without the hours that hashing would take."""

from django.contrib.auth.hashers import make_password
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch

from bench.people import PASSWORD, People, Person, address
from bench.stock.models import User


def seed(file, count):
    encoded = make_password(PASSWORD)
    users = User.objects.bulk_create(User(email=address(n), password=encoded) for n in range(count))
    refreshes = [_refresh_token(user) for user in users]
    outstanding = [_outstanding(token, user) for token, user in zip(refreshes, users, strict=True)]
    OutstandingToken.objects.bulk_create(outstanding)
    persons = [
        Person(user.email, str(token.access_token), kept.token)
        for user, token, kept in zip(users, refreshes, outstanding, strict=True)
    ]
    People(encoded, persons).write(file)


def _refresh_token(user):
    token = RefreshToken()
    token["user_id"] = str(user.pk)
    return token


def _outstanding(token, user):
    return OutstandingToken(
        user=user,
        jti=token["jti"],
        token=str(token),
        created_at=token.current_time,
        expires_at=datetime_from_epoch(token["exp"]),
    )
