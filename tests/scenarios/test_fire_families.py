"""Laws of the fire families: which species lead, what heats the wood, labels, and order in severity."""

import numpy as np
import pytest

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.parameters.pyrolysis import LIGNIN
from gg_gym.physics import heat, insulators
from gg_gym.physics.species import INDEX
from gg_gym.physics.wood import released_species
from gg_gym.scenarios import EVENT_CLASSES, SCENARIOS

FAMILIES = ("early_combustion", "cellulose_pyrolysis", "lignin_decomposition", "fire_precursor_combo")
SEVERE = {"severity": 1.0, "phase": 0.7}
COMBUSTION = EVENT_CLASSES.index("combustion")
N = 8
MEDIAN = {
    "wood_tar_vapour": 0.05, "wood_lignin_vapour": 0.4, "wood_yield_CO": 1.0, "wood_yield_HCHO": 1.0,
    "wood_yield_HOAc": 1.0, "wood_yield_FURAN": 1.0, "wood_yield_PHENOL": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def twin():
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 4, "lead_in": 1200.0}
    modules = list(dict.fromkeys([*product.physics, "protection"]))
    return Twin(product.replace(physics=modules, operation=operation), thermal=False)


def session_of(twin, family, parameters, n=N):
    session = twin.begin(twin.draw(np.arange(n)))
    session.set_scenarios([ScenarioDefinition(family=family, parameters=parameters)] * n)
    session.lead_in()
    return session, np.isfinite(session.onset)


def emitted(twin, family, parameters, n=16):
    """(n, S) what the wood has given off after the record's first half."""
    session, came = session_of(twin, family, parameters, n)
    for _ in range(32):
        session.sample(truth=False)
    return session.state.emitted[came]


@pytest.mark.parametrize("severity", [0.5, 1.0])
def test_furfural_leads_in_cellulose_and_guaiacol_and_phenol_in_lignin(twin, severity):
    cellulose = emitted(twin, "cellulose_pyrolysis", {"severity": severity, "phase": 0.7})
    lignin = emitted(twin, "lignin_decomposition", {"severity": severity, "phase": 0.7})
    ratio = [e[:, INDEX["FURAN"]] / e[:, INDEX["PHENOL"]] for e in (cellulose, lignin)]
    assert (ratio[0] > 1.0).mean() > 0.9
    # One of the eight worlds drawn has so much furfural and so little phenol that even lignin does not turn the order.
    assert (ratio[1] < 1.0).mean() > 0.75
    assert np.median(ratio[0]) > 4.0
    assert np.median(ratio[1]) < 0.6
    assert (ratio[0] > ratio[1]).all()


def test_the_order_of_the_species_holds_in_every_step_of_the_median_world():
    gas, world = np.diag([1.0, 1.0, 1.0, 1.0, 1.0])[:4], {k: np.full(4, v) for k, v in MEDIAN.items()}
    poor, rich = (released_species(gas, world, np.full(4, share)) for share in (0.08, 0.85))
    assert (poor[:3, INDEX["FURAN"]] > poor[:3, INDEX["PHENOL"]]).all()
    assert (rich[:, INDEX["PHENOL"]] > rich[:, INDEX["FURAN"]]).all()


def test_composition_changes_no_mass_and_sound_pine_changes_nothing():
    gas, world = np.diag([1.0, 2.0, 3.0, 4.0, 5.0]), {k: np.full(5, v) for k, v in MEDIAN.items()}
    plain = released_species(gas, world)
    np.testing.assert_array_equal(released_species(gas, world, np.full(5, LIGNIN)), plain)
    for share in (0.02, 0.5, 0.9):
        np.testing.assert_allclose(released_species(gas, world, np.full(5, share)).sum(axis=1), plain.sum(axis=1))


def test_severe_runs_have_their_label_and_null_runs_none(twin):
    definitions = [ScenarioDefinition(family=f, parameters=SEVERE) for f in FAMILIES for _ in range(N)]
    conditions = twin.draw(np.tile(np.arange(N), len(FAMILIES)))
    severe = twin.run(conditions, definitions, truth=False)
    null = twin.run(conditions, [d.null() for d in definitions], truth=False)
    came, event = np.isfinite(severe.onset), (severe.labels["event_class"] == COMBUSTION).any(axis=1)
    for k in range(len(FAMILIES)):
        rows = np.arange(k * N, (k + 1) * N)
        assert event[rows][came[rows]].mean() > 0.7, FAMILIES[k]
    assert not null.labels["anomaly"].any()
    assert (null.physics["mass_lost"] == 0.0).all()


@pytest.mark.parametrize("family", FAMILIES[:3])
def test_more_severe_loses_more_wood(twin, family):
    lost = []
    for severity in (0.1, 0.4, 0.8):
        session, came = session_of(twin, family, {"severity": severity, "phase": 0.55})
        for _ in range(16):
            session.sample(truth=False)
        lost.append(session.state.mass_lost[came])
    assert (np.diff(lost, axis=0) >= 0.0).all()
    assert lost[2].mean() > 3.0 * lost[0].mean()


def test_the_king_bolt_burns_by_leakage_of_a_wet_salty_line_only(twin):
    wet = {"severity": 1.0, "phase": 0.8, "joint": 0.0, "wetting": 0.3}
    session, came = session_of(twin, "fire_precursor_combo", wet)
    for _ in range(32):
        session.sample(truth=False)
    state = session.state
    assert (insulators.wood_heat(state)[came] > 1.0).all()
    assert (state.hot_spot[came] > 400.0).all()
    dead, _ = session_of(twin, "fire_precursor_combo", wet)
    for layer in dead.course.layers:
        layer.causes["de_energise"][:] = 1.0
    dead.course._active = None
    for _ in range(8):
        dead.sample(truth=False)
    assert (insulators.wood_heat(dead.state)[came] == 0.0).all()


def test_a_hot_joint_gives_its_heat_to_the_wood_beside_it(twin):
    joint = {"severity": 1.0, "phase": 0.9, "joint": 1.0, "load": 2.5, "radius": 0.004, "place": 0.1}
    session, came = session_of(twin, "fire_precursor_combo", joint)
    apart, _ = session_of(twin, "fire_precursor_combo", joint)
    for layer in apart.course.layers:
        layer.causes["joint_wood"][:] = 0.0
    apart.course._active = None
    for _ in range(64):
        session.sample(truth=False)
        apart.sample(truth=False)
    state, alone = session.state, apart.state
    drawn, core = state.memory["wood.drawn"][came], state.memory["wood.nodes"][came, 0]
    index = int(twin.product.geometry.place("joint")[0])
    assert (drawn > 0.0).all()
    assert (core > alone.memory["wood.nodes"][came, 0] + 5.0).all()
    assert (core < state.memory["heat.node"][came, index] + 1.0).all()
    assert (state.memory["heat.node"][came, index] < alone.memory["heat.node"][came, index]).all()
    assert (heat.joint_rise(state)[came] > 10.0).all()
    held = state.memory["heat.in"] - state.memory["heat.out"] - state.memory["heat.stored"]
    assert np.abs(held).max() < 1e-6 * np.abs(state.memory["heat.in"]).max()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_corner_is_valid_and_keys_are_kept(twin, family):
    for corner in SCENARIOS[family].corners.values():
        SCENARIOS[family](corner).validate(twin.product.geometry, twin.product.physics)
    old = SCENARIOS["early_combustion"]({"severity": 0.5, "radius": 0.01, "place": 0.5})
    causes = old.causes(twin.product.geometry)
    assert causes["leak_power"] == pytest.approx(160.0**0.5, rel=1e-4)
    assert causes["leak_place"] == 1.0
