"""Dead time of the sampling tube: the law, any step, and the air that is in the tube."""

import numpy as np
import pytest

from gg_gym.equations.gas_sensors import plug_flow_time
from gg_gym.errors import InputError
from gg_gym.parameters.inlet import INLET
from gg_gym.sensors import SensorSuite
from gg_gym.sensors.chain import Chain
from gg_gym.sensors.transport import Transport


def pushed(dead, course, dt, m, h, steps):
    """(steps, n) what arrives at the end of each step of ``dt`` of an input ``course(t)``, from t = 0."""
    dead = np.atleast_2d(np.asarray(dead, float)).T
    line = Transport(dead)
    line.start(np.full(dead.shape, course(np.array(0.0))))
    out = []
    for k in range(steps):
        t = k * dt + (dt - m * h) + h * np.arange(1, m + 1)
        x = np.broadcast_to(course(t)[None, :, None], (len(dead), m, 1)).copy()
        out.append(line.push(x, h, max(dt - m * h, 0.0))[0][:, -1, 0])
    return np.array(out)


@pytest.mark.parametrize(
    ("dt", "m", "h"), [(0.02, 1, 0.02), (1.0, 1, 1.0), (5.0, 2, 2.5), (10.0, 4, 2.5), (60.0, 24, 2.5)]
)
def test_a_ramp_arrives_late_by_the_dead_time_at_any_step(dt, m, h):
    dead = np.array([0.3, 3.7, 11.0])
    steps = int(np.ceil(30.0 / dt)) + 2
    got = pushed(dead, lambda t: 5.0 + 2.0 * t, dt, m, h, steps)
    now = dt * np.arange(1, steps + 1)[:, None]
    assert got == pytest.approx(5.0 + 2.0 * np.maximum(now - dead, 0.0), abs=1e-9)


def test_nothing_is_lost_in_the_tube():
    """A pulse keeps its area, whatever the dead time."""
    dead = np.array([0.4, 2.5, 7.0])
    got = pushed(dead, lambda t: np.where((t > 3.0) & (t < 9.0), 1.0, 0.0), 1.0, 1, 1.0, 40)
    assert got.sum(axis=0) == pytest.approx(got.sum(axis=0)[1].repeat(3), rel=1e-9) and (got.sum(axis=0) > 4.0).all()


def test_the_volume_over_the_flow_is_the_time():
    assert float(plug_flow_time(np.array(30.0), 500.0)) == pytest.approx(3.6)


def suite(kit, n=64, dt=10.0, **parameters):
    changes = {"voc": {"parameters": {**kit.sound, **parameters}, "needs": ()}}
    return SensorSuite(kit.configs("voc", **changes), kit.geometry(), kit.conditions(n, units=np.arange(n)), {}, dt)


def stepped(kit, made, dt, seconds):
    """The chain's lagged carbon monoxide after a step of the air, (steps, n)."""
    n = made.n
    made.start(kit.state(kit.geometry(), n, dt), 3, 0)
    state, out = kit.state(kit.geometry(), n, dt, air={"CO": 5000.0}), []
    for i in range(int(seconds / dt)):
        out.append(made.sense(state, dt, 3, i + 1)[1]["lagged"][:, 0])
    return np.array(out)


def test_the_array_answers_later_by_the_time_of_the_tube(kit):
    """With dt = 1: the response with a tube is the response without it, shifted."""
    with_tube, without = suite(kit, dt=1.0), suite(kit, dt=1.0, tube_volume=0.0)
    dead = with_tube.chain.transport.dead[:, 0]
    assert np.median(dead) == pytest.approx(60.0 * INLET.volume / INLET.flow, rel=0.1)
    assert np.log(dead).std() == pytest.approx(INLET.spread, rel=0.3)
    assert without.chain.transport.columns.size == 0
    a, b = stepped(kit, with_tube, 1.0, 90), stepped(kit, without, 1.0, 90)
    t = np.arange(1.0, 91.0)
    for i in range(0, 64, 7):
        late = np.interp(t - dead[i], t, b[:, i])
        rise = b[-1, i] - b[0, i]
        assert np.abs(a[10:, i] - late[10:]).max() < 0.01 * rise
        assert dead[i] < 2.0 or a[0, i] == pytest.approx(a[1, i], rel=1e-12)


@pytest.mark.parametrize(("dt", "rest"), [(60.0, 0.0), (300.0, 240.0), (61.0, 1.0)])
def test_long_steps_first_let_out_what_is_in_the_tube(kit, dt, rest):
    """Steps with a rest agree with the course by tenths of a second: exactly, but for a jump inside a fine step."""
    made = suite(kit, n=5)
    chain, h, m = made.chain, 2.5, 24
    fine = Chain(made.sensors)
    low, high = np.full((5, 1, 8), 1.0), np.full((5, m, 8), 3.0)
    draws = made._streams.draw(phase=3, index=0, sub=1)
    fine.lanes()
    for c in (chain, fine):
        c.start(low, draws)
    big = chain.lag(high, h, dt - m * h)
    if rest:
        fine.lag(high[:, :1], 1e-6, 0.0)
    small, steps = big, round(dt / 0.1)
    for k in range(1, steps + 1):
        ramp = 3.0 if rest else 1.0 + 2.0 * min(0.1 * k / h, 1.0)
        small = fine.lag(np.full((5, 1, 8), ramp), 0.1, 0.0)
    assert big == pytest.approx(small, abs=2e-3 if rest != 1.0 else 0.02)


def test_rows_and_copies_keep_their_own_air(kit):
    made, one = suite(kit, n=4, dt=1.0), suite(kit, n=4, dt=1.0)
    a, state = stepped(kit, made, 1.0, 4), kit.state(kit.geometry(), 4, 1.0)
    stepped(kit, one, 1.0, 2)
    part = one.take(np.array([2]), one.conditions.take(np.array([2])))
    air = kit.state(kit.geometry(), 1, 1.0, air={"CO": 5000.0})
    got = [part.sense(air, 1.0, 3, i)[1]["lagged"][0, 0] for i in (3, 4)]
    assert got == a[2:, 2].tolist() and state.n == 4


def test_a_tube_can_change_while_it_runs_and_bad_ones_are_refused(kit):
    made = suite(kit, n=3, dt=1.0)
    a = stepped(kit, made, 1.0, 3)[-1]
    made.reconfigure("voc", parameters={**kit.sound, "tube_volume": 60.0})
    state = kit.state(kit.geometry(), 3, 1.0, air={"CO": 5000.0})
    b = made.sense(state, 1.0, 3, 4)[1]["lagged"][:, 0]
    assert np.isfinite(b).all() and np.median(made.chain.transport.dead) > 5.0 and (b >= a - 1e-9).all()
    with pytest.raises(InputError, match=r"tube_flow.*out of bounds"):
        suite(kit, tube_flow=0.0)
