"""Laws of the electrical families: labels, order in severity, energy of short arcs, protection, consistency."""

import numpy as np
import pytest

from gg_gym import InputError, ScenarioDefinition, Twin, load_product
from gg_gym.physics import discharges, heat, insulators, protection
from gg_gym.physics.engine import ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.state import Environment3DState
from gg_gym.scenarios import EVENT_CLASSES, SCENARIOS
from gg_gym.scenarios.base import BaseScenario
from gg_gym.scenarios.consistency import check

FAMILIES = (
    "arcing_event", "corona_discharge", "insulation_breakdown", "equipment_overheat", "vegetation_contact",
    "conductor_contact", "cutout_operation", "arrester_failure",
)  # fmt: skip
N = 8
SEVERE = {"severity": 1.0, "phase": 0.7}


def twin_of(dt=10.0, hours=4, lead=600.0):
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": hours, "lead_in": lead}
    modules = list(dict.fromkeys([*product.physics, "protection"]))
    return Twin(product.replace(physics=modules, operation=operation), dt=dt, thermal=False)


@pytest.fixture(scope="module")
def twin():
    return twin_of()


def session_of(twin, definitions, seeds=None):
    session = twin.begin(twin.draw(np.arange(len(definitions)) if seeds is None else seeds))
    session.set_scenarios(definitions)
    session.lead_in()
    return session


def follow(twin, family, parameters, read, steps=20, n=N, cause=True):
    """(steps, n) of ``read(state)`` in n runs of one definition; rows in which the cause never comes are left out."""
    definition = ScenarioDefinition(family=family, parameters=parameters, cause=cause)
    session = session_of(twin, [definition] * n)
    values = []
    for _ in range(steps):
        session.sample(truth=False)
        values.append(np.array(read(session.state)))
    return np.array(values)[:, np.isfinite(session.onset) if cause else slice(None)]


@pytest.fixture(scope="module")
def runs(twin):
    definitions = [ScenarioDefinition(family=f, parameters=SEVERE) for f in FAMILIES for _ in range(N)]
    conditions = twin.draw(np.tile(np.arange(N), len(FAMILIES)))
    null = [d.null() for d in definitions]
    return twin.run(conditions, definitions, truth=False), twin.run(conditions, null, truth=False)


@pytest.mark.parametrize("family", FAMILIES)
def test_severe_runs_have_their_label_and_null_runs_none(runs, family):
    severe, null = runs
    rows = slice(FAMILIES.index(family) * N, (FAMILIES.index(family) + 1) * N)
    came = np.isfinite(severe.onset[rows])
    event = EVENT_CLASSES.index(SCENARIOS[family].event)
    labelled = (severe.labels["event_class"][rows] == event).any(axis=1)
    assert came.sum() >= N - 2
    assert labelled[came].mean() > 0.5
    assert severe.labels["anomaly"][rows][came].any(axis=1).mean() > 0.8
    assert not null.labels["anomaly"][rows].any()
    assert all(np.isfinite(v[rows]).all() for v in severe.readings.values())


def test_a_row_of_a_batch_is_the_same_run_alone(twin, runs):
    severe, _ = runs
    for family in ("insulation_breakdown", "conductor_contact", "arrester_failure"):
        row = FAMILIES.index(family) * N + 1
        alone = twin.run(twin.draw([1]), [ScenarioDefinition(family=family, parameters=SEVERE)], truth=False)
        assert all(np.array_equal(alone.readings[i][0], v[row]) for i, v in severe.readings.items()), family
        assert np.array_equal(alone.labels["severity"][0], severe.labels["severity"][row]), family


@pytest.mark.parametrize("family", FAMILIES)
def test_every_corner_is_a_valid_scenario(twin, family):
    assert SCENARIOS[family].corners
    for corner in SCENARIOS[family].corners.values():
        SCENARIOS[family](corner).validate(twin.product.geometry, twin.product.physics)


@pytest.mark.parametrize(
    ("family", "parameters", "read"),
    [
        ("arcing_event", {"on_rate": 5.0, "off_rate": 0.1}, lambda s: s.arc_power),
        ("corona_discharge", {}, discharges.discharge_power),
        ("insulation_breakdown", {}, insulators.leak_power),
        ("equipment_overheat", {"part": 0.0}, heat.joint_rise),
        ("arrester_failure", {}, protection.arrester_heat),
        ("conductor_contact", {}, lambda s: s.arc_energy),
        ("cutout_operation", {}, lambda s: s.arc_energy),
    ],
)
def test_more_severe_is_more(twin, family, parameters, read):
    # Half of the record's first minutes; the cause sets in as it begins.
    phase = 1.0 if family in ("conductor_contact", "cutout_operation") else 0.55
    means = [
        follow(twin, family, {**parameters, "severity": s, "phase": phase}, read, steps=8).sum(axis=0)
        for s in (0.1, 0.5, 0.9)
    ]
    assert (means[1] >= means[0]).all()
    assert (means[2] >= means[1]).all()
    assert means[2].mean() > 1.2 * means[0].mean()


def energy_of(dt, causes, seconds=120.0):
    """(3,) energy of the module's arcs in a time, straight from module and engine."""
    product = load_product("grid_guardian")
    conditions = product.draw(np.arange(3, dtype=np.uint64))
    context = PhysicsContext(product.geometry, product.site_objects, conditions, {})
    engine = ModularPhysicsEngine(["protection", "line", "arcs"], context, dt)
    state = Environment3DState.neutral(product.geometry, 3, dt, {})
    engine.start(state)
    for key, value in causes.items():
        state.causes[key][:] = value
    total = np.zeros(3)
    for i in range(round(seconds / dt)):
        engine.step(state, dt, 3, i)
        total += state.arc_energy
    return total


@pytest.mark.parametrize("shots", [1.0, 3.0])
def test_the_energy_of_short_arcs_does_not_depend_on_the_step(shots):
    causes = {
        "short_current": 2000.0,
        "short_gap": 0.3,
        "short_time": 0.07,
        "short_shots": shots,
        "short_clearing": 1.0,
    }
    fine = energy_of(0.05, causes, 60.0)
    assert (fine > 1e4).all()
    for dt in (0.5, 10.0, 60.0):
        np.testing.assert_allclose(energy_of(dt, causes, 60.0), fine, rtol=1e-9)
    np.testing.assert_allclose(energy_of(3600.0, causes, 3600.0), fine, rtol=1e-9)


def test_each_shot_adds_the_same_energy():
    causes = {"short_current": 2000.0, "short_time": 0.07, "short_clearing": 1.0}
    one, four = (energy_of(10.0, {**causes, "short_shots": k}, 300.0) for k in (1.0, 4.0))
    np.testing.assert_allclose(four, 4.0 * one, rtol=1e-9)


def test_a_recloser_that_locks_out_leaves_a_dead_line_and_a_fuse_does_not(twin):
    voltage = lambda s: np.abs(s.voltage[:, :, 0]).max(axis=1)  # noqa: E731
    out = follow(twin, "conductor_contact", {"phase": 0.9, "shots": 4.0}, voltage, steps=64)
    assert (out[0] > 5000.0).all()
    assert (out[-1] == 0.0).all()
    slap = follow(twin, "conductor_contact", {"phase": 0.9, "shots": 1.0, "broken": 0.0}, voltage, steps=64)
    assert (slap[-1] > 5000.0).all()
    fuse = follow(twin, "cutout_operation", {"phase": 0.9}, voltage, steps=64)
    assert (fuse > 5000.0).all()


def test_a_downed_conductor_and_a_blown_cutout_lose_the_load_of_their_phase(twin):
    current = lambda s: np.abs(s.current[:, :, 0])  # noqa: E731
    down = follow(twin, "conductor_contact", {"phase": 0.9, "broken": 1.0, "shots": 1.0, "place": 0.1}, current, 64)
    assert (down[0] > 1.0).all()
    assert (down[-1][:, 0] == 0.0).all()
    assert (down[-1][:, 1:] > 1.0).all()
    blown, whole = (
        follow(twin, "cutout_operation", {"phase": 0.9, "lateral": 0.5}, current, 64, cause=c)[-1]
        for c in (True, False)
    )
    kept = np.isfinite(session_of(twin, [ScenarioDefinition(family="cutout_operation")] * N).onset)
    np.testing.assert_allclose(blown[:, 2], 0.5 * whole[kept][:, 2], rtol=1e-6)
    np.testing.assert_array_equal(blown[:, 0], whole[kept][:, 0])


def test_corona_needs_no_dry_air_and_a_gap_does(twin):
    dry: dict[str, float] = {}
    wet = {"wetting": 5.0}
    power = {}
    for name, extra in (("dry", dry), ("wet", wet)):
        session = session_of(
            twin, [ScenarioDefinition(family="corona_discharge", parameters=SEVERE | {"looseness": 4})] * N
        )
        for key, value in extra.items():
            session.course.layers[0].causes[key][:] = value
        session.course._active = None
        total = []
        for _ in range(40):
            session.sample(truth=False)
            total.append([session.state.memory[f"discharges.{k}"].copy() for k in ("corona", "gap")])
        power[name] = np.array(total)[10:, :, np.isfinite(session.onset)].mean(axis=0)
    assert (power["wet"][0] >= power["dry"][0]).all()
    assert power["wet"][0].mean() > 1.2 * power["dry"][0].mean()
    assert (power["wet"][1] <= 0.01 * power["dry"][1]).all()
    assert power["dry"][1].mean() > 0.01


def test_an_overheating_joint_needs_load_and_little_wind(twin):
    rise = {
        load: follow(twin, "equipment_overheat", SEVERE | {"part": 0.0, "load": load}, heat.joint_rise, 40)[-1]
        for load in (0.7, 1.0, 2.0)
    }
    assert (rise[0.7] < rise[1.0]).all()
    assert (rise[1.0] < rise[2.0]).all()
    both = _rise_watts_wind(twin)
    resistance, wind = both[0] / both[1], both[2]
    order = np.argsort(np.argsort(wind)).astype(float), np.argsort(np.argsort(resistance)).astype(float)
    assert np.corrcoef(*order)[0, 1] < -0.5


def _watts(state):
    current = np.sqrt((np.abs(state.current[:, 0]) ** 2).sum(axis=-1))
    return current**2 * heat.joint_resistance(state)[:, 0]


def _rise_watts_wind(twin):
    definition = ScenarioDefinition(family="equipment_overheat", parameters=SEVERE | {"part": 0.0, "place": 0.0})
    session = session_of(twin, [definition] * 48)
    for _ in range(30):
        session.sample(truth=False)
    kept = np.isfinite(session.onset)
    state = session.state
    return np.stack([heat.joint_rise(state), _watts(state), state.wind_speed])[:, kept]


def test_salt_leaks_only_when_wet(twin):
    dry, wet = (
        follow(
            twin, "insulation_breakdown", SEVERE | {"wetting": w},
            lambda s: np.stack([insulators.leak_power(s), s.memory["insulators.wetness"].max(axis=1)], axis=1), 40, 24,
        ).transpose(2, 0, 1)
        for w in (0.0, 0.5)
    )  # fmt: skip
    arid = dry[1, -1] < 0.02
    assert arid.sum() >= 3
    assert (wet[0, -1] > 10.0 * dry[0, -1])[arid].all()


def test_a_flashover_becomes_an_arc_of_its_own_energy(twin):
    definition = ScenarioDefinition(family="insulation_breakdown", parameters=SEVERE | {"phase": 0.45, "creepage": 0.5})
    session = session_of(twin, [definition] * 24)
    before, spent = insulators.flash_energy(session.state).copy(), np.zeros(24)
    for _ in range(64):
        flashed, count = insulators.flash_energy(session.state) - before, insulators.flashed(session.state)
        session.sample(truth=False)
        spent += session.state.arc_energy
    single = (flashed > 0.0) & (count == 1.0)
    assert single.any()
    np.testing.assert_allclose(spent[single], flashed[single], rtol=1e-9)


def test_an_arrester_runs_away_fails_and_is_taken_away(twin):
    long = twin_of(lead=3600.0, hours=2)
    read = lambda s: np.stack([protection.arrester_heat(s), s.arc_energy, s.memory["protection.arrester_failed"]])  # noqa: E731
    session = session_of(
        long, [ScenarioDefinition(family="arrester_failure", parameters={"severity": 1.0, "phase": 0.55})] * N
    )
    course = []
    for _ in range(300):
        session.sample(truth=False)
        course.append(read(session.state))
    power, energy, failed = (np.array(course)[:, i, np.isfinite(session.onset)] for i in range(3))
    assert failed[-1].mean() > 0.5
    for row in np.flatnonzero(failed[-1]):
        at = int(failed[:, row].argmax())
        assert (np.diff(power[5:at, row]) > -1.0).all()
        assert power[at - 1, row] > 4.0 * power[5, row]
        assert (power[at:, row] == 0.0).all()
        assert energy[at : at + 4, row].sum() > 1e3


def test_what_cannot_be_is_refused_and_named(twin):
    geometry, physics = twin.product.geometry, twin.product.physics
    for family in ("corona_discharge", "arcing_event", "equipment_overheat", "insulation_breakdown+corona_discharge"):
        pair = SCENARIOS[f"deenergised+{family}"]()
        with pytest.raises(InputError, match="dead line"):
            pair.validate(geometry, physics)
    with pytest.raises(InputError, match=r"arc_current.*arc_gap"):
        check("scenario x", {"arc_current": 30.0})
    with pytest.raises(InputError, match=r"joint_factor.*without a load"):
        check("scenario x", {"joint_factor": 30.0, "load_factor": 0.0})
    with pytest.raises(InputError, match=r"load_lost.*0 to 1"):
        check("scenario x", {"load_lost": 1.5})
    for family in (*FAMILIES, "insulation_breakdown+corona_discharge"):
        BaseScenario.from_definition({"family": family}).validate(geometry, physics)


def test_arcing_event_keeps_its_meaning(twin):
    causes = SCENARIOS["arcing_event"]({"severity": 0.5, "place": 0.9, "gap": 0.02}).causes(twin.product.geometry)
    assert causes["arc_current"] == pytest.approx(5.0)
    assert causes["arc_gap"] == pytest.approx(0.02, rel=1e-5)
    assert causes["arc_on_rate"] == pytest.approx(0.5)
    assert causes["arc_place"] == 3.0 and causes["arc_off_rate"] == pytest.approx(1.0)
