"""How often a unit smells a smouldering king bolt, by wind, mounting and strength, with and without the pole's wake.

    python experiments/exceedance.py [--out docs/results/exceedance.json] [--rows 256]

For each mounting, wind direction and speed: the share of moments at which the bolt's CO exceeds the cell's detection
limit at the inlet (turbulence of a neutral surface layer, fluctuation within the plume), and the rate at which a tenth
of the moments would. Writes the table as JSON and the map as PNG beside it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.parameters.alphasense import CO_A4
from gg_gym.physics.dispersion import gamma_fluctuation, plume_increment
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.plots.style import page
from gg_gym.products import load_product
from gg_gym.streams import normals
from gg_gym.studies.cells import write_json

PLACE = Path(__file__).resolve().parents[1] / "docs" / "results" / "exceedance.json"
#: Inlets [m]: under the crossarm, on the pole half a metre below it, on a bracket of the pole, on a long bracket.
MOUNTS = {
    "under the crossarm": (0.25, -0.25, 9.6),
    "on the pole, 9.2 m": (0.0, -0.3, 9.2),
    "bracket, 7.2 m": (0.0, -0.7, 7.2),
    "long bracket, 8.4 m": (0.3, -1.6, 8.4),
}
SPEEDS = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0)
DIRECTIONS = 16
#: Wood that smoulders [kg/s], CO from it [kg/kg] (GFED, boreal to peat), and the roughness of the surroundings [m].
RATES, CO_FACTOR, ROUGHNESS = (1.0e-7, 1.0e-6, 1.0e-5), 0.15, 0.1
#: The strength that is drawn: 60 mg of wood a minute.
DRAWN = 1
LIMIT = CO_A4.lod


def scene(speed: float, angle: float, rows: int, wake: bool) -> Environment3DState:
    """Moments under one mean wind from ``angle`` [deg from north]: gusts, fluctuation, a smouldering king bolt."""
    geometry = load_product("grid_guardian").geometry
    state = Environment3DState.neutral(geometry, rows)
    star = 0.4 * speed / np.log(10.0 / ROUGHNESS)
    sigma = np.sqrt((star * np.array([2.39, 1.92, 1.25])) ** 2 + np.array([0.15, 0.15, 0.045]) ** 2)
    seeds = np.arange(rows, dtype=np.uint64)
    z = normals(seeds, "exceedance.gust", 4 * state.substeps).reshape(rows, state.substeps, 4)
    gust = z[..., :3] * sigma + np.array([speed, 0.0, 0.0])
    to = np.radians(angle + 180.0)
    state.wind10[..., 0] = gust[..., 0] * np.sin(to) + gust[..., 1] * np.cos(to)
    state.wind10[..., 1] = gust[..., 0] * np.cos(to) - gust[..., 1] * np.sin(to)
    state.wind10[..., 2] = gust[..., 2]
    state.sigma_w[:], state.roughness[:], state.wind_speed[:] = sigma, ROUGHNESS, speed
    state.intermittency = gamma_fluctuation(z[..., 3], np.full(rows, 0.7))
    bolt = geometry.components[geometry.index["king_bolt"]]
    state.source_position[:, 0], state.source_size[:, 0] = bolt.position, 0.01
    state.source_rate[:, 0, INDEX["CO"]] = CO_FACTOR * 1e-6
    state.plume = plume_increment
    if wake:
        state.memory["wake.contrast"] = np.zeros(rows)
    return state


def cell(mount: str, speed: float, angle: float, rows: int, wake: bool) -> dict[str, Any]:
    """One cell of the map: moments are linear in the rate, so one simulation serves all strengths."""
    state = scene(speed, angle, rows, wake)
    level = state.concentration(np.array([MOUNTS[mount]]), 0.05)[..., INDEX["CO"]].ravel()
    tenth = 1e-6 * LIMIT / max(float(np.quantile(level, 0.9)), 1e-9)
    shares = [round(float((level * rate * 1e6 > LIMIT).mean()), 3) for rate in RATES]
    return {
        "mount": mount, "speed": speed, "from": angle, "wake": wake, "exceeds": shares, "tenth": float(f"{tenth:.3g}"),
    }  # fmt: skip


def table(cells: list[dict[str, Any]], mount: str, wake: bool) -> dict[str, Any]:
    """The maps of a mounting as text lines of numbers, one per wind speed."""
    mine = [c for c in cells if c["mount"] == mount and c["wake"] == wake]
    by_speed = [[c for c in mine if c["speed"] == s] for s in SPEEDS]
    return {
        "mean_exceeds": [round(float(np.mean([c["exceeds"][i] for c in mine])), 4) for i in range(len(RATES))],
        "exceeds": [[" ".join(f"{c['exceeds'][i]:g}" for c in row) for row in by_speed] for i in range(len(RATES))],
        "rate_for_a_tenth": [" ".join(f"{c['tenth']:g}" for c in row) for row in by_speed],
    }


def draw(cells: list[dict[str, Any]], path: Path) -> None:
    """Maps of exceedance: one row without and one with the wake, one column a mounting."""
    names = list(MOUNTS)
    with page(path, 11.0, 5.2) as figure:
        axes = figure.subplots(2, len(names), sharex=True, sharey=True)
        for i, wake in enumerate((False, True)):
            for j, name in enumerate(names):
                found = [c["exceeds"][DRAWN] for c in cells if c["mount"] == name and c["wake"] == wake]
                image = axes[i, j].pcolormesh(
                    np.arange(DIRECTIONS + 1) * 360.0 / DIRECTIONS, np.arange(len(SPEEDS) + 1),
                    np.array(found).reshape(len(SPEEDS), DIRECTIONS), vmin=0.0, vmax=1.0, cmap="viridis",
                )  # fmt: skip
                axes[i, j].set_title(f"{name}{', wake' if wake else ', no wake'}")
                axes[i, j].set_xticks([0, 90, 180, 270, 360], ["N", "E", "S", "W", "N"])
                axes[i, j].set_yticks(np.arange(len(SPEEDS)) + 0.5, [f"{s:g}" for s in SPEEDS])
                axes[i, j].grid(False)
            axes[i, 0].set_ylabel("wind [m/s]")
        for axis in axes[1]:
            axis.set_xlabel("wind from")
        figure.colorbar(
            image,
            ax=axes,
            label=f"share with CO above {LIMIT:g} ppb\n({RATES[DRAWN] * 6e7:g} mg/min)",
            shrink=0.8,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=PLACE)
    parser.add_argument("--rows", type=int, default=256)
    given = parser.parse_args()
    angles = [i * 360.0 / DIRECTIONS for i in range(DIRECTIONS)]
    cells = [
        cell(mount, speed, angle, given.rows, wake)
        for wake in (False, True) for mount in MOUNTS for speed in SPEEDS for angle in angles
    ]  # fmt: skip
    given.out.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "rates_kg_s": RATES, "co_factor": CO_FACTOR, "limit_ppb": LIMIT, "rows": given.rows, "inlets_m": MOUNTS,
        "speeds_m_s": SPEEDS, "from_deg": angles, "axes": "exceeds[rate][speed]: by direction",
    }  # fmt: skip
    maps = {("wake" if w else "no wake"): {m: table(cells, m, w) for m in MOUNTS} for w in (False, True)}
    write_json(given.out, {"about": about, "maps": maps})
    draw(cells, given.out.with_suffix(".png"))
    for wake in (False, True):
        for mount in MOUNTS:
            mine = [c for c in cells if c["wake"] == wake and c["mount"] == mount]
            share, best = table(mine, mount, wake)["mean_exceeds"], min(mine, key=lambda c: c["tenth"])
            print(f"{'wake   ' if wake else 'no wake'} {mount:22s} mean shares {share}, a tenth of moments from "
                  f"{best['tenth']:.2g} kg/s at {best['speed']:g} m/s from {best['from']:g}")  # fmt: skip


if __name__ == "__main__":
    main()
