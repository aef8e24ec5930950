"""A sealed box in the weather: two nodes, shell and inner air, stepped exactly (facts section 8.3)."""

from __future__ import annotations

from gg_gym.arrays import namespace
from gg_gym.units import A, Kelvin, MeterPerSecond, WattPerSquareMeterKelvin


def outer_coefficient(wind: MeterPerSecond[A], still: float = 5.7, slope: float = 3.8) -> WattPerSquareMeterKelvin[A]:
    """Heat transfer [W/(m2.K)] from a plate to wind [m/s], any shape: 5.7 + 3.8 U (McAdams/Jurges, recalled)."""
    coefficient: A = still + slope * wind
    return coefficient


def neutral_ratio(height: A, reference: float, roughness: A) -> A:
    """Wind at ``height`` over wind at ``reference`` [m] by the logarithmic law for ``roughness`` [m]; shapes broadcast.

    Neutral air: good to a few per cent between 5 and 15 m, where the diabatic correction nearly cancels.
    """
    xp = namespace(roughness)
    ratio: A = xp.log(height / roughness) / xp.log(reference / roughness)
    return ratio


def steady(loss: A, link: A, into_shell: A, into_air: A) -> tuple[Kelvin[A], Kelvin[A]]:
    """Steady temperatures [K] of shell and inner air; shapes broadcast (ENC-1).

    Args:
        loss: conductance from shell to outside [W/K].
        link: conductance from inner air to shell [W/K].
        into_shell: heat into the shell with outside at 0 K, loss times outside temperature included [W].
        into_air: heat set free inside [W].
    """
    shell: A = (into_shell + into_air) / loss
    air: A = shell + into_air / link
    return shell, air


def change(gap: tuple[A, A], loss: A, link: A, capacity: tuple[A, A], step: float) -> tuple[Kelvin[A], Kelvin[A]]:
    """Change [K] of shell and inner air in ``step`` seconds: exact solution of the linear pair; shapes broadcast.

    With M = [[-(loss + link)/Cs, link/Cs], [link/Ci, -link/Ci]] the change is (exp(M t) - 1) gap (Sylvester's formula;
    both eigenvalues are real and negative).

    Args:
        gap: temperatures minus their steady values, shell and air [K].
        loss: conductance from shell to outside [W/K].
        link: conductance between the nodes [W/K].
        capacity: of shell and air [J/K].
        step: [s].
    """
    xp = namespace(gap[0])
    m00, m01, m10 = -(loss + link) / capacity[0], link / capacity[0], link / capacity[1]
    half, half_gap = 0.5 * (m00 - m10), 0.5 * (m00 + m10)
    root = xp.sqrt(half_gap * half_gap + m01 * m10)
    slow, fast = xp.expm1((half + root) * step), xp.expm1((half - root) * step)
    mean, spread = 0.5 * (slow + fast), 0.5 * (slow - fast) / root
    shell: A = mean * gap[0] + spread * (half_gap * gap[0] + m01 * gap[1])
    air: A = mean * gap[1] + spread * (m10 * gap[0] - half_gap * gap[1])
    return shell, air


def mean_gap(change_: tuple[A, A], loss: A, link: A, capacity: tuple[A, A], step: float) -> tuple[A, A]:
    """Time averages [K] over the step of the distances to the steady state, from the changes of :func:`change`.

    The integral of the balance: what was stored is what flowed, so that a ledger with these averages closes.
    """
    stored = capacity[0] * change_[0] + capacity[1] * change_[1]
    shell: A = -stored / (loss * step)
    air: A = shell - capacity[1] * change_[1] / (link * step)
    return shell, air
