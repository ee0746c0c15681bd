"""What is broken in what goes by mail: codes, and the flows that they complete."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

CODES: Final = "accounts/services/codes.py"
CODE_ROWS: Final = "accounts/models/codes.py"
RESET: Final = "accounts/services/password_reset.py"
EMAIL_CHANGE: Final = "accounts/services/email_change.py"
DELAY: Final = "accounts/services/deleting/delay.py"
ATTEMPTS: Final = "accounts/throttling/attempts.py"
CODES_TESTS: Final = "accounts/tests/services/test_codes.py"
DELAY_TESTS: Final = "accounts/tests/services/test_delayed_deletion.py"
REGISTERING: Final = "accounts/tests/services/test_registration.py"
RESETTING: Final = "accounts/tests/services/test_password_reset.py"
VERIFYING: Final = "accounts/tests/services/test_email_verification.py"
ATTEMPTS_TESTS: Final = "accounts/tests/throttling/test_attempts.py"
SIGN_IN: Final = "accounts/services/sign_in.py"

FOR_CODES: Final = (
    Mutant("a code is good twice", CODE_ROWS, "used_at__isnull=True, expires_at__gt=Now()", "expires_at__gt=Now()", CODES_TESTS),
    Mutant("a code lives for ever", CODE_ROWS, "used_at__isnull=True, expires_at__gt=Now()", "used_at__isnull=True", CODES_TESTS),
    Mutant("a code outlives the address", CODE_ROWS, 'pk=OuterRef("user_id"), email=OuterRef("email")', 'pk=OuterRef("user_id")', CODES_TESTS),
    Mutant("a code outlives the password", CODE_ROWS, 'holder.admitted().filter(credentials_version=OuterRef("credentials_version"))', "holder.admitted()", CODES_TESTS),
    Mutant("the suspended use codes", CODE_ROWS, "unchanged = holder.admitted().filter(", "unchanged = holder.filter(", CODES_TESTS),
    Mutant("a code is good for anything", CODES, "digest=digest_of(unverified_code), purpose__in=purposes", "digest=digest_of(unverified_code)", CODES_TESTS),
    Mutant("a code is checked and not spent", CODES, "if not Code.objects.filter(pk=code.pk, digest=code.digest).spend():", "if not Code.objects.filter(pk=code.pk, digest=code.digest).good():", CODES_TESTS),
    Mutant("a late mail supersedes a later one", CODES, "if known is not None and known.asked_at > mail.created_at:", "if known is not None and known.asked_at < mail.created_at:", CODES_TESTS),
    Mutant("a retried mail revives a used code", CODES, "known.used_at is not None or known.email", "known.email", CODES_TESTS),
    Mutant("a retried mail prolongs its code", CODES, "            return Issued(made, known.expires_at)\n", "            return _write(mail, user, made)\n", CODES_TESTS),
    Mutant("a retried mail carries a code that is nearly over", CODES, "if not _is_short(known, mail):", "if True:", CODES_TESTS),
    Mutant("a code that the tables alone make", CODES, 'salted_hmac("accounts.codes", value, algorithm="sha256")', 'salted_hmac("accounts.codes", value, "known", algorithm="sha256")', CODES_TESTS),
    Mutant("a wish outlives the password that confirmed it", CODES, "    if mail.credentials_version is not None:\n", "    if mail.credentials_version is None:\n", CODES_TESTS),
    Mutant("a reset leaves sessions open", RESET, "    revocation.revoke_locked(user_id, None, RevocationReason.PASSWORD_CHANGED, actor=Nobody(), origin=origin)\n", "", RESETTING),
    Mutant("a reset proves no address", RESET, ", email_verified=True)", ")", RESETTING),
    Mutant("nobody is told of a new password", RESET, "    mailing.enqueue(MailKind.PASSWORD_CHANGED, address=code.email, user_id=user_id)\n", "", RESETTING),
    Mutant("the old address is not told", EMAIL_CHANGE, "address=code.email, user_id=code.user_id", "address=code.address, user_id=code.user_id", VERIFYING),
    Mutant("a changed address without its notice", EMAIL_CHANGE, '    log.append(NoticeType.USER_UPDATED, code.user_id, version=held.values_list("version", flat=True).get())\n', "", VERIFYING),
    Mutant("an unverified address signs in", SIGN_IN, "auth_settings.email_verification == EmailVerification.REQUIRED and not user.email_verified", "False", REGISTERING),
    Mutant("a taken address shows where it is secret", "accounts/services/registration.py", "    if is_secret:\n        return None\n", "", REGISTERING),
    Mutant("a taken address takes less time", "accounts/services/registration.py", "is_known = not is_secret and User", "is_known = User", "accounts/tests/services/test_equal_times.py"),
    Mutant("staff suspensions end by staying", DELAY, "if delayed.suspension.lifted_at is None:", "if True:", DELAY_TESTS),
    Mutant("a delayed deletion is told at once", "accounts/models/delayed_deletions.py", "begins_at__lte=Now()", "begins_at__isnull=False", DELAY_TESTS),
    Mutant("staying after the time", DELAY, "DelayedDeletion.objects.cancellable()", "DelayedDeletion.objects", DELAY_TESTS),
    Mutant("whoever is let in again is deleted", "accounts/services/suspension.py", "if DelayedDeletion.objects.filter(user=user).delete()[0]:", "if False:", DELAY_TESTS),
    Mutant("an end of a suspension takes the wish to be deleted away", "accounts/services/reconciliation.py", "(ended.exists() and delay.go_on_waiting_locked(user_id)) or ", "", DELAY_TESTS),
    Mutant("a code that keeps an account dies with a password", CODE_ROWS, "(stays & Exists(holder))", "(stays & Exists(unchanged))", CODES_TESTS),
    Mutant("mails without a limit", ATTEMPTS, "    except BaseException:\n        places.give_back()\n        raise\n", "    finally:\n        places.give_back()\n", ATTEMPTS_TESTS),
    Mutant("wishes and failures are one count", ATTEMPTS, 'Place(_mails_key(kind, account), limits["account"])', 'Place(_key("account", account), limits["account"])', ATTEMPTS_TESTS),
    Mutant("wishes of all kinds are one count", ATTEMPTS, '_key("mails", kind, f"', '_key("mails", f"', ATTEMPTS_TESTS),
    Mutant("a plus makes another mailbox", ATTEMPTS, "local.partition('+')[0] or local", "local", ATTEMPTS_TESTS),
    Mutant("a free address shows by the sign-in after", SIGN_IN, "        if user.last_login is None:", "        if user.pk is None:", REGISTERING),
    Mutant("whoever was in before is told nothing", SIGN_IN, "        if user.last_login is None:", "        if user.pk is not None:", REGISTERING),
    Mutant("a taken name shows a free address", "accounts/services/registration.py", "        require_unique(new)  # before the address is looked at, of which it would tell\n", "", REGISTERING),
    Mutant("mails to the machine itself", "accounts/identifiers.py", "EmailValidator(message, allowlist=[])", "EmailValidator(message)", "accounts/tests/test_identifiers.py"),
    Mutant("mails to a literal address", "accounts/identifiers.py", ' or address.endswith("]")', "", "accounts/tests/test_identifiers.py"),
    Mutant("six codes an operation", "accounts/graphql/limits.py", "CREDENTIAL_MUTATIONS: Final = MAILED_CODES | {", "CREDENTIAL_MUTATIONS: Final = {", "accounts/tests/graphql/test_mailed_codes.py"),
    Mutant("no row for nobody, and less time", SIGN_IN, "audit.tell_as_slowly(EventType.SIGN_IN, Outcome.FAILURE, origin=origin, reason=reason)", "audit.tell(EventType.SIGN_IN, Outcome.FAILURE, actor=Nobody(), reason=reason)", "accounts/tests/services/test_sign_in.py"),
)  # fmt: skip
