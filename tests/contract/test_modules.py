"""Remove one physics module at a time: the twin runs, and only the sensors that the coupling names answer otherwise.

The coupling, module by module: what it moves in a quiet run (QUIET), and which sensors an event still reaches without
it (REACH). Randomness is addressed, so whatever a module does not move stays equal bit for bit.
"""

from typing import Any

import numpy as np
import pytest

from gg_gym import InputError, ScenarioDefinition, Twin, load_product
from gg_gym.physics.engine import PHYSICS, PhysicsModule
from gg_gym.products import parse_product
from gg_gym.scenarios.base import SCENARIOS, BaseScenario

#: What follows the temperature inside the box and the unit's power.
BOX = {"acoustic", "baro", "battery", "emf", "pm", "t_int", "thermal", "vibration", "voc"}
AIR = BOX | {"solar", "t_rh", "wind"}
#: Module -> instruments whose quiet readings it moves.
QUIET: dict[str, set[str]] = {
    "weather": AIR,  # air, sun and the load that follows the temperature
    "background": set(),
    "airflow": AIR,  # wind cools shield, box and parts, dries films, blows on microphone and pole
    "wake": set(),
    "dispersion": set(),
    "surface_wetness": {"thermal", "emf"},  # drops on the window and on the field plates
    "line": {"acoustic", "emf", "thermal", "vibration"},  # fields, hum, and the heat of currents
    "insulators": {"acoustic"},  # leakage crackles
    "discharges": {"acoustic"},
    "arcs": set(),
    "traffic": set(),
    "heat": {"acoustic", "emf", "thermal"},  # dew falls on cold parts
    "transformer": {"acoustic", "emf", "thermal"},  # a warm tank, and less dew on it
    "wood": set(),
    "smoulder": set(),
    "acoustics": {"acoustic"},
    "vibration": {"vibration"},
    "lightning": set(),
    "power": BOX | {"solar"},  # charging and drawing warm the box
    "enclosure": BOX,
    "surroundings": {"thermal"},  # the ground has a temperature of its own
}
EVENTS: dict[str, dict[str, float]] = {
    "arcing_event": {"severity": 1.0, "phase": 0.5, "gap": 0.05, "on_rate": 5.0, "off_rate": 0.2},
    "early_combustion": {"severity": 1.0, "phase": 0.9},
    "vehicle_exhaust": {"severity": 1.0, "phase": 0.6},
    "diurnal_cycle": {"severity": 1.0, "phase": 0.6, "load_swing": 1.5},
}
#: Family -> instruments that an event reaches in the whole product.
WHOLE = {
    "arcing_event": {"acoustic", "emf", "lightning", "thermal", "voc"},
    "early_combustion": {"pm", "thermal", "voc"},
    "vehicle_exhaust": {"acoustic", "pm", "voc"},
    "diurnal_cycle": AIR,
}
#: (module, family) -> instruments that the event no longer reaches without the module.
LOST = {
    ("dispersion", "arcing_event"): {"voc"},
    ("dispersion", "early_combustion"): {"pm", "voc"},
    ("dispersion", "vehicle_exhaust"): {"pm", "voc"},
    ("heat", "arcing_event"): {"thermal"},
    ("airflow", "diurnal_cycle"): {"wind"},
    ("power", "diurnal_cycle"): {"solar"},
}
#: Causes that belong to one module alone, as a scenario would set them (a vehicle is also heard and seen).
CAUSES = {
    "weather": {"sun_factor": 0.1},
    "line": {"load_factor": 1.5},
    "arcs": {"arc_gap": 0.05, "arc_current": 40.0, "arc_on_rate": 5.0, "arc_off_rate": 0.2},
    "wood": {"leak_power": 40.0},
    "surface_wetness": {"wetting": 3.0},
    "transformer": {"transformer_load": 2.0},
    "insulators": {"salt_step": 0.2, "leak_coupling": 1.0, "creepage_factor": 0.5},
    "discharges": {"gap_stress": 3.0, "sharp_radius": 2e-4, "pd_level": 1e-10},
}
SEEDS = np.arange(40, 45)
GROUPS = ("readings", "truth", "status", "labels", "physics")


@pytest.fixture(scope="module")
def short():
    product = load_product("grid_guardian")
    return product.replace(operation={**product.operation.model_dump(), "spin_up_hours": 2, "lead_in": 600.0})


@pytest.fixture(scope="module")
def without(short):
    """Twins without a module, and what they make of the events and their null twins; made once."""
    made: dict[str, Any] = {}

    def of(module):
        if module not in made:
            twin = Twin(short.replace(physics=[m for m in short.physics if m != module]))
            shown = [f for f in EVENTS if module not in SCENARIOS[f].requires]
            chosen = [ScenarioDefinition(family=f, parameters=EVENTS[f]) for f in shown for _ in SEEDS]
            conditions = twin.draw(np.tile(SEEDS, len(shown)))
            event, null = (twin.run(conditions, d) for d in (chosen, [d.null() for d in chosen]))
            rows = {f: np.arange(len(SEEDS)) + i * len(SEEDS) for i, f in enumerate(shown)}
            made[module] = twin, event, null, rows
        return made[module]

    return of


def moved(a, b, mine, theirs):
    """Instruments whose readings or ideal readings differ between rows of two batches."""
    return {
        key
        for group in ("readings", "truth")
        for key, values in getattr(a, group).items()
        if not np.array_equal(values[mine], getattr(b, group)[key][theirs])
    }


@pytest.mark.parametrize("module", QUIET)
def test_a_quiet_run_differs_only_where_the_module_acts(without, module):
    _, _, whole, rows = without("")
    _, _, null, fewer = without(module)
    family = next(iter(fewer))
    assert moved(null, whole, fewer[family], rows[family]) == QUIET[module]


@pytest.mark.parametrize("module", ["", *QUIET])
def test_an_event_reaches_exactly_the_sensors_of_the_coupling(without, module):
    _, event, null, rows = without(module)
    for family, part in rows.items():
        assert moved(event, null, part, part) == WHOLE[family] - LOST.get((module, family), set()), (module, family)


def test_without_dispersion_the_array_sees_background_only(without):
    _, event, null, rows = without("dispersion")
    part = rows["early_combustion"]
    assert (event.physics["mass_rate"][part].max(1) > 0).all()
    assert np.array_equal(event.readings["voc"][part], null.readings["voc"][part])


@pytest.mark.parametrize("module", [m for m in QUIET if any(m in SCENARIOS[f].requires for f in EVENTS)])
def test_a_scenario_that_needs_the_module_is_refused(without, module):
    twin = without(module)[0]
    refused = [f for f in EVENTS if module in SCENARIOS[f].requires]
    assert refused
    for family in refused:
        with pytest.raises(InputError, match=module):
            twin.run(twin.draw([1]), [ScenarioDefinition(family=family)])


@pytest.mark.parametrize("module", CAUSES)
def test_the_causes_of_a_removed_module_do_nothing(without, module):
    """Put into force past the scenarios' own check, they leave the null twin as it is."""
    twin = without(module)[0]
    runs = []
    for cause in (True, False):
        session = twin.begin(twin.draw(SEEDS))
        if cause:
            for key, value in CAUSES[module].items():
                session.course.layers[0].causes[key][:] = value
            session.course.layers[0].onset[:] = -300.0
        runs.append(twin.record(session))
    for group in GROUPS:
        for key, values in getattr(runs[0], group).items():
            assert np.array_equal(values, getattr(runs[1], group)[key]), (group, key)


def test_an_arc_without_a_line_has_no_current_but_its_own_noise(without):
    twin = without("line")[0]
    session = twin.begin(twin.draw(SEEDS))
    for key, value in CAUSES["arcs"].items():
        session.course.layers[0].causes[key][:] = value
    session.course.layers[0].onset[:] = 0.0
    runs = twin.record(session)
    emf = {c.name: i for i, c in enumerate(twin.channels[twin.slices["emf"]])}
    assert not runs.truth["emf"][..., [emf["B_x"], emf["E_z"], emf["interharmonic"]]].any()
    assert (runs.truth["emf"][..., emf["burst_rate"]].max(1) > 0).all()
    assert (runs.labels["event_class"][:, -1] == 1).all()


# Configurations that do not hold together ----------------------------------------------------------------------------


class Chicken(PhysicsModule):
    """After the egg."""

    key = "test_chicken"
    after = ("test_egg",)


class Egg(PhysicsModule):
    """After the chicken."""

    key = "test_egg"
    after = ("test_chicken",)


class Stray(BaseScenario):
    """Names a cause that there is not."""

    key = "test_stray"
    title = "Stray"
    category = "normal"

    def causes(self, geometry):
        return {"moonlight": 1.0}


def data(product, **changes):
    return {**product.model_dump(mode="json"), **changes}


def test_a_cycle_of_modules_is_one_error_that_names_it(short, monkeypatch):
    for module in (Chicken, Egg):
        monkeypatch.setitem(PHYSICS._entries, module.key, module)
    assert Twin(short.replace(physics=[*short.physics, "test_egg"])) is not None  # alone it is fine
    with pytest.raises(InputError, match=r"cycle .*test_(egg|chicken).*test_(egg|chicken)"):
        parse_product(data(short, physics=[*short.physics, "test_egg", "test_chicken"]), "file.yaml")


def test_unknown_modules_and_sensors_are_named(short):
    with pytest.raises(InputError, match=r"physics module.*gravity"):
        parse_product(data(short, physics=["weather", "gravity"]), "file.yaml")
    sensors = data(short)["sensors"]
    with pytest.raises(InputError, match=r"sensor.*nose"):
        parse_product(data(short, sensors=[{**sensors[0], "key": "nose"}]), "file.yaml")
    with pytest.raises(InputError, match=r"t_rh.*unknown instrument 'barometer'"):
        parse_product(data(short, sensors=[{**sensors[0], "needs": ["barometer"]}, *sensors[1:]]), "file.yaml")
    with pytest.raises(InputError, match=r"twice.*voc"):
        parse_product(data(short, sensors=[*sensors, sensors[1]]), "file.yaml")


def test_a_cycle_of_sensors_is_one_error_that_names_it(short):
    sensors = data(short)["sensors"]
    circular = [{**s, "needs": {"t_rh": ["voc"], "voc": ["t_rh"]}.get(s["name"], s["needs"])} for s in sensors]
    with pytest.raises(InputError, match=r"cycle of needs .*(t_rh.*voc|voc.*t_rh)"):
        parse_product(data(short, sensors=circular), "file.yaml")


def test_an_unknown_cause_is_named(short, monkeypatch):
    monkeypatch.setitem(SCENARIOS._entries, Stray.key, Stray)
    twin = Twin(short, thermal=False)
    with pytest.raises(InputError, match=r"test_stray.*moonlight"):
        twin.run(twin.draw([1]), [ScenarioDefinition(family="test_stray")])
