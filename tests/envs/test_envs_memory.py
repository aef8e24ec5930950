"""Nothing grows with the number of steps."""

import gc
import tracemalloc

import numpy as np


def growth(env, warm, steps):
    """Bytes that stay allocated over ``steps`` steps, after ``warm`` steps under the same watch."""
    actions = np.zeros(env.action_space.shape, np.float32)
    tracemalloc.start()
    try:
        env.reset(seed=0)
        for _ in range(warm):
            env.step(actions)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(steps):
            env.step(actions)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_steering_does_not_grow(steering):
    env = steering(2, interval=1, intervals=64)
    assert growth(env, warm=66, steps=200) < 600_000


def test_selection_does_not_grow(selection):
    env = selection(1, budget=1, autoreset_mode="SameStep")
    assert growth(env, warm=1, steps=3) < 600_000
