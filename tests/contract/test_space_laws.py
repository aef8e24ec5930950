"""Laws over the whole ScenarioSpace and any step: everything stays finite, in bounds, and of the right sign."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gg_gym import InputError, Twin, load_product
from gg_gym.physics.state import Environment3DState
from gg_gym.products import shipped_products
from gg_gym.scenarios import SCENARIOS
from gg_gym.scenarios.space import ScenarioSpace

#: Products, and the families of each: all that are registered and that it can show.
PRODUCTS = shipped_products()
STEPS = (0.02, 0.7, 10.0, 61.0, 900.0, 3600.0)
#: Rows of a batch, one scenario each, and samples after the lead-in.
ROWS, SAMPLES = 14, 3
#: Memory that may be infinite: the time since something that never happened.
NEVER = {"protection.age", "vibration.blow_age", "lightning.age"}
#: State that is never negative.
POSITIVE = (
    "wind_speed", "ghi", "dni", "dhi", "cloud", "rain", "friction_velocity", "sigma_w", "source_rate", "source_size",
    "source_heat", "intermittency", "background", "interharmonic", "emissivity", "arc_power", "arc_energy", "mass_lost",
    "mass_rate", "char_mass", "dry_mass", "emitted",
)  # fmt: skip
#: State in kelvin: below 150 K lies no weather, above 3500 K no wood, metal or oil.
KELVIN = ("air_temperature", "dew_point", "sky_temperature", "temperature", "hot_spot")


@lru_cache(maxsize=16)
def whole_twin(name: str, dt: float) -> Twin:
    """The product with a short past."""
    product = load_product(name)
    past = {**product.operation.model_dump(), "spin_up_hours": 1, "lead_in": 120.0}
    return Twin(product.replace(operation=past), dt=dt, thermal=False)


def arrays(state: Environment3DState):
    """Every named array of a state and its memory."""
    for key, value in (*vars(state).items(), *state.memory.items()):
        if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
            yield key, value


def check_state(state: Environment3DState, twin: Twin) -> None:
    """All laws that hold for a state, whatever happens."""
    for key, value in arrays(state):
        assert not np.isnan(value).any() and (key in NEVER or np.isfinite(value).all()), key
    for key in POSITIVE:
        assert (getattr(state, key) >= 0.0).all(), key
    for key in KELVIN:
        value = getattr(state, key)
        assert ((value > 150.0) & (value < 3500.0)).all(), (key, value.min(), value.max())
    assert ((state.pressure > 3e4) & (state.pressure < 1.2e5)).all()
    assert (state.dew_point <= state.air_temperature + 1e-9).all() and (state.cloud <= 1.0 + 1e-9).all()
    places = np.concatenate([twin.inlet, [[0.0, 0.3, 9.0], [2.0, -5.0, 1.5]]])
    air = state.concentration(places, 0.05)
    assert np.isfinite(air).all() and (air >= 0.0).all()
    assert (state.mass_lost <= state.dry_mass + 1e-12).all()


@lru_cache(maxsize=4)
def families(name: str) -> tuple[str, ...]:
    """The registered families that a product can show."""
    product, known = load_product(name), []
    for key in SCENARIOS:
        try:
            SCENARIOS[key]({}).validate(product.geometry, product.physics)
        except InputError:
            continue
        known.append(key)
    return tuple(known)


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(PRODUCTS), st.integers(0, 2**32 - 1), st.sampled_from(STEPS), st.sampled_from(["inside", "corner"])
)
def test_any_scenario_and_any_step_obeys_the_laws(name, seed, dt, where):
    twin, space, rng = whole_twin(name, dt), ScenarioSpace(families(name)), np.random.default_rng(seed)
    actions = np.full((ROWS, space.width), -1.0, np.float32)
    actions[np.arange(ROWS), np.arange(ROWS) % space.n_families] = 1.0
    slots = rng.uniform(-1.0, 1.0, (ROWS, space.n_slots))
    actions[:, space.n_families :] = slots if where == "inside" else np.sign(slots)
    definitions = [space.decode(action) for action in actions]
    partition = sorted(twin.product.partitions)[int(rng.integers(len(twin.product.partitions)))]
    session = twin.begin(twin.draw(rng.integers(0, 2**62, ROWS).astype(np.uint64), partition))
    session.set_scenarios(definitions)
    check_state(session.state, twin)
    session.lead_in()
    low = np.array([c.low for c in twin.channels], np.float32)
    high = np.array([c.high for c in twin.channels], np.float32)
    for _ in range(SAMPLES):
        sample = session.sample(truth=True)
        check_state(session.state, twin)
        reading, truth = sample.suite.reading, sample.suite.ideal
        assert np.isfinite(reading).all() and np.isfinite(truth).all()
        assert ((reading >= low - 1e-6) & (reading <= high * (1.0 + 1e-6))).all()
        for key, value in (*sample.labels.items(), *sample.physics.items()):
            assert np.isfinite(value).all(), key


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_shows_most_families(name):
    assert set(load_product(name).families) <= set(families(name))
