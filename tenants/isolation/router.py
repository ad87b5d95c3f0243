"""Four roles, one schema: every alias reaches the same tables."""

from typing import Any


class OneSchemaRouter:
    """Only the migrate alias migrates; relations between aliases are relations in one database."""

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "migrate"
