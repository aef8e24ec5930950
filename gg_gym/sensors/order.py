"""The order in which instruments are read: each after those whose readings it compensates with."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from gg_gym.errors import InputError
from gg_gym.sensors.configuration import SensorConfiguration


def order_sensors(configs: Sequence[SensorConfiguration]) -> list[list[SensorConfiguration]]:
    """Levels of instruments such that each comes after those it needs; a level keeps the given order.

    Raises:
        InputError: a name given twice, an unknown need, or a cycle (the message names it).
    """
    by_name = {c.name: c for c in configs}
    if len(by_name) != len(configs):
        twice = sorted({c.name for c in configs if sum(d.name == c.name for d in configs) > 1})
        raise InputError("sensors", f"names given twice: {', '.join(twice)}", "unique names")
    for config in configs:
        for need in config.needs:
            if need not in by_name:
                raise InputError(f"sensor {config.name}: needs", f"unknown instrument {need!r}", ", ".join(by_name))
    sorter = TopologicalSorter({c.name: c.needs for c in configs})
    try:
        sorter.prepare()
    except CycleError as error:
        raise InputError("sensors", "cycle of needs " + " -> ".join(error.args[1]), "an acyclic order") from None
    levels = []
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        levels.append([c for c in configs if c.name in ready])
    return levels
