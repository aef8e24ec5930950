"""ModularPhysicsEngine: steps the physics modules that a product names, in the order of what they need."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, ClassVar

import numpy as np

from gg_gym.errors import InputError
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.site import Conditions, Site, Uncertain
from gg_gym.physics.state import Environment3DState, substeps
from gg_gym.registry import Registry
from gg_gym.streams import Draws, Streams

#: Parts of a run, as streams address them.
SPIN_UP, LEAD_IN, RECORD = 1, 2, 3


@dataclass(frozen=True)
class PhysicsContext:
    """What a module may know when it is built: places, sites and the rows' conditions."""

    geometry: Geometry
    sites: tuple[Site, ...]
    conditions: Conditions
    world: Mapping[str, np.ndarray]


class PhysicsModule(ABC):
    """One phenomenon.

    Class attributes:
        key: registry key.
        after: modules that must step before this one when they are there.
        longest_step: the longest internal step [s]; the engine sub-divides dt, by dt alone.
        shared: those of its lanes whose draws all poles of a group share.
    """

    key: ClassVar[str]
    after: ClassVar[tuple[str, ...]] = ()
    longest_step: ClassVar[float] = np.inf
    shared: ClassVar[tuple[str, ...]] = ()

    def __init__(self, context: PhysicsContext) -> None:
        self.context = context
        self._kept: dict[str, tuple[tuple[Any, ...], Any]] = {}

    def kept(self, name: str, sources: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """What ``make()`` gave, made again when one of its ``sources`` is another object than it was.

        For numbers that stay through a run, such as products of world numbers; who gets one never writes to it.
        """
        known = self._kept.get(name)
        if known is None or any(a is not b for a, b in zip(known[0], sources, strict=True)):
            known = self._kept[name] = sources, make()
        return known[1]

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """The uncertain numbers this module reads from ``state.world``."""
        return ()

    def lanes(self, m: int) -> Mapping[str, int]:
        """Draws per (sub-)step: consumer -> width, for m fine steps. Names start with the module's key."""
        return {}

    def start(self, state: Environment3DState, draws: Draws) -> None:  # noqa: B027
        """Set what this module owns to a stationary start; ``draws`` has the same lanes as a step."""

    @abstractmethod
    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance what this module owns by h seconds, ending at ``state.time``."""


PHYSICS: Registry[type[PhysicsModule]] = Registry("physics module")


class ModularPhysicsEngine:
    """Physics modules stepped together over a batch.

    Args:
        keys: registry keys of the modules; their order in the product does not matter.
        context: places, sites and conditions.
        dt: step of the record [s].

    Raises:
        InputError: an unknown module, or a cycle of needs (the message names it).
    """

    def __init__(self, keys: Sequence[str], context: PhysicsContext, dt: float) -> None:
        self.modules = [PHYSICS[key](context) for key in order_modules(keys)]
        self.context, self.dt = context, dt
        self._streams: dict[int, Streams] = {}

    def streams(self, m: int) -> Streams:
        """The addressed draws of all modules for m fine steps."""
        if m not in self._streams:
            lanes = {k: w for module in self.modules for k, w in module.lanes(m).items()}
            conditions = self.context.conditions
            shared = {k: conditions.group for module in self.modules for k in module.shared}
            self._streams[m] = Streams(conditions.seed, lanes, shared if conditions.grouped.any() else None)
        return self._streams[m]

    def start(self, state: Environment3DState) -> None:
        """A stationary start of every module."""
        draws = self.streams(state.substeps).draw(phase=SPIN_UP, index=0)
        for module in self.modules:
            module.start(state, draws)

    def step(self, state: Environment3DState, dt: float, phase: int, index: int, coarse: bool = False) -> None:
        """Advance ``state`` by dt seconds.

        Args:
            state: the state.
            dt: step [s].
            phase: part of the run, addresses the draws.
            index: time index, addresses the draws.
            coarse: never sub-divide, and carry one fine step of length dt (spin-up and lead-in).
        """
        longest = np.inf if coarse else min((m.longest_step for m in self.modules), default=np.inf)
        count = max(1, int(np.ceil(dt / longest - 1e-9)))
        h = dt / count
        state.arc_energy[:] = 0.0
        for sub in range(count):
            state.time += h
            state.hour = np.mod(state.hour + h / 3600.0, 8760.0)
            state.substeps, state.fine_step = (1, h) if coarse else substeps(h)[:2]
            state.hold_fast()
            draws = self.streams(state.substeps).draw(phase=phase, index=index, sub=sub)
            for module in self.modules:
                module.step(state, h, draws)


def order_modules(keys: Sequence[str]) -> list[str]:
    """Order module keys so that each comes after what it needs.

    Raises:
        InputError: unknown key, or a cycle.
    """
    graph = {key: sorted(set(PHYSICS[key].after) & set(keys)) for key in sorted(set(keys))}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise InputError("physics modules", "cycle " + " -> ".join(error.args[1]), "an acyclic order") from None
