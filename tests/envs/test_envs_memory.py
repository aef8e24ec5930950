"""Nothing grows with the number of steps."""

import gc
import tracemalloc

import numpy as np
import pytest


def growth(env, warm, steps):
    """Bytes that stay allocated over ``steps`` steps, after ``warm`` steps."""
    actions = np.zeros(env.action_space.shape, np.float32)
    env.reset(seed=0)
    for _ in range(warm):
        env.step(actions)
    gc.collect()
    tracemalloc.start()
    try:
        env.step(actions)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(steps):
            env.step(actions)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_steering_does_not_grow(steering, mode):
    env = steering(2, interval=1, intervals=64, autoreset_mode=mode)
    assert growth(env, warm=70, steps=200) < 400_000


def test_selection_does_not_grow(selection):
    env = selection(1, budget=3, autoreset_mode="SameStep")
    assert growth(env, warm=4, steps=12) < 400_000
