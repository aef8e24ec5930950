"""Contract of every registered instrument: declarations, bounds, missing values, rows, streams, steps."""

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import CATALOGUE
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.site import Conditions
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors import SENSORS, SensorConfiguration, SensorSuite, Status, valid

SCALAR = sorted(
    k for k in SENSORS if SENSORS[k].channels(SensorConfiguration(key=k, name="x", position=(0, -0.7, 7), rate=1.0))
)
PLACE = (0.0, -0.7, 7.2)


def geometry():
    part = Component("pole_top", "wood", (0.0, 0.0, 10.3), 0.1, 0.93, 0.75, 2e4, 0.35)
    line = Line(12470.0, 60.0, 200.0, (-1.1, 0.4, 1.1), (10, 10.3, 10), (0.005,) * 3, (0.0, -120.0, 120.0))
    return Geometry(10.4, 0.13, (part,), (), line, Mount(PLACE, (0.0, 0.0, 9.8)), {})


def conditions(n, first=0, age=2.0):
    i = np.arange(first, first + n)
    return Conditions(
        (500 + i).astype(np.uint64), 0 * i, 0.0 * i, 1.0 + 0.0 * i, i.astype(np.uint64), age + 0.0 * i,
        (0 * i).astype(np.uint64),
    )  # fmt: skip


def config(key, name=None, **changes):
    return SensorConfiguration(key=key, name=name or key, position=PLACE, rate=1.0, **changes)


def suite(keys, n=4, first=0, **changes):
    return SensorSuite([config(k, **changes) for k in keys], geometry(), conditions(n, first), {}, 10.0)


def state(n=4, dt=10.0, hard=0.0):
    """A state; ``hard`` 0 is mild, 1 is the edge of what the world may do."""
    world = Environment3DState.uniform(
        geometry(), n, dt,
        concentration={"CO": 200 + 1e6 * hard, "NO2": 15 + 3e4 * hard, "O3": 35.0, "H2": 500 + 1e6 * hard},
        electric_field=(20, 50, 200 + 5e4 * hard), magnetic_field=(1e-6, 2e-6, 5e-7 + 5e-3 * hard),
        wind=(2.0 + 80 * hard, 1.0, 0.0), air_temperature=288.0 + 40 * hard, dew_point=280.0 + 20 * hard,
        ghi=300.0 + 900 * hard, rain=100.0 * hard,
    )  # fmt: skip
    return world


def record(made, world, steps=6, dt=10.0, **how):
    made.start(world, 3, 0)
    return [made.read(world, dt, 3, i + 1, **how) for i in range(steps)]


@pytest.mark.parametrize("key", SCALAR)
def test_channels_declare_unit_bounds_and_scale(key):
    channels = SENSORS[key].channels(config(key))
    assert len({c.name for c in channels}) == len(channels)
    for c in channels:
        assert c.instrument == key and c.unit and c.low < c.high and c.scale > 0.0
        assert c.low <= c.centre <= c.high


@pytest.mark.parametrize("key", SCALAR)
@pytest.mark.parametrize("hard", [0.0, 0.3, 1.0])
def test_readings_are_finite_and_within_bounds_at_every_input(key, hard):
    made = suite([key], 16)
    for out in record(made, state(16, hard=hard), 4):
        assert out.reading.dtype == np.float64 and out.reading.shape == (16, len(made.channels))
        assert out.status.dtype == np.uint32 and np.isfinite(out.reading).all() and np.isfinite(out.ideal).all()
        assert ((out.reading >= made.low) & (out.reading <= made.high)).all()


@pytest.mark.parametrize("key", SCALAR)
def test_the_truth_does_not_know_the_imperfections(key):
    plain, rough = suite([key]), suite([key], imperfections={"noise": (5, 5), "gain_spread": (3, 3), "ageing": (3, 3)})
    a, b = (record(m, state(), 2)[-1] for m in (plain, rough))
    assert np.array_equal(a.ideal, b.ideal)


@pytest.mark.parametrize("key", SCALAR)
def test_a_disabled_instrument_repeats_its_last_value_and_is_missing(key):
    made, world = suite([key]), state()
    last = record(made, world, 2)[-1].reading
    made.disable(key)
    out = made.read(world, 10.0, 3, 9)
    assert np.array_equal(out.reading, last) and not valid(out.status).any()
    assert (out.status & Status.COMM).all() and (out.confidence == 0.0).all()


@pytest.mark.parametrize("key", SCALAR)
def test_a_row_of_a_batch_is_a_batch_of_one(key):
    batch = record(suite([key], 7), state(7), 3)
    single = record(suite([key], 1, first=5), state(1), 3)
    for a, b in zip(batch, single, strict=True):
        assert np.array_equal(a.reading[5], b.reading[0]) and np.array_equal(a.status[5], b.status[0])
        assert np.array_equal(a.confidence[5], b.confidence[0])


def test_adding_an_instrument_changes_no_other_s_numbers():
    everyone = suite(SCALAR)
    together = record(everyone, state(), 3)
    for key in SCALAR:
        alone = record(suite([key]), state(), 3)
        for a, b in zip(together, alone, strict=True):
            assert np.array_equal(a.reading[:, everyone.slices[key]], b.reading), key


@pytest.mark.parametrize("key", SCALAR)
def test_no_start_up_event_is_locked_to_the_beginning(key):
    made = suite([key], 64)
    flags = np.array([(r.status & int(Status.WARMUP | Status.MAINTENANCE)) > 0 for r in record(made, state(64), 5)])
    assert flags[0].mean() <= 0.2 and not flags[0].all()


@pytest.mark.parametrize("key", SCALAR)
def test_the_noise_s_size_does_not_depend_on_the_step(key):
    n = 400
    sizes = []
    for dt in (2.0, 30.0):
        quiet = {k: 0.0 for k in SENSORS[key].fault_kinds}
        made = suite([key], n, faults={**quiet, "stuck": 0.0, "dropout": 0.0})
        sizes.append(record(made, state(n, dt), 3, dt=dt)[-1].hidden["noise"].std(axis=0))
    live = sizes[0] > 0
    assert sizes[1][live] / sizes[0][live] == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("key", sorted(SENSORS))
def test_faults_that_apply_are_in_the_catalogue(key):
    assert set(SENSORS[key].fault_kinds) <= set(CATALOGUE)


@pytest.mark.parametrize("key", SCALAR)
def test_metadata_holds_the_whole_hidden_state(key):
    sensor = SENSORS[key](config(key), geometry(), conditions(2), {})
    sensor.measure(state(2))
    meta = sensor.get_ml_metadata()
    assert {"coefficients", "drift", "noise", "faults", "unit", "memory", "body"} <= set(meta["imperfections"])
    assert meta["confidence"].shape == (2,) and ((meta["confidence"] >= 0) & (meta["confidence"] <= 1)).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"position": (0.0, -40.0, 7.0)}, r"position.*0 \.\. 30 m"),
        ({"position": (0.0, 0.0, -1.0)}, "below ground"),
        ({"imperfections": {"noise.plutonium": (1, 1)}}, "unknown channel 'plutonium'"),
        ({"faults": {"laser": 1.0}}, "does not apply"),
        ({"response": {"temperature": ((0.0, 0.0), (2.0, 2.0), (1.0, 1.0))}}, "not sorted"),
        ({"imperfections": {"noise": (-1.0, 1.0)}}, r"imperfections\.noise.*greater than or equal to 0"),
        ({"imperfections": {"colour": (1.0, 1.0)}}, "unknown stage"),
        ({"imperfections": {"lag": (2.0, 1.0)}}, "upside down"),
        ({"rate": 0.0}, "rate"),
    ],
)
def test_an_impossible_configuration_is_refused_with_field_and_range(changes, message):
    made = suite(["sht45"])
    record(made, state(), 1)
    with pytest.raises(InputError, match=message):
        made.reconfigure("sht45", **changes)
    assert made.sensor("sht45").config == config("sht45")


def test_species_of_the_contract_exist():
    assert {"CO", "NO2", "O3", "H2"} <= set(INDEX)
