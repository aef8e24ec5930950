"""SuiteReading: one sample of a suite."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gg_gym.sensors.confidence import Evidence, confidence
from gg_gym.units import Float, UInt8, UInt16, UInt32


@dataclass
class SuiteReading:
    """One sample of a suite.

    Attributes:
        reading: (n, C) readings in the channels' units.
        ideal: (n, C) ideal readings (zeros when truth was not asked for).
        status: (n, I) masks, see :class:`gg_gym.sensors.status.Status`.
        hidden: stage to (n, C) hidden imperfection state (empty when truth was not asked for).
        frame: (n, 60, 80) centikelvin, 0 where there is none; None when not asked for.
        frame_ideal: (n, 60, 80) decikelvin; None when not asked for.
        frame_mask: (n, 60, 80) uint8, 1 where a component is hotter than a sound one; comes with ``frame_ideal``.
        arrival: (n,) seconds from the sample until the record has it: 0 at once, more when it waited for an uplink,
            infinite when it was lost on the way (the last value that arrived is repeated then, with COMM and STALE).
        evidence: what :attr:`confidence` is computed from.
    """

    reading: Float
    ideal: Float
    status: UInt32
    hidden: dict[str, Float] = field(default_factory=dict)
    frame: UInt16 | None = None
    frame_ideal: UInt16 | None = None
    frame_mask: UInt8 | None = None
    arrival: Float | None = None
    evidence: Evidence | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Everything arrives at once unless it is said."""
        if self.arrival is None:
            self.arrival = np.zeros(len(self.status))

    @property
    def confidence(self) -> Float:
        """(n, I) confidence in each instrument's reading, 0 .. 1, from the reading side alone; computed when asked."""
        if self.evidence is None:
            return np.ones(self.status.shape)
        return confidence(self.evidence)
