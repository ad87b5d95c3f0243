"""Which SQL of a migration is let pass."""

from pathlib import Path

from config.migration_lint import complaints


def written(tmp_path: Path, *statements: str, name: str = "0001") -> list[Path]:
    file = tmp_path / f"app.{name}.sql"
    file.write_text("\n".join(statements) + "\n")
    return [file]


def test_locking_change_of_an_existing_table_is_complained_about(tmp_path: Path) -> None:
    said = complaints(written(tmp_path, 'ALTER TABLE "people" ADD COLUMN "age" bigint NOT NULL;'))
    assert len(said) == 1
    assert "adding-required-field" in said[0]


def test_index_that_blocks_writes_on_an_existing_table_is_complained_about(tmp_path: Path) -> None:
    said = complaints(written(tmp_path, 'CREATE INDEX "by_age" ON "people" ("age");'))
    assert [line for line in said if "require-concurrent-index-creation" in line]


def test_the_same_on_a_table_of_the_same_deployment_is_let_pass(tmp_path: Path) -> None:
    made = 'CREATE TABLE "people" ("id" uuid NOT NULL PRIMARY KEY);'
    files = written(tmp_path, made) + written(
        tmp_path,
        'ALTER TABLE "people" ADD COLUMN "age" bigint NOT NULL;',
        'CREATE INDEX "by_age" ON "people" ("age");',
        'DROP INDEX IF EXISTS "by_age";',
        name="0002",
    )
    assert complaints(files) == []


def test_sql_that_squawk_cannot_read_is_a_complaint(tmp_path: Path) -> None:
    assert complaints(written(tmp_path, "ALTER TABLE nonsense nonsense;"))


def test_index_dropped_from_a_table_in_use_is_complained_about(tmp_path: Path) -> None:
    said = complaints(written(tmp_path, 'DROP INDEX IF EXISTS "by_age";'))
    assert [line for line in said if "require-concurrent-index-deletion" in line]
