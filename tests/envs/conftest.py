"""A tiny product variant and a small commissioned detector, made once a session."""

import gymnasium
import numpy as np
import pytest

import gg_gym  # noqa: F401  registers the environments
from gg_gym.detection.commission import commission, reference_batch
from gg_gym.envs import ScenarioSelectionVectorEnv, ScenarioSteeringVectorEnv
from gg_gym.products import load_product
from gg_gym.scenarios import ScenarioSpace
from gg_gym.twin import Twin

#: Smallest episodes: two runs, and two intervals that fill one window.
PHYSICS = ["weather", "background", "airflow", "line", "arcs", "traffic", "wood", "smoulder"]
FAMILIES = ["baseline_operation", "diurnal_cycle", "arcing_event", "early_combustion", "vehicle_exhaust"]
EPISODE = {
    "Selection": {"budget": 2, "replicates": 1},
    "Steering": {"interval": 32, "intervals": 2},
}


@pytest.fixture(scope="session")
def whole():
    """grid_guardian with an hour's spin-up and a minute's lead-in."""
    operation = {"dt": 10.0, "samples": 64, "frame_every": 8, "spin_up_hours": 1, "lead_in": 60}
    return load_product("grid_guardian").replace(operation=operation)


@pytest.fixture(scope="session")
def product(whole):
    """The same with three instruments, five families and little physics, without plumes and heat: fast."""
    sensors = [s.model_dump() for s in whole.sensors if s.name in ("t_rh", "voc", "thermal")]
    operation = {**whole.operation.model_dump(), "logic": {}}
    return whole.replace(physics=PHYSICS, sensors=sensors, families=FAMILIES, operation=operation)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """The session's own cache of commissioned detectors."""
    return tmp_path_factory.mktemp("gg_gym_cache")


@pytest.fixture(autouse=True)
def _cache(cache, monkeypatch):
    monkeypatch.setenv("GG_GYM_CACHE", str(cache))


@pytest.fixture(scope="session")
def judged(product, cache):
    """A commissioned ensemble and its reference, for environments without a camera."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GG_GYM_CACHE", str(cache))
        twin, space = Twin(product, thermal=False), ScenarioSpace(product.families)
        ensemble, reference = commission(twin, space, reference_batch(twin, space))
    return {"detector": ensemble, "reference": reference}


@pytest.fixture
def selection(product):
    """Makes native Selection environments without a camera and a detector, unless asked for."""

    def make(num_envs=1, **options):
        given = {"product": product, "detector": "none", "thermal": "none", **EPISODE["Selection"], **options}
        return ScenarioSelectionVectorEnv(num_envs, **given)

    return make


@pytest.fixture
def steering(product):
    """Makes native Steering environments without a camera and a detector, unless asked for."""

    def make(num_envs=1, **options):
        given = {"product": product, "detector": "none", "thermal": "none", **EPISODE["Steering"], **options}
        return ScenarioSteeringVectorEnv(num_envs, **given)

    return make


@pytest.fixture(params=["Selection", "Steering"])
def kind(request):
    """Both environments in turn."""
    return request.param


@pytest.fixture
def native(kind, selection, steering):
    """The factory of the native vector environment of ``kind``."""
    return {"Selection": selection, "Steering": steering}[kind]


@pytest.fixture
def single(kind, product):
    """Makes the single environment of ``kind`` through gymnasium.make."""

    def make(**options):
        given = {"product": product, "detector": "none", "thermal": "none", **EPISODE[kind], **options}
        return gymnasium.make(f"gg_gym/Scenario{kind}-v0", **given)

    return make


def equal(a, b, skip=()):
    """Whether two observations are bit for bit the same."""
    return a.keys() == b.keys() and all(
        a[k].dtype == b[k].dtype and np.array_equal(a[k], b[k]) for k in a if k not in skip
    )


@pytest.fixture(scope="session")
def same():
    """Bit equality of two observations."""
    return equal
