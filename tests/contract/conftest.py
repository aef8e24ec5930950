"""Twins shared by the contract tests; made once a session."""

import numpy as np
import pytest

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.scenarios import SCENARIOS

FAMILIES = tuple(SCENARIOS)


@pytest.fixture(scope="session")
def twin():
    return Twin("grid_guardian")


@pytest.fixture(scope="session")
def bare_twin():
    return Twin("grid_guardian", thermal=False)


@pytest.fixture(scope="session")
def definitions():
    """Severe, early events of every family."""
    return [ScenarioDefinition(family=f, parameters={"severity": 0.9, "phase": 0.35, "place": 0.3}) for f in FAMILIES]


@pytest.fixture(scope="session")
def event_and_null(twin, definitions):
    """Runs of every family (three seeds each) and their null twins."""
    seeds = np.arange(1000, 1000 + 3 * len(definitions), dtype=np.uint64)
    chosen = definitions * 3
    conditions = twin.draw(seeds)
    return twin.run(conditions, chosen), twin.run(conditions, [d.null() for d in chosen]), chosen


@pytest.fixture(scope="session")
def product():
    return load_product("grid_guardian")
