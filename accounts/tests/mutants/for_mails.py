"""What is broken in mails."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

OUTBOX: Final = "accounts/services/outbox.py"
OUTBOX_TESTS: Final = "accounts/tests/services/test_outbox.py"
SENDING: Final = "accounts/delivery/sending.py"
SENDING_TESTS: Final = "accounts/tests/delivery/test_sending.py"
SMTP: Final = "accounts/delivery/smtp.py"
RENDERING: Final = "accounts/delivery/rendering.py"
RENDERING_TESTS: Final = "accounts/tests/delivery/test_rendering.py"
MAILS: Final = "accounts/models/mails.py"
POSTMAN: Final = "accounts/services/postman.py"
POSTMAN_TESTS: Final = "accounts/tests/services/test_postman.py"
DEATHS: Final = "accounts/tests/races/test_mail_deaths.py"
NOTHING_LEFT: Final = "accounts/tests/services/test_nothing_is_left.py"
LAYOUT: Final = "accounts/templates/accounts/mails/layout.html"
EMAIL_URL: Final = "authservice/email_url.py"
EMAIL_URL_TESTS: Final = "authservice/tests/test_email_url.py"

FOR_MAILS: Final = (
    Mutant("a claim holds for no time", MAILS, "due_at=Now() + CLAIMED_FOR", "due_at=Now()", OUTBOX_TESTS),
    Mutant("a claim holds for ever", MAILS, "due_at=Now() + CLAIMED_FOR", "due_at=Now() + CLAIMED_FOR * 1000", OUTBOX_TESTS),
    Mutant("two workers may claim one mail", MAILS, ".select_for_update(skip_locked=True, no_key=True)", "", OUTBOX_TESTS, "postgresql"),
    Mutant("a mail is deleted before it is sent", OUTBOX, "    answer = post.send(message)\n", "    Mail.objects.filter(pk=mail.pk).delete()\n    answer = post.send(message)\n", OUTBOX_TESTS),
    Mutant("no mail is too old", MAILS, ">= GIVEN_UP_AFTER", ">= GIVEN_UP_AFTER * 1000", OUTBOX_TESTS),
    Mutant("a mail is too old at once", MAILS, "return self.read_at - self.created_at >= GIVEN_UP_AFTER", "return self.read_at - self.created_at >= GIVEN_UP_AFTER / 2", OUTBOX_TESTS),
    Mutant("mails to nobody are given up and told", OUTBOX, "    if content is None:\n        _forget(mail, \"dropped\")", "    if content is None and not mail.is_too_old:\n        _forget(mail, \"dropped\")", OUTBOX_TESTS),
    Mutant("an outage lengthens the pauses after it", OUTBOX, "mail.attempts if counted else mail.attempts - 1", "mail.attempts", OUTBOX_TESTS),
    Mutant("pauses do not grow", OUTBOX, "FIRST_PAUSE * (1 << doublings)", "FIRST_PAUSE", OUTBOX_TESTS),
    Mutant("pauses grow without end", OUTBOX, "return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)", "return FIRST_PAUSE * (1 << doublings)", OUTBOX_TESTS),
    Mutant("a worker that was too slow puts another's mail off", OUTBOX, "Mail.objects.filter(pk=mail.pk, attempts=mail.attempts).update(", "Mail.objects.filter(pk=mail.pk).update(", OUTBOX_TESTS),
    Mutant("a worker that was too slow gives another's mail up", OUTBOX, "Mail.objects.filter(pk=mail.pk, attempts=mail.attempts).delete()[0]", "Mail.objects.filter(pk=mail.pk).delete()[0]", OUTBOX_TESTS),
    Mutant("what was sent late is sent again", OUTBOX, "    Mail.objects.filter(pk=mail.pk).delete()\n    metrics", "    Mail.objects.filter(pk=mail.pk, attempts=mail.attempts).delete()\n    metrics", OUTBOX_TESTS),
    Mutant("a sent mail stays", OUTBOX, "    Mail.objects.filter(pk=mail.pk).delete()\n    metrics", "    metrics", OUTBOX_TESTS),
    Mutant("a server that is away is asked for every mail", OUTBOX, "made.is_server_away = verdict is Verdict.AWAY", "made.is_server_away = False", OUTBOX_TESTS),
    Mutant("the mail that met with the server away stays the first", MAILS, 'order_by("due_at", "pk")', 'order_by("created_at", "pk")', OUTBOX_TESTS),
    Mutant("a mail that can't be made holds up the others", OUTBOX, "    except Exception as exc:  # noqa: BLE001 - an overridden template", "    except KeyError as exc:  # noqa: BLE001 - an overridden template", OUTBOX_TESTS),
    Mutant("an outage of the database is the mail's fault", OUTBOX, "    except (DatabaseError, InterfaceError):  # nobody's turn, then\n        raise\n", "", OUTBOX_TESTS),
    Mutant("what is given up is not told", OUTBOX, "    audit.record(EventType.MAIL_GIVEN_UP", "    (lambda *_, **__: None)(EventType.MAIL_GIVEN_UP", OUTBOX_TESTS),
    Mutant("a stop waits for all mails", OUTBOX, "made.is_server_away or is_told_to_stop()", "made.is_server_away", OUTBOX_TESTS),
    Mutant("a refusal for good is repeated", SENDING, "if code in PERMANENT else", "if code not in PERMANENT else", SENDING_TESTS),
    Mutant("a server that closes has put off a mail", SENDING, "            if code == CLOSING:\n                raise\n", "", SENDING_TESTS),
    Mutant("the log repeats the server's words", SENDING, 'return f"{code} {enhanced[0].decode()}" if enhanced else str(code)', 'return f"{code} {words.decode()}"', SENDING_TESTS),
    Mutant("a closed connection is not opened once more", SENDING, "            if not self._open():\n", "            if self._open():\n                return self._take(message)\n            else:\n                return self._take(message)\n            if False:\n", SENDING_TESTS),
    Mutant("a farewell that fails unsends a mail", SENDING, "        with suppress(OSError, smtplib.SMTPException):\n            self._backend.close()", "        self._backend.close()", SENDING_TESTS),
    Mutant("a mail may take for ever to be answered", SMTP, "        self._deadline.limit(self._connection, self._timeout)\n", "", SENDING_TESTS),
    Mutant("the time for all waits is not set", SENDING, "self._backend.deadline.set(LONGEST_SECONDS)", "pass", SENDING_TESTS),
    Mutant("a local part beyond ASCII is written as a header's text", SMTP, "if all(address.isascii() for address in recipients):", "if recipients:", SENDING_TESTS),
    Mutant("several addresses are one", RENDERING, "    if not is_plain:\n        raise NoAddressError\n", "", RENDERING_TESTS),
    Mutant("each try is another mail", RENDERING, 'f"<{mail.pk}@{site}>"', 'f"<{id(values)}{mail.pk}@{site}>"', RENDERING_TESTS),
    Mutant("each try has another date", RENDERING, "format_datetime(mail.created_at)", "__import__('email.utils').utils.formatdate()", RENDERING_TESTS),
    Mutant("out-of-office replies come back", RENDERING, '        "Auto-Submitted": "auto-generated",', '        "X-Submitted": "auto-generated",', RENDERING_TESTS),
    Mutant("links in the text are escaped", RENDERING, "autoescape=False", "autoescape=True", RENDERING_TESTS),
    Mutant("a subject of two lines breaks the mail", RENDERING, '" ".join(_text(mail.kind, "subject.txt", values).split())', '_text(mail.kind, "subject.txt", values)', RENDERING_TESTS),
    Mutant("a mail fetches a picture", LAYOUT, "                {% block words %}{% endblock %}", '                <img src="https://{{ site }}/logo.png">{% block words %}{% endblock %}', RENDERING_TESTS),
    Mutant("a deletion leaves the person's mails", "accounts/services/deleting/erasure.py", "        Mail.objects.of(user).delete()\n", "", NOTHING_LEFT),
    Mutant("a deletion leaves mails that strangers asked for", MAILS, "Q(user=user) | Q(address=user.email)", "Q(user=user)", NOTHING_LEFT),
    Mutant("pauses of the postman do not grow", POSTMAN, "else min(2 * pause, LONGEST_PAUSE_SECONDS)", "else pause", POSTMAN_TESTS),
    Mutant("pauses of the postman grow without end", POSTMAN, "min(2 * pause, LONGEST_PAUSE_SECONDS)", "2 * pause", POSTMAN_TESTS),
    Mutant("a failed round is the postman's last", POSTMAN, "        except Exception as exc:", "        except KeyError as exc:", POSTMAN_TESTS),
    Mutant("a stop waits for a server that hangs", POSTMAN, "self._thread.join(STOP_SECONDS)", "self._thread.join()", POSTMAN_TESTS),
    Mutant("one round sends no mails", "accounts/management/commands/work.py", "self._round(outbox.deliver_due)", "self._round()", "accounts/tests/test_commands.py"),
    Mutant("the worker sends no mails", "accounts/management/commands/work.py", "        postman.start()\n", "", "accounts/tests/test_commands.py"),
    Mutant("smtps is STARTTLS", EMAIL_URL, 'PORTS: Final = {"smtp": 25,', 'PORTS: Final = {"smtps": 25, "smtp": 25,', EMAIL_URL_TESTS),
    Mutant("two senders are one", EMAIL_URL, "return len(found) == 1 and", "return len(found) >= 1 and", EMAIL_URL_TESTS),
    Mutant("mails hang in front of the worker's other duties", "accounts/management/commands/work.py", "            self._round()\n            self._rest(interval)\n", "            self._round(outbox.deliver_due)\n            self._rest(interval)\n", DEATHS, "postgresql"),
    Mutant("told of a new password, and no way to set another", "accounts/services/mail_contents.py", "        case MailKind.PASSWORD_CHANGED:\n            return Content(url=_reset_page())\n", "        case MailKind.PASSWORD_CHANGED:\n            return Content()\n", "accounts/tests/services/test_password_reset.py"),
)  # fmt: skip
