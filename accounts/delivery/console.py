"""Django's console backend for people to read: to whom, about what, and the words; no boundaries, no HTML."""

from django.core.mail import EmailMessage
from django.core.mail.backends import console

RULE = "-" * 79


class EmailBackend(console.EmailBackend):
    def write_message(self, message: EmailMessage) -> None:
        """In one piece, because the server writes to the same place."""
        headers = message.message()
        shown = "\n".join(f"{name}: {headers[name]}" for name in ("From", "To", "Subject", "Message-ID"))
        self.stream.write(f"{RULE}\n{shown}\n\n{message.body.strip()}\n{RULE}\n")
