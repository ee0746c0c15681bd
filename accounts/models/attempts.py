"""Counters of failed attempts, for limits that several processes share without Redis."""

from django.db import models


class AttemptCounter(models.Model):
    """One window of one key; the key is a keyed hash, so that the table names nobody."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)
