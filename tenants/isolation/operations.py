"""Migration operations that put a table under isolation."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tenants.isolation.models import TenantForeignKey

APP_GRANTS = "SELECT, INSERT, UPDATE, DELETE"


class CreateTable(CreateModel):
    """CreateModel that renders its own model alone, not all that it is related to.

    Every table refers to the company and to members, so Django would render all models again for
    each new one, which is the square of their number. Nothing is altered by a new table: the models
    that it refers to stay as they are. The state counts as delayed, as after Django's own delayed
    rendering: a RunPython renders it whole.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the model, and render it where the others are rendered already."""
        rendered = state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)
        if rendered is not None:
            rendered.render_multiple([state.models[app_label, self.name_lower]])
            state.__dict__["apps"] = rendered
            state.is_delayed = True


class IsolateTable(Operation):
    """Put a model's table under isolation; run it right after CreateModel.

    - the key becomes `(tenant_id, id)`: it leads with the tenant and is what others refer to;
    - each TenantForeignKey becomes a composite foreign key inside the tenant;
    - row level security is enabled, forced, and its policy compares `tenant_id` alone;
    - grants go to the roles that may touch it.

    `grants` are bowline_app's rights; `unkeyed` leaves the key alone for tables whose migration
    makes its own; `raw` are the composite references of such a table, as (column, table).
    """

    reversible = True
    reduces_to_sql = True
    category = None

    def __init__(self, name: str, *, grants: str = APP_GRANTS, unkeyed: bool = False) -> None:
        self.name = name
        self.grants = grants
        self.unkeyed = unkeyed

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs: dict[str, Any] = {"name": self.name}
        if self.grants != APP_GRANTS:
            kwargs["grants"] = self.grants
        if self.unkeyed:
            kwargs["unkeyed"] = True
        return self.__class__.__qualname__, [], kwargs

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing in Django's own state changes."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        quoted = schema_editor.quote_name(table)
        statements = []
        if not self.unkeyed:
            statements.append(
                f"ALTER TABLE {quoted} DROP CONSTRAINT {table}_pkey, "
                f"ADD CONSTRAINT {table}_pkey PRIMARY KEY (tenant_id, id)"
            )
        statements += [
            composite_foreign_key(model, field)
            for field in model._meta.local_fields
            if isinstance(field, TenantForeignKey)
        ]
        statements += [
            f"ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {quoted} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant ON {quoted} TO bowline_app, bowline_export "
            "USING (tenant_id = (SELECT bowline.tenant())) "
            "WITH CHECK (tenant_id = (SELECT bowline.tenant()))",
            f"GRANT {self.grants} ON {quoted} TO bowline_app",
            f"GRANT SELECT ON {quoted} TO bowline_export",
        ]
        for statement in statements:
            schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.name)
        table = model._meta.db_table
        quoted = schema_editor.quote_name(table)
        schema_editor.execute(f"DROP POLICY IF EXISTS tenant ON {quoted}")
        schema_editor.execute(f"ALTER TABLE {quoted} NO FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {quoted} DISABLE ROW LEVEL SECURITY")
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                name = constraint_name(table, field.column)
                schema_editor.execute(f"ALTER TABLE {quoted} DROP CONSTRAINT IF EXISTS {name}")
        if not self.unkeyed:
            # RESTRICT on purpose: what still refers to the composite key must go first
            schema_editor.execute(
                f"ALTER TABLE {quoted} DROP CONSTRAINT {table}_pkey, "
                f"ADD CONSTRAINT {table}_pkey PRIMARY KEY (id)"
            )

    def describe(self) -> str:
        return f"Put {self.name} under tenant isolation"


class CompositeForeignKey(Operation):
    """Make the composite constraint of a TenantForeignKey that a later AddField brought."""

    reversible = True
    reduces_to_sql = True
    category = None

    def __init__(self, model_name: str, field_name: str) -> None:
        self.model_name = model_name
        self.field_name = field_name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs = {"model_name": self.model_name, "field_name": self.field_name}
        return self.__class__.__qualname__, [], kwargs

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing in Django's own state changes."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(composite_foreign_key(model, model._meta.get_field(self.field_name)))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        name = constraint_name(table, model._meta.get_field(self.field_name).column)
        schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT {name}')

    def describe(self) -> str:
        return f"Composite foreign key of {self.model_name}.{self.field_name}"


def constraint_name(table: str, column: str) -> str:
    """The name of a composite foreign key, within PostgreSQL's 63 bytes."""
    return f"{table}_{column}_tenant_fk"[-63:]


def composite_foreign_key(model: Any, field: Any) -> str:
    """`(tenant_id, x_id) → (tenant_id, id)`; Django deletes, the database only refuses."""
    table = model._meta.db_table
    target = field.related_model._meta.db_table
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT {constraint_name(table, field.column)} '
        f'FOREIGN KEY (tenant_id, "{field.column}") REFERENCES "{target}" (tenant_id, id)'
    )
