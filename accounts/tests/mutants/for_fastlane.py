"""What is broken in what is answered before Django."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

BELIEVING: Final = "accounts/fastlane/believing.py"
CLOSINGS: Final = "accounts/fastlane/closings.py"
CONDITIONS: Final = "accounts/fastlane/conditions.py"
HEADERS: Final = "accounts/fastlane/headers.py"
LANE: Final = "accounts/fastlane/lane.py"
LANE_NOTICES: Final = "accounts/fastlane/notices.py"
PAGES: Final = "accounts/fastlane/pages.py"
PLAIN: Final = "accounts/fastlane/plain.py"
SEEN: Final = "accounts/tokens/seen.py"
TAIL: Final = "accounts/notices/tail.py"
TALLY: Final = "accounts/fastlane/tally.py"
TRUSTED_KEYS: Final = "accounts/tokens/trusted_keys.py"
VERIFY: Final = "accounts/fastlane/verify.py"

PARITY: Final = "accounts/tests/fastlane/test_parity.py"
CALLERS: Final = "accounts/tests/fastlane/test_parity_of_callers.py"
STANDING: Final = "accounts/tests/fastlane/test_standing.py"
FORKS: Final = "accounts/tests/fastlane/test_forks.py"
POLLS: Final = "accounts/tests/fastlane/test_notices.py"
COUNTS: Final = "accounts/tests/fastlane/test_tally.py"
OPENING: Final = "accounts/tests/fastlane/test_conditions.py"
SERVED: Final = "accounts/tests/fastlane/test_real_servers.py"

CLIENT_TOKENS: Final = "accounts/tests/fastlane/test_client_tokens.py"

FOR_FASTLANE: Final = (
    # Tokens for service clients
    Mutant("the lane gives the disabled a token", "accounts/services/clients/client_credentials.py", "secret is None or not secret.client.is_active else", "secret is None else", CLIENT_TOKENS),
    Mutant("the lane gives tokens for any grant", "accounts/rest/oauth/granting.py", '(authorization, form) if form["grant_type"] == GRANT_TYPE else None', "(authorization, form)", CLIENT_TOKENS),
    Mutant("the lane tells of a refusal that Django tells of", "accounts/rest/oauth/granting.py", "client = client_authentication.find(", "client = client_authentication.authenticate(", CLIENT_TOKENS),
    Mutant("the lane tells under no id", "accounts/fastlane/client_tokens.py", "with bound_contextvars(request_id=request_id):", "with bound_contextvars():", CLIENT_TOKENS),
    # What a yes rests on
    Mutant("the lane skips expiry", SEEN, "return self.good_from <= time() < self.good_until", "return self.good_from <= time()", STANDING),
    Mutant("the lane skips the beginning", SEEN, "return self.good_from <= time() < self.good_until", "return time() < self.good_until", STANDING),
    Mutant("the lane ignores a withdrawn key", BELIEVING, "    if not known.is_current() or trusted_keys.find_kept(known.key_id, KeyPurpose.ACCESS) is None:", "    if not known.is_current():", STANDING),
    Mutant("the lane trusts a ring that is not held against the log", TRUSTED_KEYS, "return tail.keeps_up() and hearing.is_up_to_date()", "return tail.keeps_up()", STANDING),
    Mutant("the lane skips the session", BELIEVING, "return standing.kept_session(user_id=user_id, session_id=session_id)", "return getattr(standing.sessions._store.find(session_id), 'value', None)", STANDING),
    Mutant("the lane takes anybody's session", BELIEVING, "return standing.kept_session(user_id=user_id, session_id=session_id)", "return standing.kept_session(user_id=getattr(getattr(standing.sessions._store.find(session_id), 'value', None), 'user_id', user_id), session_id=session_id)", STANDING),
    Mutant("the lane skips the client's epoch", BELIEVING, "return standing.kept_client(client_id=client_id, epoch=epoch)", "return getattr(standing.clients._store.find(epoch), 'value', None)", STANDING),
    Mutant("the lane serves a stale user", CLOSINGS, "        if not kept.closing:\n            kept.closing = self._render(kept.session().user)\n        return kept.closing\n", "        self.__dict__.setdefault(str(kept.pk), b'') or self.__dict__.update({str(kept.pk): self._render(kept.session().user)})\n        return self.__dict__[str(kept.pk)]\n", STANDING),
    Mutant("the lane renders each answer anew", CLOSINGS, "if not kept.closing:", "if kept:", "accounts/tests/fastlane/test_closings.py"),
    Mutant("the lane publishes yesterday's keys", "accounts/fastlane/jwks.py", "if (rendered := self._rendered) is None or rendered[0] != keys:", "if (rendered := self._rendered) is None:", STANDING),
    Mutant("a withdrawn key is good where it was seen", SEEN, "    return trusted_keys.find(known.key_id, KeyPurpose.ACCESS) is not None\n", "    return True\n", "accounts/tests/tokens/test_seen.py"),
    Mutant("a token is good for ever where it was seen", SEEN, "known is None or not known.is_current() or", "known is None or", "accounts/tests/tokens/test_seen.py"),
    Mutant("tokens seen without a bound of their scopes", SEEN, " or self.characters + characters > MAX_CHARACTERS", "", "accounts/tests/tokens/test_seen.py"),
    # Forks
    Mutant("the lane trusts what it saw before a fork", SEEN, "os.register_at_fork(after_in_child=tokens.forget)", "pass", FORKS),
    Mutant("the lane counts again after a fork", TALLY, "os.register_at_fork(after_in_child=tally.forget)", "pass", FORKS),
    # What is plain
    Mutant("the lane ignores Host", VERIFY, "plain.is_for_us(environ) and plain.takes_json", "plain.takes_json", PARITY),
    Mutant("the lane takes every Host", PLAIN, "return bool(domain) and validate_host(domain, allowed_hosts)", "return bool(domain)", PARITY),
    Mutant("the lane ignores Origin", PLAIN, '("HTTP_ORIGIN", "HTTP_COOKIE", ', '("HTTP_COOKIE", ', PARITY),
    Mutant("the lane ignores cookies", PLAIN, '("HTTP_ORIGIN", "HTTP_COOKIE", ', '("HTTP_ORIGIN", ', CALLERS),
    Mutant("the lane ignores conditions", PLAIN, '"HTTP_IF_NONE_MATCH", ', "", CALLERS),
    Mutant("the lane ignores chunks", PLAIN, '("HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING")', '("HTTP_CONTENT_ENCODING",)', PARITY),
    Mutant("the lane ignores methods", LANE, 'if lane is None or lane.method != environ.get("REQUEST_METHOD"):', "if lane is None:", CALLERS),
    Mutant("the lane ignores Accept", PLAIN, 'return environ.get("HTTP_ACCEPT") in ACCEPTED', "return True", PARITY),
    Mutant("the lane ignores the query", PLAIN, 'return not environ.get("QUERY_STRING")', "return True", CALLERS),
    Mutant("the lane ignores the body of a GET", PLAIN, 'return environ.get("CONTENT_LENGTH") in NO_LENGTH', "return True", CALLERS),
    Mutant("the lane ignores Content-Type", PLAIN, 'environ.get("CONTENT_TYPE") not in media_types or ', "", PARITY),
    Mutant("the lane takes a body that was cut short", PLAIN, "return read if len(read) == int(text) else None", "return read", PARITY),
    Mutant("the lane keeps the body", PLAIN, '    environ["wsgi.input"] = io.BytesIO(read)\n', "", PARITY),
    Mutant("the lane guesses the member", PLAIN, '    that is no token.\n    """\n', '    that is no token.\n    """\n    if body.count(b\'"\') > 3:\n        return body.decode("latin-1").split(\'"\')[3]\n', PARITY),
    Mutant("the lane trims tokens", BELIEVING, "return authorization[len(SCHEME) :] if", "return authorization[len(SCHEME) :].strip() if", CALLERS),
    Mutant("the lane ignores the Host of callers", PLAIN, "return is_for_us(environ) and takes_json(environ) and has_no_query", "return takes_json(environ) and has_no_query", CALLERS),
    # The end of the log
    Mutant("the lane tells anybody of the log", LANE_NOTICES, "        authorisation.require(Action.READ_NOTICES, actor=caller)\n", "", POLLS),
    Mutant("the lane says of any place that it is the end", TAIL, "            and self._position == position\n", "", POLLS),
    Mutant("the lane says of an end of long ago that it is one", TAIL, "            and clock.now() - self._read_at < READ_EVERY_SECONDS\n", "", POLLS),
    Mutant("the lane does not hear its own process", TAIL, "            and not self._has_appended\n", "", POLLS),
    Mutant("what this process has told is read late", TAIL, "            self._due_at = NEVER  # at once", "            pass  # at once", POLLS),
    Mutant("a page up to another end", PAGES, "return body if tail.ends_at(cursor.read(kept.end)) else None", "return body", POLLS),
    Mutant("a page of another window", PAGES, "self.end == end and self.window == window and", "self.end == end and", POLLS),
    Mutant("a page for ever", PAGES, " and clock.now() - self.began_at < MEMORY_SECONDS", "", POLLS),
    # Headers, counts, conditions
    Mutant("the lane learns from refusals", HEADERS, 'if status == "200 OK":', "if status:", OPENING),
    Mutant("the lane repeats anybody's headers", HEADERS, "if unknown := sorted({name for name, _ in constant if name.lower() not in CONSTANT}):", "if unknown := []:", OPENING),
    Mutant("the lane counts no standing", TALLY, "            total.looks += looks\n", "", COUNTS),
    Mutant("the lane tells a scrape too late", "authservice/probes.py", "    tally.flush()\n", "", COUNTS),
    Mutant("the lane loses counts at the end", TALLY, "Finalize(None, tally.flush, exitpriority=0)\n", "", SERVED),
    Mutant("the lane is open whatever the middleware", CONDITIONS, "if not MIDDLEWARE.issuperset(settings.MIDDLEWARE):", "if False:", OPENING),
    Mutant("the lane is open whatever the settings", CONDITIONS, "if getattr(settings, name) != value", "if False", OPENING),
    Mutant("the lane can not be shut", CONDITIONS, "    if not auth_settings.fastlane:", "    if False:", OPENING),
    Mutant("the lane answers with its own faults", LANE, "        except Exception:  # whatever it is, Django answers\n", "        except ZeroDivisionError as exc:\n            raise SystemExit from exc\n        except Exception:\n", OPENING),
    Mutant("a page whatever types are asked for", "accounts/fastlane/notices.py", 'frozenset(NoticeType(name) for name in text.split("%2C")) if text else frozenset()', "frozenset()", "accounts/tests/fastlane/test_notices.py"),
    Mutant("a page whatever limit is asked for", "accounts/fastlane/notices.py", "int(limit) if limit else None", "None", "accounts/tests/fastlane/test_notices.py"),
    Mutant("the lane decides about stolen tokens, and Django once more", "accounts/fastlane/refresh.py", "refreshing.renew_newest(unverified_token=plain.only_member(body, b\"refresh\"))", "refreshing.refresh(unverified_token=plain.only_member(body, b\"refresh\"), origin=__import__('accounts.principals', fromlist=['Origin']).Origin())", "accounts/tests/fastlane/test_refresh.py"),
    Mutant("any token of a session is its newest, in the lane", "accounts/services/refreshing.py", "    session, generation = proof.session, proof.claims.generation\n    if generation != session.generation or", "    session, generation = proof.session, proof.session.generation\n    if", "accounts/tests/fastlane/test_refresh.py"),
    Mutant("tokens too large are handed out in the lane", "accounts/services/refreshing.py", " or not issuing.has_room(session, at_most=compact.MAX_LENGTH):", ":", "accounts/tests/fastlane/test_refresh.py"),
    Mutant("a refresh in the lane is told under no request", "accounts/fastlane/refresh.py", "with bound_contextvars(request_id=request_id):", "with bound_contextvars():", "accounts/tests/fastlane/test_refresh.py"),
)  # fmt: skip
