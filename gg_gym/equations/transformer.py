"""Oil-immersed transformer: top oil, hot spot and ageing, IEC 60076-7:2018 in difference form (facts section 5.3)."""

from __future__ import annotations

from gg_gym.arrays import namespace
from gg_gym.units import A, Celsius, Kelvin, Unitless


def loss_share(load: Unitless[A], no_load_loss: A | float, load_loss: A | float) -> Unitless[A]:
    """Losses at ``load`` [1] (any shape) over those at rated load, (P0 + Pk K^2)/(P0 + Pk); losses in W (TH-9)."""
    return (no_load_loss + load_loss * load * load) / (no_load_loss + load_loss)


def top_oil_target(ambient: Celsius[A], share: Unitless[A], rated_rise: A | float, exponent: float) -> Celsius[A]:
    """Steady top-oil temperature [Cel]: ambient plus rated rise [K] times the loss share to the oil exponent x."""
    target: A = ambient + rated_rise * share**exponent
    return target


def approach(value: A, target: A, dt: float, time_constant: float) -> A:
    """Exact first-order approach of ``value`` to ``target`` over dt (unit of the time constant); shapes broadcast."""
    xp = namespace(value)
    gain = -xp.expm1(xp.full_like(value, -dt / time_constant))
    new: A = value + (target - value) * gain
    return new


def winding_rise_targets(load: Unitless[A], hot_spot_gradient: A | float, exponent: float, k21: float) -> tuple[A, A]:
    """Steady values [K] of the two parts of the hot-spot rise over top oil, k21 H g K^y and (k21 - 1) H g K^y.

    Args:
        load: K, any shape [1].
        hot_spot_gradient: H times g_r [K].
        exponent: winding exponent y.
        k21: thermal model constant.
    """
    rise: A = hot_spot_gradient * load**exponent
    return k21 * rise, (k21 - 1.0) * rise


def ageing_rate_normal(hot_spot: Celsius[A]) -> Unitless[A]:
    """Relative ageing rate of normal paper [1], 2^((th - 98)/6), any shape (case TH-8)."""
    rate: A = 2.0 ** ((hot_spot - 98.0) / 6.0)
    return rate


def ageing_rate_upgraded(hot_spot: Celsius[A]) -> Unitless[A]:
    """Relative ageing rate of thermally upgraded paper [1], any shape. IEC 60076-7 and IEEE C57.91 (case TH-8)."""
    xp = namespace(hot_spot)
    kelvin: Kelvin[A] = hot_spot + 273.0
    rate: A = xp.exp(15000.0 / 383.0 - 15000.0 / kelvin)
    return rate
