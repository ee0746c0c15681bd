"""A user: one address, a version that grows, credentials whose change ends older sign-ins."""

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import PROFILE_FIELDS, Session, User
from accounts.tests.support.factories import Bearer, MakeUser, SignIn

pytestmark = pytest.mark.django_db

FORMS = ["Ada@Example.com", " ada@example.com ", "ａｄａ@example.com", "ADA@EXAMPLE。COM"]


def stored_email() -> str:
    """As the table has it, past every conversion; for tests with one user."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM accounts_user")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("form", FORMS)
def test_every_way_into_the_table_normalises_the_address(form: str) -> None:
    user = User.objects.create(email=form)
    assert user.email == stored_email() == "ada@example.com"
    User.objects.filter(pk=user.pk).update(email=f"x{form.strip()}")
    assert stored_email().endswith("ada@example.com")
    User.objects.bulk_update([User(pk=user.pk, email=form)], ["email"])
    assert stored_email() == "ada@example.com"


@pytest.mark.parametrize("form", FORMS)
def test_one_address_has_one_account(make_user: MakeUser, form: str) -> None:
    make_user("ada@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(form)


@pytest.mark.parametrize("form", FORMS)
def test_an_account_is_found_by_every_form_of_its_address(make_user: MakeUser, form: str) -> None:
    user = make_user("ada@example.com")
    assert User.objects.get(email=form) == User.objects.get_by_natural_key(form) == user
    assert User.objects.filter(email__in=[form]).exists()


@pytest.mark.parametrize("email", ["ada@EXAMPLE.com", " ada@example.com", "Ada@example.com"])
def test_the_database_itself_refuses_an_address_of_another_form(user: User, email: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET email = %s", [email])


def test_cleaning_normalises_before_uniqueness_is_asked(make_user: MakeUser) -> None:
    make_user("ada@example.com")
    with pytest.raises(ValidationError, match=r"already exists|is violated"):
        User(email="ADA@example.com", password="x").full_clean()


def test_a_user_needs_an_address() -> None:
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_without_a_password_no_password_opens(make_user: MakeUser) -> None:
    user = make_user(password=None)
    assert not user.has_usable_password()
    assert not user.check_password("")
    assert not user.check_password(None)


def test_a_superuser_is_staff_and_superuser(password: str) -> None:
    user = User.objects.create_superuser("root@example.com", password)
    assert (user.is_staff, user.is_superuser, user.is_active, user.email_verified) == (True, True, True, True)
    assert user.check_password(password)


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_a_superuser_without_its_rights_is_a_mistake(flag: str) -> None:
    with pytest.raises(ValueError, match="is_staff=True"):
        User.objects.create_superuser("root@example.com", None, **{flag: False})


def test_version_grows_at_each_change_but_last_login(user: User) -> None:
    assert user.version == 1
    user.first_name = "Ada"
    user.save()
    assert user.version == 2
    user.last_name = "Lovelace"
    user.save(update_fields=["last_name"])
    assert user.version == 3
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    user.save(update_fields=[])
    assert user.version == 3
    user.save(update_fields=["last_login", "last_name"])
    assert user.version == User.objects.get(pk=user.pk).version == 4


def test_a_change_moves_updated_at_also_with_named_fields(user: User) -> None:
    before = user.updated_at
    user.first_name = "Ada"
    user.save(update_fields=["first_name"])
    assert User.objects.get(pk=user.pk).updated_at > before


def test_two_savers_never_hand_out_one_version(user: User) -> None:
    other = User.objects.get(pk=user.pk)
    user.first_name = other.first_name = "Ada"
    user.save()
    other.save()
    assert (user.version, other.version) == (2, 3)


def test_a_stale_copy_puts_nothing_back(user: User) -> None:
    """Neither a suspended user nor an older password, and the count of credentials goes on."""
    stale = User.objects.get(pk=user.pk)
    user.is_active = False
    user.set_password("another-lantern-of-copper")
    user.save()
    stale.last_name = "Lovelace"
    stale.save()
    stored = User.objects.get(pk=user.pk)
    assert (stored.is_active, stored.password, stored.last_name) == (False, user.password, "Lovelace")
    stale.set_password("a-third-lantern-of-copper")
    stale.save()
    assert User.objects.get(pk=user.pk).credentials_version == user.credentials_version + 1


def test_what_was_left_out_of_a_partial_save_is_written_by_the_next(user: User) -> None:
    user.first_name, user.last_name = "Ada", "Lovelace"
    user.save(update_fields=["first_name"])
    user.save()
    assert User.objects.get(pk=user.pk).last_name == "Lovelace"


def test_what_is_assigned_is_written_even_if_this_copy_thought_so_already(user: User) -> None:
    stale = User.objects.get(pk=user.pk)
    stale.is_active = False
    stale.save()
    User.objects.filter(pk=user.pk).update(is_active=True)
    stale.is_active = False
    stale.save()
    assert not User.objects.get(pk=user.pk).is_active


def test_a_save_that_failed_leaves_numbers_behind(user: User, make_user: MakeUser) -> None:
    user.email = make_user().email
    with pytest.raises(IntegrityError), transaction.atomic():
        user.save()
    assert user.version == 1


def test_a_deferred_column_is_left_alone(user: User) -> None:
    partly = User.objects.only("email").get(pk=user.pk)
    User.objects.filter(pk=user.pk).update(first_name="Ada")
    partly.last_name = "Lovelace"
    partly.save()
    assert User.objects.values_list("first_name", "last_name").get(pk=user.pk) == ("Ada", "Lovelace")


@pytest.mark.real_hasher
def test_saving_after_an_upgraded_hash_ends_no_session(user: User, password: str) -> None:
    user.password = hashers.make_password(password, hasher="pbkdf2_sha256")
    user.save()
    upgraded = User.objects.get(pk=user.pk)
    assert upgraded.check_password(password)
    upgraded.first_name = "Ada"
    upgraded.save()
    assert User.objects.get(pk=user.pk).credentials_version == user.credentials_version


def test_record_change_is_one_statement_that_counts(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert User.objects.filter(pk=user.pk).record_change(first_name="Ada") == 1
    assert User.objects.values_list("first_name", "version").get(pk=user.pk) == ("Ada", 2)


@pytest.mark.parametrize("update_fields", [None, ["password"], ["password", "credentials_version"]])
def test_set_password_and_save_end_sessions(
    user: User, sign_in: SignIn, bearer: Bearer, update_fields: list[str] | None
) -> None:
    access = sign_in(user).access
    user.refresh_from_db()
    user.set_password("another-lantern-of-copper")
    user.save(update_fields=update_fields)
    assert User.objects.get(pk=user.pk).credentials_version == 2
    assert bearer(access).get("/auth/user").json()["code"] == "session_revoked"


def test_an_unusable_password_ends_sessions_too(user: User, sign_in: SignIn, bearer: Bearer) -> None:
    access = sign_in(user).access
    user.refresh_from_db()
    user.set_password(None)
    user.save()
    assert bearer(access).get("/auth/user").json()["code"] == "session_revoked"


def test_a_new_user_begins_with_its_first_credentials(user: User) -> None:
    assert user.credentials_version == 1


@pytest.mark.real_hasher
def test_check_password_makes_an_old_hash_anew_without_ending_sessions(user: User, password: str) -> None:
    old = hashers.make_password(password, hasher="pbkdf2_sha256")
    User.objects.filter(pk=user.pk).update(password=old)
    user.refresh_from_db()
    assert not user.check_password("wrong")
    assert user.password == old
    assert user.check_password(password)
    stored = User.objects.get(pk=user.pk)
    assert stored.password == user.password
    assert stored.password.startswith("argon2")
    assert (stored.version, stored.credentials_version) == (1, 1)


@pytest.mark.real_hasher
def test_an_old_hash_is_not_made_anew_over_a_newer_password(user: User, password: str) -> None:
    user.password = hashers.make_password(password, hasher="pbkdf2_sha256")  # as read before somebody changed it
    newer = User.objects.get(pk=user.pk).password
    assert user.check_password(password)
    assert User.objects.get(pk=user.pk).password == newer


def test_group_names_are_sorted(user: User) -> None:
    user.groups.set([Group.objects.create(name=name) for name in ("writers", "admins")])
    assert user.group_names == ["admins", "writers"]


def test_the_profile_is_made_of_columns(user: User) -> None:
    assert set(PROFILE_FIELDS) <= {field.name for field in User._meta.fields}


def test_a_user_shows_as_their_address(user: User) -> None:
    assert str(user) == user.email


def test_deleting_a_user_deletes_their_sessions(user: User, sign_in: SignIn) -> None:
    sign_in(user)
    user.delete()
    assert not Session.objects.exists()
