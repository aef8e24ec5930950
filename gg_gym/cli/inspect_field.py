"""``gg-gym inspect --field``: quantities on a grid around the pole, at an instant of a run, as a file and a plot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.cli.output import emit, say, table
from gg_gym.errors import InputError
from gg_gym.units import Float

if TYPE_CHECKING:
    from gg_gym.physics.sampling import Grid
    from gg_gym.physics.state import Environment3DState
    from gg_gym.scenarios.base import ScenarioDefinition

#: Most points along an axis.
MOST_POINTS = 1000
_GRID = "three axes FROM:TO:COUNT (or one number), such as -3:3:49,0,0:12:49"


@dataclass(frozen=True)
class Request:
    """Which run, and when in it: product, scenario family, NAME=VALUE settings, seed, partition, seconds or None."""

    product: str
    scenario: str
    settings: tuple[str, ...]
    seed: int
    partition: str
    at: float | None


def show_field(field: str, grid: str, request: Request, out: Path, plot: bool, as_json: bool) -> None:
    """Simulate, sample, write and draw; everything is checked before the simulation begins.

    Raises:
        InputError: unknown quantity, product or scenario, a bad grid, time or file.
    """
    from gg_gym.physics.quantities import find
    from gg_gym.physics.sampling import check_size, checked_target, sample_grid, save_grid
    from gg_gym.products import load_product

    if field == "list":
        list_quantities(as_json)
        return
    keys = [key.strip() for key in field.split(",")]
    quantities = [find(key) for key in dict.fromkeys(keys)]
    axes, target = parse_grid(grid), checked_target(out)
    check_size([q.key for q in quantities], [len(axis) for axis in axes], load_product(request.product).geometry)
    state = simulate(request)
    sampled = sample_grid(state, *axes, [q.key for q in quantities])
    about = {"title": f"{request.product}, {request.scenario}, seed {request.seed}", "source": "gg-gym inspect --field"}
    save_grid(target, sampled, about)
    page = None
    if plot and any(q.places for q in quantities):
        from gg_gym.plots.field import plot_field

        page = str(plot_field(sampled, marks(state), target.with_suffix(".png"), about["title"]))
    _tell(sampled, target, page, as_json)


def list_quantities(as_json: bool) -> None:
    """Print what can be asked for."""
    from gg_gym.physics.quantities import QUANTITIES, find

    find("wind")
    head = ("quantity", "unit", "asked", "neutral", "meaning")
    rows = [
        (q.key, q.unit, "at points" if q.places else "of the pole", q.neutral, q.meaning) for q in QUANTITIES.values()
    ]
    if as_json:
        emit([dict(zip(head, row, strict=True)) for row in rows])
    else:
        table(head, rows)


def parse_grid(text: str) -> tuple[Float, Float, Float]:
    """Axes x, y, z [m] of ``x0:x1:nx,y0:y1:ny,z0:z1:nz``; one number is an axis of one point.

    Raises:
        InputError: another form, falling ends, a count out of range, a place below the ground.
    """
    parts = text.split(",")
    if len(parts) != 3:
        raise InputError("--grid", f"got {len(parts)} axes", _GRID)
    x, y, z = (_axis(name, part) for name, part in zip("xyz", parts, strict=True))
    if z[0] < 0.0:
        raise InputError("--grid z", f"{z[0]:g} m is below the ground", "0 m or more")
    return x, y, z


def _axis(name: str, text: str) -> Float:
    """One axis."""
    numbers = text.split(":")
    try:
        ends = [float(number) for number in numbers[:2]]
        count = int(numbers[2]) if len(numbers) == 3 else 1
    except ValueError:
        raise InputError(f"--grid {name}", f"got {text!r}", _GRID) from None
    if len(numbers) not in (1, 3) or not all(map(math.isfinite, ends)) or any(abs(e) > 1e4 for e in ends):
        raise InputError(f"--grid {name}", f"got {text!r}", f"{_GRID}, within 10 km")
    if len(numbers) == 1:
        return np.array(ends)
    if not 2 <= count <= MOST_POINTS or ends[0] >= ends[1]:
        raise InputError(f"--grid {name}", f"got {text!r}", f"FROM below TO, 2 to {MOST_POINTS} points")
    return np.linspace(ends[0], ends[1], count)


def definition(request: Request) -> ScenarioDefinition:
    """The scenario of a request.

    Raises:
        InputError: unknown family or parameter, a value that is no number or out of range.
    """
    from gg_gym.scenarios.base import BaseScenario, ScenarioDefinition

    values: dict[str, float] = {}
    for text in request.settings:
        name, _, value = text.partition("=")
        try:
            values[name.strip()] = float(value)
        except ValueError:
            raise InputError("--set", f"got {text!r}", "NAME=NUMBER") from None
    found = ScenarioDefinition(family=request.scenario, parameters=values)
    BaseScenario.from_definition(found)
    return found


def simulate(request: Request) -> Environment3DState:
    """The state of one run at the asked time.

    Raises:
        InputError: unknown product, partition or scenario, or a time outside the record.
    """
    from gg_gym.scenarios.base import BaseScenario
    from gg_gym.twin import Twin

    scenario = definition(request)
    twin = Twin(request.product, thermal=False)
    BaseScenario.from_definition(scenario).validate(twin.product.geometry, twin.product.physics)
    span = twin.dt * twin.samples
    at = span if request.at is None else request.at
    if not 0.0 <= at <= span:
        raise InputError("--at", f"got {at:g} s", f"0 to {span:g} s, the length of the record")
    session = twin.begin(twin.draw([request.seed], request.partition))
    session.set_scenarios([scenario])
    session.lead_in()
    for _ in range(round(at / twin.dt)):
        session.sample(frame=False, truth=False)
    return session.state


def marks(state: Environment3DState) -> dict[str, Any]:
    """What a plot marks: pole, boxes, unit, inlet and the sources that emit in row 0."""
    geometry = state.geometry
    active = state.source_rate[0].sum(axis=-1) > 0.0
    return {
        "pole": (geometry.pole_height, geometry.pole_radius),
        "unit": geometry.mount.position,
        "sources": [tuple(p) for p in state.source_position[0][active].tolist()],
        "boxes": [(b.low, b.high) for b in geometry.boxes],
        "line": list(zip(geometry.line.x, geometry.line.height, strict=True)) if geometry.line else [],
    }


def _summary(grid: Mapping[str, tuple[Any, str]]) -> list[dict[str, Any]]:
    """Name, unit, least, mean and largest value of each variable."""
    return [
        {"name": k, "unit": unit, "min": float(a.min()), "mean": float(a.mean()), "max": float(a.max())}
        for k, (a, unit) in grid.items()
        if k not in ("time", "x", "y", "z")
    ]


def _tell(grid: Grid, target: Path, page: str | None, as_json: bool) -> None:
    rows, time = _summary(grid), float(grid["time"][0][0])
    shape: Sequence[int] = [len(grid[name][0]) for name in "xyz"]
    if as_json:
        emit({"file": str(target), "plot": page, "time": time, "shape": shape, "variables": rows})
        return
    head = ("name", "unit", "min", "mean", "max")
    table(head, [[row[name] for name in head] for row in rows])
    say(f"wrote {' x '.join(map(str, shape))} points at {time:g} s to {target}")
    if page:
        say(f"drew {page}")
