"""Whatever dt: random processes keep their law, deterministic ones their course; no registered module escapes.

An exact Ornstein-Uhlenbeck step is x -> rho x + sqrt(1 - rho^2) z with rho = exp(-dt / tau). Randomness is addressed,
so the same step from another start has the same z: the difference of two copies shows rho, and with it tau, without
noise; the copy that started at zero shows the noise alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gg_gym.equations.arcs import telegraph_average_moments
from gg_gym.physics.engine import PHYSICS, RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Component, Geometry, Line, Mount
from gg_gym.physics.site import Conditions, Site
from gg_gym.physics.state import Environment3DState

LINE = Line(12470.0, 60.0, 200.0, (-1.12, 0.4, 1.12), (10.0, 10.3, 10.0), (5.05e-3,) * 3, (0.0, -120.0, 120.0))
GEOMETRY = Geometry(
    12.0, 0.15,
    (
        Component("crossarm", "wood", (0.0, 0.0, 10.0), 0.1, 0.9, 0.7, 5e3, 0.5),
        Component("joint_a", "joint", (-1.12, 0.2, 10.0), 0.03, 0.5, 0.5, 300.0, 0.01, phase=0),
        Component("insulator_a", "insulator", (-1.12, 0.0, 9.9), 0.06, 0.9, 0.5, 800.0, 0.05, phase=0),
    ),
    (), LINE, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)),
    {"joint": ("joint_a",), "arc": ("insulator_a",), "wood": ("crossarm",)},
)  # fmt: skip
SITE = Site("field", 40.0, 0.0, 100.0, 0.0, 0.03, 500e3, 2000.0, "light", "climate")
#: Steps [s]; NaN stands for random ones.
STEPS = [0.02, 1.0, 60.0, 3600.0, np.nan]
#: Exact processes of unit spread: (module, memory, whether tau is one number for a column at any step).
EXACT = [
    ("weather", "weather.fast", True), ("weather", "weather.air", True), ("airflow", "airflow.turbulence", False),
    ("airflow", "airflow.activity", True), ("line", "line.ou", True), ("dispersion", "dispersion.fluctuation", True),
    ("background", "background.slow", True), ("acoustics", "acoustics.wander", True),
    ("vibration", "vibration.gust", True),
]  # fmt: skip
#: Lanes of other laws (jumps, counts, ages): the file that tests them at several steps.
ELSEWHERE = {
    "disturbance.eddies": "test_releases.py", "releases.eddies": "test_releases.py",
    "releases.bursts": "test_releases.py", "arcs.telegraph": "test_time_steps.py",
    "filaments.turbulence": "test_time_steps.py",
    "discharges.gap": "test_discharge_module.py", "discharges.failure": "test_discharge_module.py",
    "heat.fretting": "test_heat.py", "insulators.pulses": "test_insulator_module.py",
    "insulators.flashover": "test_insulator_module.py", "lightning.storm": "test_lightning_module.py",
    "lightning.address": "test_lightning_module.py", "smoulder.transition": "test_smoulder.py",
    "vibration.address": "test_vibration_module.py",
}  # fmt: skip
#: Lanes that feed a process of another name.
FED = {"line.noise"}


def build(keys: Any, n: int, dt: float) -> tuple[ModularPhysicsEngine, Environment3DState]:
    """An engine with a few modules under one weather, all rows alike but for their seeds."""
    serial, one = np.arange(n).astype(np.uint64), np.ones(n)
    conditions = Conditions(serial, np.zeros(n, np.int64), 5000.0 * one, one, serial, 0.0 * one, serial)
    world = {p.key: np.full(n, p.median) for key in keys for p in PHYSICS[key].priors()}
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.hour[:], state.wind_speed[:], state.wind10[..., 0] = 5000.0, 4.0, 4.0
    engine = ModularPhysicsEngine(keys, PhysicsContext(GEOMETRY, (SITE,), conditions, world), dt)
    engine.start(state)
    return engine, state


def lengths(dt: float, count: int) -> Any:
    """``count`` steps of dt, or random ones between 0.02 and 600 s."""
    return np.full(count, dt) if np.isfinite(dt) else 10.0 ** np.random.default_rng(7).uniform(-1.7, 2.8, count)


def course(module: str, name: str, steps: Any, n: int = 2000) -> tuple[Any, Any, Any]:
    """Start x0, end, and end of the copy that started at zero, all (n, columns)."""
    (engine, state), (twin, other) = (build((module,), n, float(steps[0])) for _ in range(2))
    start = np.array(state.memory[name]).reshape(n, -1)
    other.memory[name] = np.zeros_like(other.memory[name])
    for index, h in enumerate(steps):
        for one, its in ((engine, state), (twin, other)):
            one.step(its, float(h), RECORD, index, coarse=bool(h > 60.0))
    end, noise = (np.array(s.memory[name]).reshape(n, -1) for s in (state, other))
    return start, end, noise


@pytest.mark.parametrize("dt", STEPS)
@pytest.mark.parametrize(("module", "name"), [pair[:2] for pair in EXACT])
def test_an_exact_process_keeps_its_spread_at_any_step(module: str, name: str, dt: float) -> None:
    """Unit variance before and after; the noise makes up for what the decay takes, however little that is."""
    start, end, noise = course(module, name, lengths(dt, 3))
    rho = (start * (end - noise)).sum(axis=0) / (start * start).sum(axis=0)
    np.testing.assert_allclose(end.mean(axis=0), 0.0, atol=0.12)
    np.testing.assert_allclose(start.std(axis=0), 1.0, rtol=0.08)
    np.testing.assert_allclose(end.std(axis=0), 1.0, rtol=0.08)
    np.testing.assert_allclose(noise.std(axis=0), np.sqrt(-np.expm1(2.0 * np.log(np.clip(rho, 1e-9, 1.0)))), rtol=0.08)


@pytest.mark.parametrize(("module", "name"), [pair[:2] for pair in EXACT if pair[2]])
def test_an_exact_process_forgets_at_one_rate(module: str, name: str) -> None:
    """Times over which a column forgets are the same from steps of 0.02, 1, 60 s and of random length."""
    found = []
    for dt in (0.02, 1.0, 60.0, np.nan):
        steps = lengths(dt, 2)
        start, end, noise = course(module, name, steps, n=3)
        rho = (end - noise)[0] / start[0]
        found.append(np.where(rho > 1e-6, -steps.sum() / np.log(np.clip(rho, 1e-300, 1.0 - 1e-16)), np.nan))
    for other in found[1:]:
        np.testing.assert_allclose(np.where(np.isnan(other), found[0], other), found[0], rtol=1e-4)


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0, 17.3])
def test_energy_of_bursts_has_the_telegraphs_moments_at_any_step(dt: float) -> None:
    n, on, off = 20_000, 0.02, 0.05
    engine, state = build(("arcs",), n, dt)
    for key, value in (("gap", 0.005), ("current", 10.0), ("on_rate", on), ("off_rate", off)):
        state.causes[f"arc_{key}"] = np.full(n, value)
    engine.start(state)
    engine.step(state, dt, RECORD, 0, coarse=True)
    mean, variance = telegraph_average_moments(np.array([on]), np.array([off]), dt)
    energy = state.arc_energy if state.arc_energy.ndim == 1 else state.arc_energy.sum(axis=1)
    np.testing.assert_allclose(energy.std() / energy.mean(), np.sqrt(variance[0]) / mean[0], rtol=0.05)


@pytest.mark.parametrize(("dt", "steps"), [(0.02, 200), (1.0, 8), (60.0, 2), (3600.0, 1)])
def test_filaments_keep_the_spread_of_their_own_velocity(dt: float, steps: int) -> None:
    engine, state = build(("filaments",), 60, dt)
    for index in range(steps):
        engine.step(state, dt, RECORD, index)
    released = state.memory["filaments.number"] >= 0.0
    assert released.sum() > 500
    np.testing.assert_allclose(state.memory["filaments.velocity"][released].std(axis=0), 1.0, rtol=0.12)


def forced(keys: tuple[str, ...], names: tuple[str, ...], dt: float, total: float = 7200.0) -> Any:
    """Memories after two hours of constant sun and dust, from a start in their absence."""
    engine, state = build(keys, 1, 1.0)
    state.air_temperature[:], state.ghi[:], state.dni[:], state.dhi[:] = 293.0, 600.0, 600.0, 90.0
    state.sun[:] = (0.0, -0.6, 0.8)
    state.background[:] = 40.0
    if "power" in keys:
        state.memory["power.charge"][:] = 0.3
    done, index, rng = 0.0, 0, np.random.default_rng(11)
    while done < total - 1e-6:
        h = min(dt if np.isfinite(dt) else float(10.0 ** rng.uniform(-1.0, 3.0)), total - done)
        engine.step(state, h, RECORD, index, coarse=h > 600.0)
        done, index = done + h, index + 1
    return np.concatenate([np.ravel(state.memory[name]) for name in names])


@pytest.mark.parametrize("dt", [60.0, 3600.0, np.nan])
@pytest.mark.parametrize(
    ("keys", "names", "tolerance"),
    [
        (("enclosure",), ("enclosure.shell", "enclosure.air"), 1e-6),
        (("heat",), ("heat.node", "heat.line"), 1e-6),
        (("power",), ("power.charge", "power.cell", "power.soiling"), 2e-3),
        (("heat", "soiling"), ("soiling.layer",), 1e-6),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else None,
)
def test_a_deterministic_module_ends_where_small_steps_end(keys: Any, names: Any, tolerance: float, dt: float) -> None:
    np.testing.assert_allclose(forced(keys, names, dt), forced(keys, names, 5.0), rtol=tolerance, atol=1e-12)


def test_every_random_lane_is_tested_at_several_steps() -> None:
    """Each lane of each registered module is an exact process above or has a test of its own law."""
    known = {name for _, name, _ in EXACT} | FED | set(ELSEWHERE)
    serial, one = np.zeros(1, np.uint64), np.ones(1)
    context = PhysicsContext(
        GEOMETRY, (SITE,), Conditions(serial, np.zeros(1, np.int64), one, one, serial, one, serial), {}
    )
    for key in sorted(PHYSICS):
        assert not set(PHYSICS[key](context).lanes(2)) - known, f"{key} has a lane without a test over steps"
    folder = Path(__file__).parent
    for file in set(ELSEWHERE.values()):
        assert "dt" in (folder / file).read_text(encoding="utf-8")
