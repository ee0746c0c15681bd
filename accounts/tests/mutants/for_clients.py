"""What is broken in service clients: their secrets, scopes, tokens, and who looks after them."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

CLIENTS: Final = "accounts/services/clients/clients.py"
LOCKING: Final = "accounts/services/clients/locking.py"
CREDENTIALS: Final = "accounts/services/clients/client_credentials.py"
SECRETS: Final = "accounts/services/clients/client_secrets.py"
EPOCHS: Final = "accounts/services/clients/epochs.py"
MODELS: Final = "accounts/models/clients.py"
POLICY: Final = "accounts/policy.py"
AUTHORISATION: Final = "accounts/services/authorisation.py"
STANDING: Final = "accounts/tokens/standing.py"
VERIFYING: Final = "accounts/tokens/verifying.py"
ISSUING: Final = "accounts/tokens/issuing.py"
ACKNOWLEDGEMENT: Final = "accounts/services/following/acknowledgement.py"
INVALIDATION: Final = "accounts/services/invalidation.py"
FIELDS: Final = "accounts/services/fields.py"
STOPPED: Final = "accounts/tests/services/test_stopped_actors.py"
KEEPING: Final = "accounts/tests/services/test_clients.py"
SIGNING_IN: Final = "accounts/tests/services/test_client_credentials.py"
SECRETS_TESTS: Final = "accounts/tests/services/test_client_secrets.py"
AUTHORISED: Final = "accounts/tests/services/test_client_authorisation.py"
AWAITED: Final = "accounts/tests/services/test_client_deletions.py"
POLICY_TESTS: Final = "accounts/tests/test_policy.py"
STANDING_TESTS: Final = "accounts/tests/tokens/test_client_standing.py"
TOKENS: Final = "accounts/tests/tokens/test_client_tokens.py"
ACKNOWLEDGING: Final = "accounts/tests/services/test_acknowledgement.py"
REST: Final = "accounts/tests/rest/test_clients.py"
COMMANDS: Final = "accounts/tests/test_client_commands.py"
HOUSEKEEPING: Final = "accounts/tests/services/test_housekeeping.py"

FOR_CLIENTS: Final = (
    Mutant("a secret that can't be checked is wrong", CREDENTIALS, "if not all(client_secrets.is_readable(secret.digest) for secret in secrets):", "if False:", SIGNING_IN),
    # What ends tokens
    Mutant("a disabled client keeps its tokens", CLIENTS, 'end_tokens |= "is_active" in changed or not', 'end_tokens |= not', KEEPING),
    Mutant("a narrowed client keeps its tokens", CLIENTS, 'end_tokens |= "is_active" in changed or not {*before["scopes"]} <= {*after["scopes"]}', 'end_tokens |= "is_active" in changed', KEEPING),
    Mutant("a widened client loses its tokens", CLIENTS, 'not {*before["scopes"]} <= {*after["scopes"]}', '{*before["scopes"]} != {*after["scopes"]}', KEEPING),
    Mutant("a removed client's tokens end without a notice", CLIENTS, "    epochs.renew_locked(client)\n    client.holds_personal_data = False\n", "    client.holds_personal_data = False\n", KEEPING),
    Mutant("replaced secrets leave the tokens", CLIENTS, "    epochs.renew_locked(client)\n    client.save()\n    added", "    added", KEEPING),
    Mutant("the notice names the epoch that begins", EPOCHS, "    log.append(NoticeType.CLIENT_CHANGED, client.pk, sid=str(client.epoch))\n    client.epoch = uuid4()", "    client.epoch = uuid4()\n    log.append(NoticeType.CLIENT_CHANGED, client.pk, sid=str(client.epoch))", KEEPING),
    Mutant("no notice of a client's end", EPOCHS, "    log.append(NoticeType.CLIENT_CHANGED, client.pk, sid=str(client.epoch))\n", "", KEEPING),
    Mutant("the epoch stays", EPOCHS, "client.epoch = uuid4()", "pass", KEEPING),
    Mutant("a disabled client's tokens are believed", STANDING, "if client is None or not client.is_active:", "if client is None:", STANDING_TESTS),
    Mutant("an ended epoch is believed", STANDING, "if client.epoch != epoch:", "if False:", STANDING_TESTS),
    Mutant("one copy of a client for all", STANDING, 'Memory("client", own=_copied', 'Memory("client", own=lambda each: each', STANDING_TESTS),
    # Secrets
    Mutant("replaced secrets still open", CLIENTS, "    ClientSecret.objects.filter(client=client).revoke()\n    epochs", "    epochs", KEEPING),
    Mutant("a third secret", CLIENTS, ">= MAX_LIVE_SECRETS", "> MAX_LIVE_SECRETS", KEEPING),
    Mutant("clients are not locked", LOCKING, "clients.select_for_update(no_key=True).order_by", "clients.order_by", f"{KEEPING} {STOPPED}", database="postgresql"),
    Mutant("any client's secret can be revoked", CLIENTS, "filter(pk=secret_id, client=client).revoke()", "filter(pk=secret_id).revoke()", KEEPING),
    Mutant("a revoked secret opens", MODELS, "return self.filter(revoked_at__isnull=True).order_by", "return self.order_by", SIGNING_IN),
    Mutant("what is no client's id is looked up", MODELS, "[each for each in unverified_client_ids if CLIENT_ID.fullmatch(each)]", "[*unverified_client_ids]", SIGNING_IN),
    Mutant("any secret opens", SECRETS, "constant_time_compare(_digest(unverified_secret, keys[_key_name_in(each)]), each)", "constant_time_compare(each, each)", SECRETS_TESTS),
    Mutant("a digest is for the present key alone", SECRETS, "_keys()[:2])", "_keys()[:1])", SECRETS_TESTS),
    Mutant("fallbacks open no secret", SECRETS, "return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]", "return [settings.SECRET_KEY]", SECRETS_TESTS),
    Mutant("half a character in a secret", SECRETS, "return unverified_secret.isascii() and any(", "return any(", SECRETS_TESTS),
    Mutant("every digest is of the present key", SECRETS, "return _name_of(settings.SECRET_KEY) in map(", "return bool(known_digest) or _name_of(settings.SECRET_KEY) in map(", SECRETS_TESTS),
    Mutant("the digest stays under the old key", CREDENTIALS, "anew = {} if is_current else {\"digest\": client_secrets.digest(unverified_secret)}", "anew: dict[str, str] = {}", SIGNING_IN),
    Mutant("every note of use writes the digest", CREDENTIALS, "anew = {} if is_current else {", "anew = {", SIGNING_IN),
    Mutant("who can't note a use refuses", CREDENTIALS, "except DatabaseError as exc:\n        log.warning(\"client_secret_use", "except ZeroDivisionError as exc:\n        log.warning(\"client_secret_use", SIGNING_IN),
    Mutant("whoever comes at once notes the use", CREDENTIALS, "filter(pk=secret.pk, last_used_at=noted_at)", "filter(pk=secret.pk)", SIGNING_IN),
    Mutant("the digest is made anew once an hour", CREDENTIALS, "if is_current and noted_at", "if noted_at", SIGNING_IN),
    Mutant("every use of a secret is written down", CREDENTIALS, "secret.read_at - noted_at < USE_NOTED_EVERY", "False", SIGNING_IN),
    # Signing in, and what the token says
    Mutant("a disabled client signs in", CREDENTIALS, "if not secret.client.is_active:", "if False:", SIGNING_IN),
    Mutant("any scope for a client", CREDENTIALS, "if not set(asked) <= set(client.scopes):", "if False:", SIGNING_IN),
    Mutant("one scope of its own brings the others", CREDENTIALS, "if not set(asked) <= set(client.scopes):", "if set(asked).isdisjoint(client.scopes) and asked:", SIGNING_IN),
    Mutant("whoever names a client is one", VERIFYING, 'if payload.get("sub") == client_id:', 'if client_id.startswith("svc_"):', TOKENS),
    Mutant("scopes of any type", VERIFYING, 'return _text(payload, "scope") if "scope" in payload else ""', 'return str(payload.get("scope", ""))', TOKENS),
    Mutant("a service token for a day", ISSUING, "payload = _common_payload(now, now + lifetime)", "payload = _common_payload(now, now + 86400)", TOKENS),
    Mutant("a narrowed token has all its client's scopes", "accounts/rest/views/api.py", 'frozenset(self._token.get("scope", "").split())', "frozenset(client.scopes)", REST),
    Mutant("strangers fill the log", CREDENTIALS, "if secrets or ServiceClient.objects.named(unverified_client_id).exists():", "if True:", SIGNING_IN),
    Mutant("a client without live secrets is a stranger", CREDENTIALS, "if secrets or ServiceClient.objects.named(unverified_client_id).exists():", "if secrets:", SIGNING_IN),
    Mutant("a failure does not name the client", CREDENTIALS, "client=known_client_id, reason", "reason", SIGNING_IN),
    Mutant("scopes beyond what a token has room for", FIELDS, "if len(\" \".join({*scopes})) > SCOPES_MAX_LENGTH:", "if False:", f"{REST} {COMMANDS}"),
    Mutant("the serializer takes scopes without end", "accounts/rest/serializers/clients.py", "        self.validators.append(fields.fit_into_a_token)\n", "", REST),
    Mutant("a change of nothing is written", CLIENTS, "    if changed or end_tokens:\n        _follow", "    if True:\n        _follow", KEEPING),
    Mutant("whose tokens were invalidated is half told", INVALIDATION, "clients=ended.clients,", "clients=0,", HOUSEKEEPING),
    # Who is stopped
    Mutant("a client that was stopped meanwhile goes on", LOCKING, "        standing.read(actor)\n", "", STOPPED, database="postgresql"),
    Mutant("who lost the permission meanwhile goes on", LOCKING, "        standing.read(actor)\n        authorisation.require(action, actor=actor)\n", "        standing.read(actor)\n", STOPPED, database="postgresql"),
    Mutant("an acting client is not held", LOCKING, "        clients |= ServiceClient.objects.named(actor.client_id)\n", "        pass\n", STOPPED, database="postgresql"),
    Mutant("an acting person is not held", LOCKING, "        revocation.lock_user(actor.user_id)\n", "        pass\n", STOPPED, database="postgresql"),
    Mutant("clients are held in any order", LOCKING, ".select_for_update(no_key=True).order_by(\"pk\")", ".select_for_update(no_key=True)", STOPPED, database="postgresql"),
    Mutant("who makes a client is not held", CLIENTS, "    lock_actor(Action.CREATE_CLIENT, actor=actor)\n", "    authorisation.require(Action.CREATE_CLIENT, actor=actor)\n", STOPPED, database="postgresql"),
    # Who may
    Mutant("whoever is nobody keeps clients", LOCKING, "    authorisation.require(action, actor=actor)\n    if isinstance(actor, UserPrincipal):\n", "    if isinstance(actor, UserPrincipal):\n", AUTHORISED),
    Mutant("foreign scopes are worth nothing", POLICY, "WORTH_OF_SCOPE.get(scope, WORTH_OF_FOREIGN_SCOPE)", "WORTH_OF_SCOPE.get(scope, ())", POLICY_TESTS),
    Mutant("whoever keeps clients decides for whom deletions wait", CLIENTS, "    authorisation.require(Action.FORCE_DELETION, actor=actor)\n", "", AWAITED),
    Mutant("a client's own change refuses itself", CLIENTS, "        _follow_deletions(client, actor)  # before it is saved: its own token may be the actor's, and end\n        client.save()\n", "        client.save()\n        _follow_deletions(client, actor)\n", AWAITED),
    Mutant("whoever may change clients gets hold of any", LOCKING, "    authorisation.require_granting_scopes(set(client.scopes), actor=actor)\n    return client", "    return client", AUTHORISED),
    Mutant("a client is widened beyond who does it", CLIENTS, '    authorisation.require_granting_scopes({*after["scopes"]}, actor=actor)\n', "", AUTHORISED),
    Mutant("a client is made beyond who does it", CLIENTS, "    authorisation.require_granting_scopes(set(scopes), actor=actor)\n", "", AUTHORISED),
    Mutant("anybody makes clients", CLIENTS, "    lock_actor(Action.CREATE_CLIENT, actor=actor)\n", "", AUTHORISED),
    Mutant("anybody looks at clients", CLIENTS, "    authorisation.require(Action.READ_CLIENTS, actor=actor)\n", "", AUTHORISED),
    Mutant("users:admin is worth little", POLICY, "Scope.USERS_ADMIN: {PERMISSIONS[action] for action in Action if SCOPES[action]},", "Scope.USERS_ADMIN: {PERMISSIONS[Action.READ_USERS]},", POLICY_TESTS),
    Mutant("clients are everybody's superuser", POLICY, "return None if target is None else _objection_to(action, Actor(is_staff=True), target)", "return None", POLICY_TESTS),
    Mutant("a client hands on what it lacks", POLICY, "beyond := sorted(granted - own)", "beyond := sorted(own - granted)", POLICY_TESTS),
    Mutant("staff get hold of what they lack", POLICY, "beyond := sorted(worth - actor.permissions)", "beyond := []", POLICY_TESTS),
    Mutant("any scope is enough", POLICY, "return None if action in FOR_PEOPLE or scopes & {*SCOPES[action]} else SCOPES[action][0]", "return None", POLICY_TESTS),
    Mutant("whoever administers reads the log", POLICY, "Action.READ_NOTICES: (Scope.NOTICES_READ,),", "Action.READ_NOTICES: (Scope.NOTICES_READ, Scope.USERS_ADMIN),", POLICY_TESTS),
    Mutant("a stopped client still acts", AUTHORISATION, "            standing.recall_client(client_id=client_id, epoch=epoch)\n", "", AUTHORISED),
    Mutant("superusers are at a client's mercy", AUTHORISATION, "            _refuse_for(policy.objection_to_client(action, _target(target, None)), actor, action)\n", "", AUTHORISED),
    Mutant("a client grants permissions", AUTHORISATION, "    if not isinstance(actor, System):\n        _refuse_for(policy.objection_to_granting(", "    if isinstance(actor, UserPrincipal):\n        _refuse_for(policy.objection_to_granting(", AUTHORISED),
    # Deletions
    Mutant("a removed client is still awaited", CLIENTS, "    client.holds_personal_data = False\n    _follow", "    _follow", AWAITED),
    Mutant("who holds no more is still awaited", CLIENTS, "        consumers.update(retired_at=Now())\n", "        pass\n", AWAITED),
    Mutant("who holds again is not awaited", CLIENTS, "        consumers.update(retired_at=None)\n", "", AWAITED),
    Mutant("anybody acknowledges", ACKNOWLEDGEMENT, 'actor.client_id if isinstance(actor, ClientPrincipal) else ""', 'getattr(actor, "client_id", None) or getattr(actor, "name", "")', ACKNOWLEDGING),
    Mutant("acknowledging needs no scope", ACKNOWLEDGEMENT, "    authorisation.require(Action.READ_NOTICES, actor=actor)\n", "", ACKNOWLEDGING),
)  # fmt: skip
