"""Physical consistency of causes: what cannot be at the same place and time is refused, by rules on causes.

A rule looks at the causes of a whole scenario (of a superposition: all parts while they act), so two families that
cannot go together need no list of pairs. A new rule is a line in :data:`RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gg_gym.errors import InputError
from gg_gym.physics.causes import NEUTRAL

#: Causes that need voltage on the line; those that need current in it.
NEED_VOLTAGE: tuple[str, ...] = (
    "arc_gap", "short_current", "arrester_leak", "gap_stress", "sharp_radius", "pd_level", "leak_power",
    "leak_coupling",
)  # fmt: skip
NEED_CURRENT: tuple[str, ...] = ("joint_factor", "transformer_load")
#: Cause without which others mean nothing: its key -> theirs.
DETAILS: dict[str, tuple[str, ...]] = {
    "arc_gap": ("arc_current", "arc_on_rate", "arc_off_rate"),
    "short_current": ("short_gap", "short_time", "short_shots", "short_clearing"),
    "load_lost": ("lost_phase",),
    "pd_level": ("pd_growth",),
    "impact_impulse": ("impact_rate",),
}


@dataclass(frozen=True)
class Conflict:
    """Why causes do not go together: the cause at fault, what is wrong with it, what is allowed."""

    cause: str
    problem: str
    allowed: str


def _dead_line(causes: Mapping[str, float]) -> Conflict | None:
    """No discharge, arc or leakage without voltage, and no load heat without current."""
    if causes["de_energise"] < 1.0:
        return None
    for key in (*NEED_VOLTAGE, *NEED_CURRENT):
        if causes[key] > NEUTRAL[key]:
            return Conflict(key, f"{causes[key]:g} on a dead line", f"{NEUTRAL[key]:g}, or de_energise 0 to below 1")
    return None


def _no_load(causes: Mapping[str, float]) -> Conflict | None:
    """A bad contact or an overloaded transformer heats by the current through it."""
    if causes["load_factor"] > 0.0 and causes["cutout_open"] < 1.0:
        return None
    missing = "transformer_load" if causes["load_factor"] > 0.0 else "joint_factor"
    if causes[missing] <= NEUTRAL[missing]:
        return None
    return Conflict(missing, f"{causes[missing]:g} without a load", f"at most {NEUTRAL[missing]:g} without a load")


def _details(causes: Mapping[str, float]) -> Conflict | None:
    """No current, rate or length of an arc where there is no gap, no reclosing without a short circuit, and so on."""
    for owner, keys in DETAILS.items():
        for key in keys:
            if causes[owner] == NEUTRAL[owner] and causes[key] != NEUTRAL[key]:
                return Conflict(key, f"{causes[key]:g} without {owner}", f"{NEUTRAL[key]:g}, or {owner} above 0")
    return None


def _shares(causes: Mapping[str, float]) -> Conflict | None:
    """Shares lie between 0 and 1."""
    for key in ("de_energise", "load_lost", "leak_coupling", "cutout_open", "wood_lignin"):
        if not 0.0 <= causes[key] <= 1.0:
            return Conflict(key, f"{causes[key]:g}", "0 to 1")
    return None


#: The rules: (all causes by key) -> the first conflict, or None.
RULES: list[Callable[[Mapping[str, float]], Conflict | None]] = [_dead_line, _no_load, _details, _shares]


def check(where: str, causes: Mapping[str, float]) -> None:
    """Check the causes of a scenario; keys left out are neutral.

    Raises:
        InputError: two of them cannot be together; the message names the cause and its allowed range.
    """
    full = {**NEUTRAL, **causes}
    for rule in RULES:
        conflict = rule(full)
        if conflict is not None:
            raise InputError(f"{where}: {conflict.cause}", conflict.problem, conflict.allowed)
