"""Change an instrument's configuration while a suite runs: what it was in the middle of goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.errors import InputError

if TYPE_CHECKING:
    from gg_gym.sensors.base import BaseSensor
    from gg_gym.sensors.suite import SensorSuite


def rebuilt(suite: SensorSuite, name: str, changes: dict[str, Any]) -> SensorSuite:
    """A suite like ``suite`` but for one instrument's configuration; lags, drifts, clocks and faults go on.

    Raises:
        InputError: an instrument that is not there, another key or name, or a value that is not allowed.
    """
    if fixed := sorted({"key", "name"} & set(changes)):
        raise InputError(f"sensor {name}: {', '.join(fixed)}", "cannot change while it runs", "build a new suite")
    before = {s.name: s for s in suite.all}
    configs = [before[k].config for k in suite.order if k in before]
    configs = [c.changed(**changes) if c.name == name else c for c in configs]
    fresh = type(suite)(
        configs, suite.geometry, suite.conditions, suite.world, suite.dt, suite.camera is not None,
        suite.operation.logic,
    )  # fmt: skip
    fresh.levels = [[_kept(before, s, name) for s in level] for level in fresh.levels]
    fresh.sensors = [s for level in fresh.levels for s in level]
    if fresh.camera is not None and suite.camera is not None:
        fresh.camera = suite.camera if suite.camera.name != name else _inherit(suite.camera, fresh.camera)
    for i, sensor in enumerate(fresh.sensors):
        sensor.column = i
    fresh.count, fresh.m = suite.count, dict(suite.m)
    _carry(suite, fresh)
    return fresh


def _kept(before: dict[str, BaseSensor], sensor: BaseSensor, name: str) -> BaseSensor:
    return _inherit(before[name], sensor) if sensor.name == name else before[sensor.name]


def _inherit(old: Any, new: Any) -> Any:
    """The new instrument with the old one's state."""
    fitting = {k: v for k, v in old.memory.items() if k not in new.memory or np.shape(new.memory[k]) == np.shape(v)}
    new.memory.update(fitting)
    new.faulty.update(old.faulty)
    return new


def _carry(suite: SensorSuite, fresh: SensorSuite) -> None:
    """Copy the states of chain, acquisition, faults and operation, column by column."""
    keys = {id_: [(c.instrument, c.name) for c in s.channels] for id_, s in (("old", suite), ("new", fresh))}
    column = np.array([keys["old"].index(k) for k in keys["new"]], np.int64)
    row = np.array([suite.instruments.index(k) for k in fresh.instruments], np.int64)
    old, new = suite.chain, fresh.chain
    for key in ("lag", "last"):
        if key in old.m:
            new.m[key] = old.m[key][:, column]
    if "last" in old.m:
        new.transport.inherit(old.transport, column, new.m["last"])
    lists = (("zero", "zeros"), ("span", "spans"), ("flicker", "flickers"), ("telegraph", "blinks"))
    for key, index in lists:
        if key in old.m:
            where = {c: i for i, c in enumerate(getattr(old, index).tolist())}
            picked = [where[int(column[c])] for c in getattr(new, index)]
            new.m[key] = old.m[key][:, picked]
    for key, value in suite.acquisition.m.items():
        fresh.acquisition.m[key] = value[:, column if key in ("held", "sent", "before") else row]
    _carry_faults(suite, fresh, row)
    for key, value in suite.operation.m.items():
        with_last = np.append(row, len(row)) if key == "phase" else row
        fresh.operation.m[key] = value[:, with_last] if value.ndim == 2 else value
    if fresh.faults.acting.any():
        fresh.chain.hurt(fresh.faults.harm())


def _carry_faults(suite: SensorSuite, fresh: SensorSuite, row: Any) -> None:
    """Copy the states of faults: by instrument, and by (kind, instrument)."""
    old, new = suite.faults, fresh.faults
    new.state, new.spike, new.drawn = old.state[:, :, row], old.spike[:, row], old.drawn[:, row]
    pairs = [[(k, f.names[o]) for k, o in zip(f.kinds, f.owner, strict=True)] for f in (old, new)]
    picked = np.array([pairs[0].index(p) for p in pairs[1]], np.int64)
    for key in ("on", "wait", "severity", "acting"):
        setattr(new, key, getattr(old, key)[:, picked])
    new.changes, new.forced = old.changes, None if old.forced is None else old.forced[:, :, row]
