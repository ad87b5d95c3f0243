"""A new table's migration renders that table alone."""

from django.db import models
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ModelState, ProjectState

from tenants.isolation.operations import CreateTable


def _harbour() -> ProjectState:
    state = ProjectState()
    state.add_model(ModelState("docks", "Harbour", [("id", models.AutoField(primary_key=True))]))
    return state


def _ship(operation: type[CreateModel]) -> CreateModel:
    harbour = models.ForeignKey("docks.Harbour", models.CASCADE, related_name="ships")
    return operation("Ship", [("id", models.AutoField(primary_key=True)), ("harbour", harbour)])


def test_the_models_it_refers_to_stay_as_they_are_rendered() -> None:
    state = _harbour()
    before = state.apps.get_model("docks", "Harbour")
    _ship(CreateTable).state_forwards("docks", state)
    ship = state.apps.get_model("docks", "Ship")
    assert state.apps.get_model("docks", "Harbour") is before
    assert ship._meta.get_field("harbour").related_model is before


def test_a_data_migration_renders_everything_anew() -> None:
    state = _harbour()
    state.apps.get_model("docks", "Harbour")
    _ship(CreateTable).state_forwards("docks", state)
    state.clear_delayed_apps_cache()  # what RunPython does first
    harbour = state.apps.get_model("docks", "Harbour")
    assert [relation.name for relation in harbour._meta.related_objects] == ["ships"]


def test_the_state_is_that_of_djangos_own_operation() -> None:
    ours, djangos = _harbour(), _harbour()
    _ship(CreateTable).state_forwards("docks", ours)
    _ship(CreateModel).state_forwards("docks", djangos)
    assert ours == djangos
