"""`manage.py authservice_doctor`: is everything between this service and the auth service as it should be?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from authservice_connector import doctor


class Command(BaseCommand):
    help = "Examines the settings, the auth service, this service's client and the mirror; fails if anything does."
    requires_system_checks = ()  # it is asked when those fail

    def handle(self, **options: Any) -> None:
        failed = 0
        for finding in doctor.examine():
            verdict = self.style.SUCCESS("ok  ") if finding.is_ok else self.style.ERROR("FAIL")
            fix = f"\n      → {finding.fix}" if finding.fix else ""
            self.stdout.write(f"{verdict}  {finding.subject}: {finding.told}{fix}")
            failed += not finding.is_ok
        if failed:
            raise CommandError(f"{failed} to be mended.")
