"""Bodies of what is asked for by mail, and done with the code that the mail carries."""

from accounts.rest.serializers.fields import EmailAddress, Password, RequestSerializer, Token, example

CODE = "From the link in the newest mail."


@example({"email": "ada@example.com"})
class MailRequest(RequestSerializer):
    email = EmailAddress()


class CodeRequest(RequestSerializer):
    token = Token(help_text=CODE)


@example({"token": "4Xv0m1c8bXlS7bJXW5hTqPpVYxyjUjJv4p0t1QqzKbg", "new_password": "seven kites over helsinki"})
class PasswordResetRequest(RequestSerializer):
    token = Token(help_text=CODE)
    new_password = Password()


@example({"new_email": "ada@example.org", "password": "violet otters juggle maps"})
class EmailChangeRequest(RequestSerializer):
    new_email = EmailAddress()
    password = Password()
