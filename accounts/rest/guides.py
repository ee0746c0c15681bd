"""The page behind each problem code: the usual reason, the fix, and a curl that shows it."""

from dataclasses import dataclass
from typing import Final

from accounts.conf import auth_settings
from accounts.rest.problems import STATUS_BY_CODE, TITLES


@dataclass(frozen=True, slots=True)
class Guide:
    """Prose for people who met a problem. `call` is what curl gets after the base URL's options."""

    code: str
    reason: str
    fix: str
    call: str

    @property
    def title(self) -> str:
        return TITLES[self.code]

    @property
    def status(self) -> int:
        return STATUS_BY_CODE[self.code]

    @property
    def curl(self) -> str:
        return "curl -i " + self.call.replace("URL", auth_settings.issuer)


JSON: Final = "-H 'Content-Type: application/json' -d"
LOGIN: Final = f"URL/auth/login {JSON}"
REFRESH: Final = f"URL/auth/refresh {JSON}"
VERIFY: Final = f"URL/auth/verify {JSON}"
USER: Final = 'URL/auth/user -H "Authorization: Bearer $ACCESS"'

_ALL: Final = (
    Guide("invalid_input", "A field is missing, of another type, too long, or a password is too weak.", "Read errors: it names each field and says what it takes.", f"{LOGIN} '{{}}'"),
    Guide("unknown_field", "The body has a member that this operation does not take, often in another spelling.", "Use the names of the OpenAPI document: lower_snake, such as first_name.", f"URL/auth/register {JSON} '{{\"firstName\": \"Ada\"}}'"),
    Guide("malformed_body", "The body is not JSON, is cut off, is nested too deeply, names a member twice, or is no object.", "Send one JSON object in UTF-8.", f"{LOGIN} '{{\"email\"'"),
    Guide("bad_request", "The Host header is not among ALLOWED_HOSTS, or the request line does not read.", "Call the service by a name that its operator allows.", "URL/auth/user -H 'Host: elsewhere.example'"),
    Guide("not_authenticated", "No token was sent with a call that needs one; or, in cookie mode, one of the two cookies is missing.", "Sign in and send Authorization: Bearer <access>; in cookie mode, sign in again with X-Auth-Transport: cookie.", "URL/auth/user"),
    Guide("invalid_credentials", "No account has this address, or the password is another one; or, where addresses are verified first, a new account's is not yet. Which of them is not told.", "Check both; passwords are case-sensitive and never trimmed. After registering, use the link in the mail first.", f"{LOGIN} '{{\"email\": \"ada@example.com\", \"password\": \"not this one\"}}'"),
    Guide("token_invalid", "The token is cut off or altered, was signed by a key that is not ours, or was made for another audience.", "Send the access token exactly as it came; compare issuer and audience with this service's.", f"{VERIFY} '{{\"token\": \"a.b.c\"}}'"),
    Guide("token_expired", "Access tokens live for minutes; this one's time is over.", "Refresh, and go on with the new token.", f"{VERIFY} \"{{\\\"token\\\": \\\"$OLD_ACCESS\\\"}}\""),
    Guide("token_too_large", "The access token would be longer than 8,192 characters, or in cookie mode than a cookie may be (4,096 bytes): mostly for an account in very many groups. No session was opened or changed.", "Its operator puts the account into fewer groups, or takes groups out of AUTH_ACCESS_CLAIMS; the log says by how much it is too long.", f"{LOGIN} '{{\"email\": \"ada@example.com\", \"password\": \"…\"}}'"),
    Guide("wrong_token_type", "A refresh token was sent where an access token belongs.", "Send access; keep refresh for /auth/refresh alone.", f"{VERIFY} \"{{\\\"token\\\": \\\"$REFRESH\\\"}}\""),
    Guide("session_revoked", "The session was ended: by signing out, by a password change, from another device, or by its operator.", "Sign in again.", USER),
    Guide("client_disabled", "The service client behind the token was disabled or removed.", "Ask the operator of the service; an enabled client gets a new token.", f"{VERIFY} \"{{\\\"token\\\": \\\"$SERVICE_TOKEN\\\"}}\""),
    Guide("invalid_client", "No service client has this id and secret, or the client is disabled.", "Compare both with what was shown when they were made; a lost secret is replaced, never shown again.", "URL/auth/token -u svc_unknown:secret -d grant_type=client_credentials"),
    Guide("invalid_scope", "The client asks for a scope that it does not have.", "Ask for fewer, or have the scope given to the client.", "URL/auth/token -u \"$CLIENT_ID:$CLIENT_SECRET\" -d grant_type=client_credentials -d scope=unheard-of"),
    Guide("unsupported_token_type", "A service client's token was sent to be revoked; it has no session that could end.", "Let it run out; to end all tokens of a client, disable the client or end its tokens.", 'URL/auth/revoke -d "token=$SERVICE_TOKEN"'),
    Guide("insufficient_scope", "The token is good, but lacks the scope that WWW-Authenticate names.", "Get a token with that scope; if the client does not have it, have it given.", 'URL/notices -H "Authorization: Bearer $SERVICE_TOKEN"'),
    Guide("csrf_failed", "The call came with cookies, and X-CSRF-Token is missing, is another session's, or the browser says that a page of another origin sent it.", "Send the csrf_token of the sign-in, or of GET /auth/csrf, in X-CSRF-Token, from a page of this service's own origin. Programs that are no browser send Authorization: Bearer.", "URL/auth/user -X PATCH --cookie \"__Host-access=$ACCESS\" -H 'Content-Type: application/json' -d '{}'"),
    Guide("too_many_secrets", "The client has two live secrets already.", "Revoke the one that nothing uses any more, then make the next.", 'URL/clients/$CLIENT_ID/secrets -X POST -H "Authorization: Bearer $ACCESS"'),
    Guide("account_suspended", "The account's operator has suspended it. At sign-in the status is 403, for tokens 401.", "Ask the operator of the service.", USER),
    Guide("email_not_verified", "The account's address has to be verified by now, and has not been since it was last signed in to. New accounts hear `invalid_credentials`.", "Ask for a mail with a link, and follow it.", f"URL/auth/email/resend {JSON} '{{\"email\": \"ada@example.com\"}}'"),
    Guide("invalid_code", "A code from a mail was used before, is over (10 minutes for passwords, 24 hours for addresses, 72 for invitations), is not the newest one, or the account's address or password has changed since.", "Ask for another mail, and use the link in the newest one.", f"URL/auth/email/verify {JSON} '{{\"token\": \"not-a-code\"}}'"),
    Guide("second_factor_required", "The account asks for more than the password.", "Finish the sign-in with the second factor.", f"{LOGIN} '{{\"email\": \"ada@example.com\", \"password\": \"…\"}}'"),
    Guide("invalid_refresh_token", "The refresh token is malformed, expired, or was superseded a moment ago by a parallel refresh; or, in cookie mode, a sub-domain set a refresh cookie beside ours.", "Use the newest refresh token that was answered; if there is none, sign in again. In cookie mode, remove the other domain's cookie if signing in again does not help.", f"{REFRESH} '{{\"refresh\": \"a.b.c\"}}'"),
    Guide("refresh_token_reused", "A refresh token was used long after it had been superseded: a client keeps its first one, or somebody copied it.", "Store the refresh of every answer in place of the one sent. The session was ended; sign in again.", f"{REFRESH} \"{{\\\"refresh\\\": \\\"$OLD_REFRESH\\\"}}\""),
    Guide("permission_denied", "The caller is known, but may not do this.", "Ask for the permission, or call as somebody who has it.", USER),
    Guide("registration_closed", "This service makes no accounts for strangers.", "Ask its operator for an account, or set AUTH_REGISTRATION=open.", f"URL/auth/register {JSON} '{{\"email\": \"ada@example.com\", \"password\": \"…\"}}'"),
    Guide("wrong_password", "The password that was sent is not the account's.", "Try again; failures count towards the sign-in limits.", f"URL/auth/password/change -H \"Authorization: Bearer $ACCESS\" {JSON} '{{\"current_password\": \"…\", \"new_password\": \"…\"}}'"),
    Guide("not_found", "Nothing is at this path, or it belongs to somebody else.", "Look at the list of operations.", "URL/nowhere"),
    Guide("method_not_allowed", "The path exists, but not with this method; Allow lists those it has.", "Use one of the methods in Allow.", "-X DELETE URL/auth/login"),
    Guide("not_acceptable", "Accept asks for a representation that does not exist.", "Accept application/json.", "URL/auth/user -H 'Accept: image/png'"),
    Guide("email_taken", "The address is in use, or its account is still being deleted; case and Unicode forms don't make another address.", "Sign in, or use another address; one that is being deleted is free once the services that hold its data have acknowledged.", f"URL/auth/register {JSON} '{{\"email\": \"ada@example.com\", \"password\": \"…\"}}'"),
    Guide("cursor_expired", "The cursor is older than what the log of notices keeps, or the log was set back to an earlier state since: notices may have been missed.", "Resync fully: read the notices without a cursor up to complete, then fetch again everything that was copied from here.", "'URL/notices?after=AAAAAAAAAAE_____________________' -H \"Authorization: Bearer $ACCESS\""),
    Guide("body_too_large", "The body is larger than 64 KB.", "Send less.", f"{LOGIN} @a-large-file.json"),
    Guide("unsupported_media_type", "The body's Content-Type is not application/json.", "Send JSON and say so.", "URL/auth/login -d 'email=ada@example.com'"),
    Guide("too_many_attempts", "Too many wrong passwords for this account, or from this address; or too many mails asked for, or accounts made.", "Wait as long as Retry-After says.", f"{LOGIN} '{{\"email\": \"ada@example.com\", \"password\": \"not this one\"}}'"),
    Guide("internal_error", "A fault of ours; it has been logged.", "Report it with the request_id.", "URL/auth/user"),
    Guide("busy", "More passwords are being hashed than the service takes at once.", "Try again after Retry-After.", f"{LOGIN} '{{\"email\": \"ada@example.com\", \"password\": \"…\"}}'"),
    Guide("keys_unreadable", "SECRET_KEY or AUTH_KEY_ENCRYPTION_KEYS was changed and the old value is not among the fallbacks.", "Its operator puts the old value into SECRET_KEY_FALLBACKS, or after the new one in AUTH_KEY_ENCRYPTION_KEYS.", "URL/readyz"),
    Guide("temporarily_unavailable", "The service can't reach its database, so it says neither yes nor no.", "Try again after Retry-After; keep your tokens.", "URL/readyz"),
)  # fmt: skip
GUIDES: Final = {guide.code: guide for guide in _ALL}
