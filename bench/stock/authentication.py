"""simplejwt's authentication, with a look into the blacklist at every request."""

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken


class AskingJWTAuthentication(JWTAuthentication):
    def get_user(self, validated_token):
        if BlacklistedToken.objects.filter(token__jti=validated_token["jti"]).exists():
            raise InvalidToken
        return super().get_user(validated_token)
