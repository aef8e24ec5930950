"""Run records of what the twin simulated, and the way back: the conditions and definition of a record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from gg_gym import __version__
from gg_gym.errors import InputError
from gg_gym.physics.site import Conditions
from gg_gym.physics.weather_sources import load_weather
from gg_gym.products import ProductConfiguration, parse_product
from gg_gym.records.assemble import window_labels
from gg_gym.records.run import RunData, RunHeader
from gg_gym.scenarios.base import ScenarioDefinition
from gg_gym.scenarios.steering import moved
from gg_gym.twin import HISTORY, Recorder, RunBatch, Twin


@lru_cache(maxsize=64)
def _weather_digest(product_digest: str, site: int, canonical: str) -> str:
    product = parse_product(json.loads(canonical), "recorded product")
    return load_weather(product.site_objects[site]).digest


@dataclass(frozen=True)
class Steered:
    """A run that was steered.

    Attributes:
        definition: the scenario as it began.
        actions: (k, S) actions; action j is in force from sample 1 + j * interval on.
        interval: samples between actions.
        horizon: samples the run was planned for; onsets are drawn over it.
    """

    definition: ScenarioDefinition
    actions: np.ndarray
    interval: int
    horizon: int

    @property
    def samples(self) -> int:
        """Samples of the record: whole windows that hold all actions."""
        return -(-len(self.actions) * self.interval // 64) * 64


def replay(twin: Twin, conditions: Conditions, steered: Steered) -> tuple[Twin, RunBatch]:
    """Simulate a steered run (one row) from its seed, definition and actions.

    Returns:
        the twin with the record's length, and the run.
    """
    whole = Twin(twin.product, dt=twin.dt, samples=steered.horizon, thermal=twin.thermal)
    session = whole.begin(conditions)
    session.set_scenarios([steered.definition])
    session.lead_in()
    whole.samples = steered.samples
    recorder, definition = Recorder(whole, 1, True, False), steered.definition
    for i in range(steered.samples):
        j, at = divmod(i - 1, steered.interval)
        if at == 0 and 0 <= j < len(steered.actions):
            definition = moved(definition, steered.actions[j])
            session.steer(0, definition)
        recorder.put(i, session.sample(truth=True))
    return whole, RunBatch(
        conditions, (steered.definition,), session.onset.copy(), recorder.readings, recorder.truth, recorder.status,
        recorder.labels, recorder.physics, session.history,
    )  # fmt: skip


def run_header(twin: Twin, runs: RunBatch, row: int, steered: Steered | None = None, **about: Any) -> RunHeader:
    """The header of row ``row``.

    Args:
        twin: the twin that simulated it.
        runs: the batch.
        row: row in the batch.
        steered: how the run was steered, if it was.
        about: fields on who asked for it and what came of it (agent, arm, round, split, action, reward, ...).
    """
    product, c = twin.product, runs.conditions
    worst = window_labels({k: v[row : row + 1] for k, v in runs.labels.items()})["event_class"]
    definition = runs.definitions[row].model_dump(exclude_defaults=True)
    steering: dict[str, Any] = {"interval": steered.interval, "horizon": steered.horizon} if steered else {}
    about = {**about, "actions": steered.actions} if steered else about
    if c.grouped[row]:
        steering["group"] = {"seed": f"{int(c.group[row]):016x}", "delay": float(c.delay[row])}
    return RunHeader(
        product=product.name,
        product_config=product.canonical,
        weather=_weather_digest(product.digest, int(c.site[row]), product.canonical),
        site=product.sites[int(c.site[row])].key,
        hour=float(c.hour[row]),
        load=float(c.load[row]),
        unit=int(c.unit[row]),
        age=float(c.age[row]),
        world=int(c.world[row]),
        definition={"version": 1, **definition, "family": runs.definitions[row].family, **steering},
        seed=int(c.seed[row]),
        dt=twin.dt,
        samples=twin.samples,
        engine_version=__version__,
        onset_s=float(runs.onset[row]),
        event_class=int(worst[0]),
        history={name: runs.history[row, :, i].astype(np.float32) for i, name in enumerate(HISTORY)},
        **about,
    )


def run_data(twin: Twin, runs: RunBatch, row: int, steered: Steered | None = None, **about: Any) -> RunData:
    """Row ``row`` of a batch as a run with its arrays (arguments as :func:`run_header`)."""
    every = twin.product.operation.frame_every
    thermal = "thermal" in runs.readings
    samples = np.arange(every - 1, twin.samples, every, dtype=np.int32) if thermal else np.zeros(0, np.int32)
    groups = {
        g: {k: v[row] for k, v in getattr(runs, g).items()}
        for g in ("readings", "truth", "status", "labels", "physics")
    }
    return RunData(header=run_header(twin, runs, row, steered, **about), frame_samples=samples, **groups)


def channel_table(twin: Twin) -> list[dict[str, Any]]:
    """The channel list of a dataset's manifest."""
    names = ("name", "instrument", "unit", "low", "high", "centre", "scale")
    return [{n: getattr(c, n) for n in names} for c in twin.channels]


def product_of(header: RunHeader) -> ProductConfiguration:
    """The product a record was made with.

    Raises:
        InputError: the recorded configuration does not validate.
    """
    return parse_product(json.loads(header.product_config), f"run {header.run_id}: product_config")


def conditions_of(header: RunHeader, product: ProductConfiguration) -> Conditions:
    """The conditions (one row) of a record.

    Raises:
        InputError: the site is not in the product.
    """
    sites = [s.key for s in product.sites]
    if header.site not in sites:
        raise InputError(f"run {header.run_id}: site", f"{header.site!r}", ", ".join(sites))
    group = header.definition.get("group", {"seed": f"{header.seed:016x}", "delay": 0.0})
    return Conditions(
        seed=np.array([header.seed], np.uint64),
        site=np.array([sites.index(header.site)], np.int64),
        hour=np.array([header.hour]),
        load=np.array([header.load]),
        unit=np.array([header.unit], np.uint64),
        age=np.array([header.age]),
        world=np.array([header.world], np.uint64),
        group=np.array([int(group["seed"], 16)], np.uint64),
        delay=np.array([float(group["delay"])]),
    )


def definition_of(header: RunHeader) -> ScenarioDefinition:
    """The scenario definition of a record.

    Raises:
        InputError: a version other than 1.
    """
    stored = dict(header.definition)
    for key in ("interval", "horizon", "group"):
        stored.pop(key, None)
    if stored.pop("version", 1) != 1:
        raise InputError(f"run {header.run_id}: definition.version", repr(header.definition["version"]), "1")
    return ScenarioDefinition.model_validate(stored)


def steered_of(header: RunHeader) -> Steered | None:
    """How a recorded run was steered, or None if it was not."""
    if header.actions is None:
        return None
    interval, horizon = (int(header.definition[k]) for k in ("interval", "horizon"))
    return Steered(definition_of(header), header.actions, interval, horizon)
