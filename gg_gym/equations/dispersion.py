"""Spread and rise of smoke and gas near the pole, and the fall of particles."""

from __future__ import annotations

import math

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Kelvin, KilogramPerCubicMeter, Meter, MeterPerSecond, Pascal, Second, Unitless, Watt

GAS_CONSTANT, GRAVITY = 8.314462618, 9.80665
#: Briggs 1973 open country: a, b, power of (1 + b x) for y and z, classes A to F.
_BRIGGS_Y = (0.22, 0.16, 0.11, 0.08, 0.06, 0.04)
_BRIGGS_Z = (
    (0.20, 0.0, 0.0),
    (0.12, 0.0, 0.0),
    (0.08, 2e-4, 0.5),
    (0.06, 1.5e-3, 0.5),
    (0.03, 3e-4, 1.0),
    (0.016, 3e-4, 1.0),
)


def briggs_sigmas(distance: Meter[A], stability: int) -> tuple[A, A]:
    """Crosswind and vertical standard deviation [m] at ``distance`` [m], ten-minute mean, class A = 0 to F = 5.

    Source: Briggs 1973 open country, as in "Fundamentals of Air Pollution" table 19-7; stated for 100 m to 10 km.
    """
    a, b, p = _BRIGGS_Z[stability]
    across: A = _BRIGGS_Y[stability] * distance * (1.0 + 1e-4 * distance) ** -0.5
    up: A = a * distance * (1.0 + b * distance) ** -p
    return across, up


def gaussian_plume(
    rate: A, speed: MeterPerSecond[A], across: Meter[A], up: Meter[A], y: Meter[A], z: Meter[A], height: Meter[A]
) -> KilogramPerCubicMeter[A]:
    """Concentration [kg/m3] in a plume of ``rate`` [kg/s] with ground reflection; sigmas ``across``, ``up`` [m].

    Source: Gaussian plume, e.g. CCPS 1999 p. 97; shapes broadcast.
    """
    xp = namespace(across)
    lateral = xp.exp(-0.5 * (y / across) ** 2)
    vertical = xp.exp(-0.5 * ((z - height) / up) ** 2) + xp.exp(-0.5 * ((z + height) / up) ** 2)
    concentration: A = rate / (2.0 * math.pi * speed * across * up) * lateral * vertical
    return concentration


def gaussian_puff(
    mass: A, along: Meter[A], across: Meter[A], up: Meter[A], x: Meter[A], y: Meter[A], z: Meter[A], height: Meter[A]
) -> KilogramPerCubicMeter[A]:
    """Concentration [kg/m3] of a puff of ``mass`` [kg] at offsets x, y from its centre; sigmas [m]; ground reflection.

    Source: Gaussian puff, e.g. CCPS 1999 p. 101; shapes broadcast.
    """
    xp = namespace(across)
    level = xp.exp(-0.5 * ((x / along) ** 2 + (y / across) ** 2))
    vertical = xp.exp(-0.5 * ((z - height) / up) ** 2) + xp.exp(-0.5 * ((z + height) / up) ** 2)
    concentration: A = mass / ((2.0 * math.pi) ** 1.5 * along * across * up) * level * vertical
    return concentration


def buoyancy_flux(heat: Watt[A], temperature: Kelvin[A], density: KilogramPerCubicMeter[A]) -> A:
    """Buoyancy flux [m4/s3] of a convective ``heat`` [W] in air. Source: Briggs 1975, g Q / (pi cp rho T)."""
    return GRAVITY * heat / (math.pi * 1005.0 * density * temperature)


def briggs_rise(flux: A, distance: Meter[A], speed: MeterPerSecond[A]) -> Meter[A]:
    """Rise [m] of a bent-over buoyant plume: 1.6 F^(1/3) x^(2/3) / u. Source: Briggs 1975 (DIS-9); shapes broadcast."""
    rise: A = 1.6 * flux ** (1.0 / 3.0) * distance ** (2.0 / 3.0) / speed
    return rise


def calm_rise(flux: A, time: Second[A], entrainment: float = 0.1) -> Meter[A]:
    """Rise [m] of a vertical plume ``time`` after release in still air; natural convection of a hot spot.

    Source: Morton, Taylor and Turner 1956, top-hat plume w = c F^(1/3) z^(-1/3), integrated; recalled.
    """
    c = 5.0 / (6.0 * entrainment) * (0.9 * entrainment) ** (1.0 / 3.0)
    rise: A = (4.0 * c / 3.0) ** 0.75 * (flux * time**3) ** 0.25
    return rise


def filament_size(time: Second[A], size: Meter[A], growth: float) -> Meter[A]:
    """Radius [m] of a filament: sqrt(R0^2 + growth t). Source: Farrell et al. 2002, growth [m2/s]."""
    xp = namespace(time)
    radius: A = xp.sqrt(size**2 + growth * time)
    return radius


def ppb_per_concentration(molar_mass: A, temperature: Kelvin[A], pressure: Pascal[A]) -> A:
    """Give ppb per kg/m3 of a gas of ``molar_mass`` [kg/mol]: 1e9 R T / (p M); shapes broadcast. Source: ideal gas."""
    return 1e9 * GAS_CONSTANT * temperature / (pressure * molar_mass)


def settling_velocity(diameter: Meter[A], density: float = 1000.0) -> MeterPerSecond[A]:
    """Fall speed [m/s] of a sphere in air at 20 Cel. Source: Stokes with Cunningham's slip (Hinds)."""
    xp = namespace(diameter)
    knudsen = 2.0 * 0.0664e-6 / diameter
    slip: A = 1.0 + knudsen * (1.257 + 0.4 * xp.exp(-1.1 / knudsen))
    return density * diameter**2 * GRAVITY * slip / (18.0 * 1.81e-5)


def closest_time(along: A, distance: Meter[A], speed: MeterPerSecond[A], growth: MeterPerSecond[A]) -> Second[A]:
    """Travel time [s] at which puffs matter most to a point; ``along`` is offset times wind [m2/s].

    Source: derived; the straight wind's along/u^2 and the calm's r/(sqrt(3) growth) are its limits. Shapes broadcast.
    """
    calm = growth**2 / (3.0**0.5 * (growth + speed)) * distance
    time: A = (clip(along, 0.0, None) + calm) / (speed**2 + growth**2)
    return time


def gamma_shape(intensity: Unitless[A]) -> Unitless[A]:
    """Shape of a gamma distribution of mean 1 and standard deviation ``intensity``. Source: its moments."""
    return 1.0 / intensity**2


def wake_width(distance: Meter[A], drag: A | float, diameter: Meter[A] | float, factor: float = 0.2124) -> Meter[A]:
    """Standard deviation [m] of the velocity deficit ``distance`` behind a bar: factor sqrt(Cd d x); any shape.

    Source: Schlichting, "Boundary-Layer Theory", plane wake: half width 0.25 sqrt(Cd d x), over sqrt(2 ln 2); recalled.
    """
    xp = namespace(distance)
    width: A = factor * xp.sqrt(drag * diameter * clip(distance, 0.0, None))
    return width


def wake_deficit(width: Meter[A], drag: A | float, diameter: Meter[A] | float, largest: float = 1.0) -> Unitless[A]:
    """Largest velocity deficit over the wind where the wake has ``width``, from the momentum that drag took.

    Source: integral of U u over the wake = Cd d U^2 / 2 (Schlichting), Gaussian profile; limited to ``largest``.
    """
    root = (2.0 * math.pi) ** 0.5
    deficit: A = clip(0.5 * drag * diameter / (root * clip(width, 1e-6, None)), None, largest)
    return deficit


def cavity_concentration(residence: Unitless[A], wind: MeterPerSecond[A], size: Meter[A], volume: A) -> A:
    """Mean concentration per emission rate [s/m3] in a cavity that holds air for ``residence`` size/wind.

    Source: Humphries and Vincent 1976, well-mixed near wake: c V = Q t; shapes broadcast.
    """
    concentration: A = residence * size / (wind * volume)
    return concentration


def layer_velocity(rise: Kelvin[A], air: Kelvin[A], height: Meter[A]) -> MeterPerSecond[A]:
    """Peak velocity [m/s] of the turbulent air along a surface ``rise`` warmer than the air, after ``height`` of it.

    Source: Eckert and Jackson, NACA 1950: 0.537 x 1.185 sqrt(g beta dT x / (1 + 0.494 Pr^(2/3))); recalled. A colder
    surface gives the same downwards: the sign is that of ``rise``. Shapes broadcast.
    """
    xp = namespace(rise)
    drive = GRAVITY * xp.abs(rise) / air * clip(height, 0.0, None) / (1.0 + 0.494 * 0.70 ** (2.0 / 3.0))
    velocity: A = 0.537 * 1.185 * xp.sign(rise) * xp.sqrt(drive)
    return velocity


def swept_velocity(still: MeterPerSecond[A], height: Meter[A], path: Meter[A], wind: MeterPerSecond[A]) -> A:
    """Velocity [m/s] of a buoyant layer that the wind sweeps off after ``path``: v (V/(V + v)), signs kept.

    Source: derived. In still air v grows with the root of the height; where the wind leaves it only path/wind the
    height is its own climb, so it reaches V = v^2/x path/wind. The harmonic mean joins both; shapes broadcast.
    """
    xp = namespace(still)
    swept = still**2 / height * path / wind
    velocity: A = still * swept / clip(swept + xp.abs(still), 1e-12, None)
    return velocity


def ou_displacement(duration: Second[A], scale: Second[A]) -> tuple[A, A, A, A]:
    """Coefficients of the exact joint step of an OU velocity of unit variance and its integral, after ``duration``.

    With v, z1, z2: v' = decay v + root z1; x' = x + mean v + slope z1 + rest z2, all of them times sigma.

    Returns:
        decay [1], mean [s], slope [s], rest [s]; shapes broadcast. root is sqrt(1 - decay^2).

    Source: Gillespie 1996, exact numerical simulation of the Ornstein-Uhlenbeck process and its integral.
    """
    xp = namespace(duration)
    s = duration / scale
    decay, gone = xp.exp(-s), -xp.expm1(-s)
    root = xp.sqrt(clip(1.0 - decay**2, 1e-30, None))
    slope: A = scale * gone**2 / root
    variance = scale**2 * xp.where(s > 1e-2, 2.0 * s - 3.0 + 4.0 * decay - decay**2, s**3 * (2.0 / 3.0 - 0.5 * s))
    rest: A = xp.sqrt(clip(variance - slope**2, 0.0, None))
    return decay, scale * gone, slope, rest


def deposited(layer: A, flux: A, loss: A, h: float) -> A:
    """Soiling [kg/m2] after ``h`` seconds under a constant ``flux`` [kg/(m2.s)] and wash-off ``loss`` [1/s].

    Source: exact solution of dS/dt = F - L S; shapes broadcast.
    """
    xp = namespace(layer)
    passed = clip(loss * h, 1e-12, None)
    settled: A = layer * xp.exp(-loss * h) - flux * h * xp.expm1(-passed) / passed
    return settled


def scavenging(rain: A, rate: float, power: float = 0.8) -> A:
    """Rate [1/s] at which rain [mm/h] washes particles out of the air: rate R^power. Source: recalled, facts 2.5."""
    washed: A = rate * clip(rain, 0.0, None) ** power
    return washed
