"""The hidden state of an instrument's imperfections, in one place: for records, studies and people."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.sensors.base import Coefficients

if TYPE_CHECKING:
    from gg_gym.sensors.suite import SensorSuite


def imperfections(suite: SensorSuite, name: str) -> dict[str, Any]:
    """Everything that makes an instrument of a suite imperfect now.

    Args:
        suite: a started suite.
        name: the instrument.

    Returns:
        "coefficients": name to (n, c) or (c,); "factors": stage to (n, c); "drift", "noise", "lag": states (n, k);
        "faults": kind to (n,) size that acts; "unit", "memory": the instrument's own constants and states (n, ...);
        "body": (n,) temperature inside the box [Cel]; "age": (n,) as the instrument feels it [a].

    Raises:
        InputError: no such instrument.
    """
    sensor, chain = suite.sensor(name), suite.chain
    part = suite.slices.get(name, slice(0, 0))
    columns = np.arange(part.start, part.stop)
    states: dict[str, dict[str, Any]] = {"drift": {}, "noise": {}, "lag": {}}
    for group, key, index in (
        ("drift", "zero", chain.zeros), ("drift", "span", chain.spans), ("noise", "flicker", chain.flickers),
        ("noise", "telegraph", chain.blinks),
    ):  # fmt: skip
        if key in chain.m and index.size:
            states[group][key] = chain.m[key][:, np.isin(index, columns)]
    if "lag" in chain.m:
        states["lag"]["lagged"] = chain.m["lag"][:, part]
    faults = suite.faults
    i = suite.instruments.index(name)
    acting = {k: faults.acting[:, j] for j, (k, o) in enumerate(zip(faults.kinds, faults.owner, strict=True)) if o == i}
    acting |= {"stuck": faults.stuck[:, i].astype(float), "dropout": faults.dropout[:, i].astype(float)}
    return {
        "coefficients": {f.name: getattr(chain.c, f.name)[..., part] for f in fields(Coefficients)},
        "factors": dict(sensor.factors), **states, "faults": acting, "unit": dict(sensor.unit),
        "memory": dict(sensor.memory), "body": suite.m.get("body"), "age": sensor.conditions.age,
    }  # fmt: skip
