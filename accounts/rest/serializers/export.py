"""What a person's export looks like; it is written as it is read, so this is for the OpenAPI document alone."""

from rest_framework import serializers


class ExportResponse(serializers.Serializer[object]):
    """Rows as they are kept, without what opens something (the password's hash, the secrets of sessions, codes)."""

    user = serializers.DictField(help_text="The account, with `groups`, `permissions` and whether it has a password.")
    sessions = serializers.ListField(child=serializers.DictField(), help_text="Open and ended ones, as long as kept.")
    known_networks = serializers.ListField(
        child=serializers.DictField(),
        help_text="When somebody last signed in from each; which it is, is kept as a hash.",
    )
    suspensions = serializers.ListField(child=serializers.DictField(), help_text="Why is for staff to say.")
    deletions = serializers.ListField(child=serializers.DictField())
    delayed_deletions = serializers.ListField(child=serializers.DictField())
    mails = serializers.ListField(child=serializers.DictField(), help_text="Those that wait.")
    codes = serializers.ListField(child=serializers.DictField(), help_text="What was mailed and is kept as a hash.")
    audit_events = serializers.ListField(
        child=serializers.DictField(), help_text="`by` and `about`: `self`, `nobody`, `somebody_else`, `system:…`."
    )
