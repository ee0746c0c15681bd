"""Django's settings, computed from `authservice.env`; nothing else reads the environment."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE

from authservice import __version__, appearance, logs
from authservice.env import BASE_DIR, ENV

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = ENV.secret_key_fallbacks
ALLOWED_HOSTS = ENV.allowed_hosts
EMBEDDED = ENV.embedded
STOPPING_FILE = ENV.stopping_file
METRICS_TOKEN = ENV.metrics_token
GRAPHIQL = ENV.graphiql
REDIS_URL = ENV.redis_url
TRUSTED_PROXIES = ENV.trusted_proxies
SERVER_THREADS = ENV.server_threads

INSTALLED_APPS = [
    "accounts",
    "unfold.apps.BasicAppConfig",  # its templates come before Django's own
    "django.contrib.admin.apps.SimpleAdminConfig",  # finds nothing by itself: `accounts.admin` says what there is
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "graphene_django",
    "graphene_django_graphiql_static",
    "phonenumber_field",
    "rest_framework",
]
MIDDLEWARE = [
    "authservice.middleware.RequestContextMiddleware",
    "authservice.headers.PolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "authservice.headers.OriginMiddleware",
    "authservice.middleware.HostMiddleware",
]
ROOT_URLCONF = "authservice.urls"
WSGI_APPLICATION = "authservice.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],  # not there by default: what is put there overrides ours
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# One stopped process must not hold up every revocation, hence the deadlines at the server; a dead server is
# noticed by the client's own (TCP) ones, and one that hangs by those of `accounts.postgresql`.
POSTGRESQL_OPTIONS: dict[str, Any] = {
    "options": "-c lock_timeout=2000 -c idle_in_transaction_session_timeout=2000 -c statement_timeout=4000",
    "connect_timeout": 2,
    "tcp_user_timeout": 4000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
# Immediate transactions: a deferred one that turns from reading to writing fails at once instead of waiting. What is
# erased is overwritten in the file, whatever SQLite was compiled with.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 4,
    "init_command": "PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON",
}
_is_sqlite = "sqlite" in ENV.database["ENGINE"]
_engine_options = SQLITE_OPTIONS if _is_sqlite else POSTGRESQL_OPTIONS
_own_options = ENV.database.get("OPTIONS", {})
if "options" in _own_options:  # of the URL: added to the deadlines, not in their place
    _own_options["options"] = f"{POSTGRESQL_OPTIONS['options']} {_own_options['options']}"
DATABASES: dict[str, Any] = {
    "default": ENV.database
    | {
        "ENGINE": ENV.database["ENGINE"] if _is_sqlite else "accounts.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _engine_options | _own_options,
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.permissions.PermissionsOnly"]
PASSWORD_HASHERS = [
    "accounts.passwords.Argon2id",
    # Taken from elsewhere, and made anew at the next sign-in. One class each: of two of one name the last counts.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "accounts.passwords.Bcrypt",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
DEFAULT_FROM_EMAIL = ENV.default_from_email
EMAIL_TIMEOUT = 20.0  # for each wait; `accounts.delivery.sending` bounds all of them together
globals().update(ENV.email)

AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.Rules"}]
globals().update(ENV.auth)

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_HANDLERS: list[str] = []  # none is taken anywhere, and none written to the disk
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
# Heeded over https alone; over http, Chromium writes an error on the console of every page.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if ENV.auth["AUTH_ISSUER"].startswith("https:") else None
# TLS ends at the proxy in front, which also redirects and sets HSTS for its own host names.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W003", "security.W002"]
# Sessions, users and messages stand around the admin's pages alone (`accounts.admin.doorway`), not around every token.
SILENCED_SYSTEM_CHECKS += ["admin.E408", "admin.E409", "admin.E410"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {"default-src": [NONE], "frame-ancestors": [NONE], "base-uri": [NONE], "form-action": [NONE]}
}
# Of the admin, the one place where Django's own guard against forged forms stands. TLS ends before us, so that Django
# can't know by itself under which name, and by which scheme, a browser sees the page.
_is_https = ENV.auth["AUTH_ISSUER"].startswith("https:")
CSRF_COOKIE_NAME = "__Secure-admin-csrf" if _is_https else "admin-csrf"
CSRF_COOKIE_PATH = "/admin/"
CSRF_COOKIE_AGE = None
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _is_https
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(ENV.auth["AUTH_ISSUER"]))]
CSRF_FAILURE_VIEW = "accounts.admin.refusals.csrf_failed"
MESSAGE_STORAGE = "accounts.admin.notes.AdminCookie"
UNFOLD = appearance.unfold(static_url=STATIC_URL)
CORS_ALLOWED_ORIGINS = ENV.cors_allowed_origins
CORS_ALLOW_HEADERS = ["authorization", "content-type", "x-auth-transport", "x-csrf-token", "x-request-id"]
GATEWAY_DOOR = r"/auth/forward(/|\Z)"  # and all below
CORS_URLS_REGEX = rf"(?!{GATEWAY_DOOR})"  # a preflight that a gateway hands on is a request without a token
CORS_EXPOSE_HEADERS = ["X-Request-ID", "Retry-After", "WWW-Authenticate"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.rest.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.rest.permissions.IsUser"],
    "DEFAULT_PARSER_CLASSES": ["accounts.rest.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "accounts.rest.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_METADATA_CLASS": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# simplejwt is given what its own classes still ask for; `AUTH_*` is the only place to configure.
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=ENV.auth["AUTH_ACCESS_LIFETIME"]),
    "REFRESH_TOKEN_LIFETIME": timedelta(seconds=ENV.auth["AUTH_REFRESH_IDLE_LIFETIME"]),
    "ALGORITHM": ENV.auth["AUTH_ALGORITHM"],
    "SIGNING_KEY": "",
    "ISSUER": ENV.auth["AUTH_ISSUER"],
    "AUDIENCE": ENV.auth["AUTH_AUDIENCE"],
    "LEEWAY": ENV.auth["AUTH_CLOCK_LEEWAY"],
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "sub",
    "TOKEN_TYPE_CLAIM": None,
    "AUTH_TOKEN_CLASSES": ["accounts.tokens.jwt.AccessToken"],
}
GRAPHENE = {"SCHEMA": "accounts.graphql.schema.schema", "CAMELCASE_ERRORS": True}
SPECTACULAR_SETTINGS = {
    "TITLE": "authservice",
    "VERSION": __version__,
    "DESCRIPTION": "Sign in by e-mail, receive a short-lived JWT, let other services learn that it holds.",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "displayRequestDuration": True, "validatorUrl": None},
    "PREPROCESSING_HOOKS": ["accounts.rest.schema.drop_slashed_routes"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.rest.schema.summarise_operations",
        "accounts.rest.schema.describe_answers",
        "accounts.rest.schema.guard_cookies",
        "accounts.rest.schema.suit_generators",
        "accounts.rest.oauth.documents.complete",
    ],
    "TAGS": [{"name": name} for name in ("Signing in", "Account", "By mail", "For other services", "Administration")],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "LogoutScope": "accounts.services.sign_out.LogoutScope",
        "AcknowledgementState": "accounts.services.deleting.receipts.AcknowledgementState",
    },
}

LOGGING_CONFIG = None
logs.configure(level=ENV.log_level, as_json=ENV.log_format == "json")
