"""`GET /.well-known/jwks.json`."""

from collections.abc import Mapping
from typing import Any

from accounts.fastlane import plain
from accounts.fastlane.plain import Environ
from accounts.fastlane.rendering import Rendering
from accounts.fastlane.routes import Answer
from accounts.tokens import trusted_keys


class Jwks:
    """Rendered once for each set of keys."""

    def __init__(self, rendering: Rendering) -> None:
        self._render = rendering.jwks
        self._rendered: tuple[list[Mapping[str, Any]], Answer] | None = None

    def is_plain(self, environ: Environ) -> bool:
        return plain.is_bare(environ)

    def answer(self, environ: Environ) -> Answer | None:
        if not (keys := trusted_keys.kept_published()):
            return None
        if (rendered := self._rendered) is None or rendered[0] != keys:
            body, etag = self._render(keys)
            rendered = self._rendered = (keys, Answer(body, [("ETag", etag)]))
        return rendered[1]
