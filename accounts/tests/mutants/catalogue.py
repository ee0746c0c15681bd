"""The list: what is broken, where, and which tests must turn red."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands exactly once in `file` and becomes `new`; one of `tests` must fail then."""

    name: str
    file: str
    old: str
    new: str
    tests: str
    database: str = "sqlite"


TOKENS: Final = "accounts/tests/tokens accounts/tests/rest"
KEYS: Final = "accounts/tests/keys accounts/tests/tokens"
SERVICES: Final = "accounts/tests/services accounts/tests/rest"
THROTTLING: Final = "accounts/tests/throttling accounts/tests/rest"
DOORS: Final = "accounts/tests/rest"
GRAPHQL: Final = "accounts/tests/graphql"
NOTICES: Final = "accounts/tests/notices accounts/tests/tokens"
PARITY: Final = "accounts/tests/parity"
DATABASE: Final = "accounts/tests/postgresql"
EXPLAINING: Final = "accounts/tests/services/test_explaining.py"
FLOOR: Final = "accounts/tests/test_passwords.py accounts/tests/test_principals.py accounts/tests/test_identifiers.py"

VERIFYING: Final = "accounts/tokens/verifying.py"
COMPACT: Final = "accounts/tokens/compact.py"
STANDING: Final = "accounts/tokens/standing.py"
DEADLINES: Final = "accounts/postgresql/deadlines.py"
BREAKER: Final = "accounts/postgresql/breaker.py"
BACKEND: Final = "accounts/postgresql/base.py"
TAIL: Final = "accounts/notices/tail.py"
LOG: Final = "accounts/notices/log.py"
REVOCATION: Final = "accounts/services/revocation.py"
VERDICTS: Final = "accounts/services/explaining/verdicts.py"
RING: Final = "accounts/keys/ring.py"
SESSIONS: Final = "accounts/models/sessions.py"
REFRESHING: Final = "accounts/services/refreshing.py"
SIGN_IN: Final = "accounts/services/sign_in.py"
ATTEMPTS: Final = "accounts/throttling/attempts.py"
COUNTERS: Final = "accounts/throttling/counters.py"
PASSWORDS: Final = "accounts/passwords.py"
FIELDS: Final = "accounts/services/fields.py"
LIMITS: Final = "accounts/graphql/limits.py"
DOCUMENTS: Final = "accounts/graphql/documents.py"

MUTANTS: Final = (
    # What a token must be
    Mutant("any algorithm", COMPACT, "if jws.alg != key.algorithm:", "if not jws.alg:", TOKENS),
    Mutant("no signature", COMPACT, "return bool(key.verifier.Algorithm.verify(", "return True or bool(key.verifier.Algorithm.verify(", TOKENS),
    Mutant("further header members", COMPACT, "if set(header) != HEADER_MEMBERS or", "if", TOKENS),
    Mutant("any type", VERIFYING, "if jws.typ != ACCESS_TYP:", "if not jws.typ:", TOKENS),
    Mutant("a refresh token's type has no name", VERIFYING, "if jws.typ == REFRESH_TYP:", "if jws.typ == ACCESS_TYP + REFRESH_TYP:", TOKENS),
    Mutant("any issuer", VERIFYING, 'payload.get("iss") != auth_settings.issuer or named', "named", TOKENS),
    Mutant("any audience", VERIFYING, "or named.isdisjoint(auth_settings.audience)", "", TOKENS),
    Mutant("expired", VERIFYING, "if expires_at + leeway <= now:", "if expires_at < 0:", TOKENS),
    Mutant("not yet valid", VERIFYING, "if max(not_before, issued_at) - leeway > now:", "if not_before < 0:", TOKENS),
    Mutant("dates of any type", VERIFYING, "if type(value) is not int or not 0 <= value < LATEST_SECOND:", "if value is None:", TOKENS),
    Mutant("any spelling of an id", VERIFYING, "if str(value) != text:", "if not text:", TOKENS),
    Mutant("keys of any purpose", RING, "key is not None and key.purpose == purpose and", "key is not None and", KEYS),
    Mutant("withdrawn keys", RING, "SigningKey.objects.filter(withdrawn_at__isnull=True)", "SigningKey.objects", KEYS),
    Mutant("retired keys stay for ever", RING, "and key.is_kept_at(timezone.now()) else None", "else None", KEYS),
    Mutant("new keys beside unreadable ones", RING, "if any(key.private_jwk is None for key in self._keys.values()):", "if False:", KEYS),
    # Whether it may still be believed
    Mutant("suspended", STANDING, "if not session.user.is_active:", "if session.user.pk is None:", TOKENS),
    Mutant("revoked session", STANDING, "if session.revoked_at is not None or", "if", TOKENS),
    Mutant("session that is over", STANDING, " or session.expires_at <= session.read_at:", ":", TOKENS),
    Mutant("older credentials", STANDING, "if session.credentials_version != session.user.credentials_version:", "if session.pk is None:", TOKENS),
    Mutant("somebody else's session", SESSIONS, "whole.filter(pk=session_id, user_id=user_id)", "whole.filter(pk=session_id)", TOKENS),
    # Memory, and the log that it asks
    Mutant("memory without the log", STANDING, "if not tail.keeps_up():", "if tail.keeps_up() is None:", NOTICES),
    Mutant("late reads are kept as if fresh", STANDING, "_Remembered(_own_copy(session), mark,", "_Remembered(_own_copy(session), tail.mark(),", NOTICES),
    Mutant("memory without an end", STANDING, "or clock.now() >= known.good_until:", "or known.good_until < 0:", NOTICES),
    Mutant("memory beyond the session's end", STANDING, "min(MEMORY_SECONDS, left)", "MEMORY_SECONDS", NOTICES),
    Mutant("anybody's session in memory", STANDING, "or known.session.user_id != user_id", "", NOTICES),
    Mutant("one copy for all", STANDING, "return _own_copy(known.session) if", "return known.session if", NOTICES),
    Mutant("memory within a transaction", STANDING, "if transaction.get_connection().in_atomic_block:", "if False:", NOTICES),
    Mutant("names are not compared", TAIL, "and mark >= self._named.get(subject, 0)", "", NOTICES),
    Mutant("everybody is not meant", TAIL, "mark >= self._all_named and", "", NOTICES),
    Mutant("any log will do", TAIL, "entries[0].position != self._position", "entries[0].position.seq != self._position.seq", NOTICES),
    Mutant("a flood is read halfway", TAIL, "return len(entries) < BATCH", "return True", NOTICES),
    Mutant("started anew with old memories", TAIL, "self._reader.last()\n        self.forget_everything()", "self._reader.last()", NOTICES),
    Mutant("gone on after a long sleep", TAIL, "if sent_at - self._read_at > MEMORY_SECONDS or", "if", NOTICES),
    Mutant("age from when the answer came", TAIL, "self._read_at, self._due_at = sent_at,", "self._read_at, self._due_at = clock.now(),", NOTICES),
    Mutant("relied on for too long", TAIL, "<= RELIED_ON_SECONDS", "<= MEMORY_SECONDS", NOTICES),
    Mutant("a changed group concerns nobody", TAIL, "if notice_type in CONCERNS_EVERYBODY or", "if", NOTICES),
    Mutant("a fork keeps what it knew", STANDING, "os.register_at_fork(after_in_child=memory.forget)", "pass", NOTICES),
    Mutant("own changes unheard", LOG, "transaction.on_commit(partial(tail.heed, notice_type, str(subject)))", "", NOTICES),
    Mutant("notices apart from their change", LOG, "if not transaction.get_connection().in_atomic_block:", "if False:", NOTICES),
    Mutant("ended sessions without a notice", REVOCATION, "log.append(NoticeType.SESSIONS_REVOKED,", "(lambda *_, **__: None)(NoticeType.SESSIONS_REVOKED,", SERVICES),
    # Refresh
    Mutant("any generation", REFRESHING, "filter(pk=session.pk, generation=generation)", "filter(pk=session.pk)", SERVICES),
    Mutant("refresh of a revoked session", SESSIONS, "return self.open().filter(Exists(holder))", "return self.filter(Exists(holder))", SERVICES),
    Mutant("refresh for a suspended user", SESSIONS, 'pk=OuterRef("user_id"), is_active=True,', 'pk=OuterRef("user_id"),', SERVICES),
    Mutant("refresh with older credentials", SESSIONS, ', credentials_version=OuterRef("credentials_version")\n', "\n", SERVICES),
    Mutant("grace for every ancestor", REFRESHING, "claims.generation == session.generation - 1 and", "", SERVICES),
    Mutant("grace without end", REFRESHING, "return session.read_at - moment <= auth_settings.refresh_grace", "return moment <= session.read_at", SERVICES),
    Mutant("theft without an end", REFRESHING, "    _end(session, RevocationReason.REFRESH_TOKEN_REUSED, origin)\n", "", SERVICES),
    Mutant("lost writes without an end", REFRESHING, "        _end(session, RevocationReason.STATE_LOST, origin)\n", "", SERVICES),
    Mutant("a refresh token of any secret", VERIFYING, "secret=session_secret):", "secret=b''):", SERVICES),
    # Signing in
    Mutant("any password", SIGN_IN, "if user is None or not verdict.matches:", "if user is None:", SERVICES),
    Mutant("no work for unknown addresses", SIGN_IN, "verdict = passwords.verify(password, user.password if user else None)", "verdict = passwords.verify(password, user.password) if user else passwords.Verdict(False, False)", SERVICES),
    Mutant("a suspended user signs in", SIGN_IN, "if not user.is_active:", "if user.pk is None:", SERVICES),
    Mutant("opening without the checked hash", SIGN_IN, "password=user.password, credentials_version", "credentials_version", SERVICES),
    Mutant("opening for whoever was suspended meanwhile", SIGN_IN, "pk=user.pk, is_active=True,", "pk=user.pk,", SERVICES),
    Mutant("failures cost nothing", ATTEMPTS, "if not current.is_forgiven:", "if current is None:", THROTTLING),
    Mutant("no limit per account", ATTEMPTS, '            _take(counters, _key("account", account), limits["account"], places)\n', "            pass\n", THROTTLING),
    Mutant("no limit per address", ATTEMPTS, '        _take(counters, _key("address", origin.network), limits["address"], places)\n', "", THROTTLING),
    Mutant("everybody's address is known", ATTEMPTS, "if (own := own_count()) is None:", "if (own := own_count() or origin.network) is None:", THROTTLING),
    Mutant("the limit is one off", COUNTERS, "accounts_attemptcounter.count < %s", "accounts_attemptcounter.count <= %s", THROTTLING),
    Mutant("forwarded addresses from anybody", "accounts/principals.py", "and any(address in network for network in networks)", "", f"{FLOOR} {DOORS}"),
    # Passwords
    Mutant("short passwords", PASSWORDS, "if length < least:", "if length < 1:", f"{FLOOR} {DOORS}"),
    Mutant("easy passwords", PASSWORDS, "if entropy.guesses_log10 >= MIN_GUESSES_LOG10", "if entropy.guesses_log10 >= 0", f"{FLOOR} {DOORS}"),
    Mutant("passwords as they were typed", PASSWORDS, 'return unicodedata.normalize("NFC", raw)', "return raw", f"{FLOOR} {DOORS}"),
    Mutant("trimmed passwords", "accounts/rest/serializers/fields.py", "write_only=True, trim_whitespace=False", "write_only=True, trim_whitespace=True", DOORS),
    Mutant("other sessions live through a password change", "accounts/services/password_change.py", "credentials_version=F(\"credentials_version\") + 1", "credentials_version=F(\"credentials_version\")", SERVICES),
    Mutant("any current password", "accounts/services/confirmation.py", "if not passwords.verify(password, user.password).matches:", "if not password:", SERVICES),
    Mutant("a new password ends nothing", "accounts/models/users.py", 'if "password" in names:', "if not names:", "accounts/tests/models"),
    Mutant("a stale copy is written back", "accounts/models/users.py", " and name not in GUARDED_FIELDS} | self._assigned", "}", "accounts/tests/models"),
    Mutant("anybody's session can be ended", "accounts/services/sign_out.py", "filter(pk=session_id, user_id=actor.user_id).exists()", "filter(pk=session_id).exists()", SERVICES),
    Mutant("unknown fields are lost silently", "accounts/rest/serializers/fields.py", "        if unknown:", "        if unknown and not data:", DOORS),
    Mutant("views are open", "accounts/rest/permissions.py", "return isinstance(request.user, User)", "return True", DOORS),
    # The GraphQL door
    Mutant("several credential mutations", LIMITS, "if size.credential_mutations > 1:", "if size.credential_mutations < 0:", GRAPHQL),
    Mutant("credential mutations in fragments", LIMITS, "self.size_of(fragment.selection_set, is_root=is_root)", "self.size_of(fragment.selection_set, is_root=False)", GRAPHQL),
    Mutant("aliases in fragments", LIMITS, "aliases += size.aliases", "aliases = max(aliases, size.aliases)", GRAPHQL),
    Mutant("fragments without end", LIMITS, "if name in self._under_way:", "if name == '':", GRAPHQL),
    Mutant("lists weigh nothing", LIMITS, "inner.values * REPEATS.get(name, 1)", "inner.values", GRAPHQL),
    Mutant("fragments that nothing uses", LIMITS, "elif isinstance(definition, FragmentDefinitionNode):", "elif document is None:", GRAPHQL),
    Mutant("introspection in production", DOCUMENTS, "specified_rules if introspection else", "specified_rules if True else", GRAPHQL),
    Mutant("passwords in remembered documents", DOCUMENTS, " or '\"' in query:", ":", GRAPHQL),
    Mutant("values in error messages", "accounts/graphql/messages.py", "return head + mark.removesuffix(\": \")", "return message", GRAPHQL),
    Mutant("faults in the open", "accounts/graphql/errors.py", 'return Unforeseen("The fault', 'return Unforeseen(str(exc) + "The fault', GRAPHQL),
    Mutant("mutations by GET", "accounts/graphql/views.py", "if not may_mutate and", "if False and", GRAPHQL),
    Mutant("NUL in passwords", FIELDS, "[limit, ProhibitNullCharactersValidator(), no_surrogates]", "[limit, no_surrogates]", f"{GRAPHQL} {PARITY}"),
    Mutant("names are not trimmed", FIELDS, "text = value.strip()", "text = value", PARITY),
    Mutant("another code for an address", FIELDS, "_passed(address, [identifiers.validate_email, limit, no_surrogates])", "_passed(address, [limit, no_surrogates])", PARITY),
    # A database that hangs
    Mutant("no deadline", DEADLINES, "if timeout is not None or self.deadline_seconds == math.inf:", "if timeout is None or self.deadline_seconds == math.inf:", DATABASE, "postgresql"),
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
    Mutant("explaining does not ask for standing", VERDICTS, "        standing.read(user_id=claims.subject, session_id=claims.session_id)\n", "        _ = claims\n", EXPLAINING),
    Mutant("explaining takes “can't tell” for no", VERDICTS, "    except Unavailable:\n        raise\n", "", EXPLAINING),
    Mutant("explaining misses a withdrawn key", "accounts/services/explaining/evidence.py", "        if self.key.withdrawn_at is not None:", "        if False:", EXPLAINING),
    Mutant("claims reach the terminal raw", "accounts/services/explaining/dissection.py", "json.dumps(value).replace", "json.dumps(value, ensure_ascii=False).replace", "accounts/tests/test_explain_token.py"),
    Mutant("a refused token exits 0", "accounts/management/commands/explain_token.py", "            raise SystemExit(status)", "            pass", "accounts/tests/test_explain_token.py"),
)  # fmt: skip
