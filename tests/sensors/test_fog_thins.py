"""The whole product in long fog: charge falls, the manager sleeps, the data thin out, and less is drawn."""

from typing import Any

import numpy as np
import pytest

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.physics.engine import SPIN_UP
from gg_gym.sensors import Status, valid

N, DAYS = 6, 12


def fogged(fog: float, logic: bool = True) -> tuple[Any, np.ndarray, np.ndarray]:
    """A session after days of weather with a share of fog and cloud, its charge by the hour (h, N) and its load."""
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 1, "lead_in": 600}
    kept = [s for s in product.sensors if s.key in ("sht45", "sps30", "tmp117")]
    names = {s.name for s in kept}
    tiers = [
        dict(t.model_dump(), every={k: v for k, v in t.every.items() if k in names})
        for t in product.operation.logic.tiers
    ]
    operation["logic"] = {"tiers": tiers} if logic else {}
    small = product.replace(
        operation=operation, physics=("weather", "background", "airflow", "line", "power", "enclosure"),
        families=("baseline_operation",), sensors=kept,
    )  # fmt: skip
    twin = Twin(small, thermal=False)
    conditions = twin.draw(np.arange(N))
    session = twin.begin(conditions)
    session.state.memory["power.charge"][:] = 0.7
    session.set_scenarios([ScenarioDefinition(family="baseline_operation") for _ in range(N)])
    session.state.causes["fog"][:] = fog
    session.state.causes["overcast"][:] = fog
    charge, load = [], []
    for i in range(24 * DAYS):
        twin.manager.publish(session.state)
        session.engine.step(session.state, 3600.0, SPIN_UP, 10 + i, coarse=True)
        charge.append(session.state.memory["power.charge"].copy())
        load.append(session.state.memory["power.load"].copy())
    return session, np.array(charge), np.array(load)


def fresh(session: Any) -> float:
    """Share of the instruments' samples of a record that are new and there."""
    session.lead_in()
    status = np.array([session.sample(frame=False, truth=False).suite.status for _ in range(64)])
    return float((valid(status) & ((status & int(Status.STALE)) == 0)).mean())


@pytest.fixture(scope="module")
def weeks() -> dict[str, Any]:
    return {"clear": fogged(0.0), "fog": fogged(1.0), "fog without a manager": fogged(1.0, logic=False)}


def test_days_of_fog_lower_the_charge_and_thin_the_data(weeks: dict[str, Any]) -> None:
    clear, fog = weeks["clear"], weeks["fog"]
    assert np.median(clear[1][-48:]) > np.median(fog[1][-48:]) + 0.2
    assert fresh(clear[0]) > fresh(fog[0]) + 0.1


def test_the_manager_saves_what_it_switches_off(weeks: dict[str, Any]) -> None:
    with_, without = weeks["fog"], weeks["fog without a manager"]
    assert (with_[1] >= without[1] - 1e-12).all() and np.median(with_[1][-24:]) > np.median(without[1][-24:])
    low = (with_[1][:-1] < 0.399) & (without[2][1:] > 0)
    assert low.any() and (with_[2][1:][low] < 0.99 * without[2][1:][low]).all()
    full = with_[1][:-1] > 0.401
    assert np.array_equal(with_[2][1:][full], without[2][1:][full])
