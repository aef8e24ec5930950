"""What poles of a group share: processes that travel with the wind and reach each pole after its own time.

A pole that shares with nobody has its processes drawn step by step. Poles of a group have theirs as sums of cosines
addressed by the group's seed, so that one function of time serves them all, each at its own delay, at any step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gg_gym.equations.synoptic import cauchy_rate, random_cosines
from gg_gym.parameters.synoptic import WAVES
from gg_gym.physics.site import Conditions
from gg_gym.streams import uniforms
from gg_gym.units import Float


class Travelling:
    """Standard normal processes of the grouped rows of a batch, in some columns of an array (n, P).

    Args:
        conditions: of the rows.
        consumer: name that addresses the draws.
        columns: columns that are shared; the others stay the row's own.
        waves: cosines of a process.
    """

    def __init__(self, conditions: Conditions, consumer: str, columns: Sequence[int], waves: int = WAVES) -> None:
        self.rows = np.flatnonzero(conditions.grouped)
        self.columns = np.asarray(columns, np.int64)
        self._delay = np.asarray(conditions.delay, np.float64)[self.rows]
        seeds, p = np.asarray(conditions.group, np.uint64)[self.rows], len(self.columns)
        if self.rows.size:
            u = uniforms(seeds, consumer, 2 * p * waves).reshape(-1, 2, p, waves)
            #: One rate in each of equal shares of their distribution: every draw has the whole spectrum.
            self._rate = cauchy_rate((np.arange(waves) + u[:, 0]) / waves)
            self._phase = 2.0 * np.pi * u[:, 1]

    def put(self, values: Float, time: Float, tau: Float | float) -> Float:
        """``values`` (n, P) with the shared columns of grouped rows at ``time`` (n,) less their delay [s].

        Args:
            values: returned as they are where no row shares.
            time: of the rows [s].
            tau: correlation times, broadcast to (rows, columns) [s].
        """
        if not self.rows.size:
            return values
        out = values.copy()
        scaled = (time[self.rows] - self._delay)[:, None] / tau
        out[self.rows[:, None], self.columns] = random_cosines(scaled[:, :, None], self._rate, self._phase)
        return out
