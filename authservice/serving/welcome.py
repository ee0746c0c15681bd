"""What somebody who has just started the service wants to know."""

from authservice import __version__

TEXT = """
authservice {version} is up: {url}   (embedded mode: SQLite and a secret of its own in {var_dir})

  Sign-in API     {url}/auth/register, /auth/login, /auth/refresh, /auth/verify, /auth/user
  Swagger UI      {url}/api/docs
  ReDoc           {url}/api/redoc
  Public keys     {url}/.well-known/jwks.json
  Health          {url}/healthz

Register, and sign in:

  curl -s {url}/auth/register -H 'Content-Type: application/json' \\
    -d '{{"email": "ada@example.com", "password": "violet otters juggle maps"}}'
  curl -s {url}/auth/login -H 'Content-Type: application/json' \\
    -d '{{"email": "ada@example.com", "password": "violet otters juggle maps"}}'

Ctrl-C stops it.
"""


def text(*, url: str, var_dir: str) -> str:
    return TEXT.format(version=__version__, url=url, var_dir=var_dir)
