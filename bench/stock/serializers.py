"""How users look outside, and a check of tokens that also asks the database."""

from django.contrib.auth import get_user_model
from rest_framework.serializers import ModelSerializer
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.serializers import TokenVerifySerializer
from rest_framework_simplejwt.tokens import UntypedToken


class UserSerializer(ModelSerializer):
    class Meta:
        model = get_user_model()
        fields = ["id", "email", "first_name", "last_name"]


class AskingTokenVerifySerializer(TokenVerifySerializer):
    """simplejwt's own looks into the blacklist; this one wants an active user as well."""

    def validate(self, attrs):
        data = super().validate(attrs)
        user_id = UntypedToken(attrs["token"], verify=False)["user_id"]
        user = get_user_model().objects.filter(pk=user_id).first()
        if user is None or not user.is_active:
            raise InvalidToken
        return data
