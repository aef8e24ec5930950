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


@dataclass(frozen=True)
class WakeParameters:
    """Flow behind the pole and its crossarm, and the warm air along the pole (recalled unless said)."""

    #: Drag coefficients of a round pole below the drag crisis, and of a square bar across the wind (Hoerner).
    pole_drag: float = 1.1
    bar_drag: float = 2.0
    #: Width of a plane wake: standard deviation over sqrt(Cd d x); Schlichting's half width 0.25, over 1.177.
    width: float = 0.2124
    #: Standard deviation of a scalar over that of the velocity deficit (turbulent Prandtl number near 0.6).
    scalar_ratio: float = 1.3
    #: Spread along the span over that across it.
    span_share: float = 0.6
    #: Largest deficit [1] that carries a puff: the mean over the recirculating cavity.
    largest_deficit: float = 0.65
    #: Centre of the cavity behind the axis, and standard deviations of what it mixes (across, span), in diameters.
    cavity_centre: float = 0.75
    cavity_across: float = 0.33
    cavity_span: float = 0.45
    #: Time in the cavity over d/u (Humphries and Vincent 1976: 4 to 8 for bluff bodies).
    residence: float = 5.0
    #: Part of that time, in d/u, which the puffs that move on spend in the cavity anyway: computed with this plume for
    #: a lee source at 3 m/s (0.69); it closes the mass balance of the cavity and is no measurement.
    passing: float = 0.7
    #: Share of the boundary layer's peak velocity that carries a source at the surface.
    convection_share: float = 0.5
    #: Eckert and Jackson 1950, turbulent natural convection on a vertical plate: peak over reference velocity.
    peak: float = 0.537
    #: Lowest wind [m/s] in the residence time.
    least_wind: float = 0.1


@dataclass(frozen=True)
class FilamentParameters:
    """Filaments (tier 2): Farrell et al. 2002 with an OU velocity and Taylor growth (facts section 2.4)."""

    #: Filaments that are remembered, and the time between two releases [s].
    capacity: int = 96
    interval: float = 0.25
    #: Share of the relative velocity variance that moves filaments; the rest makes them grow.
    moving: float = 0.75
    #: Height at which the Lagrangian time is taken [m].
    height: float = 10.0


@dataclass(frozen=True)
class DepositionParameters:
    """Fall of particles onto surfaces and their wash-off (recalled)."""

    #: Deposition velocity [m/s] of PM1, PM1-2.5, PM2.5-10.
    velocity: tuple[float, float, float] = (1.0e-3, 2.0e-3, 1.5e-2)
    #: Share of a soiling layer that a millimetre of rain takes away, as a rate [1/mm].
    wash: float = 0.3
    #: Scavenging in air [1/s] at 1 mm/h, fine and coarse, and its power.
    scavenging: tuple[float, float, float] = (1.0e-5, 1.0e-5, 1.0e-4)
    scavenging_power: float = 0.8
