"""Numbers of the plume near the pole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlumeParameters:
    """Relative dispersion along the instantaneous wind (recalled unless said)."""

    #: Share of the turbulent velocity that spreads a puff about its own centre; the rest is meander (half).
    relative_share: float = 0.5
    #: Lagrangian time over height, divided by the vertical standard deviation [1]; horizontal over vertical time.
    vertical_scale: float = 0.5
    horizontal_ratio: float = 2.0
    #: Lowest spread velocity [m/s]: molecular and wake stirring in a calm.
    least_spread: float = 0.03
    #: Radius of a rising plume over its rise (Pasquill's buoyancy-induced spread, 1/3.5).
    rise_spread: float = 1.0 / 3.5
    #: Lowest wind that bends a plume [m/s].
    least_wind: float = 0.05
    #: Longest travel time that is followed [s].
    longest: float = 200.0
    #: Intensity [1] and correlation time [s] of in-plume fluctuation.
    intermittency: float = 0.7
    intermittency_time: float = 2.0
    #: Nodes of the quadrature over travel time, and its reach before and after the closest passage (arsinh of widths).
    nodes: int = 16
    backward: float = 3.0
    forward: float = 5.0
