"""Laws of the suite: order, rows, addresses, status, bounds."""

import itertools

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.sensors import MISSING, SENSORS, SensorSuite, Status, valid
from gg_gym.sensors.suite import order_sensors


def same(a, b, row):
    assert np.array_equal(a.reading[row], b.reading[0])
    assert np.array_equal(a.ideal[row], b.ideal[0])
    assert np.array_equal(a.status[row], b.status[0])
    for key in a.hidden:
        assert np.array_equal(a.hidden[key][row], b.hidden[key][0])
    if a.frame is not None:
        assert np.array_equal(a.frame[row], b.frame[0])
    if a.frame_ideal is not None:
        assert np.array_equal(a.frame_ideal[row], b.frame_ideal[0])


def test_row_of_a_batch_is_bit_equal_to_a_batch_of_one(kit):
    place, n = kit.geometry(), 19
    rng = np.random.default_rng(0)
    temperature = 280 + 30 * rng.random((n, 3))
    everything = {"ghi": 500 * rng.random(n), "temperature": temperature, "rain": rng.random(n)}
    batch = kit.record(kit.suite(n=n), kit.state(place, n, **everything), 4, frame=True, frame_truth=True)
    for row in (0, 7, 18):
        mine = {k: v[row : row + 1] for k, v in everything.items()}
        single = kit.record(kit.suite(first=row), kit.state(place, 1, **mine), 4, frame=True, frame_truth=True)
        for a, b in zip(batch, single, strict=True):
            same(a, b, row)


def test_adding_a_sensor_leaves_the_numbers_of_others_alone(kit):
    place = kit.geometry()
    few = kit.suite(("t_rh", "voc"), 3)
    many = kit.suite((), 3)
    for a, b in zip(kit.record(few, kit.state(place, 3)), kit.record(many, kit.state(place, 3)), strict=True):
        for name in ("t_rh", "voc"):
            assert np.array_equal(a.reading[:, few.slices[name]], b.reading[:, many.slices[name]])


def test_another_run_of_the_same_unit_has_other_noise_but_the_same_unit(kit):
    place = kit.geometry()
    a = kit.record(kit.suite(("t_rh",), 200, units=[7] * 200), kit.state(place, 200))[-1].reading
    b = kit.record(kit.suite(("t_rh",), 200, units=[7] * 200, seed=9999), kit.state(place, 200))[-1].reading
    assert not np.array_equal(a, b)
    assert a.mean(axis=0) == pytest.approx(b.mean(axis=0), abs=0.02)


def test_take_copies_rows_that_go_on_as_they_were(kit):
    place = kit.geometry()
    whole = kit.suite((), 4)
    world = kit.state(place, 4)
    kit.record(whole, world, 3, frame=True)
    part = whole.take(np.array([2, 0, 2]), whole.conditions.take(np.array([2, 0, 2])))
    a = whole.read(world, 10.0, 3, 4, frame=True)
    b = part.read(world.take([2, 0, 2]), 10.0, 3, 4, frame=True)
    assert np.array_equal(a.reading[[2, 0, 2]], b.reading)
    assert np.array_equal(a.frame[[2, 0, 2]], b.frame)


def test_readings_stay_within_bounds_even_when_shouted_at(kit):
    place = kit.geometry()
    suite, world = kit.suite((), 8), kit.state(place, 8)
    world.causes["interference"][4:] = 3.0
    low, high = suite.low, suite.high
    for out in kit.record(suite, world, 5, frame=True):
        assert ((out.reading >= low) & (out.reading <= high)).all()
        assert np.isfinite(out.reading).all()
    assert (out.status[4:] & Status.SAT_HIGH).any()
    assert out.frame[4:].std() > 10 * out.frame[:4].std()


def test_no_interference_is_exactly_no_interference(kit):
    place = kit.geometry()
    quiet, half = kit.state(place, 2), kit.state(place, 2)
    half.causes["interference"][1] = 0.5
    a, b = (kit.record(kit.suite((), 2), w, 3, frame=True)[-1] for w in (quiet, half))
    assert np.array_equal(a.reading[0], b.reading[0]) and np.array_equal(a.frame[0], b.frame[0])
    assert not np.array_equal(a.reading[1], b.reading[1])


def test_needs_are_ordered_and_cycles_named(kit):
    a, b = kit.configs("t_rh", "voc")
    assert [[c.name for c in level] for level in order_sensors([b, a])] == [["t_rh"], ["voc"]]
    loop = a.model_copy(update={"needs": ("voc",)})
    with pytest.raises(InputError, match=r"cycle.*voc.*t_rh|cycle.*t_rh.*voc"):
        order_sensors([loop, b])
    with pytest.raises(InputError, match="unknown instrument 'baro'"):
        order_sensors([a.model_copy(update={"needs": ("baro",)})])
    with pytest.raises(InputError, match="twice"):
        order_sensors([a, a])


def test_bad_parameters_are_named(kit):
    with pytest.raises(InputError, match="unknown parameter"):
        kit.suite(("t_rh",), changes={"t_rh": {"parameters": {"colour": 1.0}}})
    with pytest.raises(InputError, match="out of bounds"):
        kit.suite(("voc",), changes={"voc": {"parameters": {"auto_baseline": 7.0}}})
    with pytest.raises(InputError, match="unknown key"):
        SENSORS["abacus"]


def test_a_disabled_sensor_is_missing_and_warms_up_when_enabled(kit):
    suite, world = kit.suite(("t_rh", "wind")), kit.state(kit.geometry())
    kit.record(suite, world, 2)
    suite.disable("wind")
    out = suite.read(world, 10.0, 3, 3)
    i = suite.instruments.index("wind")
    assert out.status[0, i] & Status.COMM
    assert not valid(out.status)[0, i]
    suite.enable("wind")
    flags = [suite.read(world, 10.0, 3, 4 + k).status[0, i] for k in range(8)]
    assert flags[0] & Status.WARMUP and not flags[-1] & int(MISSING)


def test_no_warm_up_at_the_start_of_a_record(kit):
    out = kit.record(kit.suite((), 16), kit.state(kit.geometry(), 16), 1)[0]
    assert not (out.status & Status.WARMUP).any()


def test_below_the_native_period_the_value_repeats_and_is_stale(kit):
    suite, world = kit.suite(("t_rh",)), kit.state(kit.geometry(), dt=0.25)
    out = kit.record(suite, world, 9, dt=0.25)
    stale = np.array([bool(r.status[0, 0] & Status.STALE) for r in out])
    assert stale.sum() in (6, 7)
    for before, after, repeats in zip(out[:-1], out[1:], stale[1:], strict=True):
        assert np.array_equal(before.reading, after.reading) == repeats


@pytest.mark.parametrize("dt", [1.0, 10.0, 600.0])
def test_spread_of_readings_does_not_depend_on_the_step(kit, dt):
    suite = kit.suite(("t_rh", "wind", "voc"), 300, changes={"voc": {"parameters": kit.sound}})
    out = kit.record(suite, kit.state(kit.geometry(), 300, dt), 3, dt=dt)
    noise = out[-1].hidden["noise"]
    reference = kit.record(kit.suite(("t_rh", "wind", "voc"), 300, seed=5000), kit.state(kit.geometry(), 300), 3)[
        -1
    ].hidden["noise"]
    live = reference.std(axis=0) > 0
    assert (noise.std(axis=0)[live] / reference.std(axis=0)[live]) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("dt", [0.02, 10.0, 3600.0])
def test_any_step_is_stable_and_the_ideal_reading_does_not_depend_on_it(kit, dt):
    suite, world = kit.suite((), 4), kit.state(kit.geometry(), 4, dt, ghi=300.0)
    out = kit.record(suite, world, 6, dt=dt, frame=True)[-1]
    reference = kit.record(kit.suite((), 4), kit.state(kit.geometry(), 4, ghi=300.0), 1)[-1]
    assert np.isfinite(out.reading).all() and np.array_equal(out.ideal, reference.ideal)


def test_dropouts_are_flagged_and_stuck_values_are_not(kit):
    world = kit.state(kit.geometry(), 64)
    often = {"t_rh": {"parameters": {"fault_dropout": 5e5, "fault_stuck": 0.0}}}
    out = kit.record(kit.suite(("t_rh",), 64, changes=often), world, 6)
    dropped = np.array([r.hidden["fault"][:, 0] == 2 for r in out])
    flagged = np.array([(r.status[:, 0] & Status.COMM) > 0 for r in out])
    assert dropped.any() and np.array_equal(dropped, flagged)
    stuck = {"t_rh": {"parameters": {"fault_dropout": 0.0, "fault_stuck": 1e9}}}
    out = kit.record(kit.suite(("t_rh",), 64, changes=stuck), world, 6)
    held = np.array([r.hidden["fault"][:, 0] == 1 for r in out[1:]])
    repeats = np.array([(a.reading == b.reading).all(axis=1) for a, b in itertools.pairwise(out)])
    assert held.any() and repeats[held].all()
    assert not any((r.status & int(MISSING)).any() for r in out)


def test_spikes_touch_one_channel_for_one_sample(kit):
    often = {"voc": {"parameters": {**kit.sound, "fault_spike": 1e7}}}
    clean = {"voc": {"parameters": kit.sound}}
    world = kit.state(kit.geometry(), 32)
    a = kit.record(kit.suite(("voc",), 32, changes=often), world, 5)
    b = kit.record(kit.suite(("voc",), 32, changes=clean), world, 5)
    for x, y in zip(a, b, strict=True):
        spiked = x.hidden["fault"][:, 0] == 3
        differ = (x.reading != y.reading).sum(axis=1)
        assert spiked.any() and (differ <= 1).all() and (differ[~spiked] == 0).all()


def test_the_one_sensor_view_is_the_suite(kit):
    place, c = kit.geometry(), kit.conditions(2)
    probe, gas = (SENSORS[x.key](x, place, c, {}) for x in kit.configs("t_rh", "voc"))
    world = kit.state(place, 2)
    reading = gas.measure(world, {"t_rh": probe})
    suite = SensorSuite(kit.configs("t_rh", "voc"), place, c, {}, 10.0)
    suite.start(world, 0, 0)
    assert np.array_equal(reading, suite.read(world, 10.0, 0, 1).reading[:, suite.slices["voc"]])
    assert gas.get_ground_truth(world)[0, 0] == pytest.approx(200.0)
    raw = gas.apply_imperfections(world)
    assert gas.apply_compensation(raw).shape == reading.shape
    assert gas.get_ml_metadata()["status"].shape == (2,)
    gas.disable()
    assert (gas.measure(world), gas.get_ml_metadata()["status"] & Status.COMM)[1].all()
    gas.enable()
    gas.update_position((0.0, 0.0, 5.0))
    assert gas.measure(world).shape == (2, 8)


def test_a_camera_has_the_same_view(kit):
    camera = SENSORS["lepton"](kit.configs("thermal")[0], kit.geometry(), kit.conditions(1), {})
    world = kit.state(kit.geometry())
    assert camera.measure(world).shape == (1, 60, 80)
    assert camera.get_ground_truth(world).dtype == np.uint16
