"""The list: what is broken, where, and which tests must turn red."""

from typing import Final

from accounts.tests.mutants.for_admin import FOR_ADMIN
from accounts.tests.mutants.for_administration import FOR_ADMINISTRATION
from accounts.tests.mutants.for_audit import FOR_AUDIT
from accounts.tests.mutants.for_clients import FOR_CLIENTS
from accounts.tests.mutants.for_codes import FOR_CODES
from accounts.tests.mutants.for_connector import FOR_CONNECTOR
from accounts.tests.mutants.for_cookies import FOR_COOKIES
from accounts.tests.mutants.for_deletions import FOR_DELETIONS
from accounts.tests.mutants.for_expiry import FOR_EXPIRY
from accounts.tests.mutants.for_fastlane import FOR_FASTLANE
from accounts.tests.mutants.for_figures import FOR_FIGURES
from accounts.tests.mutants.for_intake import FOR_INTAKE
from accounts.tests.mutants.for_mails import FOR_MAILS
from accounts.tests.mutants.for_services import FOR_SERVICES
from accounts.tests.mutants.for_speed import FOR_SPEED
from accounts.tests.mutants.mutant import Mutant

TOKENS: Final = "accounts/tests/tokens accounts/tests/rest"
KEYS: Final = "accounts/tests/keys accounts/tests/tokens"
SERVICES: Final = "accounts/tests/services accounts/tests/rest"
THROTTLING: Final = "accounts/tests/throttling accounts/tests/rest"
DOORS: Final = "accounts/tests/rest"
GRAPHQL: Final = "accounts/tests/graphql"
NOTICES: Final = "accounts/tests/notices accounts/tests/tokens"
PARITY: Final = "accounts/tests/parity"
FOLLOWERS: Final = (
    "accounts/tests/services/test_notices.py accounts/tests/rest/test_notices.py accounts/tests/notices/test_cursor.py"
)
ACKNOWLEDGING: Final = "accounts/tests/services/test_acknowledgement.py"
ORDER: Final = "accounts/tests/races/test_notice_order.py"
SUSPENDING: Final = "accounts/tests/services/test_suspension.py"
POLICY_TESTS: Final = "accounts/tests/test_policy.py"
GROUPS: Final = "accounts/tests/services/test_groups.py"
RECONCILING: Final = "accounts/tests/services/test_reconciliation.py"
ENDING_STRAY: Final = "accounts/tests/services/test_session_reconciliation.py"
RETAINING: Final = "accounts/tests/services/test_retention.py"
WORKING: Final = "accounts/tests/test_commands.py"
TRUSTING: Final = "accounts/tests/tokens/test_trusted_keys.py"
ROTATION: Final = (
    "accounts/tests/services/test_key_rotation.py accounts/tests/services/test_key_upkeep.py accounts/tests/keys"
)
KEY_LIVES_TESTS: Final = "accounts/tests/services/test_key_lives.py"
DATABASE: Final = "accounts/tests/postgresql"
EXPLAINING: Final = "accounts/tests/services/test_explaining.py"
FLOOR: Final = "accounts/tests/test_passwords.py accounts/tests/test_principals.py accounts/tests/test_identifiers.py"

VERIFYING: Final = "accounts/tokens/verifying.py"
COMPACT: Final = "accounts/tokens/compact.py"
STANDING: Final = "accounts/tokens/standing.py"
MEMORY: Final = "accounts/tokens/memory.py"
REMEMBERED: Final = "accounts/tokens/remembered.py"
DEADLINES: Final = "accounts/postgresql/deadlines.py"
BREAKER: Final = "accounts/postgresql/breaker.py"
BACKEND: Final = "accounts/postgresql/base.py"
TAIL: Final = "accounts/notices/tail.py"
LOG: Final = "accounts/notices/log.py"
REVOCATION: Final = "accounts/services/revocation.py"
FOLLOWING: Final = "accounts/services/following/notices.py"
ACKNOWLEDGEMENT: Final = "accounts/services/following/acknowledgement.py"
NUMBERING: Final = "accounts/migrations/0003_notice_numbering.py"
SUSPENSION: Final = "accounts/services/suspension.py"
POLICY: Final = "accounts/policy.py"
RECONCILIATION: Final = "accounts/services/reconciliation.py"
SESSION_RECONCILIATION: Final = "accounts/services/session_reconciliation.py"
ROUNDS: Final = "accounts/services/rounds.py"
RETENTION: Final = "accounts/services/following/retention.py"
GROUPS_SERVICE: Final = "accounts/services/groups.py"
MEMBERSHIPS: Final = "accounts/services/memberships.py"
WORK: Final = "accounts/management/commands/work.py"
TRUSTED_KEYS: Final = "accounts/tokens/trusted_keys.py"
SUCCESSION: Final = "accounts/keys/succession.py"
KEY_ROTATION: Final = "accounts/services/signing_keys/key_rotation.py"
KEY_UPKEEP: Final = "accounts/services/signing_keys/key_upkeep.py"
KEY_LIVES: Final = "accounts/services/signing_keys/key_lives.py"
KEYS_SERVICE: Final = "accounts/services/signing_keys/keys.py"
KEY: Final = "accounts/keys/key.py"
ENCRYPTION: Final = "accounts/keys/encryption.py"
VERDICTS: Final = "accounts/services/explaining/verdicts.py"
RING: Final = "accounts/keys/ring.py"
SESSIONS: Final = "accounts/models/sessions.py"
REFRESHING: Final = "accounts/services/refreshing.py"
SIGN_IN: Final = "accounts/services/sign_in.py"
SIGNING_IN: Final = "accounts/models/signing_in.py"
ENTRANTS: Final = "accounts/tests/models/test_signing_in.py"
ATTEMPTS: Final = "accounts/throttling/attempts.py"
COUNTERS: Final = "accounts/throttling/counting_statements.py"
PASSWORDS: Final = "accounts/passwords.py"
FIELDS: Final = "accounts/services/fields.py"
LIMITS: Final = "accounts/graphql/limits.py"
DOCUMENTS: Final = "accounts/graphql/documents.py"

MUTANTS: Final = (
    # What a token must be
    Mutant("any algorithm", COMPACT, "if jws.alg != key.algorithm:", "if not jws.alg:", TOKENS),
    Mutant("no signature", COMPACT, "return bool(key.verifier.Algorithm.verify(", "return True or bool(key.verifier.Algorithm.verify(", TOKENS),
    Mutant("further header members", COMPACT, "if set(header) != HEADER_MEMBERS or", "if", TOKENS),
    Mutant("any type", VERIFYING, "if jws.typ != ACCESS_TYP:\n        raise TokenInvalid\n    key", "if not jws.typ:\n        raise TokenInvalid\n    key", TOKENS),
    Mutant("a refresh token's type has no name", VERIFYING, "if jws.typ == REFRESH_TYP:", "if jws.typ == ACCESS_TYP + REFRESH_TYP:", TOKENS),
    Mutant("any issuer", VERIFYING, 'payload.get("iss") != auth_settings.issuer or named', "named", TOKENS),
    Mutant("any audience", VERIFYING, "or named.isdisjoint(auth_settings.audience)", "", TOKENS),
    Mutant("expired", VERIFYING, "if expires_at + leeway <= now and not expired_too:", "if expires_at < 0:", TOKENS),
    Mutant("not yet valid", VERIFYING, "if max(not_before, issued_at) - leeway > now:", "if not_before < 0:", TOKENS),
    Mutant("dates of any type", VERIFYING, "if type(value) is not int or not 0 <= value < LATEST_SECOND:", "if value is None:", TOKENS),
    Mutant("any spelling of an id", VERIFYING, "if str(value) != text:", "if not text:", TOKENS),
    Mutant("keys of any purpose", RING, "key is not None and key.purpose == purpose and", "key is not None and", KEYS),
    Mutant("withdrawn keys", "accounts/models/signing_keys.py", "return self.filter(withdrawn_at__isnull=True)", "return self", KEYS),
    Mutant("retired keys stay for ever", RING, "and key.is_kept_at(timezone.now()) else None", "else None", KEYS),
    Mutant("new keys beside unreadable ones", RING, "if not all(key.is_readable if key else self._is_readable() for key in signing):", "if False:", KEYS),
    # Whether it may still be believed
    Mutant("suspended", STANDING, "if not session.user.may_come_in(session.read_at):", "if session.user.pk is None:", TOKENS),
    Mutant("revoked session", STANDING, "if session.revoked_at is not None or", "if", TOKENS),
    Mutant("session that is over", STANDING, " or session.expires_at <= session.read_at:", ":", TOKENS),
    Mutant("older credentials", STANDING, "if session.credentials_version != session.user.credentials_version:", "if session.pk is None:", TOKENS),
    Mutant("somebody else's session", SESSIONS, "whole.filter(pk=session_id, user_id=user_id)", "whole.filter(pk=session_id)", TOKENS),
    # Memory, and the log that it asks
    Mutant("memory without the log", MEMORY, "if not tail.keeps_up():", "if tail.keeps_up() is None:", NOTICES),
    Mutant("late reads are kept as if fresh", MEMORY, "owner=owner, mark=mark,", "owner=owner, mark=tail.mark(),", NOTICES),
    Mutant("memory without an end", MEMORY, "        if now >= known.good_until:\n            return None\n", "", NOTICES),
    Mutant("memory beyond the session's end", REMEMBERED, "min(MEMORY_SECONDS, seconds_left)\n        entry = Remembered(value,", "MEMORY_SECONDS\n        entry = Remembered(value,", NOTICES),
    Mutant("anybody's session in memory", MEMORY, "or known.owner != owner", "", NOTICES),
    Mutant("one copy for all", MEMORY, "return self._own(self.share(key, owner, read))", "return self.share(key, owner, read)", NOTICES),
    Mutant("memory within a transaction", MEMORY, "if transaction.get_connection().in_atomic_block:", "if False:", NOTICES),
    Mutant("names are not compared", TAIL, "mark >= self._named.get(subject, 0) and", "", NOTICES),
    Mutant("everybody is not meant", TAIL, " and mark >= self._all_named", "", NOTICES),
    Mutant("any log will do", TAIL, "entries[0].position != self._position", "entries[0].position.seq != self._position.seq", NOTICES),
    Mutant("a flood is read halfway", TAIL, "return len(entries) < BATCH", "return True", NOTICES),
    Mutant("memory ages between two looks", MEMORY, "not tail.still_holds(known.mark, known.subject):\n            return None\n        # The clock comes last: a name is dropped when all that it refuses has aged, and that may be just now.\n        now = clock.now()\n        if now >= known.good_until:", "(now := clock.now()) >= known.good_until:\n            return None\n        if not tail.still_holds(known.mark, known.subject):", NOTICES),
    Mutant("names are dropped between two looks", TAIL, "mark >= self._named.get(subject, 0) and mark >= self._all_named", "mark >= self._all_named and mark >= self._named.get(subject, 0)", NOTICES),
    Mutant("started anew with old memories", TAIL, "self._reader.last()\n        self.forget_everything()", "self._reader.last()", NOTICES),
    Mutant("gone on after a long sleep", TAIL, "if age > MEMORY_SECONDS or", "if", NOTICES),
    Mutant("age from when the answer came", TAIL, "self._read_at, self._due_at = sent_at,", "self._read_at, self._due_at = clock.now(),", NOTICES),
    Mutant("relied on for too long", TAIL, "<= RELIED_ON_SECONDS", "<= MEMORY_SECONDS", NOTICES),
    Mutant("a changed group concerns nobody", TAIL, "if notice_type in CONCERNS_EVERYBODY or", "if", NOTICES),
    Mutant("a fork keeps what it knew", STANDING, "os.register_at_fork(after_in_child=forget)", "pass", NOTICES),
    Mutant("own changes unheard", LOG, "transaction.on_commit(partial(tail.heed_own, notice_type, str(subject)))", "", NOTICES),
    Mutant("notices apart from their change", LOG, "if not transaction.get_connection().in_atomic_block:", "if False:", NOTICES),
    Mutant("ended sessions without a notice", REVOCATION, "log.append(NoticeType.SESSIONS_REVOKED,", "(lambda *_, **__: None)(NoticeType.SESSIONS_REVOKED,", SERVICES),
    # Refresh
    Mutant("any generation", SESSIONS, 'filter(pk=place["id"], generation=place["generation"])', 'filter(pk=place["id"])', SERVICES),
    Mutant("refresh of a revoked session", SESSIONS, "return self.open().filter(Exists(holder))", "return self.filter(Exists(holder))", SERVICES),
    Mutant("refresh for a suspended user", SESSIONS, "User.objects.admitted().filter(**same)", "User.objects.filter(**same)", SERVICES),
    Mutant("refresh with older credentials", SESSIONS, ', "credentials_version": OuterRef("credentials_version")}', "}", SERVICES),
    Mutant("grace for every ancestor", REFRESHING, "claims.generation == session.generation - 1 and", "", SERVICES),
    Mutant("grace without end", REFRESHING, "return session.read_at - moment <= auth_settings.refresh_grace", "return moment <= session.read_at", SERVICES),
    Mutant("theft without an end", REFRESHING, "    _end(session, RevocationReason.REFRESH_TOKEN_REUSED, origin)\n", "", SERVICES),
    Mutant("lost writes without an end", REFRESHING, "        _end(session, RevocationReason.STATE_LOST, origin)\n", "", SERVICES),
    Mutant("a refresh token of any secret", VERIFYING, "secret=session_secret):", "secret=b''):", SERVICES),
    # Signing in
    Mutant("any password", SIGN_IN, "or user is None or not verdict.matches:", "or user is None:", SERVICES),
    Mutant("no work for unknown addresses", SIGN_IN, "verdict = passwords.verify(password, user.password if user else None)", "verdict = passwords.verify(password, user.password) if user else passwords.Verdict(False, False)", SERVICES),
    Mutant("a suspended user signs in", SIGN_IN, "if not entrant.may_come_in:", "if user.pk is None:", SERVICES),
    Mutant("opening without the checked hash", SIGNING_IN, 'for name in ("id", "password", "credentials_version")}', 'for name in ("id", "credentials_version")}', SERVICES),
    Mutant("opening for whoever was suspended meanwhile", SIGNING_IN, "filter(**read).admitted()", "filter(**read)", SERVICES),
    Mutant("the hundred-and-first session stays", SIGNING_IN, '"has_many_sessions": Exists(many)', '"has_many_sessions": ~Exists(many)', SERVICES),
    Mutant("ended sessions are many", SIGNING_IN, "Session.objects.open().filter(user_id=OuterRef", "Session.objects.filter(user_id=OuterRef", ENTRANTS),
    Mutant("every network is noted already", SIGNING_IN, "network_hash=network_hash, last_seen_at__gt=lately", "last_seen_at__gt=lately", ENTRANTS),
    Mutant("somebody else's network is noted", SIGNING_IN, 'KnownNetwork.objects.filter(user_id=OuterRef("pk"), ', "KnownNetwork.objects.filter(", ENTRANTS),
    Mutant("a network is noted once for ever", SIGNING_IN, ", last_seen_at__gt=lately", "", ENTRANTS),
    Mutant("a network that was seen is not seen again", "accounts/models/prepared_insert.py", 'f"{new.column} = excluded.{new.column}"', 'f"{new.column} = {new.column}"', "accounts/tests/models"),
    Mutant("the body is read before it is refused", "accounts/rest/views/api.py", "        hashing.refuse_if_full()\n", "", "accounts/tests/rest/test_busy.py"),
    Mutant("a view's own policy is lost", "authservice/headers.py", "if settings.DEBUG or not POLICY_OF_A_VIEW.isdisjoint(vars(response)):", "if settings.DEBUG:", DOORS),
    Mutant("a foreign page learns nothing", "authservice/headers.py", 'if "HTTP_ORIGIN" in request.META or not', "if not", DOORS),
    Mutant("a renderer that a query asks for is not looked for", "accounts/rest/negotiation.py", ' and not request.META.get("QUERY_STRING")', "", DOORS),
    Mutant("lone surrogates", "accounts/rest/serializers/fields.py", "if not value.isascii():", "if value.isascii():", DOORS),
    Mutant("failures cost nothing", ATTEMPTS, "if current.is_forgiven:", "if current is not None:", THROTTLING),
    Mutant("no limit per account", ATTEMPTS, 'limit=limits["address"]), shared)', 'limit=limits["address"]))', THROTTLING),
    Mutant("no limit per address", ATTEMPTS, 'places.take(*_of_address("address", origin=origin, limit=limits["address"]), shared)', "places.take(shared)", THROTTLING),
    Mutant("everybody's address is known", ATTEMPTS, "(own := own_count()) is not None:", "(own := own_count() or origin.network) is not None:", THROTTLING),
    Mutant("the limit is one off", COUNTERS, "accounts_attemptcounter.count < %s", "accounts_attemptcounter.count <= %s", THROTTLING, database="postgresql"),
    Mutant("the limit is one off on SQLite", COUNTERS, "count >= most", "count > most", THROTTLING),
    Mutant("forwarded addresses from anybody", "accounts/principals.py", "and any(address in network for network in networks)", "", f"{FLOOR} {DOORS}"),
    # Passwords
    Mutant("short passwords", PASSWORDS, "if length < least:", "if length < 1:", f"{FLOOR} {DOORS}"),
    Mutant("easy passwords", PASSWORDS, "if judgement.guesses_log10 >= MIN_GUESSES_LOG10", "if judgement.guesses_log10 >= 0", f"{FLOOR} {DOORS}"),
    Mutant("passwords as they were typed", PASSWORDS, 'return unicodedata.normalize("NFC", raw)', "return raw", f"{FLOOR} {DOORS}"),
    Mutant("trimmed passwords", "accounts/rest/serializers/fields.py", "write_only=True, trim_whitespace=False", "write_only=True, trim_whitespace=True", DOORS),
    Mutant("other sessions live through a password change", "accounts/services/password_change.py", "credentials_version=F(\"credentials_version\") + 1", "credentials_version=F(\"credentials_version\")", SERVICES),
    Mutant("any current password", "accounts/services/confirmation.py", "if not passwords.verify(password, user.password).matches:", "if not password:", SERVICES),
    Mutant("a new password ends nothing", "accounts/models/users.py", 'if "password" in names:', "if not names:", "accounts/tests/models"),
    Mutant("a stale copy is written back", "accounts/models/users.py", " and name not in GUARDED_FIELDS} | self._assigned", "}", "accounts/tests/models"),
    Mutant("anybody's session can be ended", "accounts/services/sign_out.py", "filter(pk=session_id, user_id=actor.user_id).exists()", "filter(pk=session_id).exists()", SERVICES),
    Mutant("unknown fields are lost silently", "accounts/rest/serializers/fields.py", "        if unknown:", "        if unknown and not data:", DOORS),
    Mutant("views are open", "accounts/rest/permissions.py", "return isinstance(holder, User)", "return True", DOORS),
    # The GraphQL door
    Mutant("several credential mutations", LIMITS, "if size.credential_mutations > 1:", "if size.credential_mutations < 0:", GRAPHQL),
    Mutant("credential mutations in fragments", LIMITS, "self.size_of(fragment.selection_set, is_root=is_root)", "self.size_of(fragment.selection_set, is_root=False)", GRAPHQL),
    Mutant("aliases in fragments", LIMITS, "aliases += size.aliases", "aliases = max(aliases, size.aliases)", GRAPHQL),
    Mutant("fragments without end", LIMITS, "if name in self._under_way:", "if name == '':", GRAPHQL),
    Mutant("lists weigh nothing", LIMITS, "below = inner.values * _repeats(field, is_root)", "below = inner.values", GRAPHQL),
    Mutant("fragments that nothing uses", LIMITS, "elif isinstance(definition, FragmentDefinitionNode):", "elif document is None:", GRAPHQL),
    Mutant("introspection in production", DOCUMENTS, "specified_rules if introspection else", "specified_rules if True else", GRAPHQL),
    Mutant("passwords in remembered documents", DOCUMENTS, " or '\"' in query or", " or", GRAPHQL),
    Mutant("values in error messages", "accounts/graphql/messages.py", "return head + mark.removesuffix(\": \")", "return message", GRAPHQL),
    Mutant("faults in the open", "accounts/graphql/errors.py", 'return Unforeseen("The fault', 'return Unforeseen(str(exc) + "The fault', GRAPHQL),
    Mutant("mutations by GET", "accounts/graphql/views.py", "if not may_mutate and", "if False and", GRAPHQL),
    Mutant("NUL in passwords", FIELDS, "[limit, ProhibitNullCharactersValidator(), no_surrogates]", "[limit, no_surrogates]", f"{GRAPHQL} {PARITY}"),
    Mutant("names are not trimmed", FIELDS, "text = value.strip()", "text = value", PARITY),
    Mutant("another code for an address", FIELDS, "_passed(address, [identifiers.validate_email, limit, no_surrogates])", "_passed(address, [limit, no_surrogates])", PARITY),
    # Suspension, and who may do what
    Mutant("suspending leaves sessions", SUSPENSION, "    revocation.revoke_locked(user.pk, None, RevocationReason.SUSPENDED, actor=actor, origin=origin)\n    end =", "    end =", SUSPENDING),
    Mutant("sessions come to life with their user", SUSPENSION, "    if not user.is_active:", "    if user.pk is None:", SUSPENDING),
    Mutant("suspending is told to nobody", SUSPENSION, "    log.append(NoticeType.USER_SUSPENDED, user.pk, version=suspended.version, until=end)\n", "", SUSPENDING),
    Mutant("an end in the past", SUSPENSION, "until is not None and until <= timezone.now()", "until is None and False", SUSPENDING),
    Mutant("the deleted are suspended", "accounts/services/authorisation.py", "User.objects.present().filter(pk=user_id)", "User.objects.filter(pk=user_id)", SUSPENDING),
    Mutant("no permission needed", POLICY, "if not actor.is_superuser and needed not in actor.permissions:", "if actor.permissions is None:", POLICY_TESTS),
    Mutant("permissions without staff", POLICY, "    if not actor.is_staff:\n", "    if actor.permissions is None:\n", POLICY_TESTS),
    Mutant("anybody suspends a superuser", POLICY, "    if target.is_superuser:\n", "    if target.is_superuser and target.is_actor:\n", POLICY_TESTS),
    Mutant("staff suspend themselves", POLICY, "if target.is_actor and action in NEVER_TO_ONESELF:", "if target is None:", POLICY_TESTS),
    Mutant("groups that permit more are handed out", MEMBERSHIPS, "permissions_of(added | removed)", "permissions_of(removed)", GROUPS),
    Mutant("groups that permit more are taken away", MEMBERSHIPS, "permissions_of(added | removed)", "permissions_of(added)", GROUPS),
    Mutant("a group that permits more is renamed", GROUPS_SERVICE, "        return group\n    authorisation.require_changing_group(group, actor=actor)\n", "        return group\n", GROUPS),
    Mutant("a group that permits more is deleted", GROUPS_SERVICE, "    group = _locked(name)\n    authorisation.require_changing_group(group, actor=actor)\n", "    group = _locked(name)\n", GROUPS),
    Mutant("members rename their own group", POLICY, "if is_member and not actor.is_superuser:", "if False:", POLICY_TESTS),
    Mutant("nobody is taken for a member", "accounts/services/authorisation.py", "isinstance(actor, UserPrincipal) and group.user_set.filter(pk=actor.user_id).exists()", "False", GROUPS),
    Mutant("a group that permits more is anybody's to change", POLICY, "    return objection_to_granting(actor, permitted)\n", "    return None\n", POLICY_TESTS),
    Mutant("the database is asked for what is no text", GROUPS_SERVICE, "return name.isprintable() and len", "return len", GROUPS),
    Mutant("any number of groups at once", MEMBERSHIPS, "if len(asked) > NAMES_AT_ONCE:", "if False:", GROUPS),
    Mutant("all unknown groups are told back", MEMBERSHIPS, "unknown[:NAMES_TOLD]", "unknown", GROUPS),
    Mutant("a group's new name is told to nobody", "accounts/services/groups.py", "    log.append(NoticeType.GROUP_CHANGED, str(group.pk), name=name, new_name=new_name)\n", "", GROUPS),
    Mutant("suspensions end before their time", "accounts/models/suspensions.py", "self.open().filter(until__lte=Now(), ", "self.open().filter(", RECONCILING),
    Mutant("no new look under the lock", RECONCILIATION, "if (user := _unrecorded().filter(pk=user_id).first()) is None:", "if (user := User.objects.filter(pk=user_id).first()) is None:", RECONCILING),
    Mutant("changed users are not looked at", SESSION_RECONCILIATION, "self._looked_at - LOOK_BACK", "self._looked_at + LOOK_BACK", ENDING_STRAY),
    Mutant("what was too much is not looked at again", SESSION_RECONCILIATION, "        if share.is_all:\n            self._looked_at = now", "        self._looked_at = now", ENDING_STRAY),
    Mutant("looking back has no end", SESSION_RECONCILIATION, "max(self._looked_at, now - LONGEST_LOOK_BACK)", "self._looked_at", ENDING_STRAY),
    Mutant("a page is left before it is dealt with", SESSION_RECONCILIATION, "                self._everybody.stay()", "                pass", ENDING_STRAY),
    Mutant("every walk takes whole turns", SESSION_RECONCILIATION, "        self._is_first_walk = False\n        return done", "        return done", ENDING_STRAY),
    Mutant("inactive users beyond the first page are not found", RECONCILIATION, "turn.is_over or self._inactive.is_round:", "True:", RECONCILING),
    Mutant("a page of inactive users is left before it is dealt with", RECONCILIATION, "                self._inactive.stay()", "                pass", RECONCILING),
    Mutant("one who is stuck keeps the others waiting", ROUNDS, "if not connection.is_usable():", "if True:", RECONCILING),
    Mutant("a database that is away is asked for each", ROUNDS, "if not connection.is_usable():", "if False:", RECONCILING),
    Mutant("the worker waits for whoever is held", ROUNDS, "skip_locked=True", "skip_locked=False", RECONCILING, "postgresql"),
    Mutant("a duty goes on for ever", ROUNDS, "return clock.now() >= self._until", "return False", RECONCILING),
    Mutant("the walk stands still", ROUNDS, "        self._before, self._behind = self._behind, page[-1] if len(page) == PAGE else None\n", "        self._before, self._behind = self._behind, None\n", ENDING_STRAY),
    Mutant("an unforeseen error ends the worker", WORK, "except Exception as exc:", "except OSError as exc:", WORKING),
    Mutant("a worker that is told to stop begins another duty", WORK, "            if self._is_told_to_stop:\n                return\n", "", WORKING),
    # Reading the log
    Mutant("a cursor of another log", FOLLOWING, "if not found or cursor.at(found[0]) != position:", "if not found:", FOLLOWERS),
    Mutant("a cursor beyond the end", FOLLOWING, "if not found or cursor.at(found[0]) != position:", "if found and cursor.at(found[0]) != position:", FOLLOWERS),
    Mutant("a removed beginning", FOLLOWING, "if found and found[0].seq != 1:", "if found and found[0].seq == 0:", FOLLOWERS),
    Mutant("complete too soon", FOLLOWING, "complete=len(found) <= limit", "complete=len(page) <= limit", FOLLOWERS),
    Mutant("anybody reads the log", FOLLOWING, "    authorisation.require(Action.READ_NOTICES, actor=actor)\n", "", FOLLOWERS),
    Mutant("the window without leeway", FOLLOWING, "trusted_keys.longest_life(KeyPurpose.ACCESS) + auth_settings.followers_leeway", "trusted_keys.longest_life(KeyPurpose.ACCESS)", FOLLOWERS),
    Mutant("a newcomer's window of today's tokens alone", RING, "return max([lifetime(purpose), *(key.longest_life for key in kept)])", "return lifetime(purpose)", FOLLOWERS),
    Mutant("refusals expire by another purpose", RING, "if key.purpose == purpose and key.is_kept_at(now)]\n        return max", "if key.is_kept_at(now)]\n        return max", FOLLOWERS),
    Mutant("the window never closes", RING, "if key.purpose == purpose and key.is_kept_at(now)]\n        return max", "if key.purpose == purpose]\n        return max", FOLLOWERS),
    Mutant("the least number along the numbers", "accounts/models/notices.py", 'Min(F("seq") + 0)', 'Min(F("seq"))', "accounts/tests/notices/test_numbering.py", "postgresql"),
    Mutant("acknowledges what is not there", ACKNOWLEDGEMENT, "if position not in {START, *map(at, Notice.objects.filter(seq=position.seq))}:", "if False:", ACKNOWLEDGING),
    Mutant("the retired acknowledge", ACKNOWLEDGEMENT, "pk=consumer_id, retired_at__isnull=True", "pk=consumer_id", ACKNOWLEDGING),
    Mutant("acknowledgements go back", ACKNOWLEDGEMENT, "consumers.filter(acknowledged_seq__lt=position.seq)", "consumers.exclude(acknowledged_seq=position.seq)", ACKNOWLEDGING),
    Mutant("the last notice goes, too", RETENTION, "*candidates, _last = list(first[: BATCH + 1]) or [(None, False)]", "candidates = list(first[:BATCH])", RETAINING),
    Mutant("a gap is made where a clock was set back", RETENTION, "seq, _ in takewhile(lambda row: row[1], candidates)", "seq, _ in filter(lambda row: row[1], candidates)", RETAINING),
    Mutant("the log is shortened by one batch a round", RETENTION, "if len(old) < BATCH or turn.is_over:", "if True:", RETAINING),
    Mutant("numbered without the lock", NUMBERING, "    PERFORM pg_advisory_xact_lock({NOTICES_LOCK});\n", "", ORDER, "postgresql"),
    Mutant("the lock in one stage", NUMBERING, "EXECUTE FUNCTION accounts_queue_notice();", "EXECUTE FUNCTION accounts_number_notice();", ORDER, "postgresql"),
    # Keys that come and go
    Mutant("keys without the log", TRUSTED_KEYS, "or not tail.keeps_up():", "or tail.keeps_up() is None:", TRUSTING),
    Mutant("a withdrawal is not heard", TRUSTED_KEYS, "    else:\n        hearing.catch_up()", "    else:\n        pass", TRUSTING),
    Mutant("a ring of any age without the log", TRUSTED_KEYS, "        ring.require_fresh()\n", "        pass\n", TRUSTING),
    Mutant("the ring's mark is noted after the read", TRUSTED_KEYS, "            mark = tail.mark()\n            ring.reread()\n", "            ring.reread()\n            mark = tail.mark()\n", TRUSTING),
    Mutant("an unread ring counts as read", TRUSTED_KEYS, "            ring.reread()\n            self._mark = mark", "            self._mark = mark\n            ring.reread()", TRUSTING),
    Mutant("signing waits for the table", TRUSTED_KEYS, "        with suppress(TemporarilyUnavailable):\n            hearing.catch_up()", "        hearing.catch_up()", TRUSTING),
    Mutant("withdrawn keys sign on", TRUSTED_KEYS, "    _catch_up_if_possible()\n    return ring.signing_key(purpose)", "    return ring.signing_key(purpose)", TRUSTING),
    Mutant("a withdrawal is forgotten after seconds", TAIL, "            elif notice_type in HEARD_BY_TYPE:\n                self._named[notice_type] = self._mark\n            else:\n                self._named[subject] = self._mark\n                self._named_at.append((clock.now(), self._mark, subject))", "            else:\n                subject = notice_type if notice_type in HEARD_BY_TYPE else subject\n                self._named[subject] = self._mark\n                self._named_at.append((clock.now(), self._mark, subject))", TRUSTING),
    Mutant("another algorithm signs unseen", SUCCESSION, "        aged_at = self.at if is_other else", "        if is_other:\n            return self.at\n        aged_at = self.at if is_other else", ROTATION),
    Mutant("by age before it is known", SUCCESSION, "return max(aged_at, known_at(self.intended.published_at))", "return aged_at", ROTATION),
    Mutant("unknown keys take over in need", SUCCESSION, "(not self.is_known(key), key.algorithm != wanted)", "(key.algorithm != wanted, not self.is_known(key))", ROTATION),
    Mutant("a command signs with an unknown key", KEY_ROTATION, "if key is not None and (at_once or found.is_known(key)):", "if key is not None:", ROTATION),
    Mutant("at once is too soon for our own processes", KEY_ROTATION, "begin = max(found.at, published_at + HEARD_HERE_AFTER)", "begin = found.at", ROTATION),
    Mutant("no overlap", KEY_ROTATION, ".update(signing_until=begin + OVERLAP)", ".update(signing_until=begin)", ROTATION),
    Mutant("the old key signs for ever", KEY_ROTATION, "    own.filter(signing_from__isnull=False, signing_until__isnull=True).update(signing_until=begin + OVERLAP)\n", "", ROTATION),
    Mutant("rotation without a notice", KEY_ROTATION, '    log.append(NoticeType.KEYS_CHANGED, kid, stage="signing")\n', "", ROTATION),
    Mutant("withdrawal without a notice", KEY_ROTATION, '    log.append(NoticeType.KEYS_CHANGED, kid, stage="withdrawn")\n', "", ROTATION),
    Mutant("rotation leaves no successor", KEY_ROTATION, "        _fill_up(spare, actor=actor, origin=origin)\n        return rotated\n", "        return rotated\n", ROTATION),
    Mutant("rotation beside unreadable keys", KEY_ROTATION, "    if not all(key.is_readable for key in keys):", "    if False:", ROTATION),
    Mutant("withdrawal makes keys beside unreadable ones", KEY_ROTATION, "may_make = all(key.is_readable for key in keys)", "may_make = True", ROTATION),
    Mutant("any key that begins alike is withdrawn", KEY_ROTATION, "if len(name) < SHORTEST_NAME or len(found) != 1:", "if not found:", ROTATION),
    Mutant("retired keys are kept by today's setting", KEY, "key.signing_until + key.longest_life + auth_settings", "key.signing_until + lifetime(KeyPurpose(key.purpose)) + auth_settings", KEY_LIVES_TESTS),
    Mutant("signs what outlives its key", RING, " or not key.covers_lifetime:", ":", KEY_LIVES_TESTS),
    Mutant("a longer life is noted nowhere", KEYS_SERVICE, "if not ring.covers_lifetimes():", "if False:", KEY_LIVES_TESTS),
    Mutant("a longer life is noted by the first key alone", RING, "return all(key.covers_lifetime for key in", "return any(key.covers_lifetime for key in", KEY_LIVES_TESTS),
    Mutant("a shorter life is noted", KEY_LIVES, "shorter = SigningKey.objects.filter(pk=kid, longest_life_seconds__lt=seconds)", "shorter = SigningKey.objects.filter(pk=kid)", KEY_LIVES_TESTS),
    Mutant("what is retired is noted too", KEY_LIVES, "SigningKey.objects.signing_or_to_sign().filter(", "SigningKey.objects.standing().filter(", KEY_LIVES_TESTS),
    Mutant("what signs beside its successor is not noted", "accounts/models/signing_keys.py", " | Q(signing_until__gt=Now())", "", KEY_LIVES_TESTS),
    Mutant("a longer life is not heard of", KEY_LIVES, '    log.append(NoticeType.KEYS_CHANGED, kid, stage="prolonged")\n', "", KEY_LIVES_TESTS),
    Mutant("the window does not hear of longer lives", TRUSTED_KEYS, "    _catch_up()\n    return ring.longest_life(purpose)", "    return ring.longest_life(purpose)", KEY_LIVES_TESTS),
    Mutant("keys are removed while tokens live", KEY_UPKEEP, "if not key.is_kept_at(now - KEPT_AFTER_USE)", "if key.signing_until is not None", ROTATION),
    Mutant("unreadable keys are removed", KEY_UPKEEP, "keys = [key for key in stored.read_standing() if key.is_readable]", "keys = stored.read_standing()", ROTATION),
    Mutant("the wanted successor is dropped", KEY_UPKEEP, "if found.current is None or found.current.algorithm != wanted:", "if found.current is None:", ROTATION),
    Mutant("keys stay under the old secret", ENCRYPTION, "_fernet_over(_secrets()[:1]).decrypt(text)", "_fernet().decrypt(text)", ROTATION),
    Mutant("a rollout locks the old processes out", RING, "return replace(key, private_jwk=known.private_jwk) if known and not key.is_readable else key", "return key", KEYS),
    Mutant("who starts with unreadable keys is ready", RING, "        if not self._is_readable():", "        if False:", KEYS),
    Mutant("networks are known under today's secret alone", "accounts/models/networks.py", "(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)", "(settings.SECRET_KEY,)", "accounts/tests/models/test_networks.py"),
    # A database that hangs
    Mutant("no deadline", DEADLINES, "if timeout is not None or self.deadline_seconds == math.inf:", "if timeout is None or self.deadline_seconds == math.inf:", DATABASE, "postgresql"),
    Mutant("a statement that is being sent is resumed with nothing", DEADLINES, "return super().wait(_resumed(gen), interval", "return super().wait(gen, interval", DATABASE, "postgresql"),
    Mutant("a statement is given up after its first wait", DEADLINES, " > 0 and not self.breaker.is_open:", " > 99 and not self.breaker.is_open:", DATABASE, "postgresql"),
    Mutant("waits on though others found that it hangs", DEADLINES, " > 0 and not self.breaker.is_open:", " > 0:", DATABASE, "postgresql"),
    Mutant("the connection outlives its deadline", DEADLINES, "        self.close()  # at once", "        # at once", DATABASE, "postgresql"),
    Mutant("connecting takes what it takes", DEADLINES, "while clock.now() < _connecting_until.get():", "while clock.now() < math.inf:", DATABASE, "postgresql"),
    Mutant("no pause before a probe", BREAKER, "None, clock.now() + PAUSE_SECONDS", "None, clock.now()", DATABASE),
    Mutant("any number of probes", BREAKER, "self._prober, self._probe_at = caller, now + LEASE_SECONDS", "self._prober = caller", DATABASE),
    Mutant("a lost probe is waited for", BREAKER, "now + LEASE_SECONDS", "now + 1e9", DATABASE),
    Mutant("who probes may not connect", BREAKER, "if not self.is_open or caller == self._prober:", "if not self.is_open:", DATABASE),
    Mutant("a fork keeps the breaker", BREAKER, "os.register_at_fork(after_in_child=process_breaker.reset)", "pass", DATABASE),
    Mutant("idle connections past the breaker", BACKEND, "            self._ask_breaker()  # refused", "            # refused", DATABASE, "postgresql"),
    Mutant("a refusal opens the breaker", BACKEND, "if seconds >= min(deadlines.PATIENCE_SECONDS, self.deadline_seconds):", "if seconds >= 0:", DATABASE, "postgresql"),
    Mutant("a slow failure opens nothing", BACKEND, "if seconds >= min(deadlines.PATIENCE_SECONDS, self.deadline_seconds):", "if seconds < 0:", DATABASE, "postgresql"),
    Mutant("a good connection leaves it open", BACKEND, "        self.breaker.answered()\n        connection.breaker, ", "        connection.breaker, ", DATABASE, "postgresql"),
    Mutant("migrations are hurried", "accounts/management/commands/migrate.py", "            connection.deadline_seconds = math.inf\n", "", DATABASE, "postgresql"),
    # What the operator is told
    Mutant("explaining renews any ancestor", VERDICTS, "if sent == head - 1 and", "if sent < head and", EXPLAINING),
    Mutant("explaining forgets lost writes", VERDICTS, "    if sent == head:", "    if sent >= head:", EXPLAINING),
    Mutant("explaining does not ask for standing", VERDICTS, "        standing.read(verifying.verify_access(token).principal)\n", "        verifying.verify_access(token)\n", EXPLAINING),
    Mutant("explaining takes “can't tell” for no", VERDICTS, "    except Unavailable:\n        raise\n", "", EXPLAINING),
    Mutant("explaining misses a withdrawn key", "accounts/services/explaining/evidence.py", "        if self.key.withdrawn_at is not None:", "        if False:", EXPLAINING),
    Mutant("explaining forgets the deleted", "accounts/services/explaining/evidence.py", "deletion=Deletion.objects.filter(user_id=user_id).first() if user_id and not user else None", "deletion=None", EXPLAINING),
    Mutant("explaining blames a deletion for another's session", "accounts/services/explaining/flaws.py", " and not evidence.is_others_session:", ":", EXPLAINING),
    Mutant("logs among what commands answer", "authservice/logs.py", "ext://sys.stderr", "ext://sys.stdout", "authservice/tests/test_logs.py"),
    Mutant("claims reach the terminal raw", "accounts/services/explaining/dissection.py", "json.dumps(value).replace", "json.dumps(value, ensure_ascii=False).replace", "accounts/tests/test_explain_token.py"),
    Mutant("a refused token exits 0", "accounts/management/commands/explain_token.py", "            raise SystemExit(status)", "            pass", "accounts/tests/test_explain_token.py"),
    *FOR_ADMIN,
    *FOR_ADMINISTRATION,
    *FOR_AUDIT,
    *FOR_CLIENTS,
    *FOR_CODES,
    *FOR_CONNECTOR,
    *FOR_COOKIES,
    *FOR_DELETIONS,
    *FOR_EXPIRY,
    *FOR_FASTLANE,
    *FOR_FIGURES,
    *FOR_INTAKE,
    *FOR_MAILS,
    *FOR_SERVICES,
    *FOR_SPEED,
)  # fmt: skip
