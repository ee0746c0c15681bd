"""What is broken where people are looked after: who may, who gives what to whom, and how people are listed."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

POLICY: Final = "accounts/policy.py"
AUTHORISATION: Final = "accounts/services/authorisation.py"
CREATION: Final = "accounts/services/administration/creation.py"
CHANGING: Final = "accounts/services/administration/changing.py"
HOLDING: Final = "accounts/services/administration/holding.py"
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
QUERY: Final = "accounts/rest/listing.py"
ADMINISTRATION: Final = "accounts/tests/services/test_administration.py"
LISTING: Final = "accounts/tests/services/listing/test_pages.py"
PLANS: Final = "accounts/tests/postgresql/test_listing_plans.py"
MATRIX: Final = "accounts/tests/architecture/test_permission_matrix.py"
RANKS: Final = "accounts/tests/races/test_ranks.py"
PEOPLE: Final = "accounts/tests/graphql/test_people.py"
REST: Final = "accounts/tests/rest/test_administration.py"

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
    Mutant("who decides is not held", HOLDING, "held = {*user_ids} | ({actor.user_id} if isinstance(actor, UserPrincipal) else set())", "held = {*user_ids}", RANKS, database="postgresql"),
    # What becomes of it
    Mutant("another address is as good as verified", CHANGING, '        wanted.setdefault("email_verified", False)\n', "        pass\n", ADMINISTRATION),
    Mutant("nobody tells the old address", CHANGING, "    mailing.enqueue(MailKind.EMAIL_CHANGED, address=before.email, user_id=after.pk)\n", "", ADMINISTRATION),
    Mutant("mirrors hear of no change", CHANGING, "    log.append(NoticeType.USER_UPDATED, user_id, version=changed.version)\n", "", ADMINISTRATION),
    Mutant("an invitation outlives the first password", CREATION, ", credentials_version=1)", ")", ADMINISTRATION),
    Mutant("the suspended are invited", CODES, "        case MailKind.RESET_PASSWORD | MailKind.INVITATION:\n            return present.admitted().filter(email=mail.address)", "        case MailKind.INVITATION:\n            return present.filter(email=mail.address)\n        case MailKind.RESET_PASSWORD:\n            return present.admitted().filter(email=mail.address)", ADMINISTRATION),
    Mutant("a mailbox is flooded by whoever may", PASSWORD_MAIL, "account=user.email, origin=Origin()", 'account=f"{user.email}{id(user)}", origin=Origin()', ADMINISTRATION),
    # Lists
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
    Mutant("a filter that there is not is lost", QUERY, 'if name not in {"limit", "cursor"}}', 'if name in {"search", "is_active", "is_staff", "group", "created_after", "created_before", "order"}}', REST),
    # GraphQL
    Mutant("a long list weighs nothing", LIMITS, "    if size.listed > MAX_LISTED:\n", "    if size.listed > MAX_LISTED**2:\n", PEOPLE),
    Mutant("a list that counts backward pays for others", LIMITS, 're.compile(r"[0-9]{1,3}")', 're.compile(r"-?[0-9]{1,3}")', PEOPLE),
    Mutant("sessions are read one person at a time", LOADING, "self._load({user_id} | (self._announced - self._found.keys()), actor)", "self._load({user_id}, actor)", PEOPLE),
)  # fmt: skip
