"""`rebuild_rollups`: every rollup anew, without a pause for pages or imports."""

from typing import Any

from django.core.management.base import BaseCommand

from kpis.rollups.everything import rebuild_everything


class Command(BaseCommand):
    help = "Build every rollup of every tenant anew, as the migrator; pages and imports go on."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild_everything():,} rollups")
