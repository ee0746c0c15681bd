"""What is broken in what other services, gateways and browsers rely on."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

FORWARDING: Final = "accounts/services/forwarding.py"
FORWARD_VIEW: Final = "accounts/rest/views/forward.py"
GATEWAY: Final = "accounts/tests/rest/test_forward.py accounts/tests/rest/test_forward_cookies.py"
LOOKING_UP: Final = "accounts/tests/rest/test_people.py"
EXPLAINING_SERVICES: Final = "accounts/tests/services/test_explaining_services.py"
FLAWS: Final = "accounts/services/explaining/flaws.py"
INTROSPECTION: Final = "accounts/services/introspection.py"
REVOCATION: Final = "accounts/services/token_revocation.py"
CLIENT_AUTHENTICATION: Final = "accounts/rest/oauth/client_authentication.py"
OAUTH_ERRORS: Final = "accounts/rest/oauth/errors.py"
OAUTH_FORMS: Final = "accounts/rest/oauth/forms.py"
OAUTH_VIEWS: Final = "accounts/rest/views/oauth.py"
INTROSPECTING: Final = "accounts/tests/rest/test_introspection.py"
GRANTING: Final = "accounts/tests/rest/test_token.py"
REVOKING: Final = "accounts/tests/rest/test_token_revocation.py"
READING_FORMS: Final = "accounts/tests/rest/test_oauth_forms.py"
DOCUMENTED_CALLERS: Final = "accounts/tests/rest/test_documented_callers.py"
ISSUING: Final = "accounts/tests/tokens/test_issuing.py"

FOR_SERVICES: Final = (
    # The gateway door
    Mutant("forward heeds no scope", FORWARDING, "if missing := [scope for scope in scopes if scope not in identity.claims.scope.split()]:", "if missing := [scope for scope in scopes if not identity.claims.scope]:", GATEWAY),
    Mutant("forward heeds one scope", FORWARDING, "if missing := [scope for scope in scopes if scope not in", "if missing := [scope for scope in scopes[:1] if scope not in", GATEWAY),
    Mutant("scope by substring", FORWARDING, "if scope not in identity.claims.scope.split()]", "if scope not in identity.claims.scope]", GATEWAY),
    Mutant("any group suffices", FORWARDING, "if not set(groups) <= set(_groups(identity)):", "if groups and not set(groups) & set(_groups(identity)):", GATEWAY),
    Mutant("identity headers as they are", FORWARDING, "return quote(text, safe=READABLE)", "return text", GATEWAY),
    Mutant("commas within a group", FORWARDING, 'READABLE: Final = "@:/"', 'READABLE: Final = "@:/,"', GATEWAY),
    Mutant("a demand gets into a header", FORWARDING, "if SCOPE_TOKENS.fullmatch(named) else", "if named else", GATEWAY),
    Mutant("a blank scope demands nothing", FORWARD_VIEW, 'for scope in demand.split(" ")]', "for scope in demand.split()]", GATEWAY),
    Mutant("one demand for a group", FORWARD_VIEW, 'demands.getlist("group")', '[demands["group"]] if "group" in demands else []', GATEWAY),
    Mutant("a mistyped demand is none", FORWARD_VIEW, "and name.casefold().startswith(DEMANDS):", "and name.casefold() in DEMANDS:", GATEWAY),
    Mutant("a demand in capitals is none", FORWARD_VIEW, "and name.casefold().startswith(DEMANDS):", "and name.startswith(DEMANDS):", GATEWAY),
    Mutant("the gateway's own method alone", FORWARD_VIEW, "callers.identify(forwarded_credentials_of(request.META))", "callers.identify(self.credentials)", GATEWAY),
    Mutant("forward is asked what it accepts", FORWARD_VIEW, "content_negotiation_class = Indifferent", "content_negotiation_class = Negotiation", GATEWAY),
    Mutant("forward knows GET alone", FORWARD_VIEW, "    def http_method_not_allowed", "    def http_method_not_known", GATEWAY),
    Mutant("hosts are asked at the gateway door", "authservice/middleware.py", "None if re.match(settings.GATEWAY_DOOR, request.path_info) else", "None if False else", GATEWAY),
    Mutant("hosts are asked nowhere", "authservice/middleware.py", "None if re.match(settings.GATEWAY_DOOR, request.path_info) else", "None if True else", GATEWAY),
    Mutant("neighbours of the gateway door", "authservice/settings.py", r'GATEWAY_DOOR = r"/auth/forward(/|\Z)"', 'GATEWAY_DOOR = r"/auth/forward"', GATEWAY),
    Mutant("CORS answers at the gateway door", "authservice/settings.py", 'CORS_URLS_REGEX = rf"(?!{GATEWAY_DOOR})"', 'CORS_URLS_REGEX = r"/"', GATEWAY),
    Mutant("forward has no paths below", "accounts/rest/urls.py", 'urlpatterns.append(re_path(r"^auth/forward/",', 'urlpatterns.append(re_path(r"^auth/forwarding/",', GATEWAY),
    # The OAuth doors
    Mutant("introspection without its scope", INTROSPECTION, "if Scope.TOKENS_INTROSPECT not in scopes:", "if not scopes:", INTROSPECTING),
    Mutant("doubt is called inactive", INTROSPECTION, "except NOT_ACTIVE:", "except Exception:", INTROSPECTING),
    Mutant("inactive says why", INTROSPECTION, 'return {"active": False}', 'return {"active": False, "sub": ""}', INTROSPECTING),
    Mutant("a field of one's own hides the token's claims", INTROSPECTION, 'return _of_the_user(identity) | _of_the_token(identity) | {"active": True, "token_type": "Bearer"}', 'return {"active": True, "token_type": "Bearer"} | _of_the_token(identity) | _of_the_user(identity)', INTROSPECTING),
    Mutant("another client_id in the body", CLIENT_AUTHENTICATION, 'if form.get("client_id", credentials.client_id) != credentials.client_id:', "if False:", GRANTING),
    Mutant("Basic is not percent-decoded", CLIENT_AUTHENTICATION, 'ClientCredentials(unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict"))', "ClientCredentials(client_id, secret)", GRANTING),
    Mutant("another scheme is Basic", CLIENT_AUTHENTICATION, 'if scheme.lower() != "basic":', "if not scheme:", GRANTING),
    Mutant("Basic is read leniently", CLIENT_AUTHENTICATION, "validate=True", "validate=False", GRANTING),
    Mutant("a lone secret revokes", CLIENT_AUTHENTICATION, 'if not authorization and "client_secret" not in form:', 'if not authorization and "client_id" not in form:', REVOKING),
    Mutant("wrong credentials revoke", OAUTH_VIEWS, "        client_authentication.find_caller(self.authorization, form)\n        token_revocation", "        token_revocation", REVOKING),
    Mutant("a refresh token is not revoked", REVOCATION, "return _find_holder_of_refresh(unverified_token)", "return None", REVOKING),
    Mutant("a service's token is revoked silently", REVOCATION, "            raise UnsupportedTokenType", "            return", REVOKING),
    Mutant("revocation signs out everywhere", REVOCATION, "scope=LogoutScope.THIS", "scope=LogoutScope.ALL", REVOKING),
    Mutant("an expired token is not revoked", REVOCATION, "verifying.past_or_present_holder(unverified_token)", "verifying.verify_access(unverified_token).principal", REVOKING),
    Mutant("what expired is live", "accounts/tokens/verifying.py", "return _authenticate_access(unverified_token, expired_too=False)", "return _authenticate_access(unverified_token, expired_too=True)", "accounts/tests/tokens"),
    Mutant("what is expired may be of the future", "accounts/tokens/verifying.py", "    if max(not_before, issued_at) - leeway > now:", "    if max(not_before, issued_at) - leeway > now and not expired_too:", REVOKING),
    Mutant("garbage is no request", "accounts/rest/serializers/oauth.py", "        self.validators = []  # those of DRF refuse NUL and lone surrogates\n", "", READING_FORMS),
    Mutant("typographic signs are lost", OAUTH_ERRORS, "description.translate(TYPEWRITTEN)", "description", READING_FORMS),
    Mutant("which media type is not said", OAUTH_ERRORS, '    if problem.code == "unsupported_media_type":\n        return MEDIA_TYPES\n', "", READING_FORMS),
    Mutant("the document forgets service clients", "accounts/rest/schema.py", "people if actions is None else people + by_client_token(", "people if actions is None else people or by_client_token(", DOCUMENTED_CALLERS),
    Mutant("the document demands one scope", "accounts/rest/schema.py", "for scope in policy.SCOPES[action]]", "for scope in policy.SCOPES[action][:1]]", DOCUMENTED_CALLERS),
    Mutant("the document lets people acknowledge", "accounts/rest/views/notices.py", "        auth=by_client_token(Action.READ_NOTICES),  # type: ignore[arg-type]  # the hint knows of names alone\n", "", DOCUMENTED_CALLERS),
    Mutant("the document takes a person's token at introspection", OAUTH_VIEWS, '{"client_token": [Scope.TOKENS_INTROSPECT.value]}, IN_BODY]', '{"client_token": [Scope.TOKENS_INTROSPECT.value]}, {"bearer": []}, IN_BODY]', DOCUMENTED_CALLERS),
    Mutant("a parameter twice", OAUTH_FORMS, "if len(parameters) != len(pairs):", "if len(parameters) > len(pairs):", READING_FORMS),
    Mutant("forms beyond 64 KB", OAUTH_FORMS, "raw = read_bounded(stream)", "raw = stream.read()", READING_FORMS),
    Mutant("the query is read", OAUTH_VIEWS, 'given_in(cast("dict[str, Any]", self.request.data))', "given_in({**self.request.query_params.dict(), **self.request.data})", READING_FORMS),
    Mutant("any grant", "accounts/rest/oauth/granting.py", 'if form["grant_type"] != GRANT_TYPE:', 'if not form["grant_type"]:', GRANTING),
    Mutant("any scope", "accounts/services/clients/client_credentials.py", "    if not set(asked) <= set(client.scopes):\n        raise InvalidScope\n", "", GRANTING),
    Mutant("503 is invalid_request", OAUTH_ERRORS, 'BY_STATUS: Final = {401: INVALID_TOKEN, 503: "temporarily_unavailable"}', "BY_STATUS: Final = {401: INVALID_TOKEN}", GRANTING),
    Mutant("metadata not from the issuer", "accounts/rest/oauth/metadata.py", '"token_endpoint": f"{issuer}/auth/token"', '"token_endpoint": "http://localhost:8000/auth/token"', "accounts/tests/rest/test_metadata.py"),
    # Reading people
    Mutant("lookup finds those who leave", "accounts/services/user_lookup.py", "User.objects.present().filter(pk__in", "User.objects.filter(pk__in", LOOKING_UP),
    Mutant("lookup asks no permission", "accounts/services/user_lookup.py", "    authorisation.require(Action.READ_USERS, actor=actor)\n", "", LOOKING_UP),
    Mutant("ids are read before they are counted", "accounts/rest/serializers/people.py", "        self.run_validators(data)\n", "", LOOKING_UP),
    Mutant("ids in any spelling at lookup", "accounts/rest/serializers/fields.py", '        if str(value) != data:\n            self.fail("invalid")\n', "", LOOKING_UP),
    Mutant("explaining takes a disabled client for active", FLAWS, "evidence.client is None or not evidence.client.is_active", "evidence.client is None", EXPLAINING_SERVICES),
    Mutant("explaining believes any epoch", "accounts/services/explaining/evidence.py", 'is_present = client is not None and client.epoch == _uuid(claims.get("sid"))', "is_present = client is not None", EXPLAINING_SERVICES),
    Mutant("explaining shows scopes that are none", "accounts/services/explaining/evidence.py", ' if client.scopes else "no scopes"', "", EXPLAINING_SERVICES),
    Mutant("GraphQL deletes for people alone", "accounts/graphql/mutations/deletion.py", "info.context.caller", "info.context.principal", "accounts/tests/graphql/test_service_tokens.py"),
    # Tokens
    Mutant("empty claims", "accounts/tokens/issuing.py", '(None, "", [])', "()", ISSUING),
    Mutant("rights by a profile field", "accounts/tokens/issuing.py", "{*CLAIM_READERS, *PROFILE_FIELDS} - SPOKEN_FOR", "{*CLAIM_READERS, *PROFILE_FIELDS}", ISSUING),
    Mutant("an unused key is not published", "accounts/keys/ring.py", "if key.public_jwk is not None and key.is_kept_at(now)]", "if key.public_jwk is not None and key.signing_from is not None and key.is_kept_at(now)]", "accounts/tests/keys accounts/tests/rest/test_jwks.py"),
)  # fmt: skip
