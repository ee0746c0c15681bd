"""The routes of the REST door. Each is also taken with a trailing slash, without a redirect."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path, re_path

from accounts.rest.views import (
    account,
    clients,
    cookie_mode,
    deletions,
    documents,
    forward,
    mail_pages,
    mailed_codes,
    notices,
    oauth,
    people,
    published,
    signing_in,
    start,
    users,
)

ROUTES: list[tuple[str, Callable[..., Any]]] = [
    ("auth/register", signing_in.RegisterView.as_view()),
    ("auth/login", signing_in.LoginView.as_view()),
    ("auth/refresh", signing_in.RefreshView.as_view()),
    ("auth/verify", signing_in.VerifyView.as_view()),
    ("auth/logout", signing_in.LogoutView.as_view()),
    ("auth/csrf", cookie_mode.CsrfView.as_view()),
    ("auth/user", account.UserView.as_view()),
    ("auth/user/export", account.ExportView.as_view()),
    ("auth/user/delete", deletions.OwnDeletionView.as_view()),
    ("auth/user/delete/cancel", mailed_codes.DeletionCancelView.as_view()),
    ("auth/password/change", account.PasswordChangeView.as_view()),
    ("auth/password/reset", mailed_codes.PasswordResetView.as_view()),
    ("auth/password/reset/confirm", mailed_codes.PasswordResetConfirmView.as_view()),
    ("auth/email/verify", mailed_codes.EmailVerifyView.as_view()),
    ("auth/email/resend", mailed_codes.EmailResendView.as_view()),
    ("auth/email/change", mailed_codes.EmailChangeView.as_view()),
    ("auth/sessions", account.SessionsView.as_view()),
    ("auth/sessions/<uuid:session_id>", account.SessionView.as_view()),
    ("auth/token", oauth.TokenView.as_view()),
    ("auth/introspect", oauth.IntrospectionView.as_view()),
    ("auth/revoke", oauth.RevocationView.as_view()),
    ("auth/forward", forward.ForwardView.as_view()),
    ("notices", notices.NoticesView.as_view()),
    ("notices/ack", notices.AcknowledgementView.as_view()),
    ("users/lookup", people.LookupView.as_view()),
    ("users/<uuid:user_id>", people.PersonView.as_view()),
    ("users/<uuid:user_id>/suspend", users.SuspendView.as_view()),
    ("users/<uuid:user_id>/reinstate", users.ReinstateView.as_view()),
    ("users/<uuid:user_id>/suspensions", users.SuspensionsView.as_view()),
    ("users/<uuid:user_id>/deletion", deletions.ReceiptView.as_view()),
    ("users/<uuid:user_id>/deletion/force", deletions.DeletionForceView.as_view()),
    ("clients", clients.ClientsView.as_view()),
    ("clients/<str:client_id>", clients.ClientView.as_view()),
    ("clients/<str:client_id>/secrets", clients.ClientSecretsView.as_view()),
    ("clients/<str:client_id>/secrets/<uuid:secret_id>", clients.ClientSecretView.as_view()),
    (".well-known/jwks.json", published.JwksView.as_view()),
    (".well-known/oauth-authorization-server", published.MetadataView.as_view()),
    (".well-known/openid-configuration", published.MetadataAliasView.as_view()),
    ("api/schema", documents.SchemaView.as_view()),
    ("api/docs", documents.SwaggerView.as_view()),
    ("api/redoc", documents.RedocView.as_view()),
    ("api/redoc.js", documents.redoc_script),
    ("account/reset-password", mail_pages.reset_password),
    ("account/verify-email", mail_pages.verify_email),
    ("account/cancel-deletion", mail_pages.cancel_deletion),
    ("problems/<slug:code>", published.problem_page),
]
urlpatterns: list[URLPattern] = [path("", start.start_page)]
# One route after the other is compared, so those that everybody uses come before their twins.
urlpatterns += [path(route + slash, view) for slash in ("", "/") for route, view in ROUTES]
urlpatterns.append(re_path(r"^auth/forward/", forward.ForwardView.as_view()))  # and whatever follows
