"""No table escapes: the migrated database's own catalogue, and proof that each check can fail."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.test.utils import isolate_apps

from tenants.isolation import tenant_or_none
from tenants.isolation.global_tables import GLOBAL_TABLES
from tenants.isolation.models import TenantForeignKey, TenantManager, TenantModel
from tests.guards import allowed
from tests.guards.catalog import Catalog

pytestmark = pytest.mark.django_db(databases=["default", "migrate"])

GOOD = """
create table guard_parent (
  tenant_id uuid not null references tenants_tenant (id), id uuid not null, name text,
  primary key (tenant_id, id));
create table guard_child (
  tenant_id uuid not null references tenants_tenant (id), id uuid not null, parent_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, parent_id) references guard_parent (tenant_id, id));
"""
ISOLATED = """
alter table {0} enable row level security;
alter table {0} force row level security;
create policy tenant on {0} to bowline_app, bowline_export
  using (tenant_id = (select bowline.tenant())) with check (tenant_id = (select bowline.tenant()));
grant select, insert, update, delete on {0} to bowline_app;
grant select on {0} to bowline_export;
"""
DEFINER = "create function bowline.guard() returns int language sql security definer"


@pytest.fixture
def owner() -> Iterator[Any]:
    """A cursor of the owner, in a transaction that is rolled back."""
    with connections["migrate"].cursor() as cursor:
        yield cursor


@pytest.fixture
def good(owner: Any) -> Any:
    """The same with two tables that keep every rule."""
    owner.execute(GOOD + ISOLATED.format("guard_parent") + ISOLATED.format("guard_child"))
    return owner


def test_every_table_is_isolated_or_listed(owner: Any) -> None:
    assert Catalog(owner).findings() == []


def test_the_catalogue_is_read_at_all(owner: Any) -> None:
    catalog = Catalog(owner)
    assert {"tenants_member", "tenants_job", "tenants_auditevent"} <= catalog.tenant_tables
    ours = {m._meta.db_table for m in apps.get_models() if issubclass(m, TenantModel)}
    assert ours <= catalog.tenant_tables
    assert catalog.tenant_tables.isdisjoint(GLOBAL_TABLES)


def test_tables_that_keep_the_rules_are_not_named(good: Any) -> None:
    assert Catalog(good).findings() == []


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("create table guard_bare (id uuid primary key)", "guard_bare: no tenant_id"),
        (
            "create table guard_bare (tenant_id uuid, id uuid)",
            "guard_bare: tenant_id is uuid, or may be null",
        ),
        (
            "alter table guard_child alter tenant_id drop not null",
            None,  # part of the key: PostgreSQL itself refuses
        ),
        ("alter table guard_child disable row level security", "security is off"),
        ("alter table guard_child no force row level security", "security is not forced"),
        ("drop policy tenant on guard_child", "guard_child: no policy `tenant`"),
        (
            "alter policy tenant on guard_child using (true)",
            "guard_child: its policy `tenant` says",
        ),
        (
            "alter policy tenant on guard_child using "
            "(tenant_id = (select bowline.tenant()) or current_user = 'bowline_app')",
            "guard_child: its policy `tenant` says",
        ),
        ("alter policy tenant on guard_child with check (true)", "its policy `tenant` says"),
        ("alter policy tenant on guard_child to public", "its policy `tenant` says"),
        (
            "drop policy tenant on guard_child; create policy tenant on guard_child for select "
            "to bowline_app using (tenant_id = (select bowline.tenant()))",
            "its policy `tenant` says",
        ),
        (
            "create policy also on guard_child to bowline_app using (true)",
            "guard_child: the policy 'also' is not on the list",
        ),
        ("alter policy tick_select on tenants_job to bowline_app", "the policy 'tick_select' says"),
        (
            "alter table guard_child add foreign key (parent_id) references tenants_member_ids(id)",
            None,  # no key on the id alone, so that a simple foreign key has nothing to refer to
        ),
        (
            "alter table guard_parent add unique (id); alter table guard_child "
            "add constraint simple_fk foreign key (parent_id) references guard_parent (id)",
            "guard_child: the foreign key simple_fk to guard_parent leaves out tenant_id",
        ),
        (
            "alter table guard_child add constraint crossed_fk foreign key (parent_id, tenant_id) "
            "references guard_parent (tenant_id, id)",
            "guard_child: the foreign key crossed_fk to guard_parent leaves out tenant_id",
        ),
        (
            "alter table guard_child add constraint late_fk foreign key (tenant_id, id) "
            "references guard_parent (tenant_id, id) not valid",
            "late_fk is not enforced on every row",
        ),
        (
            "alter table guard_child add other uuid references tenants_tenant (id)",
            "refers to a tenant by ['other']",
        ),
        (
            "alter table guard_child add session varchar references django_session",
            "refers to django_session, which has no tenant",
        ),
        ("alter table guard_parent add unique (name)", "starts with name, not with tenant_id"),
        ("create index guard_by_name on guard_parent (name)", "guard_by_name starts with name"),
        ("create index guard_by_lower on guard_parent (lower(name))", "guard_by_lower starts with"),
        ("grant truncate on guard_child to bowline_app", "bowline_app holds TRUNCATE"),
        ("grant references on guard_child to bowline_app", "bowline_app holds REFERENCES"),
        ("grant trigger on guard_child to bowline_app", "bowline_app holds TRIGGER"),
        ("grant select on guard_child to public", "PUBLIC holds SELECT"),
        ("grant select on guard_child to bowline_tick", "bowline_tick holds SELECT"),
        ("grant insert on guard_child to bowline_export", "bowline_export holds INSERT"),
        ("grant select (parent_id) on guard_child to bowline_tick", "on its column parent_id"),
        ("grant update (args) on tenants_job to bowline_tick", "UPDATE on its column args"),
        ("grant select (args) on tenants_job to bowline_tick", "SELECT on its column args"),
        ("grant update on tenants_auditevent to bowline_app", "bowline_app holds UPDATE"),
        ("grant delete on tenants_auditevent to bowline_app", "bowline_app holds DELETE"),
        ("grant update on tenants_audithead to bowline_app", "bowline_app holds UPDATE"),
        ("grant delete on tenants_user to bowline_app", "tenants_user: bowline_app holds DELETE"),
        (
            "create view guard_view as select * from guard_child",
            "guard_view: a view without security_invoker",
        ),
        (
            "create view guard_view with (security_invoker = false) as select * from guard_child",
            "guard_view: a view without security_invoker",
        ),
        (
            "create materialized view guard_view as select * from guard_child",
            "guard_view: a materialized view",
        ),
        (
            "create table guard_parts (tenant_id uuid not null, at date) partition by range (at);"
            "create table guard_part partition of guard_parts default;"
            + ISOLATED.format("guard_parts"),
            "guard_part: row level security is off",
        ),
        (f"{DEFINER} as 'select 1'", "bowline.guard(): runs as its owner, and is not on the list"),
        (f"{DEFINER} as 'select 1'", "bowline.guard(): runs as its owner without a fixed search"),
        (
            "create function bowline.guard() returns int language sql as 'select 1'",
            "bowline.guard(): everybody may call it",
        ),
        (
            "grant execute on function bowline.memberships_of(uuid) to public",
            "bowline.memberships_of(uuid): may be called by",
        ),
        (
            "grant execute on function bowline.audit_seal() to bowline_app",
            "bowline.audit_seal(): may be called by",
        ),
        (
            "alter function bowline.tenant_id_of(text) reset search_path",
            "bowline.tenant_id_of(text): runs as its owner without a fixed search_path",
        ),
        ("alter table guard_child add n bigserial", "n comes from a sequence"),
        (
            "alter table guard_child add n bigint generated by default as identity",
            "n comes from a sequence",
        ),
        ("grant create on schema public to bowline_app", "public: bowline_app may create in it"),
        ("create schema guard_hidden", "guard_hidden: a schema that is not on the list"),
        ("drop table account_emailconfirmation", "account_emailconfirmation: in GLOBAL_TABLES"),
        (
            "alter table django_session add tenant_id uuid",
            "django_session: has a tenant_id, so it is no table without a tenant",
        ),
    ],
)
def test_fault_is_named(good: Any, fault: str, finding: str | None) -> None:
    if finding is None:
        with pytest.raises(Exception, match=r"does not exist|primary key"):
            good.execute(fault)
        return
    good.execute(fault)
    assert [line for line in Catalog(good).findings() if finding in line]


def test_every_list_entry_is_still_needed(owner: Any) -> None:
    """A list that outlives its reason would let the next table through."""
    owner.execute("select indexname from pg_indexes where schemaname = 'public'")
    indexes = [row[0] for row in owner.fetchall()]
    assert all(
        any(fnmatchcase(index, pattern) for index in indexes)
        for pattern in allowed.INDEXES_NOT_LED_BY_TENANT
    )
    owner.execute("select tablename, policyname from pg_policies")
    assert allowed.EXTRA_POLICIES.keys() <= set(owner.fetchall())
    owner.execute("select oid::regprocedure::text from pg_proc where prosecdef")
    assert allowed.DEFINER_FUNCTIONS.keys() <= {row[0] for row in owner.fetchall()}
    models_of_ours = {model._meta.label for model in _models()}
    assert allowed.MODELS_APART.keys() <= models_of_ours
    for entry in (allowed.APPEND_ONLY, allowed.READ_ONLY, allowed.NEVER_DELETED):
        assert entry.keys() <= Catalog(owner).tenant_tables


def test_global_tables_hold_exactly_the_listed_rights(owner: Any) -> None:
    owner.execute(
        "select c.relname, array_agg(x.privilege_type::text) "
        "from pg_class c, aclexplode(c.relacl) x "
        "where x.grantee = 'bowline_app'::regrole group by 1"
    )
    held = {table: set(rights) for table, rights in owner.fetchall()}
    for table, (rights, reason) in GLOBAL_TABLES.items():
        assert held.get(table, set()) == set(rights.replace(",", "").split()), table
        assert len(reason) > 10, f"{table} needs a reason"


def test_third_party_tables_are_listed() -> None:
    """What a package brings is without a tenant, and so needs a reason and its rights."""
    foreign = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model not in _models() and model._meta.managed
    }
    assert foreign <= GLOBAL_TABLES.keys()


def test_every_model_of_ours_is_a_tenants_or_listed() -> None:
    assert model_findings(_models()) == []


@pytest.mark.parametrize("fault", ["plain", "simple_fk", "one_to_one", "many", "manager"])
def test_faulty_model_is_named(fault: str) -> None:
    with isolate_apps("tenants"):
        meta: dict[str, Any] = {"__module__": __name__}
        target = "tenants.Peer"
        type("Peer", (TenantModel,), meta | {"Meta": _meta()})
        type("Tenant", (models.Model,), meta | {"Meta": _meta()})
        body: dict[str, Any] = {
            "plain": {},
            "simple_fk": {"peer": models.ForeignKey(target, models.CASCADE)},
            "one_to_one": {"peer": models.OneToOneField(target, models.CASCADE)},
            "many": {"peers": models.ManyToManyField(target)},
            "manager": {"objects": models.Manager()},
        }[fault]
        base = models.Model if fault == "plain" else TenantModel
        faulty = type("Faulty", (base,), meta | {"Meta": _meta()} | body)
        assert [line for line in model_findings([faulty]) if line.startswith("tenants.Faulty")]


def model_findings(checked: list[Any]) -> list[str]:
    """What a model of ours does against isolation."""
    found = []
    for model in checked:
        label = model._meta.label
        if not of_a_tenant(model):
            if label not in allowed.MODELS_APART:
                found.append(f"{label}: no TenantModel, and not on the list")
            continue
        if not isinstance(model._default_manager, TenantManager):
            found.append(f"{label}: its default manager does not narrow to the tenant")
        if model._meta.many_to_many:
            found.append(f"{label}: a many-to-many table has no tenant; write the model between")
        for field in model._meta.local_fields:
            related = field.related_model
            if not field.is_relation or field.name == "tenant":
                continue
            if of_a_tenant(related) and not isinstance(field, TenantForeignKey):
                found.append(f"{label}.{field.name}: refers to a tenant's row by its id alone")
    return found


def of_a_tenant(model: Any) -> bool:
    """A TenantModel, or a model whose composite key starts with a tenant from the context."""
    key = model._meta.pk
    return issubclass(model, TenantModel) or (
        isinstance(key, models.CompositePrimaryKey)
        and key.field_names[0] == "tenant_id"
        and model._meta.get_field("tenant").default is tenant_or_none
    )


def test_every_tenant_foreign_key_is_composite_in_the_database(owner: Any) -> None:
    """`db_constraint` is off in Django: the migration must have made the composite one."""
    owner.execute(
        "select conrelid::regclass::text, array_agg(a.attname::text order by a.attname) "
        "from pg_constraint c "
        "join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey) "
        "where contype = 'f' group by c.oid, 1"
    )
    held = {(table, frozenset(columns)) for table, columns in owner.fetchall()}
    missing = [
        f"{model._meta.label}.{field.name}"
        for model in _models()
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey)
        and (model._meta.db_table, frozenset({"tenant_id", field.column})) not in held
    ]
    assert missing == []


def _models() -> list[Any]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if str(settings.BASE_DIR) in str(apps.get_app_config(model._meta.app_label).path)
        and ".venv" not in str(apps.get_app_config(model._meta.app_label).path)
    ]


def _meta() -> type:
    return type("Meta", (), {"app_label": "tenants"})
