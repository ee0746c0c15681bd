"""What is broken where people are looked after: who may, who gives what to whom, and how people are listed."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

POLICY: Final = "accounts/policy.py"
AUTHORISATION: Final = "accounts/services/authorisation.py"
CREATION: Final = "accounts/services/administration/creation.py"
CHANGING: Final = "accounts/services/administration/changing.py"
REVOCATION: Final = "accounts/services/revocation.py"
DELETION: Final = "accounts/services/deleting/deletion.py"
SUSPENSION: Final = "accounts/services/suspension.py"
EXPIRY: Final = "accounts/services/expiry.py"
SESSIONS: Final = "accounts/services/administration/sessions.py"
PASSWORD_MAIL: Final = "accounts/services/administration/password_mail.py"
MEMBERSHIPS: Final = "accounts/services/memberships.py"
CODES: Final = "accounts/services/codes.py"
PAGES: Final = "accounts/services/listing/pages.py"
PLACES: Final = "accounts/services/listing/places.py"
SELECTING: Final = "accounts/services/listing/selecting.py"
ASKED: Final = "accounts/services/listing/asked.py"
ORDERING: Final = "accounts/models/ordering.py"
LIMITS: Final = "accounts/graphql/limits.py"
LOADING: Final = "accounts/graphql/loading.py"
QUERY: Final = "accounts/rest/pagination.py"
ADMINISTRATION: Final = "accounts/tests/services/test_administration.py"
LISTING: Final = "accounts/tests/services/listing/test_pages.py"
PLANS: Final = "accounts/tests/postgresql/test_listing_plans.py"
MATRIX: Final = "accounts/tests/architecture/test_permission_matrix.py"
RANKS: Final = "accounts/tests/races/test_ranks.py"
PEOPLE: Final = "accounts/tests/graphql/test_people.py"
REST: Final = "accounts/tests/rest/test_administration.py"
ENDS: Final = "accounts/tests/services/test_administered_ends.py"
GROUPS: Final = "accounts/tests/services/test_groups.py"
SUSPENDING: Final = "accounts/tests/services/test_suspension.py"
UNIQUE: Final = "accounts/tests/services/test_uniqueness.py"

FOR_ADMINISTRATION: Final = (
    # Who may
    Mutant("whoever sees people changes them", POLICY, 'Action.CHANGE_USER: "accounts.change_user"', 'Action.CHANGE_USER: "accounts.view_user"', MATRIX),
    Mutant("whoever changes people makes some", POLICY, 'Action.CREATE_USER: "accounts.add_user"', 'Action.CREATE_USER: "accounts.change_user"', MATRIX),
    Mutant("whoever sees people sees their sessions", POLICY, 'Action.READ_SESSIONS: "accounts.view_session"', 'Action.READ_SESSIONS: "accounts.view_user"', MATRIX),
    Mutant("whoever changes people ends sessions", POLICY, 'Action.END_SESSIONS: "accounts.delete_session"', 'Action.END_SESSIONS: "accounts.change_user"', MATRIX),
    Mutant("services that read people list them", POLICY, "    Action.READ_USERS: (Scope.USERS_READ, Scope.USERS_ADMIN),", "    Action.READ_USERS: (Scope.USERS_READ, Scope.USERS_ADMIN),\n    Action.LIST_USERS: (Scope.USERS_READ, Scope.USERS_ADMIN),", MATRIX),
    Mutant("anybody lists people", PAGES, "    authorisation.require(Action.LIST_USERS, actor=actor)\n", "", MATRIX),
    Mutant("anybody makes accounts", CREATION, "    authorisation.require(Action.CREATE_USER, actor=actor)\n", "", MATRIX),
    Mutant("anybody sees sessions in lists", SESSIONS, "        authorisation.require(Action.READ_SESSIONS, actor=actor)\n", "        pass\n", MATRIX),
    Mutant("one's own among others is one's own", SESSIONS, "{*user_ids} != {actor.user_id}", "actor.user_id not in user_ids", ADMINISTRATION),
    # Who gives what to whom
    Mutant("staff make superusers", POLICY, '    if "is_superuser" in fields:\n', '    if "is_root" in fields:\n', ADMINISTRATION),
    Mutant("services make staff", POLICY, '    if "is_staff" in fields and not actor.is_staff:\n', '    if "is_root" in fields:\n', ADMINISTRATION),
    Mutant("an address gives no powers", POLICY, 'GIVES_POWERS: Final = frozenset({"email", "is_staff"})', 'GIVES_POWERS: Final = frozenset({"is_staff"})', ADMINISTRATION),
    Mutant("a rank gives no powers", POLICY, 'GIVES_POWERS: Final = frozenset({"email", "is_staff"})', 'GIVES_POWERS: Final = frozenset({"email"})', ADMINISTRATION),
    Mutant("people change their own address by a token", POLICY, '    "email": BY_OWNER,\n', "", ADMINISTRATION),
    Mutant("people change their own rank", POLICY, "if target.is_actor and (own := sorted(fields & NEVER_OF_ONESELF.keys())):", "if not actor.is_superuser and target.is_actor and (own := sorted(fields & NEVER_OF_ONESELF.keys())):", ADMINISTRATION),
    Mutant("the suspended have no powers to be got hold of", AUTHORISATION, "powers = _powers_of(user) if", "powers = user.get_all_permissions() if", ADMINISTRATION),
    Mutant("only those who are staff already have powers", AUTHORISATION, 'if user.is_staff or "is_staff" in fields else', "if user.is_staff else", ADMINISTRATION),
    Mutant("groups of a new account are given unasked", MEMBERSHIPS, "    authorisation.require_granting(authorisation.permissions_of(added | removed), actor=actor)\n", "", ADMINISTRATION),
    Mutant("people change their own groups", MEMBERSHIPS, '    """\n    authorisation.require(Action.ASSIGN_GROUPS, actor=actor, target=user)\n', '    """\n', ADMINISTRATION),
    Mutant("who decides is not held", REVOCATION, "held = {*user_ids} | ({actor.user_id} if isinstance(actor, UserPrincipal) else set())", "held = {*user_ids}", RANKS, database="postgresql"),
    Mutant("of two who stop each other both go", AUTHORISATION, "    revocation.lock_users(user_id, actor=actor)\n", "    revocation.lock_user(user_id)\n", RANKS, database="postgresql"),
    Mutant("of two who delete each other both go", DELETION, "    revocation.lock_users(user_id, actor=actor)\n", "    revocation.lock_user(user_id)\n", RANKS, database="postgresql"),
    Mutant("staff are let in again unasked", SUSPENSION, "    authorisation.require_letting_in(user, actor=actor)\n    return reinstate_locked", "    return reinstate_locked", SUSPENDING),
    Mutant("the worker lets staff in again unasked", SUSPENSION, "    if until is not None and not user.is_active:\n", "    if False:\n", SUSPENDING),
    Mutant("nobody gives an end to whoever may do more", SUSPENSION, "if until is not None and not user.is_active:", "if until is not None:", SUSPENDING),
    Mutant("letting in gives no powers", AUTHORISATION, "    if user.is_staff:\n        require_changing", "    if False:\n        require_changing", ENDS),
    Mutant("a later end gives no powers", EXPIRY, "    return known is not None and (new is None or known < new)\n", "    return False\n", ENDS),
    Mutant("an end that is lifted is no later one", EXPIRY, "(new is None or known < new)", "(new is not None and known < new)", ENDS),
    # What becomes of it
    Mutant("nobody can say which address was given", CHANGING, '{"email": user.email, "email_verified": user.email_verified}', '{"email_verified": user.email_verified}', ADMINISTRATION),
    Mutant("what only one may have fails a creation", CREATION, "        require_unique(user)\n", "", UNIQUE),
    Mutant("what only one may have fails a change", CHANGING, "        require_unique(user, values)\n", "", UNIQUE),
    Mutant("of a change the old value is looked at", CHANGING, "require_unique(user, values)", "require_unique(user)", UNIQUE),
    Mutant("what only one may have fails a profile", "accounts/services/profile.py", "        require_unique(confirmation.get_present(actor), changes)\n", "", UNIQUE),
    Mutant("whoever was slower at registering fails", "accounts/services/registration.py", "        require_unique(user)  # somebody was quicker\n", "", UNIQUE),
    Mutant("one's own is somebody else's", "accounts/rest/serializers/fields.py", " if not isinstance(each, UniqueValidator)]", "]", UNIQUE),
    Mutant("a full mailbox is told to nobody", PASSWORD_MAIL, "        audit.limits_told(EventType.MAIL_REQUESTED, actor=actor, subject=user_id),\n", "", ADMINISTRATION),
    Mutant("another address is as good as verified", CHANGING, '        wanted.setdefault("email_verified", False)\n', "        pass\n", ADMINISTRATION),
    Mutant("nobody tells the old address", CHANGING, "    mailing.enqueue(MailKind.EMAIL_CHANGED, address=before.email, user_id=after.pk)\n", "", ADMINISTRATION),
    Mutant("mirrors hear of no change", CHANGING, "    log.append(NoticeType.USER_UPDATED, user.pk, version=changed.version)\n", "", ADMINISTRATION),
    Mutant("an invitation outlives the first password", CREATION, ", credentials_version=1)", ")", ADMINISTRATION),
    Mutant("the suspended are invited", CODES, "        case MailKind.RESET_PASSWORD | MailKind.INVITATION:\n            return present.admitted().filter(email=mail.address)", "        case MailKind.INVITATION:\n            return present.filter(email=mail.address)\n        case MailKind.RESET_PASSWORD:\n            return present.admitted().filter(email=mail.address)", ADMINISTRATION),
    Mutant("a mailbox is flooded by whoever may", PASSWORD_MAIL, "account=user.email, origin=Origin()", 'account=f"{user.email}{id(user)}", origin=Origin()', ADMINISTRATION),
    Mutant("the end of an account is not set along with the rest", CHANGING, "    return expiry.set_expiry(user_id, end, actor=actor, origin=origin)", "    return changed", ENDS),
    Mutant("the rest is lost where an end is set", CHANGING, "if values or moves else user", "if not end and (values or moves) else user", ENDS),
    Mutant("people are told of another's end as of their own", POLICY, '    "expires_at": "Nobody says when their own account ends; another member of staff can do it.",\n', "", ENDS),
    Mutant("accounts are made that are over", CREATION, "    if user.has_expired(timezone.now()):", "    if False:", ENDS),
    Mutant("the user object tells of ends", "accounts/rest/serializers/users.py", '            "version",\n        ]', '            "version",\n            "expires_at",\n        ]', REST),
    Mutant("the audit says not which groups were left", MEMBERSHIPS, "left=sorted(group.name for group in removed)", "left=[]", GROUPS),
    Mutant("the audit says not which groups were joined with the rest", CHANGING, '        data |= {"joined": moves.joined, "left": moves.left}\n', "", ADMINISTRATION),
    # Lists
    Mutant("a range leaves its first moment out", SELECTING, '"date_joined__gte": asked', '"date_joined__gt": asked', LISTING),
    Mutant("a place is compared by its value alone", ORDERING, "        values: list[F | Func | Value] = [F(user_id)]\n        behind: list[F | Func | Value] = [Value(pk, models.UUIDField())]\n        if self.value is not None:\n            values.insert(0, self.value)\n            behind.insert(0, Value(value, self.field))\n", "        values: list[F | Func | Value] = [F(user_id)]\n        behind: list[F | Func | Value] = [Value(pk, models.UUIDField())]\n        if self.value is not None:\n            values, behind = [self.value], [Value(value, self.field)]\n", LISTING),
    Mutant("addresses come in the order of a language", ORDERING, "template = '%(expressions)s COLLATE \"C\"'", "template = '%(expressions)s'", PLANS, database="postgresql"),
    Mutant("a short page is the last", PAGES, "    return fitting, looked_at[-1] if len(looked_at) == count else None", "    return fitting, None", LISTING),
    Mutant("whoever is leaving is listed", PAGES, "User.objects.present().filter(pk__in=[spot.user_id", "User.objects.filter(pk__in=[spot.user_id", LISTING),
    Mutant("a page looks at all there are", PAGES, "count = limit + 1 if selection.sifting is None else LOOKED_AT", "count = limit + 1 if selection.sifting is None else 10**6", PLANS, database="postgresql"),
    Mutant("the way back leaves one out", PAGES, "is_inclusive=not place.is_inclusive", "is_inclusive=place.is_inclusive", LISTING),
    Mutant("a place of another order is taken", PAGES, "    if place is not None and place.order != selection.name:\n        raise places.foreign()\n", "", LISTING),
    Mutant("any cursor is taken", PLACES, "    if write(place) != cursor:\n        raise foreign(field)\n", "", LISTING),
    Mutant("any order goes with anything", ASKED, "        if self.order not in those:\n", "        if not those:\n", LISTING),
    Mutant("other tables are read as a whole", SELECTING, 'Q(IsNull(Subquery(rows.values("pk")[:1]), False))', 'Q(__import__("django.db.models").db.models.Exists(rows))', PLANS, database="postgresql"),
    Mutant("ids that begin alike are all found", SELECTING, "[:FOUND_BY_ID])", "[:0])", LISTING),
    Mutant("a filter that there is not is lost", QUERY, 'if name not in OF_PAGES}', 'if name in {"search", "is_active", "is_staff", "group", "created_after", "created_before", "order"}}', REST),
    # GraphQL
    Mutant("a long list weighs nothing", LIMITS, "    if size.listed > MAX_LISTED:\n", "    if size.listed > MAX_LISTED**2:\n", PEOPLE),
    Mutant("a list that counts backward pays for others", LIMITS, 're.compile(r"[0-9]{1,3}")', 're.compile(r"-?[0-9]{1,3}")', PEOPLE),
    Mutant("others' sessions keep one from one's own", LOADING, "                self._load({actor.user_id}, actor)  #", "                pass  #", PEOPLE),
    Mutant("everybody hears when accounts end", "accounts/graphql/types.py", "        info.context.require_reading_people()\n", "", MATRIX),
    Mutant("sessions are read one person at a time", LOADING, "self._load({user_id} | (self._announced - self._found.keys()), actor)", "self._load({user_id}, actor)", PEOPLE),
)  # fmt: skip
