"""Nuisance-by-sensor matrix: how far each family moves each instrument, in units of what it does by itself.

``python -m gg_gym.studies.nuisances`` measures it and writes ``docs/nuisances.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gg_gym.scenarios import SCENARIOS, ScenarioDefinition, ScenarioSpace
from gg_gym.scenarios.base import NEVER
from gg_gym.scenarios.circumstances import circumstances
from gg_gym.streams import uniforms
from gg_gym.twin import RunBatch, Twin
from gg_gym.units import Float, UInt64

if TYPE_CHECKING:
    from gg_gym.products import ProductConfiguration

#: A departure of this many deviations counts as an alarm of the instrument.
ALARM = 5.0
#: Share of a fault's runs that must alarm an instrument for the fault to show on it (the wind decides what is smelt).
SHOWN = 0.25
#: Least deviation of a channel, in its learning scale, and of a pixel [K].
LEAST, LEAST_PIXEL = 0.002, 0.05
#: Phase of the measured runs: what lasts began most of the lead-in before the record, what is short early in it.
PHASE = 0.9
#: Between a family and its corner.
CORNER = ": "
#: Cases that are simulated together.
TOGETHER = 32


@dataclass(frozen=True)
class Matrix:
    """Departures from the null twin.

    Attributes:
        instruments: columns.
        rows: family -> (I,) median over runs of the largest departure of any channel in the record.
        reached: family -> (I,) share of the runs in which it exceeds :data:`ALARM`.
        runs: runs a family.
    """

    instruments: tuple[str, ...]
    rows: Mapping[str, Float]
    reached: Mapping[str, Float]
    runs: int

    def alarms(self, family: str) -> tuple[str, ...]:
        """Instruments that the median run of a family, or of one of its corners, alarms."""
        own = [row for key, row in self.rows.items() if key.split(CORNER)[0] == family]
        return tuple(k for k, x in zip(self.instruments, np.max(own, axis=0), strict=True) if x >= ALARM)

    def shows(self, fault: str) -> tuple[str, ...]:
        """Instruments that at least a share of :data:`SHOWN` of the runs of a fault, or of a corner of it, alarm."""
        own = [row for key, row in self.reached.items() if key.split(CORNER)[0] == fault]
        return tuple(k for k, x in zip(self.instruments, np.max(own, axis=0), strict=True) if x >= SHOWN)

    def alarmed_by(self, instrument: str, families: Sequence[str]) -> tuple[str, ...]:
        """Those of ``families`` that alarm an instrument."""
        return tuple(f for f in families if instrument in self.alarms(f))

    def mimics(self, fault: str, families: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Rows of ``families`` whose median run alarms two or more of the instruments that a fault shows on."""
        wanted, out = self.shows(fault), {}
        for key, row in self.rows.items():
            if key.split(CORNER)[0] in families:
                both = tuple(k for k, x in zip(self.instruments, row, strict=True) if x >= ALARM and k in wanted)
                if len(both) >= 2:
                    out[key] = both
        return out


def families_of(category: str) -> list[str]:
    """Registered families of a category, in order of registration."""
    return [key for key, family in SCENARIOS.items() if family.category == category]


PAGE = """# Nuisances and instruments

Measured, not claimed: made by `python -m gg_gym.studies.nuisances`, {runs} runs a row, severity 1, by day, everything
else from the prior of the family; rows with a colon are the family's rare corners. A number is the median over the runs
of the largest departure of any channel (or pixel) from the null twin, in deviations of that channel within a quiet
record of 640 s (at least {least} of its learning scale, a pixel {pixel} K). {alarm} and more counts as an alarm here; a
detector's threshold is its own. Numbers of 0.0 are below 0.05. Of `sensor_fault` each column is that instrument stuck.

It shows what the library is able to do, not how often: the families `helicopter_inspection` and `dust_devil`, some
of the corners, the least deviations (which decide for the barometer) and the time at which the causes begin were
chosen while earlier versions of this table were looked at, until every instrument had its two nuisances.
Who alarms is decided by a family's prior or by one of its corners: helicopters alarm the barometer,
birds the field probe and fireworks the thermometer only in a corner. Severe runs are drawn mostly upwind of the unit
(prior of `place`).

{table}

## Who can alarm each instrument

{alarms}

## Who mimics each fault family on two instruments or more at once

A fault shows on the instruments that a quarter of its severe runs alarm, its corners included. One that shows on
fewer than two can only be mimicked on that one.

{mimics}

## How often

Share of the runs in which an instrument alarms, where it is neither none nor all.

{shares}
"""


def complete(product: ProductConfiguration, families: Sequence[str]) -> ProductConfiguration:
    """The product with the physics modules that families need and it does not list."""
    needed = {module for family in families for module in SCENARIOS[family].requires}
    return product.replace(physics=[*product.physics, *sorted(needed - set(product.physics))])


def daylight(product: ProductConfiguration, n: int, seed: int, least: float = 150.0) -> UInt64:
    """(n,) run seeds by day (irradiance above ``least`` W/m2) in which the cause comes."""
    seeds = np.arange(seed, seed + 40 * n, dtype=np.uint64)
    comes = uniforms(seeds, "scenario.never", 1)[:, 0] >= NEVER
    bright = circumstances(product, product.draw(seeds, "train")).ghi > least
    return seeds[comes & bright][:n]


def severe(family: str, n: int, seed: int, **fixed: float) -> list[ScenarioDefinition]:
    """N definitions of a family at severity 1, long under way, all else from the prior but ``fixed``."""
    space = ScenarioSpace((family,))
    drawn = [space.decode(action).parameters for action in space.sample(n, seed)]
    strong = {"severity": 1.0, "phase": PHASE}
    return [ScenarioDefinition(family=family, parameters={**d, **strong, **fixed}) for d in drawn]


def noise_of(quiet: RunBatch, twin: Twin) -> dict[str, Float]:
    """Instrument -> (width,) deviation of each channel within a quiet record, median over runs; pixels in K."""
    out = {}
    for key, values in quiet.readings.items():
        spread = np.median(values.astype(float).std(axis=1), axis=0)
        if key in twin.slices:
            scale = np.array([c.scale for c in twin.channels[twin.slices[key]]])
            out[key] = np.maximum(spread, LEAST * scale)
        else:
            out[key] = np.maximum(0.01 * spread, LEAST_PIXEL)
    return out


def departures(
    runs: Mapping[str, np.ndarray],
    quiet: Mapping[str, np.ndarray],
    noise: Mapping[str, Float],
    instruments: Sequence[str],
) -> Float:
    """(n, I) largest departure of any channel of each instrument from the null twins, in deviations."""
    columns = []
    for key in instruments:
        scale = 1.0 if key != "thermal" else 0.01
        gap = scale * np.abs(runs[key].astype(float) - quiet[key].astype(float)) / noise[key]
        columns.append(gap.reshape(len(gap), -1).max(axis=1))
    return np.stack(columns, axis=1)


def measure(
    product: ProductConfiguration, families: Sequence[str], runs: int = 12, seed: int = 5, corners: bool = True
) -> Matrix:
    """Simulate ``runs`` severe runs of each family, and of each of its corners, and their null twins by day.

    Of "sensor_fault" the column of an instrument is measured with that instrument broken (stuck).
    """
    twin = Twin(product)
    conditions = twin.draw(daylight(product, runs, seed))
    quiet = twin.run(conditions, [d.null() for d in severe(families[0], runs, seed)], truth=False)
    noise, names = noise_of(quiet, twin), tuple(k for k in twin.instruments if k in quiet.readings)
    cases = list(_cases(product, families, names, corners))
    rows: dict[str, Float] = {}
    reached: dict[str, Float] = {}
    for start in range(0, len(cases), TOGETHER):
        some = cases[start : start + TOGETHER]
        chosen = [d for case in some for d in severe(case.family, runs, seed, **case.fixed)]
        batch = twin.run(conditions.take(np.tile(np.arange(runs), len(some))), chosen, truth=False)
        for i, case in enumerate(some):
            mine = {k: v[i * runs : (i + 1) * runs] for k, v in batch.readings.items()}
            found = departures(mine, quiet.readings, noise, names)
            seen = np.array([case.only in ("", name) for name in names])
            value, share = np.median(found, axis=0), (found >= ALARM).mean(axis=0)
            rows[case.key] = np.where(seen, value, rows.get(case.key, np.zeros(len(names))))
            reached[case.key] = np.where(seen, share, reached.get(case.key, np.zeros(len(names))))
    return Matrix(names, rows, reached, runs)


@dataclass(frozen=True)
class _Case:
    """One row of the matrix, or the part of it about one instrument."""

    key: str
    family: str
    fixed: Mapping[str, float]
    only: str = ""


def _cases(
    product: ProductConfiguration, families: Sequence[str], names: Sequence[str], corners: bool
) -> Iterator[_Case]:
    """What is simulated: each family, each of its corners; of a sensor fault, each instrument broken in turn."""
    order = [s.name for s in product.sensors]
    for family in families:
        for corner in ("", *(SCENARIOS[family].corners if corners else ())):
            key = family + CORNER + corner if corner else family
            fixed = dict(SCENARIOS[family].corners.get(corner, {}))
            if family != "sensor_fault":
                yield _Case(key, family, fixed)
                continue
            for name in names:
                yield _Case(key, family, {"fault": 0.1, **fixed, "instrument": float(order.index(name))}, name)


def _table(names: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    lines = ["| | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    return "\n".join([*lines, *(f"| {key} | " + " | ".join(cells) + " |" for key, cells in rows.items())])


def _number(x: float) -> str:
    return f"{x:.1f}" if x < 100.0 else f"{x:.0f}" if x < 1e4 else f"{x:.0e}"


def page(matrix: Matrix, nuisances: Sequence[str], faults: Sequence[str]) -> str:
    """The page about a measured matrix, in Markdown."""
    table = _table(matrix.instruments, {k: [_number(float(x)) for x in row] for k, row in matrix.rows.items()})
    alarms = [f"- {k}: {', '.join(matrix.alarmed_by(k, nuisances)) or 'none'}" for k in matrix.instruments]
    mimics = []
    for fault in faults:
        own, found = matrix.shows(fault), matrix.mimics(fault, nuisances)
        both = "; ".join(f"{key} ({', '.join(on)})" for key, on in list(found.items())[:4])
        mimics.append(f"- {fault} (shows on {', '.join(own) or 'nothing'}): {both or 'none'}")
    shares = []
    for key, row in matrix.reached.items():
        some = [f"{k} {x:.2f}" for k, x in zip(matrix.instruments, row, strict=True) if 0.0 < x < 1.0]
        shares += [f"- {key}: {', '.join(some)}"] if some else []
    return PAGE.format(
        runs=matrix.runs, least=LEAST, pixel=LEAST_PIXEL, alarm=ALARM, table=table, alarms="\n".join(alarms),
        mimics="\n".join(mimics), shares="\n".join(shares),
    )  # fmt: skip


def write(path: Path, product: str | ProductConfiguration = "grid_guardian", runs: int = 12, seed: int = 5) -> Matrix:
    """Measure all nuisance, electrical and fire families of a product and write the page."""
    from gg_gym.products import load_product

    nuisances, faults = families_of("nuisance"), [*families_of("electrical"), *families_of("fire")]
    whole = complete(load_product(product), [*nuisances, *faults])
    matrix = measure(whole, [*nuisances, *faults], runs, seed)
    path.write_text(page(matrix, nuisances, faults), encoding="utf-8")
    return matrix


if __name__ == "__main__":
    write(Path("docs") / "nuisances.md")
