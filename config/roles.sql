-- The database roles of Bowline, for one database. Idempotent; run it as a superuser while
-- connected to the target database, before the first `migrate` and after any change to it:
--
--   PGOPTIONS="-c bowline.app_password=… -c bowline.migrate_password=…" psql -d bowline -f config/roles.sql
--
-- Passwords come in as the settings bowline.{migrate,app,tick,export}_password; one that is not
-- given leaves that role's password as it is.
--
--   bowline_migrate  owns the database and its schema; BYPASSRLS, because row level security
--                    would hide rows from data migrations and foreign key validation
--   bowline_app      web and workers; never owner, never BYPASSRLS
--   bowline_tick     finds due work across tenants, through its own policies only
--   bowline_export   reads one tenant for an export, under row level security
--
-- Table grants are not given here: each migration grants what its tables allow.

do $$
declare
  r text;
  secret text;
begin
  foreach r in array array['migrate', 'app', 'tick', 'export'] loop
    if not exists (select from pg_roles where rolname = 'bowline_' || r) then
      execute format('create role %I', 'bowline_' || r);
    end if;
    execute format(
      'alter role %I with login nosuperuser nocreatedb nocreaterole noreplication noinherit %s',
      'bowline_' || r, case r when 'migrate' then 'bypassrls' else 'nobypassrls' end);
    secret := nullif(current_setting('bowline.' || r || '_password', true), '');
    if secret is not null then
      execute format('alter role %I password %L', 'bowline_' || r, secret);
    end if;
  end loop;

  -- Nobody gets anything by being PUBLIC. TEMPORARY goes to bowline_app alone: imports COPY a
  -- file's rows into a temporary table and move them on with one statement.
  execute format('alter database %I owner to bowline_migrate', current_database());
  execute format('revoke all on database %I from public', current_database());
  execute format(
    'grant connect on database %I to bowline_app, bowline_tick, bowline_export', current_database());
  execute format('grant temporary on database %I to bowline_app', current_database());
end $$;

alter schema public owner to bowline_migrate;
revoke all on schema public from public;
grant usage on schema public to bowline_app, bowline_tick, bowline_export;

-- pg_temp last, so that a temporary table can never stand in for a real one.
alter role bowline_app set search_path = public, pg_temp;
alter role bowline_tick set search_path = public, pg_temp;
alter role bowline_export set search_path = public, pg_temp;

-- Nothing waits for ever. A worker raises its own limit (SET LOCAL) where a job needs longer.
alter role bowline_app set statement_timeout = '30s';
alter role bowline_app set idle_in_transaction_session_timeout = '60s';
alter role bowline_app set lock_timeout = '5s';
alter role bowline_tick set statement_timeout = '10s';
alter role bowline_tick set idle_in_transaction_session_timeout = '30s';
alter role bowline_tick set lock_timeout = '2s';
alter role bowline_export set statement_timeout = '10min';
alter role bowline_export set idle_in_transaction_session_timeout = '10min';
alter role bowline_export set lock_timeout = '5s';
alter role bowline_migrate set lock_timeout = '5s';
