"""What is broken in the Django admin: the way in, the session, and the pages of people, clients and groups."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

ENTRY: Final = "accounts/services/admin_entry.py"
COOKIE: Final = "accounts/admin/cookie.py"
DOORWAY: Final = "accounts/admin/doorway.py"
SITE: Final = "accounts/admin/site.py"
PAGES: Final = "accounts/admin/pages.py"
FORMS: Final = "accounts/admin/forms.py"
POLICY_OF_PAGES: Final = "accounts/admin/policy.py"
USER_ACTS: Final = "accounts/admin/users/acts.py"
CLIENT_ACTS: Final = "accounts/admin/clients/acts.py"
GROUPS: Final = "accounts/admin/groups.py"
ENTERED: Final = "accounts/tests/admin/test_entry.py"
PEOPLE: Final = "accounts/tests/admin/test_users.py"
CLIENTS: Final = "accounts/tests/admin/test_clients.py"
OF_GROUPS: Final = "accounts/tests/admin/test_groups.py"
MATRIX: Final = "accounts/tests/admin/test_permission_matrix.py"
BACKEND: Final = "accounts/permissions.py"
KEYSET: Final = "accounts/admin/keyset.py"
QUERIES: Final = "accounts/admin/queries.py"
REQUESTS: Final = "accounts/tests/admin/test_requests.py"
SESSIONS: Final = "accounts/tests/admin/test_sessions.py"
LISTS: Final = "accounts/tests/admin/test_lists.py"

FOR_ADMIN: Final = (
    Mutant("everybody comes into the admin", ENTRY, "    if not session.user.is_staff:\n", "    if session.user.is_staff is None:\n", ENTERED),
    Mutant("who is refused keeps the session", ENTRY, "        leave(principal, origin=origin)\n        reason", "        reason", ENTERED),
    Mutant("who is staff no more stays", ENTRY, "    if not user.is_staff:\n", "    if user.is_staff is None:\n", ENTERED),
    Mutant("the admin remembers by itself", ENTRY, "    user = standing.recall_session(user_id=principal.user_id, session_id=principal.session_id).user\n", "    user = User.objects.get(pk=principal.user_id)\n", ENTERED),
    Mutant("django has a way in of its own", BACKEND, "    def authenticate(self, *_: Any, **__: Any) -> None:\n        return None\n\n", "", ENTERED),
    Mutant("the admin's cookie goes everywhere", COOKIE, "    response.set_cookie(name(), value, path=PATH,", '    response.set_cookie(name(), value, path="/",', ENTERED),
    Mutant("scripts read the admin's cookie", COOKIE, 'name(), value, path=PATH, secure=is_https(), httponly=True', 'name(), value, path=PATH, secure=is_https(), httponly=False', ENTERED),
    Mutant("the admin's cookie goes in clear", COOKIE, 'name(), value, path=PATH, secure=is_https()', 'name(), value, path=PATH, secure=False', ENTERED),
    Mutant("the admin's cookie is good for ever", COOKIE, ", max_age=LONGEST)", ")", ENTERED),
    Mutant("the first of two cookies counts", COOKIE, "    if len(found) > 1:\n        raise TokenInvalid(TWICE)\n", "", ENTERED),
    Mutant("cut off, one is sent to the login", DOORWAY, "    except (*IS_OVER, errors.PermissionDenied):\n        return\n", "    except (errors.Refusal, *refusals.NO_DATABASE):\n        return\n", ENTERED),
    Mutant("pages are kept by the browser", POLICY_OF_PAGES, '    response["Cache-Control"] = "no-store"\n', "", ENTERED),
    Mutant("pages run what stands in them", POLICY_OF_PAGES, '"script-src": [SELF, "\'unsafe-eval\'"]', '"script-src": [SELF, "\'unsafe-eval\'", "\'unsafe-inline\'"]', ENTERED),
    Mutant("forms without a token are taken", SITE, "doorway.around(csrf_protect(self.login))", "doorway.around(self.login)", ENTERED),
    Mutant("one goes on to any host", SITE, "    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(cookie.PATH)\n", "    is_ours = bool(wanted)\n", ENTERED),
    Mutant("a link signs out", SITE, '        if request.method != "POST":\n            return HttpResponseRedirect(reverse("admin:index"))\n', "", ENTERED),
    Mutant("signing out leaves the session", SITE, "        admin_entry.leave(doorway.caller_of(request), origin=doorway.origin(request))\n", "", ENTERED),
    Mutant("the session before stays", SITE, "            admin_entry.leave(before.principal, origin=doorway.origin(request))\n", "            pass\n", ENTERED),
    Mutant("pages of the site stand outside", SITE, "        return doorway.around(super().admin_view(view, cacheable))", "        return doorway.around(view)", ENTERED),
    Mutant("django's own pages are reached", PAGES, "    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:\n        raise Http404\n", "", MATRIX),
    Mutant("rooms are offered to everybody", DOORWAY, "    return entrant is not None and action in entrant.permitted", "    return entrant is not None", PEOPLE),
    Mutant("what changed meanwhile is put back", FORMS, "            field.show_hidden_initial = True\n", "            field.show_hidden_initial = False\n", PEOPLE),
    Mutant("a refusal has no status", FORMS, "        return refusals.status_of(refusal)", "        return 200", PEOPLE),
    Mutant("who is out sees a form", FORMS, "    except IS_OVER:\n        raise\n", "", PEOPLE),
    Mutant("staff learns who exists", USER_ACTS, "        authorisation.require(action, actor=caller)\n        person", "        person", MATRIX),
    Mutant("the page does not ask about whom", USER_ACTS, "        authorisation.require(action, actor=caller, target=person)\n", "", PEOPLE),
    Mutant("anybody opens a client's pages", CLIENT_ACTS, "        authorisation.require(action, actor=caller)\n", "", MATRIX),
    Mutant("anybody opens a group's pages", GROUPS, "        authorisation.require(action, actor=doorway.caller_of(request))\n        found", "        found", MATRIX),
    Mutant("a secret travels on in a cookie", CLIENT_ACTS, "        def show(made: NewSecret) -> HttpResponse:\n", "        def show(made: NewSecret) -> HttpResponse:\n            from django.contrib import messages\n\n            messages.success(request, made.secret)\n", CLIENTS),
    Mutant("django has a way in for asynchronous code", BACKEND, "    async def aauthenticate(self, *_: Any, **__: Any) -> None:\n        return None\n\n", "", ENTERED),
    Mutant("django recognises people for asynchronous code", BACKEND, "    async def aget_user(self, user_id: Any) -> None:\n        return None\n", "", ENTERED),
    Mutant("a body of any size is read", DOORWAY, "        _refuse_large(request)\n", "", REQUESTS),
    Mutant("too large is just unfit", DOORWAY, "    except RequestDataTooBig:\n        return refusals.too_large(request)\n", "", REQUESTS),
    Mutant("a body that does not read is the framework's to refuse", DOORWAY, "UNREADABLE: Final = (BadRequest, MultiPartParserError, SuspiciousOperation)", "UNREADABLE: Final = (SuspiciousOperation,)", REQUESTS),
    Mutant("files are taken", "authservice/settings.py", "FILE_UPLOAD_HANDLERS: list[str] = []", 'FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]', REQUESTS),
    Mutant("a token of before the sign-in stays good", SITE, "        rotate_token(request)", "        pass", REQUESTS),
    Mutant("the way out leads on", SITE, ', reverse("admin:logout")))', ",))", ENTERED),
    Mutant("a link out of a mail costs a sign-in", COOKIE, 'value, path=PATH, secure=is_https(), httponly=True, samesite="Lax")', 'value, path=PATH, secure=is_https(), httponly=True, samesite="Strict")', ENTERED),
    Mutant("the admin's session outlives its cookie", ENTRY, "lifetime = min(auth_settings.refresh_absolute_lifetime, LONGEST)", "lifetime = auth_settings.refresh_absolute_lifetime", SESSIONS),
    Mutant("the admin's session outlives the house's", ENTRY, "lifetime = min(auth_settings.refresh_absolute_lifetime, LONGEST)", "lifetime = LONGEST", SESSIONS),
    Mutant("who works is put out", ENTRY, "Terms(idle=lifetime,", "Terms(idle=min(lifetime, auth_settings.refresh_idle_lifetime),", SESSIONS),
    Mutant("the admin asks for room in a token", ENTRY, "max_access_length=None)", "max_access_length=8192)", SESSIONS),
    Mutant("a NUL in a place is the database's to refuse", KEYSET, "    if not text.isprintable():", "    if not text.isprintable() and not text:", LISTS, database="postgresql"),
    Mutant("a name with a separator is no place", KEYSET, "cursor.split(SEPARATOR, len(fields) - 1)", "cursor.split(SEPARATOR)", LISTS),
    Mutant("where there are no filters, none is refused", KEYSET, "    if flaws := queries.flaws(request.GET, {CURSOR, *beside}):\n        raise InvalidInput(flaws)\n", "", LISTS),
    Mutant("a filter that there is not lists everybody", QUERIES, " for name in asked if name not in known]", " for name in asked if name is None]", LISTS),
    Mutant("of a filter that is there twice one is lost", QUERIES, "    return [*unknown, *twice][:MOST]", "    return unknown[:MOST]", LISTS),
)  # fmt: skip
