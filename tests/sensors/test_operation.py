"""The power and telemetry manager: what runs, what arrives, and why not."""

import numpy as np
import pytest
from pydantic import ValidationError

from gg_gym.errors import InputError
from gg_gym.parameters.battery_lfp import CONSUMERS
from gg_gym.parameters.manager import DUTIES
from gg_gym.products import load_product
from gg_gym.sensors import SensorSuite, Status, valid
from gg_gym.sensors.operation import Draw, OperationalLogic, Tier, draw_shares

THRIFT = OperationalLogic(
    tiers=(
        Tier(charge=0.5),
        Tier(charge=0.2, every={"voc": 60.0}, uplink=0.0),
        Tier(charge=0.0, every={"t_rh": 0.0}, other=None, uplink=120.0),
    )
)


def suite(kit, n=6, logic=None, names=("t_rh", "voc", "wind"), **how):
    changes = {k: {"parameters": {"fault_stuck": 0.0, "fault_dropout": 0.0}} for k in names}
    changes["voc"] = {"parameters": kit.sound}
    return SensorSuite(kit.configs(*names, **changes), kit.geometry(), kit.conditions(n, **how), {}, 10.0, logic=logic)


def world(kit, charge):
    out = kit.state(kit.geometry(), len(charge))
    out.memory["power.charge"] = np.array(charge, float)
    return out


def test_without_tiers_everything_runs_and_arrives(kit):
    a = kit.record(suite(kit), world(kit, [0.0] * 6), 4)
    b = kit.record(suite(kit, logic=OperationalLogic()), world(kit, [1.0] * 6), 4)
    for x, y in zip(a, b, strict=True):
        assert np.array_equal(x.reading, y.reading) and np.array_equal(x.status, y.status)


def test_the_charge_decides_what_runs_and_says_why(kit):
    made = suite(kit, 3, THRIFT)
    out = kit.record(made, world(kit, [0.9, 0.3, 0.1]), 48)
    i = made.instruments.index("voc")
    status = np.array([r.status for r in out])
    taken = valid(status) & ((status & int(Status.STALE)) == 0)
    assert taken[:, 0].all()
    assert taken[:, 1, i].mean() == pytest.approx(1 / 6, abs=0.02) and taken[:, 1, made.instruments.index("wind")].all()
    assert (status[:, 1, i] & Status.LOWBATT).all()
    assert not taken[:, 2, i].any() and (status[:, 2, i] & Status.LOWBATT).all()
    assert not valid(status[:, 2, i]).any()


def test_readings_between_uplinks_are_stored_and_arrive_with_the_next(kit):
    made = suite(kit, 3, THRIFT)
    out = kit.record(made, world(kit, [0.1, 0.1, 0.9]), 60)
    delay = np.array([r.arrival for r in out])
    assert valid(np.array([r.status[:, 0] for r in out])).all() and (delay[:, 2] == 0.0).all()
    assert (delay >= 0.0).all() and 110.0 <= delay.max() < 120.0
    assert (delay[:, :2] < 10.0).mean() == pytest.approx(1 / 12, abs=0.02)
    for row in (0, 1):
        when = np.round(10.0 * np.arange(60) + delay[:, row], 6)
        assert (np.diff(when) >= 0.0).all() and (np.diff(np.unique(when)) == pytest.approx(120.0))
    assert np.array([r.reading[0, 0] for r in out]).std() > 0.0


def test_what_the_radio_loses_never_arrives_and_is_missing(kit):
    n = 200
    made = suite(kit, n, THRIFT.model_copy(update={"radio_lost": 0.2}))
    out = kit.record(made, world(kit, [0.1] * n), 12)
    lost = np.array([np.isinf(r.arrival) for r in out])
    assert lost.mean() == pytest.approx(0.2, abs=0.03)
    for before, after, gone in zip(out[:-1], out[1:], lost[1:], strict=True):
        assert np.array_equal(before.reading[gone], after.reading[gone])
        assert not valid(after.status[gone, 0]).any() and valid(after.status[~gone, 0]).all()
        assert (after.status[gone, 0] & Status.COMM).all() and (after.status[gone, 0] & Status.STALE).all()


def test_duty_cycles_are_not_locked_to_the_run_s_beginning(kit):
    n = 120
    made = suite(kit, n, THRIFT)
    first = kit.record(made, world(kit, [0.3] * n), 1)[0]
    i = made.instruments.index("voc")
    fresh = (first.status[:, i] & int(Status.STALE)) == 0
    assert fresh.mean() == pytest.approx(1 / 6, abs=0.1)


def test_a_dark_week_thins_the_data_and_sun_brings_it_back(kit):
    made, state = suite(kit, 2, THRIFT), world(kit, [1.0, 1.0])
    made.start(state, 3, 0)
    shares, index = [], 0
    for charge in (0.9, 0.4, 0.1, 0.9):
        state.memory["power.charge"][:] = charge
        good = []
        for _ in range(36):
            index += 1
            status = made.read(state, 10.0, 3, index).status
            good.append((valid(status) & ((status & int(Status.STALE)) == 0)).mean())
        shares.append(np.mean(good[8:]))
    assert shares[0] > shares[1] > shares[2] and shares[3] == shares[0]


def test_an_empty_battery_is_silence(kit):
    made, state = suite(kit, 2, THRIFT), world(kit, [0.9, 0.9])
    state.memory["power.served"] = np.array([1.0, 0.0])
    status = kit.record(made, state, 2)[-1].status
    assert valid(status[0]).all() and not valid(status[1]).any() and (status[1] & Status.LOWBATT).all()


def test_lost_uplinks_come_at_their_rate_and_by_cause(kit):
    n = 400
    made = suite(kit, n, OperationalLogic(radio_lost=0.2))
    out = kit.record(made, kit.state(kit.geometry(), n), 5)
    assert np.mean([~valid(r.status[:, 0]) for r in out]) == pytest.approx(0.2, abs=0.03)
    state = kit.state(kit.geometry(), n)
    state.causes["radio_loss"][: n // 2] = 1.0
    lost = ~valid(kit.record(suite(kit, n), state, 2)[-1].status)
    assert lost[: n // 2].all() and not lost[n // 2 :].any()


def test_clocks_delay_a_changing_reading_by_their_error(kit):
    n = 300
    made = suite(kit, n, OperationalLogic(clock_offset=2.0), ("wind",), units=np.arange(n))
    late = made.chain.clock[:, 0]
    assert np.median(late) == pytest.approx(2.0 * 0.674, rel=0.15)
    plain = suite(kit, n, None, ("wind",), units=np.arange(n))
    outs = []
    for s in (made, plain):
        state = kit.state(kit.geometry(), n)
        s.start(state, 3, 0)
        state.wind10[:] = (20.0, 10.0, 0.0)
        outs.append(s.sense(state, 10.0, 3, 1)[1]["lagged"][:, 0])
    before = plain.chain.m["lag"][:, 0]
    assert np.allclose(outs[1], before)
    start = suite(kit, 1, None, ("wind",))
    start.start(kit.state(kit.geometry(), 1), 3, 0)
    step = outs[1] - start.chain.m["lag"][0, 0]
    close = late < 9.0
    assert ((outs[1] - outs[0]) / step)[close] == pytest.approx((late / 10.0)[close], rel=0.15)


def test_rows_are_their_own(kit):
    charge = [0.9, 0.3, 0.1, 0.3]
    logic = THRIFT.model_copy(update={"radio_lost": 0.3, "clock_offset": 1.0})
    batch = kit.record(suite(kit, 4, logic), world(kit, charge), 9)
    single = kit.record(suite(kit, 1, logic, first=2), world(kit, charge[2:3]), 9)
    for a, b in zip(batch, single, strict=True):
        assert np.array_equal(a.reading[2], b.reading[0]) and np.array_equal(a.status[2], b.status[0])


def test_a_taken_suite_goes_on_with_its_duty_cycles(kit):
    made, state = suite(kit, 4, THRIFT), world(kit, [0.9, 0.3, 0.1, 0.3])
    kit.record(made, state, 5)
    rows = np.array([3, 1])
    part = made.take(rows, made.conditions.take(rows))
    a, b = made.read(state, 10.0, 3, 6), part.read(state.take(rows), 10.0, 3, 6)
    assert np.array_equal(a.status[rows], b.status) and np.array_equal(a.reading[rows], b.reading)


def test_what_sleeps_draws_nothing_and_the_rest_as_listed(kit):
    configs = kit.configs("voc", "wind", "emf", "thermal")
    full, seldom, off = draw_shares(
        OperationalLogic(
            tiers=(
                Tier(charge=0.5),
                Tier(charge=0.2, every={"thermal": 600.0}),
                Tier(charge=0.0, other=None, uplink=600.0),
            )
        ),
        configs,
    )
    total = sum(CONSUMERS.values())
    camera = CONSUMERS["thermal camera"] * (1.0 - DUTIES["lepton"].awake / 600.0)
    gone = 0.7 * CONSUMERS["gas array"] + sum(CONSUMERS[k] for k in ("anemometer", "field probe", "thermal camera"))
    assert full == 1.0 and seldom == pytest.approx(1.0 - camera / total)
    assert off == pytest.approx(1.0 - (gone + 0.8 * 0.9 * CONSUMERS["radio"]) / total)


def test_the_draw_is_told_to_the_physics_by_charge_and_never_without_tiers(kit):
    state = world(kit, [0.9, 0.3, 0.1])
    Draw(OperationalLogic(), kit.configs()).publish(state)
    assert "operation.share" not in state.memory
    Draw(THRIFT, kit.configs()).publish(state)
    share = state.memory["operation.share"]
    assert share[0] == 1.0 and 1.0 > share[1] > share[2] > 0.0


def test_impossible_logic_is_refused():
    with pytest.raises(InputError, match=r"tiers\.0\.every.*nose"):
        product = load_product("grid_guardian")
        tiers = ({"charge": 0.0, "every": {"nose": 1.0}},)
        product.replace(operation={**product.operation.model_dump(), "logic": {"tiers": tiers}})
    with pytest.raises(ValidationError, match="falling, the last 0"):
        OperationalLogic(tiers=(Tier(charge=0.2), Tier(charge=0.5)))
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        OperationalLogic(clock_offset=-1.0)
