"""Cloud, travelling processes and travel time: parity, laws and worked numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations import synoptic as s

KINDS = [np.float32, torch.float32]


def _as(kind: Any, values: Any) -> Any:
    return torch.tensor(values, dtype=kind) if kind is torch.float32 else np.asarray(values, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_parity(kind: Any) -> None:
    share, rate, phase = np.linspace(0.05, 0.95, 7), np.linspace(-2.0, 2.0, 7), np.linspace(0.0, 6.0, 7)
    calls: list[Any] = [
        (s.cloud_transmission, (share,)), (s.covered, (share, share[::-1].copy())), (s.cauchy_rate, (share,)),
        (s.random_cosines, (np.full(1, 1.5), rate, phase)),
        (s.travel_time, (100.0 * rate, 50.0 * share, 5.0 * share, phase)),
    ]  # fmt: skip
    for function, values in calls:
        want = function(*values)
        got = function(*(_as(kind, v) for v in values))
        assert np.asarray(got).dtype == np.float32
        np.testing.assert_allclose(np.asarray(got), want, rtol=2e-5, atol=2e-4, err_msg=function.__name__)


def test_worked_examples() -> None:
    assert s.cloud_transmission(np.array([0.0, 0.5, 1.0])) == pytest.approx([1.0, 0.929, 0.25], abs=1e-3)
    assert s.covered(np.array(0.25), np.array(0.5)) == pytest.approx(0.625)
    assert s.cauchy_rate(np.array([0.5, 0.75])) == pytest.approx([0.0, 1.0], abs=1e-12)
    assert s.random_cosines(np.zeros(1), np.zeros(2), np.zeros(2)) == pytest.approx(2.0)
    west = np.array(1.5 * math.pi)
    assert s.travel_time(np.array(600.0), np.array(0.0), np.array(6.0), west) == pytest.approx(100.0)
    assert s.travel_time(np.array(-600.0), np.array(9.0), np.array(0.2), west) == pytest.approx(-600.0)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 6.28), st.floats(-1e3, 1e3), st.floats(0.0, 30.0))
def test_laws(cloud: float, share: float, turn: float, east: float, speed: float) -> None:
    cover = s.covered(np.array(cloud), np.array(share))
    assert cloud - 1e-12 <= cover <= 1.0 + 1e-12
    assert 0.25 - 1e-12 <= s.cloud_transmission(cover) <= s.cloud_transmission(np.array(cloud)) + 1e-12
    there = s.travel_time(np.array(east), np.array(2.0), np.array(speed), np.array(turn))
    back = s.travel_time(np.array(-east), np.array(-2.0), np.array(speed), np.array(turn))
    assert there == pytest.approx(-back) and abs(there) <= math.hypot(east, 2.0) + 1e-9


def test_correlation_is_that_of_an_ornstein_uhlenbeck_process() -> None:
    rng, waves = np.random.default_rng(1), 48
    u, phase = rng.random((20_000, waves)), 2.0 * np.pi * rng.random((20_000, waves))
    rate = s.cauchy_rate((np.arange(waves) + u) / waves)
    here = s.random_cosines(np.zeros(1), rate, phase)
    assert here.std() == pytest.approx(1.0, abs=0.02) and abs((here**4).mean() - 3.0) < 0.15
    for lag in (0.2, 1.0, 3.0):
        there = s.random_cosines(np.full(1, lag), rate, phase)
        assert (here * there).mean() == pytest.approx(math.exp(-lag), abs=0.02)
