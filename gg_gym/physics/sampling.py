"""The state's own quantities on a grid, and their way into a file (NetCDF 3 or ``.npz``), whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.physics.geometry import Geometry
from gg_gym.physics.gridded import MADE_HERE
from gg_gym.physics.quantities import find
from gg_gym.physics.state import Environment3DState
from gg_gym.units import Float

#: Most values of a grid, all variables together.
MOST = 20_000_000
#: Points that are asked at once.
_CHUNK = 4096
#: Suffixes of the files that can be written.
SUFFIXES = (".nc", ".npz")
_CF = {"[ppb]": "ppb", "dB[uV]/m": "dB", "Cel": "degC", "deg": "degree", "Ohm": "ohm"}

Grid = dict[str, tuple[Any, str]]


def sample_grid(
    state: Environment3DState,
    x: Float,
    y: Float,
    z: Float,
    keys: Sequence[str] = ("added.CO", "added.PM1", "wind", "air_temperature"),
    row: int = 0,
) -> Grid:
    """Sample quantities of one row of a state on a grid, at its instant.

    Args:
        state: the state.
        x: (X,) [m].
        y: (Y,) [m].
        z: (Z,) above the ground [m].
        keys: of quantities (:data:`gg_gym.physics.quantities.QUANTITIES`).
        row: which row.

    Returns:
        name -> (array, unit): ``time`` (1,) and the axes; then every quantity, a labelled one as NAME.LABEL:
        (1, X, Y, Z), or (1,) where it is the pole's.

    Raises:
        InputError: unknown quantity, or more than :data:`MOST` values.
    """
    one = state.take([row])
    axes = [np.asarray(a, np.float64) for a in (x, y, z)]
    shape = tuple(len(a) for a in axes)
    asked = {key: find(key) for key in keys}
    check_size(keys, shape, state.geometry)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    out: Grid = {"time": (one.time.copy(), "s")}
    out.update({name: (axis, "m") for name, axis in zip("xyz", axes, strict=True)})
    for key, quantity in asked.items():
        if quantity.places:
            parts = [one.quantity(key, points[a : a + _CHUNK])[0] for a in range(0, len(points), _CHUNK)]
            values = np.concatenate(parts).reshape(1, *shape, -1)
        else:
            values = one.quantity(key).reshape(1, -1)
        for i, name in enumerate(quantity.names(state.geometry)):
            out[name] = (values[..., i], quantity.unit)
    return out


def check_size(keys: Sequence[str], shape: Sequence[int], geometry: Geometry) -> None:
    """Check that a grid of (X, Y, Z) points is not too large for some quantities.

    Raises:
        InputError: unknown quantity, or more than :data:`MOST` values.
    """
    asked = [find(key) for key in keys]
    count = sum(len(q.names(geometry)) for q in asked if q.places) * int(np.prod(shape))
    if count > MOST:
        raise InputError("grid", f"{count} values", f"at most {MOST}")


def cf_unit(unit: str) -> str:
    """A UCUM unit as CF files write it: ``m/s2`` is ``m s-2``."""
    if unit in _CF:
        return _CF[unit]
    head, *rest = unit.replace(".", " ").split("/")
    under = " ".join(rest).strip("()").split()
    turned = [re.sub(r"(?<=[A-Za-z])(\d*)$", lambda m: f"-{m.group(1) or 1}", part) for part in under]
    return " ".join([*([] if head == "1" and turned else [head]), *turned])


def checked_target(path: Path | str) -> Path:
    """A path that :func:`save_grid` can write.

    Raises:
        InputError: another suffix, or a folder that is not there.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(str(path), f"suffix {path.suffix!r}", " or ".join(SUFFIXES))
    if not path.parent.is_dir() or path.is_dir():
        raise InputError(str(path), "cannot be written: no such folder, or a folder itself", "a file in a folder")
    return path


def save_grid(path: Path | str, grid: Mapping[str, tuple[Any, str]], about: Mapping[str, str] | None = None) -> Path:
    """Write a sampled grid as NetCDF 3 (``.nc``, units as CF has them) or ``.npz``.

    Args:
        path: file to write; appears whole or not at all.
        grid: what :func:`sample_grid` gave.
        about: name -> text: attributes of the NetCDF file.

    Raises:
        InputError: the place cannot be written, or the suffix is another.
    """
    path = checked_target(path)
    part = path.with_name(path.name + ".part")
    try:
        (_write_netcdf if path.suffix == ".nc" else _write_npz)(part, grid, about or {})
        os.replace(part, path)
    except OSError as error:
        raise InputError(str(path), f"cannot be written: {error.strerror}", "a writable file") from None
    finally:
        part.unlink(missing_ok=True)
    return path


def _write_npz(path: Path, grid: Mapping[str, tuple[Any, str]], about: Mapping[str, str]) -> None:
    """Arrays by name, units as ``NAME_unit``."""
    arrays = {name: np.asarray(array) for name, (array, _) in grid.items()}
    arrays.update({f"{name}_unit": np.array(unit) for name, (_, unit) in grid.items()})
    with path.open("wb") as file:
        np.savez_compressed(file, **{MADE_HERE: np.array(1)}, **arrays)  # type: ignore[arg-type]


def _write_netcdf(path: Path, grid: Mapping[str, tuple[Any, str]], about: Mapping[str, str]) -> None:
    """Dimensions time, x, y, z and one variable a name."""
    from scipy.io import netcdf_file

    axes = ("time", "x", "y", "z")
    with netcdf_file(str(path), "w", mmap=False) as data:
        for name in axes:
            data.createDimension(name, len(grid[name][0]))
        data.createVariable(MADE_HERE, "i", ("time",))[:] = 1
        for name, (array, unit) in grid.items():
            values = np.asarray(array)
            dimensions = (name,) if name in axes else axes[: values.ndim]
            variable = data.createVariable(name, "d" if name in axes else "f", dimensions)
            variable[:], variable.units = values, cf_unit(unit)
            if name not in axes:
                variable.long_name = find_meaning(name)
        data.Conventions = "CF-1.8"
        for key, text in about.items():
            setattr(data, key, text)


def find_meaning(name: str) -> str:
    """In words what a variable of a sampled grid holds."""
    from gg_gym.physics.quantities import QUANTITIES

    key = name if name in QUANTITIES else name.rpartition(".")[0]
    return QUANTITIES[key].meaning + ("" if key == name else f": {name.removeprefix(key)[1:]}")
