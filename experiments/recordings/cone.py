"""Pine and spruce in a cone calorimeter (Aalto): the twin's laws of pyrolysis and smouldering in a slab.

The twin's hot spot is a ball heated from inside; the recorded samples are slabs heated from outside. So the same public
laws and the same medians of the priors stand here in another geometry: layers, an external flux, no fitted number.
Sample and mounting as in the input files of FDS's validation suite for these tests (Validation/Aalto_Woods): 20 mm,
oven-dry density 493 (pine) and 408 kg/m3 (spruce), 9 % moisture, 13 mm of ceramic behind, film 15 W/(m2.K), 27 Cel.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import solve_banded

from gg_gym.equations import combustion, heat
from gg_gym.equations.pyrolysis import arrhenius, char_yield, sequential_decay
from gg_gym.parameters.combustion import CHAR
from gg_gym.parameters.combustion import PRIORS as SMOULDER
from gg_gym.parameters.pyrolysis import AGREEMENT, LOW_TEMPERATURE, PINE
from gg_gym.parameters.pyrolysis import PRIORS as KINETICS
from gg_gym.parameters.wood import HOT_SPOT
from gg_gym.parameters.wood import PRIORS as WOOD

from . import DATA

PRIOR: dict[str, Any] = {p[0]: p[1] for p in (*WOOD, *KINETICS, *SMOULDER)}
#: Share of water in the mass, and dry mass per volume [kg/m3] of the mixture with it.
MOISTURE = 0.09
DENSITY = {
    k: (1.0 - MOISTURE) / (MOISTURE / 1000.0 + (1.0 - MOISTURE) / v)
    for k, v in {"pine": 493.0, "spruce": 408.0}.items()
}
THICKNESS, LAYERS, STEP = 0.02, 30, 2.0
AIR, FILM, EMISSIVITY = 300.15, 15.0, 0.9
#: Conductance of the ceramic behind the sample [W/(m2.K)]: 13 mm of fibre board of about 0.07 W/(m.K); assumption.
BACK = 5.0
#: Access of oxygen [m/s]: none; median of the twin's prior for cracks in a pole; film of an open surface, h/(rho cp).
ACCESS = {"nitrogen": 0.0, "cracks": PRIOR["smoulder_access"], "open surface": FILM / (1.17 * 1006.0)}
_FACTOR, _ENERGY = 10.0 ** np.array(PINE.log_factor), np.array(PINE.energy)


@dataclass(frozen=True)
class Test:
    """One recorded test: species, surroundings, flux [W/m2], and the rate of mass loss [kg/(m2.s)] at times [s]."""

    name: str
    species: str
    nitrogen: bool
    flux: float
    time: np.ndarray
    rate: np.ndarray

    @property
    def lost(self) -> np.ndarray:
        """Mass lost until each time [kg/m2]."""
        part = 0.5 * (self.rate[1:] + self.rate[:-1]) * np.diff(self.time)
        return np.concatenate([[0.0], np.cumsum(part)])


def tests(data: Path = DATA) -> list[Test]:
    """The eight tests without a flame."""
    found = []
    for path in sorted((data / "wood_smolder_cone").glob("*.csv")):
        species, *rest = path.stem.split("_")
        if rest and rest[0] in ("N2", "smolder"):
            time, rate = np.genfromtxt(path, delimiter=",", skip_header=2).T
            found.append(Test(path.stem, species, rest[0] == "N2", 1e3 * float(rest[1][:-2]), time, rate))
    return found


class Slab:
    """k slabs of layers, exposed on one side; all of the twin's laws, in float64.

    Attributes: ``nodes`` (k, N) [K], ``solid`` (k, N, 6) [kg/m2], ``latent`` (k, N) [J/m2], ``glow`` (k, N) [W/m2].
    """

    def __init__(self, flux: np.ndarray, density: np.ndarray, access: np.ndarray) -> None:
        self.flux, self.access, k = flux, access, len(flux)
        self.width = THICKNESS / LAYERS
        self.nodes = np.full((k, LAYERS), AIR)
        self.solid = np.zeros((k, LAYERS, 6))
        self.solid[..., 0] = (density * self.width)[:, None]
        self.dry = self.solid[..., 0].copy()
        self.latent = MOISTURE / (1.0 - MOISTURE) * self.dry * HOT_SPOT.latent_heat
        self.debt, self.glow = np.zeros((k, LAYERS)), np.zeros((k, LAYERS))

    def advance(self, h: float) -> np.ndarray:
        """One step of h seconds; (k,) mass lost [kg/m2], water, vapours and burnt char."""
        capacity = np.maximum(self.solid.sum(axis=-1), 0.02 * self.dry) * HOT_SPOT.heat_capacity
        self.nodes = self._conduct(capacity, h)
        taken = np.clip(capacity * (self.nodes - HOT_SPOT.boiling), 0.0, self.latent)
        self.latent, self.nodes = self.latent - taken, self.nodes - taken / capacity
        low = np.clip((AGREEMENT - self.nodes) / (AGREEMENT - LOW_TEMPERATURE), 0.0, 1.0)
        slower = PRIOR["wood_low_temperature_rate"] ** low
        decay = arrhenius(self.nodes[..., None], _FACTOR, _ENERGY) * slower[..., None] * h
        solid, reacted = sequential_decay(self.solid, decay, PINE.solid_yield)
        gas = (reacted * (1.0 - np.array(PINE.solid_yield))).sum(axis=(1, 2))
        owed = self.debt + (reacted * np.array(PINE.heat)).sum(axis=-1)
        drawn = np.clip(owed, -HOT_SPOT.heat_clip * capacity, HOT_SPOT.heat_clip * capacity)
        self.debt, self.nodes, self.solid = owed - drawn, self.nodes - drawn / capacity, np.asarray(solid)
        lost: np.ndarray = gas + taken.sum(axis=1) / HOT_SPOT.latent_heat + self._oxidise(h)
        return lost

    def _conduct(self, capacity: np.ndarray, h: float) -> np.ndarray:
        """Implicit conduction; the surface's emission is linearised at the old temperature."""
        cracked = np.clip((1.0 - self.solid.sum(axis=-1) / self.dry) / (1.0 - char_yield(PINE.solid_yield)), 0.0, 1.0)
        pore = HOT_SPOT.pore + cracked * (PRIOR["wood_char_pore"] - HOT_SPOT.pore)
        k = PRIOR["wood_conductivity"] + heat.pore_conductivity(self.nodes, pore)
        links = 2.0 * k[:, :-1] * k[:, 1:] / (k[:, :-1] + k[:, 1:]) / self.width
        surface = self.nodes[:, 0]
        slope = FILM + EMISSIVITY * np.asarray(heat.radiation_slope(surface))
        gain = EMISSIVITY * (self.flux + heat.radiated(np.full_like(surface, AIR)) - heat.radiated(surface))
        right = capacity / h * self.nodes + self.glow
        right[:, 0] += gain + FILM * (AIR - surface) + slope * surface
        right[:, -1] += BACK * AIR
        diagonal = capacity / h
        diagonal[:, 0] += slope
        diagonal[:, -1] += BACK
        diagonal[:, :-1] += links
        diagonal[:, 1:] += links
        out = np.empty_like(self.nodes)
        for row in range(len(out)):
            bands = np.zeros((3, LAYERS))
            bands[0, 1:], bands[1], bands[2, :-1] = -links[row], diagonal[row], -links[row]
            out[row] = solve_banded((1, 1), bands, right[row])
        return out

    def _oxidise(self, h: float) -> np.ndarray:
        """Burn char from the surface inwards with the oxygen that comes; (k,) burnt [kg/m2]; sets the layers' heat."""
        share: Any = np.full(len(self.flux), PRIOR["smoulder_co_share"])
        per_carbon = combustion.oxygen_per_carbon(share)
        supply = combustion.oxygen_supply(self.access, 0.0 * share, share, 1.17, CHAR.oxygen) / per_carbon
        burnt = np.zeros(self.nodes.shape)
        for i in range(LAYERS):
            if not (supply > 1e-9).any():
                break
            char = self.solid[:, i, CHAR.first :].sum(axis=1)
            free = np.clip(char - CHAR.ash * self.dry[:, i], 0.0, None)
            lit = np.clip((self.nodes[:, i] - PRIOR["smoulder_ignition"]) / 30.0 + 1.0, 0.0, 1.0)
            rate = arrhenius(self.nodes[:, i], 10.0**CHAR.log_factor * CHAR.oxygen, CHAR.energy)
            burnt[:, i] = combustion.burnt_mass(free, combustion.series_rate(lit * rate * free, supply), h)
            supply = np.clip(supply - burnt[:, i] / h, 0.0, None)
            self.solid[:, i, CHAR.first :] *= (1.0 - burnt[:, i] / np.clip(char, 1e-300, None))[:, None]
        released = burnt / h * per_carbon[:, None] * PRIOR["smoulder_heat"]
        used = np.full((len(share), 1), PRIOR["smoulder_utilisation"])
        self.glow = released * combustion.kept_heat(self.nodes - AIR, PRIOR["smoulder_heat"], CHAR.oxygen, used)
        total: np.ndarray = burnt.sum(axis=1)
        return total


def simulate(flux: np.ndarray, density: np.ndarray, access: np.ndarray, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Rates of mass loss (k, T) [kg/(m2.s)] at the ends of steps, and their times (T,) [s]."""
    slab, count = Slab(flux, density, access), int(end / STEP)
    return np.stack([slab.advance(STEP) for _ in range(count)], axis=1) / STEP, STEP * np.arange(1, count + 1)


def minute_mean(time: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Running mean over a minute of evenly spaced values; layer after layer dries, which makes ripples."""
    width = max(1, round(60.0 / float(time[1] - time[0])))
    padded = np.pad(rate, (width // 2, width - 1 - width // 2), "edge")
    out: np.ndarray = np.convolve(padded, np.full(width, 1.0 / width), "valid")
    return out


def _numbers(time: np.ndarray, rate: np.ndarray, until: float) -> dict[str, float]:
    """Loss until a time [kg/m2], time to half of it [s], mean rate from 10 to 80 % of it and the peak [g/(m2.s)]."""
    keep = time <= until
    t, r = time[keep], rate[keep]
    lost = np.concatenate([[0.0], np.cumsum(0.5 * (r[1:] + r[:-1]) * np.diff(t))])
    early, half, late = (float(np.interp(p * lost[-1], lost, t)) for p in (0.1, 0.5, 0.8))
    smooth = minute_mean(t, r)
    return {
        "lost_kg_m2": float(lost[-1]), "half_s": half, "mean_rate_g_m2_s": 700.0 * float(lost[-1]) / (late - early),
        "peak_g_m2_s": 1e3 * float(smooth.max()),
    }  # fmt: skip


def compare(data: Path = DATA) -> dict[str, Any]:
    """Every test against its slab; "arrays" holds the curves for the plot."""
    rows = [(t, name) for t in tests(data) for name in (("nitrogen",) if t.nitrogen else ("cracks", "open surface"))]
    flux, density = np.array([t.flux for t, _ in rows]), np.array([DENSITY[t.species] for t, _ in rows])
    rate, time = simulate(flux, density, np.array([ACCESS[n] for _, n in rows]), max(t.time[-1] for t, _ in rows))
    out: dict[str, Any] = {}
    for (test, name), curve in zip(rows, rate, strict=True):
        found = out.setdefault(test.name, {"recorded": _numbers(test.time, test.rate, test.time[-1])})
        ours = _numbers(time, curve, test.time[-1])
        lost = np.interp(test.time, time, np.cumsum(curve) * STEP)
        ours["rms_of_loss_over_total"] = float(np.sqrt(np.mean((lost - test.lost) ** 2)) / test.lost[-1])
        found[name] = ours
    return {"tests": out, "arrays": [(t, n, time, c) for (t, n), c in zip(rows, rate, strict=True)]}


def plot(found: dict[str, Any], path: Path) -> None:
    """Rates of mass loss, recorded and computed."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = list(found["tests"])
    figure, axes = plt.subplots(2, 4, figsize=(15, 6), layout="constrained", sharey=True)
    colours = {"nitrogen": "C0", "cracks": "C0", "open surface": "C1"}
    for axis, name in zip(axes.ravel(), names, strict=True):
        for test, access, time, curve in found["arrays"]:
            if test.name == name:
                axis.plot(test.time, 1e3 * test.rate, "k", lw=1.2, label="recorded")
                axis.plot(time, 1e3 * minute_mean(time, curve), colours[access], lw=1.0, label=f"twin's laws, {access}")
                axis.set(title=name.replace("_", " "), xlim=(0, test.time[-1]), ylim=(0, 12), xlabel="time [s]")
        handles = dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
        axis.legend(handles.values(), handles.keys(), frameon=False, fontsize=7)
    axes[0, 0].set_ylabel("mass loss [g/(m2.s)]")
    axes[1, 0].set_ylabel("mass loss [g/(m2.s)]")
    figure.savefig(path, dpi=100)
    plt.close(figure)
