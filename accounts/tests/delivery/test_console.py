"""On the console one reads to whom a mail goes, and its words with the link."""

from io import StringIO

from django.core.mail import get_connection

from accounts.delivery import rendering
from accounts.delivery.content import Content
from accounts.models import Mail

BACKEND = "accounts.delivery.console.EmailBackend"


def test_a_mail_reads_as_text(mail: Mail) -> None:
    stream = StringIO()
    url = "https://auth.example.com/?a=1&b=2#c0de"
    get_connection(BACKEND, stream=stream).send_messages([rendering.render(mail, Content(url=url))])
    lines = stream.getvalue().splitlines()
    assert lines[1:5] == [
        "From: no-reply@localhost",
        f"To: {mail.address}",
        "Subject: Choose a new password",
        f"Message-ID: <{mail.pk}@localhost>",
    ]
    assert url in lines
    assert "<a " not in stream.getvalue()
