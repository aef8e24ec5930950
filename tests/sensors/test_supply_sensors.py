"""Laws of the fuel gauge, the panel's monitor and the inside thermometer; and the contract of the five new parts."""

import numpy as np
import pytest

from gg_gym.equations.battery import open_circuit
from gg_gym.parameters.max17262 import GAUGE
from gg_gym.sensors import SENSORS, SensorConfiguration, SensorSuite, Status

N = 300
PARTS = {
    "t_rh": ("sht45", ()), "t_int": ("tmp117", ()), "pm": ("sps30", ("t_rh",)), "baro": ("bmp390", ("t_int",)),
    "battery": ("max17262", ()), "solar": ("ina226", ()),
}  # fmt: skip
BITS = {
    "pm": Status.MAINTENANCE | Status.FAN | Status.LASER, "baro": Status(0),
    "battery": Status.LOWBATT | Status.OVERTEMP, "solar": Status(0), "t_int": Status.OVERTEMP, "t_rh": Status(0),
}  # fmt: skip
ALWAYS = Status.WARMUP | Status.STALE | Status.SAT_HIGH | Status.COMM | Status.OUT_OF_SPEC_ENV


def build(kit, *names, n=N, first=0, dt=10.0, faults=True, age=1.5):
    still = {} if faults else {"stuck": 0.0, "dropout": 0.0, "clock": 0.0}
    configs = [
        SensorConfiguration(
            key=PARTS[k][0], name=k, position=kit.place, rate=1.0, needs=[x for x in PARTS[k][1] if x in names],
            faults=still,
        )
        for k in names or PARTS
    ]  # fmt: skip
    return SensorSuite(configs, kit.geometry(), kit.conditions(n, first=first, age=age), {}, dt)


def supply(kit, n=N, dt=10.0, charge=0.7, current=0.1, kelvin=295.0, panel=(18.0, 5.0, 1.0), volts=None):
    state = kit.state(kit.geometry(), n, dt)
    charge = np.broadcast_to(np.asarray(charge, float), (n,)).copy()
    rest = 4.0 * (open_circuit(charge) - GAUGE.resistance * current) if volts is None else np.full(n, volts)
    values = {"charge": charge, "voltage": rest, "current": np.full(n, current)}
    values |= {"panel_voltage": np.full(n, panel[0]), "panel": np.full(n, panel[1]), "charger": np.full(n, panel[2])}
    state.memory |= {f"power.{k}": v for k, v in values.items()} | {"enclosure.air": np.full(n, kelvin)}
    return state


# The gauge -------------------------------------------------------------------------------------------------------


def test_the_estimate_starts_wrong_by_cold_and_age(kit):
    def error(kelvin, age):
        out = kit.record(build(kit, "battery", faults=False, age=age), supply(kit, kelvin=kelvin), 1)[0]
        return (out.reading[:, 0] - out.ideal[:, 0]).std()

    assert error(298.15, 0.0) == pytest.approx(2.0, rel=0.2)
    assert error(273.15, 0.0) == pytest.approx(6.5, rel=0.2)
    assert error(298.15, 4.0) == pytest.approx(4.0, rel=0.2)


def test_charge_is_counted_with_the_gauges_own_current(kit):
    suite = build(kit, "battery", faults=False)
    out = kit.record(suite, supply(kit, current=3.0, dt=600.0), 7, dt=600.0)
    drop = out[0].reading[:, 0] - out[-1].reading[:, 0]
    assert np.median(drop) == pytest.approx(100 * 3.0 / GAUGE.capacity, rel=0.1)
    assert drop.std() > 0.05


@pytest.mark.parametrize(("charge", "share"), [(0.03, 0.3), (0.6, 1.05)])
def test_the_estimate_goes_to_what_the_voltage_says_fast_near_empty_and_slowly_on_the_plateau(kit, charge, share):
    suite = build(kit, "battery", faults=False)
    state = supply(kit, charge=charge, current=0.0, dt=3600.0)
    suite.start(state, 3, 0)
    suite.sensor("battery").memory["charge"] = np.full(N, charge + 0.06)
    errors = [suite.read(state, 3600.0, 3, i + 1).reading[:, 0] - 100 * charge for i in range(12)]
    left = np.median(errors[-1]) / 6.0
    assert left < share
    if charge > 0.5:
        assert left > 0.6
    assert np.abs(np.diff(np.median(errors, axis=1))).max() < 6.0


def test_the_pull_does_not_depend_on_the_step(kit):
    end = []
    for dt, steps in ((600.0, 36), (3600.0, 6)):
        suite = build(kit, "battery", faults=False)
        state = supply(kit, charge=0.3, current=0.0, dt=dt)
        suite.start(state, 3, 0)
        suite.sensor("battery").memory["charge"] = np.full(N, 0.4)
        for i in range(steps):
            out = suite.read(state, dt, 3, i + 1)
        end.append(np.median(out.reading[:, 0]))
    assert end[0] == pytest.approx(end[1], abs=0.3)


def test_under_load_the_voltage_is_not_believed(kit):
    moved = []
    for current in (0.0, 3.0):
        suite = build(kit, "battery", faults=False)
        state = supply(kit, charge=0.05, current=current, volts=4 * 3.3, dt=60.0)
        suite.start(state, 3, 0)
        suite.sensor("battery").memory["charge"] = np.full(N, 0.05)
        out = suite.read(state, 60.0, 3, 1).reading[:, 0]
        moved.append(np.median(out) - 5.0 + 100 * current * 60.0 / 3600.0 / GAUGE.capacity)
    assert abs(moved[1]) < 0.15 * moved[0]


def test_voltage_current_and_temperature_are_those_of_the_part(kit):
    out = kit.record(build(kit, "battery", faults=False), supply(kit, current=-1.5, kelvin=300.0), 30)[-1]
    error = out.reading - out.ideal
    assert error[:, 1].std() == pytest.approx(7.5e-3, rel=0.2)
    assert error[:, 2].std() == pytest.approx(np.hypot(0.9e-3, 7.5e-3), rel=0.2)
    assert error[:, 3].std() == pytest.approx(0.5, rel=0.2)
    for column, quantum in ((0, 1 / 256), (1, 4 * 78.125e-6), (2, 156.25e-6)):
        ticks = out.reading[:, column] / quantum
        assert np.abs(ticks - np.round(ticks)).max() < 1e-5


def test_a_low_battery_says_so(kit):
    low = kit.record(build(kit, "battery", faults=False), supply(kit, charge=0.05), 2)[-1]
    full = kit.record(build(kit, "battery", faults=False), supply(kit, charge=0.9), 2)[-1]
    hot = kit.record(build(kit, "battery", faults=False), supply(kit, kelvin=340.0), 2)[-1]
    assert (low.status & Status.LOWBATT).all() and not (full.status & Status.LOWBATT).any()
    assert (hot.status & Status.OVERTEMP).all() and not (full.status & Status.OVERTEMP).any()


# Panel and inside ------------------------------------------------------------------------------------------------


def test_the_panel_is_read_to_its_quanta_and_the_charger_says_its_state(kit):
    out = kit.record(build(kit, "solar", faults=False), supply(kit, panel=(18.0, 9.0, 2.0)), 3)[-1]
    assert np.median(out.reading, axis=0) == pytest.approx([18.0, 0.5, 2.0], rel=2e-3)
    assert (out.reading[:, 1] / 0.5 - 1).std() == pytest.approx(np.hypot(0.0025, 0.0005), rel=0.25)
    ticks = out.reading / np.array([1.25e-3, 5e-5, 1.0])
    assert np.abs(ticks - np.round(ticks)).max() < 1e-5
    full = kit.record(build(kit, "solar", faults=False), supply(kit, panel=(18.0, 40.0, 1.0)), 2)[-1]
    assert (full.status & Status.SAT_HIGH).all()


def test_the_inside_is_read_with_the_warmth_of_the_board_and_its_lag(kit):
    suite = build(kit, "t_int", faults=False)
    suite.start(supply(kit, kelvin=290.0), 3, 0)
    for i in range(6):
        out = suite.read(supply(kit, kelvin=300.0), 10.0, 3, i + 1)
    rise = 290.0 + 10.0 * (1 - np.exp(-(60 - 1.25) / 60.0)) - 273.15
    assert np.median(out.reading) == pytest.approx(rise + 0.6, abs=0.15)
    assert out.ideal == pytest.approx(300.0 - 273.15)
    hot = kit.record(suite, supply(kit, kelvin=355.0), 2)[-1]
    assert (hot.status & Status.OVERTEMP).all()


def test_without_physics_modules_supply_and_inside_are_the_documented_ones(kit):
    out = kit.record(build(kit, "battery", "solar", "t_int", n=2), kit.state(kit.geometry(), 2), 1)[0]
    outer = 293.15 - 0.0098 * (kit.place[2] - 2.0) - 273.15
    assert out.ideal[0] == pytest.approx([80.0, 13.2, 0.1, outer, 0.0, 0.0, 0.0, outer])


# The contract of all five ----------------------------------------------------------------------------------------


def air(kit, n, rows=slice(None), dt=10.0):
    rng = np.random.default_rng(3)
    state = supply(kit, n, dt, charge=rng.random(64)[rows], kelvin=290.0)
    state.background[:, -3:] = (30.0 * rng.random((64, 3)))[rows]
    state.dew_point[:] = (270.0 + 20 * rng.random(64))[rows]
    state.memory["weather.fog"] = (0.2 * (rng.random(64) > 0.7))[rows]
    return state


def test_a_row_of_a_batch_is_bit_equal_to_a_batch_of_one(kit):
    batch = kit.record(build(kit, n=64), air(kit, 64), 6)
    for row in (0, 31, 63):
        single = kit.record(build(kit, n=1, first=row), air(kit, 1, slice(row, row + 1)), 6)
        for a, b in zip(batch, single, strict=True):
            assert np.array_equal(a.reading[row], b.reading[0]) and np.array_equal(a.ideal[row], b.ideal[0])
            assert np.array_equal(a.status[row], b.status[0])


@pytest.mark.parametrize("name", ["pm", "baro", "battery", "solar", "t_int"])
def test_adding_the_part_leaves_the_numbers_of_the_others_alone(kit, name):
    needed = {x for k in PARTS if k != name for x in PARTS[k][1]}
    if name in needed:
        others = tuple(k for k in PARTS if k != name and name not in PARTS[k][1])
    else:
        others = tuple(k for k in PARTS if k != name)
    few, many = build(kit, *others, n=8), build(kit, *others, name, n=8)
    for a, b in zip(kit.record(few, air(kit, 64).take(np.arange(8))), kit.record(many, air(kit, 64).take(np.arange(8))),
                    strict=True):  # fmt: skip
        for k in others:
            assert np.array_equal(a.reading[:, few.slices[k]], b.reading[:, many.slices[k]])


@pytest.mark.parametrize("dt", [0.02, 1.0, 3600.0])
def test_readings_stay_in_bounds_status_in_the_parts_set_at_any_step(kit, dt):
    suite = build(kit, n=64, dt=dt)
    out = kit.record(suite, air(kit, 64, dt=dt), 12, dt=dt)
    for r in out:
        assert np.isfinite(r.reading).all() and ((r.reading >= suite.low) & (r.reading <= suite.high)).all()
        for i, name in enumerate(suite.instruments):
            assert not (r.status[:, i] & ~np.uint32(ALWAYS | BITS[name])).any(), name
    assert not (out[0].status & np.uint32(Status.WARMUP)).any()


@pytest.mark.parametrize("name", ["pm", "baro", "battery", "solar", "t_int"])
def test_a_disabled_part_is_missing_and_the_one_sensor_view_works(kit, name):
    suite, state = build(kit, n=4), air(kit, 64).take(np.arange(4))
    kit.record(suite, state, 2)
    suite.disable(name)
    out = suite.read(state, 10.0, 3, 3)
    assert (out.status[:, suite.instruments.index(name)] & Status.COMM).all()
    config = SensorConfiguration(key=PARTS[name][0], name=name, position=kit.place, rate=1.0)
    alone = SENSORS[config.key](config, kit.geometry(), kit.conditions(4), {})
    assert alone.measure(state).shape == alone.get_ground_truth(state).shape == (4, len(alone.channel_list))


def test_every_channel_has_a_unit_and_its_centre_lies_in_its_bounds(kit):
    for channel in build(kit, n=1).channels:
        assert channel.unit and channel.low <= channel.centre <= channel.high and channel.scale > 0
