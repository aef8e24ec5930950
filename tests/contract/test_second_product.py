"""A second product with parts, physics, cause, family and sensor of its own: nothing is wired to grid_guardian.

A shed with a battery cell that vents hydrogen: two components, no line, no camera, no arcs, heat or wood.
"""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from gg_gym import InputError, ScenarioDefinition, Twin, VirtualGridGuardian
from gg_gym.datasets.generation import MLDataGenerator
from gg_gym.datasets.windows import WindowDataset
from gg_gym.detection.commission import commission, reference_batch
from gg_gym.envs import RunSink
from gg_gym.physics import causes
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import INDEX
from gg_gym.products import parse_product
from gg_gym.records.reproduce import reproduce
from gg_gym.records.validation import validate
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, log_between
from gg_gym.scenarios.parameters import SharedParameters, parameter
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.sensors.base import SENSORS, BaseSensor, Channel, Coefficients

SLOT = 3


class CellVent(PhysicsModule):
    """A cell vents gas at the place of kind "cell": a source, and what it has lost."""

    key = "test_cell_vent"

    def __init__(self, context):
        super().__init__(context)
        self.place = context.geometry.positions()[context.geometry.place("cell")[0]]

    @classmethod
    def priors(cls):
        return (Uncertain("test.hydrogen_share", 0.3, 0.2, "1", "test"),)

    def lanes(self, m):
        return {"test_cell_vent.puff": 1}

    def step(self, state, h, draws):
        rate = state.causes["test_vent_rate"] * np.exp(0.2 * draws.normal("test_cell_vent.puff")[:, 0])
        state.source_position[:, SLOT], state.source_size[:, SLOT] = self.place, 0.05
        state.source_rate[:, SLOT, INDEX["H2"]] = state.world["test.hydrogen_share"] * rate
        state.mass_rate[:] = rate
        state.mass_lost += rate * h


class Vent(BaseScenario):
    """A cell vents."""

    class Parameters(SharedParameters):
        """Shared parameters and one of its own."""

        spread: float = parameter(1.0, 0.5, 2.0, "1", "factor on the rate", scale="log", prior=(2.0, 2.0))

    key = "test_vent"
    title = "A cell vents"
    category = "fire"
    event = "combustion"
    requires = ("test_cell_vent", "dispersion")

    def causes(self, geometry):
        return {"test_vent_rate": log_between(1e-8, 1e-4, self.parameters.severity) * self.parameters.spread}


class Calm(BaseScenario):
    """Nothing happens."""

    key = "test_calm"
    title = "Calm"
    category = "normal"

    def causes(self, geometry):
        return {}


class Sniffer(BaseSensor):
    """Hydrogen [ppb], compensated with the temperature that t_rh reads."""

    key = "test_sniffer"

    @classmethod
    def channels(cls, config):
        return (Channel("hydrogen", config.name, "[ppb]", 0.0, 1e6, 500.0, 200.0),)

    def coefficients(self):
        return Coefficients.of(self.n, 1, rise=5.0, fall=8.0, white=[3.0], lsb=[1.0])

    def ideal(self, state, climate):
        return state.concentration(self.points)[:, :, 0, INDEX["H2"], None]

    def truth(self, state, climate):
        return state.concentration(self.points)[:, -1, 0, INDEX["H2"], None]

    def compensate(self, raw, readings, dt):
        return raw * (1.0 + 0.001 * (self.needed(readings, (20.0, 50.0))[:, :1] - 20.0))


PART = {"kind": "wood", "radius": 0.2, "emissivity": 0.9, "absorptivity": 0.7, "heat_capacity": 1e4, "area": 0.5}
SHED = {
    "name": "shed",
    "title": "A shed with a battery",
    "pole": {
        "height": 3.0,
        "radius": 0.1,
        "components": [
            {"key": "wall", "position": [0, 0, 2.0], **PART},
            {"key": "battery", "position": [1.0, 0.5, 0.8], **PART},
        ],
        "places": {"cell": ["battery"]},
        "mount": {"position": [0.6, 0.2, 1.4], "target": [1.0, 0.5, 0.8]},
    },
    "sites": [
        {"key": "yard", "latitude": 50, "longitude": 10, "altitude": 100, "utc_offset": 1, "weather": "climate"},
        {"key": "quay", "latitude": 55, "longitude": 12, "altitude": 2, "utc_offset": 1, "weather": "climate"},
    ],
    "partitions": {
        "train": {"sites": ["yard"], "units": [0, 4], "worlds": [0, 4], "weeks": [0, 1, 2]},
        "validation": {"sites": ["quay"], "units": [4, 6], "worlds": [4, 6], "weeks": [3]},
    },
    "physics": ["test_cell_vent", "dispersion", "airflow", "weather"],
    "sensors": [
        {"key": "test_sniffer", "name": "sniffer", "position": [0.9, 0.45, 1.0], "rate": 1.0, "needs": ["climate"]},
        {"key": "voc_array", "name": "gas", "position": [0.6, 0.2, 1.4], "rate": 1.0, "needs": ["climate"]},
        {"key": "sht45", "name": "climate", "position": [0.6, 0.2, 1.5], "rate": 1.0},
    ],
    "families": ["test_calm", "test_vent"],
    "operation": {"dt": 5.0, "samples": 64, "frame_every": 8, "spin_up_hours": 1, "lead_in": 60},
}
STRONG = ScenarioDefinition(family="test_vent", parameters={"severity": 0.9, "phase": 0.5})


@pytest.fixture(scope="module", autouse=True)
def registered(tmp_path_factory):
    """The shed's own parts, registered for these tests only; a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GG_GYM_CACHE", str(tmp_path_factory.mktemp("cache")))
        for registry, entry in ((PHYSICS, CellVent), (SCENARIOS, Vent), (SCENARIOS, Calm), (SENSORS, Sniffer)):
            patch.setitem(registry._entries, entry.key, entry)
        for table in (causes.NEUTRAL, causes.MERGE, causes._REGISTERED):
            patch.setitem(table, "test_vent_rate", None)
            del table["test_vent_rate"]
        register_cause(Cause("test_vent_rate", "kg/s", 0.0, "gas that a cell vents"))
        yield


@pytest.fixture(scope="module")
def shed(registered):
    return parse_product(SHED, "shed")


@pytest.fixture(scope="module")
def shed_twin(shed):
    return Twin(shed)


@pytest.fixture(scope="module")
def runs(shed_twin):
    conditions = shed_twin.draw(np.arange(8))
    definitions = [STRONG if i % 2 else ScenarioDefinition(family="test_calm") for i in range(8)]
    return shed_twin.run(conditions, definitions), shed_twin.run(conditions, [d.null() for d in definitions])


def test_the_twin_runs_what_the_product_names(shed_twin, runs):
    event, null = runs
    assert not shed_twin.thermal and shed_twin.instruments == ("climate", "sniffer", "gas")
    assert event.readings["sniffer"].shape == (8, 64, 1) and set(event.readings) == set(shed_twin.instruments)
    vented = np.flatnonzero(np.isfinite(event.onset) & (np.arange(8) % 2 == 1))
    assert len(vented) >= 3
    gain = event.truth["sniffer"][vented, :, 0] - null.truth["sniffer"][vented, :, 0]
    assert (gain >= 0).all() and (gain.max(axis=1) > 50).any()
    assert (event.labels["event_class"][vented, -1] == 2).all() and not null.labels["event_class"].any()
    assert (event.physics["mass_lost"][vented, -1] > 0).all()
    calm = np.arange(8) % 2 == 0
    assert all(np.array_equal(event.readings[k][calm], null.readings[k][calm]) for k in event.readings)


def test_a_row_is_bit_equal_to_the_run_alone(shed_twin, runs):
    alone = shed_twin.run(runs[0].conditions.take(np.array([3])), [STRONG])
    for key, values in alone.readings.items():
        assert np.array_equal(values[0], runs[0].readings[key][3])


def test_its_space_and_suite_are_its_own(shed):
    space = ScenarioSpace(shed.families)
    assert (space.n_families, space.n_slots) == (2, 4)
    unit = VirtualGridGuardian(shed, seed=3)
    sample = unit.generate_training_sample(STRONG, seed=1)
    assert sample["readings"]["gas"].shape == (64, 8) and "thermal" not in sample["readings"]


def test_selection_with_a_sink_reproduces(shed, tmp_path):
    sink = RunSink(tmp_path / "runs", agent="test")
    env = gymnasium.make_vec(
        "gg_gym/ScenarioSelection-v0", num_envs=3, product=shed, detector="none", budget=2, replicates=1, sink=sink
    )
    observation, _ = env.reset(seed=5)
    assert set(observation) == {"climate", "sniffer", "gas", "valid", "context"}
    assert observation["valid"].shape == (3, 3) and observation["context"].shape == (3, 10 + 3 * 2 + 4)
    env.action_space.seed(1)
    for _ in range(2):
        observation, reward, terminated, _, _infos = env.step(env.action_space.sample())
    assert terminated.all() and not reward.any() and env.observation_space.contains(observation)
    sink.close()
    env.close()
    assert validate(tmp_path / "runs").ok
    results = reproduce(tmp_path / "runs")
    assert len(results) == 6 and all(r.equal and not r.notes for r in results), results
    windows = WindowDataset(tmp_path / "runs", truth=True)
    assert [c["name"] for c in windows.channels] == [c.name for c in Twin(shed).channels]
    batch = windows.tensors()
    assert batch["x"].shape == (6, 11, 64) and batch["truth"].shape == (6, 11, 64)


def test_a_commissioned_detector_pays_and_is_evaluated(shed, shed_twin, monkeypatch, tmp_path):
    from gg_gym.detection import commission as module
    from gg_gym.detection.evaluation import evaluate
    from gg_gym.envs import judge

    few = lambda twin, space: reference_batch(twin, space, 24)  # noqa: E731
    monkeypatch.setattr(judge, "reference_batch", few)
    monkeypatch.setattr("gg_gym.detection.training.SMALL_STEPS", 6)
    env = gymnasium.make_vec("gg_gym/ScenarioSelection-v0", num_envs=2, product=shed, budget=2, replicates=2)
    env.reset(seed=1)
    _, reward, _, _, infos = env.step(env.action_space.sample())
    assert np.isfinite(reward).all() and set(infos["reward_terms"]) >= {"raw", "z"}
    env.close()
    space = ScenarioSpace(shed.families)
    batch = few(shed_twin, space)
    ensemble, _ = commission(shed_twin, space, batch)
    assert [c.instrument for c in ensemble.spec.channels][:3] == ["climate", "climate", "sniffer"]
    assert np.isfinite(evaluate(ensemble, batch.data())["nll"])
    assert module.cache_folder().name.startswith("cache")


def test_single_environments_pass_the_checker(shed):
    for name in ("Selection", "Steering"):
        env = gymnasium.make(f"gg_gym/Scenario{name}-v0", product=shed, detector="none", render_mode="rgb_array")
        env.reset(seed=1)
        env.step(env.action_space.sample())
        picture: Any = env.render()
        assert picture.shape == (360, 640, 3)
        check_env(env.unwrapped, skip_render_check=True)
        env.close()


def test_generation_without_an_agent(shed, tmp_path):
    made = MLDataGenerator(shed, tmp_path).generate_dataset({"name": "set", "runs": 4, "null_twins": True})
    assert made.records == 8 and all(r.equal for r in reproduce(made.folder))


def test_errors_name_what_is_missing(shed):
    with pytest.raises(InputError, match="needs physics modules"):
        Twin(shed).run(Twin(shed).draw([1]), [ScenarioDefinition(family="arcing_event")])
    with pytest.raises(InputError, match="camera"):
        camera = {"key": "lepton", "name": "eye", "position": (0, 0, 1), "rate": 8.7}
        shed.replace(sensors=[*shed.model_dump()["sensors"], camera])
    with pytest.raises(ValueError, match="registered already"):
        register_cause(Cause("test_vent_rate", "kg/s", 1.0, "another"))
