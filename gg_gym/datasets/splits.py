"""Splits by site, unit, weather block or world: never by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gg_gym.errors import InputError
from gg_gym.records.run import RunHeader
from gg_gym.streams import derive

#: Length of a weather block [h].
BLOCK_HOURS = 168.0

_KEYS: dict[str, Callable[[RunHeader], str]] = {
    "site": lambda h: h.site,
    "unit": lambda h: str(h.unit),
    "world": lambda h: str(h.world),
    "weather_block": lambda h: f"{h.weather}/{int(h.hour // BLOCK_HOURS)}",
}


def split_by(
    headers: Sequence[RunHeader], key: str, fractions: Mapping[str, float], seed: int = 0
) -> dict[str, list[str]]:
    """Assign whole groups of runs to splits.

    Groups are put in an order by a hash of seed and group name and dealt out by the fractions of *groups*; a
    split with a positive fraction gets at least one group while there are enough.

    Args:
        headers: run headers.
        key: "site", "unit", "world" or "weather_block" (a week of one weather file).
        fractions: split name to share, summing to 1.
        seed: another seed, another assignment.

    Returns:
        Split name to run ids, in the order of ``headers``; no group is in two splits.

    Raises:
        InputError: unknown key, fractions that are not shares, fewer groups than splits.
    """
    if key not in _KEYS:
        raise InputError("key", repr(key), ", ".join(_KEYS))
    if not fractions or min(fractions.values()) <= 0 or abs(sum(fractions.values()) - 1.0) > 1e-9:
        raise InputError("fractions", str(dict(fractions)), "positive shares that sum to 1")
    group_of = [_KEYS[key](header) for header in headers]
    groups = sorted(set(group_of), key=lambda g: (int(derive(seed, "split", key, g)), g))
    if len(groups) < len(fractions):
        raise InputError(f"split by {key}", f"{len(groups)} groups", f"at least {len(fractions)}")
    spare = len(groups) - len(fractions)
    shares = np.cumsum(list(fractions.values()))
    edges = np.arange(1, len(fractions) + 1) + np.round(shares * spare).astype(int)
    where = {g: int(np.searchsorted(edges, i, side="right")) for i, g in enumerate(groups)}
    names = list(fractions)
    out: dict[str, list[str]] = {name: [] for name in names}
    for header, group in zip(headers, group_of, strict=True):
        out[names[where[group]]].append(header.run_id)
    return out
