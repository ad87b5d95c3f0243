"""What PostgreSQL's own catalogue says against isolation, one line for each fault."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from tenants.isolation.global_tables import GLOBAL_TABLES
from tests.guards import allowed

POLICY = "(tenant_id = ( SELECT bowline.tenant() AS tenant))"
ROOT_POLICY = "(id = ( SELECT bowline.tenant() AS tenant))"
OURS = "relnamespace = 'public'::regnamespace"

_RELATIONS = f"""
select relname, relkind::text, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner),
       coalesce(array_to_string(reloptions, ','), '')
from pg_class c where {OURS} and relkind in ('r', 'p', 'v', 'm', 'f')
order by relname
"""
_TENANT_COLUMN = f"""
select c.relname, format_type(a.atttypid, a.atttypmod), a.attnotnull
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
where c.{OURS} and c.relkind in ('r', 'p')
"""
_POLICIES = """
select tablename, policyname, permissive, roles::text[], cmd, qual, with_check
from pg_policies where schemaname = 'public' order by 1, 2
"""
_INDEXES = f"""
select t.relname, i.relname, a.attname
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
where t.{OURS} order by 1, 2
"""
_FOREIGN_KEYS = f"""
select c.conname, t.relname, f.relname,
  (select array_agg(a.attname::text order by k.place)
   from unnest(c.conkey) with ordinality k (n, place)
   join pg_attribute a on a.attrelid = t.oid and a.attnum = k.n),
  (select array_agg(a.attname::text order by k.place)
   from unnest(c.confkey) with ordinality k (n, place)
   join pg_attribute a on a.attrelid = f.oid and a.attnum = k.n),
  c.convalidated, c.conenforced
from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class f on f.oid = c.confrelid
where c.contype = 'f' and t.{OURS} order by 1
"""
_TABLE_GRANTS = f"""
select c.relname, coalesce(nullif(pg_get_userbyid(x.grantee), 'unknown (OID=0)'), 'PUBLIC'),
       x.privilege_type
from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
where c.{OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""
_COLUMN_GRANTS = f"""
select c.relname, a.attname,
       coalesce(nullif(pg_get_userbyid(x.grantee), 'unknown (OID=0)'), 'PUBLIC'), x.privilege_type
from pg_class c join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) x
where c.{OURS} and a.attnum > 0
"""
_FUNCTIONS = """
select p.oid::regprocedure::text, n.nspname, p.prosecdef, coalesce(p.proconfig::text, ''),
  array(select coalesce(nullif(pg_get_userbyid(x.grantee), 'unknown (OID=0)'), 'PUBLIC')
        from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
        where x.grantee <> p.proowner)::text[],
  pg_get_userbyid(p.proowner)
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by 1
"""
_GENERATED_KEYS = f"""
select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.{OURS} and c.relkind in ('r', 'p') and a.attnum > 0
  and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like '%%nextval(%%')
"""
_ROLES = """
select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
  array(select pg_get_userbyid(m.roleid) from pg_auth_members m where m.member = r.oid)::text[]
from pg_roles r where rolname like 'bowline!_%%' escape '!'
"""
_SCHEMAS = """
select nspname, r, has_schema_privilege(r, n.oid, 'CREATE')
from pg_namespace n, unnest(array['bowline_app', 'bowline_tick', 'bowline_export', 'public']) r
where nspname !~ '^pg_' and nspname <> 'information_schema'
"""


class Catalog:
    """One reading of the catalogue, as the owner."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.relations = {row[0]: row[1:] for row in self._rows(_RELATIONS)}
        tables = {name for name, row in self.relations.items() if row[0] in "rp"}
        self.tenant_tables = tables - GLOBAL_TABLES.keys()

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql)
        return self.cursor.fetchall()

    def findings(self) -> list[str]:
        """Everything that breaks a rule, one line each; an empty list is what is wanted."""
        parts = (
            *(self.columns, self.row_security, self.policies, self.indexes, self.foreign_keys),
            *(self.grants, self.tick_grants, self.other_relations, self.functions),
            *(self.generated_keys, self.roles, self.schemas),
        )
        return [finding for part in parts for finding in part()]

    def columns(self) -> Iterator[str]:
        """Each table has a tenant, or stands on the list of those without."""
        found = {row[0]: row[1:] for row in self._rows(_TENANT_COLUMN)}
        for table in sorted(self.tenant_tables - {allowed.TENANT_TABLE}):
            if table not in found:
                yield f"{table}: no tenant_id, and not in GLOBAL_TABLES"
            elif found[table] != ("uuid", True):
                yield f"{table}: tenant_id is {found[table][0]}, or may be null"
        for table in sorted(found.keys() & GLOBAL_TABLES.keys()):
            yield f"{table}: has a tenant_id, so it is no table without a tenant"
        for table in sorted(GLOBAL_TABLES.keys() - self.relations.keys()):
            yield f"{table}: in GLOBAL_TABLES, but there is no such table"

    def row_security(self) -> Iterator[str]:
        """RLS is on, for the owner too."""
        for table in sorted(self.tenant_tables):
            _kind, enabled, forced, owner, _options = self.relations[table]
            if not enabled:
                yield f"{table}: row level security is off"
            if not forced:
                yield f"{table}: row level security is not forced"
            if owner != "bowline_migrate":
                yield f"{table}: belongs to {owner}"

    def policies(self) -> Iterator[str]:
        """Exactly the one policy, and the listed ones of the tick."""
        seen = set()
        for table, name, permissive, roles, command, qual, check in self._rows(_POLICIES):
            wanted = ROOT_POLICY if table == allowed.TENANT_TABLE else POLICY
            rule = (permissive, sorted(roles), command, qual, check)
            if name == "tenant":
                seen.add(table)
                if rule != ("PERMISSIVE", ["bowline_app", "bowline_export"], "ALL", wanted, wanted):
                    yield f"{table}: its policy `tenant` says {rule}"
            elif (extra := allowed.EXTRA_POLICIES.get((table, name))) is None:
                yield f"{table}: the policy {name!r} is not on the list"
            elif rule != ("PERMISSIVE", [extra[0]], *extra[1:4]):
                yield f"{table}: the policy {name!r} says {rule}"
        for table in sorted(self.tenant_tables - seen):
            yield f"{table}: no policy `tenant`"

    def indexes(self) -> Iterator[str]:
        """Each key, unique constraint and index starts with the tenant."""
        for table, index, first in self._rows(_INDEXES):
            listed = any(fnmatchcase(index, p) for p in allowed.INDEXES_NOT_LED_BY_TENANT)
            if table in self.tenant_tables and first != "tenant_id" and not listed:
                yield f"{table}: the index {index} starts with {first}, not with tenant_id"

    def foreign_keys(self) -> Iterator[str]:
        """A row refers only to rows of its tenant."""
        for name, table, target, columns, targets, validated, enforced in self._rows(_FOREIGN_KEYS):
            pairs = set(zip(columns, targets, strict=True))
            if not (validated and enforced):
                yield f"{table}: the foreign key {name} is not enforced on every row"
            if target == allowed.TENANT_TABLE:
                if pairs != {("tenant_id", "id")}:
                    yield f"{table}: {name} refers to a tenant by {columns}"
            elif target in self.tenant_tables:
                if ("tenant_id", "tenant_id") not in pairs:
                    yield f"{table}: the foreign key {name} to {target} leaves out tenant_id"
            elif table in self.tenant_tables and target not in allowed.REFERABLE_GLOBAL_TABLES:
                yield f"{table}: {name} refers to {target}, which has no tenant"
            if table in GLOBAL_TABLES and target in self.tenant_tables:
                yield f"{table}: has no tenant but refers to {target}"

    def grants(self) -> Iterator[str]:
        """bowline_app reads and writes rows, nothing more; PUBLIC nothing at all."""
        for table, role, right in self._rows(_TABLE_GRANTS):
            if role == "bowline_migrate":
                continue
            most = {
                "bowline_app": self._rights_of_app(table),
                "bowline_export": {"SELECT"},
                "bowline_tick": allowed.TICK_TABLES.get(table, set()),
            }
            if right not in most.get(role, set()):
                yield f"{table}: {role} holds {right}"
        for table, column, role, right in self._rows(_COLUMN_GRANTS):
            if role != "bowline_tick":
                yield f"{table}: {role} holds {right} on its column {column}"

    def _rights_of_app(self, table: str) -> set[str]:
        if table in GLOBAL_TABLES:
            return set(GLOBAL_TABLES[table][0].replace(",", "").split())
        if table in allowed.READ_ONLY:
            return {"SELECT"}
        if table in allowed.APPEND_ONLY:
            return {"SELECT", "INSERT"}
        if table in allowed.NEVER_DELETED:
            return {"SELECT", "INSERT", "UPDATE"}
        return {"SELECT", "INSERT", "UPDATE", "DELETE"}

    def tick_grants(self) -> Iterator[str]:
        """bowline_tick reads and writes the listed columns alone."""
        for table, column, role, right in self._rows(_COLUMN_GRANTS):
            listed = allowed.TICK_COLUMNS.get((table, right), "").split()
            if role == "bowline_tick" and column not in listed:
                yield f"{table}: bowline_tick holds {right} on its column {column}"

    def other_relations(self) -> Iterator[str]:
        """Views ask with the reader's rights; what cannot be under RLS does not exist."""
        for name, (kind, *_rest, options) in self.relations.items():
            if kind == "v" and not {"security_invoker=true", "security_invoker=on"} & set(
                options.split(",")
            ):
                yield f"{name}: a view without security_invoker"
            if kind == "m":
                yield f"{name}: a materialized view knows no row level security"
            if kind == "f":
                yield f"{name}: a foreign table knows no row level security"

    def functions(self) -> Iterator[str]:
        """Only the listed doors run as the owner, with a fixed search path and named callers."""
        for name, schema, definer, config, callers, owner in self._rows(_FUNCTIONS):
            if "PUBLIC" in callers and schema == "bowline":
                yield f"{name}: everybody may call it"
            if not definer:
                continue
            if name not in allowed.DEFINER_FUNCTIONS:
                yield f"{name}: runs as its owner, and is not on the list"
            elif set(callers) != allowed.DEFINER_FUNCTIONS[name][0]:
                yield f"{name}: may be called by {', '.join(callers)}"
            if "search_path=pg_catalog" not in config or not config.rstrip('}"').endswith(
                "pg_temp"
            ):
                yield f"{name}: runs as its owner without a fixed search_path"
            if owner != "bowline_migrate":
                yield f"{name}: belongs to {owner}"

    def generated_keys(self) -> Iterator[str]:
        """No counter of a tenant's table can be guessed or read by another tenant."""
        for table, column in self._rows(_GENERATED_KEYS):
            if table in self.tenant_tables:
                yield f"{table}: {column} comes from a sequence that all tenants share"

    def roles(self) -> Iterator[str]:
        """Only the owner sees past row level security, and nobody can become the owner."""
        for name, *powers, member_of in self._rows(_ROLES):
            may = [False, name == "bowline_migrate", False, False, False]
            if powers != may:
                yield f"{name}: super, bypassrls, createrole, createdb, replication are {powers}"
            if member_of:
                yield f"{name}: is a member of {', '.join(member_of)}"

    def schemas(self) -> Iterator[str]:
        """Nobody but the owner creates anything, and there is no schema that no guard reads."""
        for schema, role, creates in self._rows(_SCHEMAS):
            if schema not in allowed.SCHEMAS:
                yield f"{schema}: a schema that is not on the list"
            if creates:
                yield f"{schema}: {role} may create in it"
