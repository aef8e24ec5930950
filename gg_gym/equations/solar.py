"""A photovoltaic panel: light on its plane, cell temperature, PVWatts power and losses, soiling, snow (facts 8.1)."""

from __future__ import annotations

from gg_gym.arrays import namespace
from gg_gym.equations.bounds import clip
from gg_gym.units import A, Celsius, MeterPerSecond, Unitless, Watt, WattPerSquareMeter


def incidence_cosine(sun: Unitless[A], normal: Unitless[A]) -> Unitless[A]:
    """Cosine of the angle between the sun (..., 3) and a plane's normal (..., 3), at least 0 (behind the plane)."""
    product = sun[..., 0] * normal[..., 0] + sun[..., 1] * normal[..., 1] + sun[..., 2] * normal[..., 2]
    cosine: A = clip(product, 0.0, None)
    return cosine


def plane_irradiance(dni: A, dhi: A, ghi: A, incidence: A, tilt: A, albedo: A) -> WattPerSquareMeter[A]:
    """Irradiance of a tilted plane [W/m2] under an isotropic sky; shapes broadcast.

    Source: Liu and Jordan 1963 as in the physics facts, section 8.1 (recalled).

    Args:
        dni: direct normal irradiance [W/m2].
        dhi: diffuse horizontal irradiance [W/m2].
        ghi: global horizontal irradiance [W/m2].
        incidence: cosine of the angle of incidence, at least 0 [1].
        tilt: cosine of the plane's tilt from the horizontal [1].
        albedo: of the ground [1].
    """
    irradiance: A = dni * incidence + 0.5 * dhi * (1.0 + tilt) + 0.5 * albedo * ghi * (1.0 - tilt)
    return irradiance


def cell_temperature_sapm(
    irradiance: A, air: Celsius[A], wind: MeterPerSecond[A], a: float = -3.47, b: float = -0.0594, delta: float = 3.0
) -> Celsius[A]:
    """Cell temperature [Cel]: Sandia model, King et al. 2004, eq. 11 and 12; shapes broadcast (SOL-4).

    Args:
        irradiance: in the panel's plane [W/m2].
        air: temperature [Cel].
        wind: speed at 10 m [m/s].
        a: empirical number of the module's build [1].
        b: empirical number of the module's build [s/m].
        delta: cell above module back at 1000 W/m2 [K].
    """
    xp = namespace(irradiance)
    cell: A = irradiance * xp.exp(a + b * wind) + air + irradiance / 1000.0 * delta
    return cell


def cell_temperature_faiman(
    irradiance: A, air: Celsius[A], wind: MeterPerSecond[A], u0: float = 25.0, u1: float = 6.84
) -> Celsius[A]:
    """Cell temperature [Cel] from irradiance [W/m2]: Faiman 2008; shapes broadcast (SOL-4).

    Args:
        irradiance: in the panel's plane [W/m2].
        air: temperature [Cel].
        wind: speed at the panel [m/s].
        u0: constant heat loss [W/(m2.K)].
        u1: heat loss per wind [W.s/(m3.K)].
    """
    cell: A = air + irradiance / (u0 + u1 * wind)
    return cell


def panel_power(irradiance: A, cell: Celsius[A], rated: Watt[A], gamma: float) -> Watt[A]:
    """Direct-current power [W] of PVWatts v5 (Dobos 2014, eq. 8); shapes broadcast (SOL-2); never below zero.

    Args:
        irradiance: in the panel's plane, after soiling and snow [W/m2].
        cell: temperature [Cel].
        rated: power at 1000 W/m2 and 25 Cel [W].
        gamma: temperature coefficient of power [1/K].
    """
    power: A = irradiance / 1000.0 * rated * clip(1.0 + gamma * (cell - 25.0), 0.0, None)
    return power


def combined_loss(*losses: A) -> Unitless[A]:
    """Loss [1] of several losses [1] in a row, 1 - prod(1 - L); shapes broadcast (PVWatts v5, section 9; SOL-3)."""
    kept = 1.0 - losses[0]
    for loss in losses[1:]:
        kept = kept * (1.0 - loss)
    lost: A = 1.0 - kept
    return lost


def soiling_step(soiling: A, rate: A, limit: A, washing: A, step: float) -> Unitless[A]:
    """Share of light [1] that dirt takes after ``step`` seconds: exact solution of ds/dt = r (1 - s/limit) - w s.

    A linear balance of deposition and wash-off; shapes broadcast (estimate after the facts: 0.5-1 % a week, 3 mm wash).

    Args:
        soiling: s before [1].
        rate: r, growth on a clean panel [1/s].
        limit: share at which nothing more sticks [1].
        washing: w, of the rain now [1/s].
        step: [s].
    """
    xp = namespace(soiling)
    speed = rate / limit + washing
    target = rate / speed
    dirty: A = target + (soiling - target) * xp.exp(-speed * step)
    return dirty


def snow_cover_step(cover: A, snowfall: A, sliding: A, full: float, step: float) -> Unitless[A]:
    """Snow-covered share [1] of a panel after ``step`` seconds; shapes broadcast.

    Snow of depth ``full`` covers 1 - 1/e of what is bare; where none falls the cover slides off at a steady rate.
    Source: after Marion et al. 2013 (as in pvlib.snow.coverage_nrel), which covers at once above 1 cm/h.

    Args:
        cover: before [1].
        snowfall: depth per time [m/s].
        sliding: share of the panel bared per time [1/s].
        full: [m].
        step: [s].
    """
    xp = namespace(cover)
    falling = 1.0 - (1.0 - cover) * xp.exp(-snowfall * step / full)
    covered: A = xp.where(snowfall > 0.0, falling, clip(cover - sliding * step, 0.0, None))
    return covered


def snow_sliding(air: Celsius[A], irradiance: A, sine_tilt: A, slope: float = -80.0, speed: float = 0.197) -> A:
    """Share of a panel that snow bares per second [1/s]; shapes broadcast.

    Source: Marion et al. 2013 in the form of pvlib.snow: snow slides where air temperature exceeds G/slope.

    Args:
        air: temperature [Cel].
        irradiance: in the panel's plane [W/m2].
        sine_tilt: sine of the tilt [1].
        slope: [W/(m2.K)].
        speed: share per hour of a vertical panel [1/h].
    """
    xp = namespace(air)
    rate: A = xp.where(air > irradiance / slope, speed / 3600.0 * sine_tilt, 0.0 * sine_tilt)
    return rate
