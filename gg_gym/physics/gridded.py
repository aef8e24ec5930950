"""A field of yours on a grid in place of the built-in plume; :mod:`gg_gym.physics.sampling` writes the state's own.

A file names its axes ``time`` [s], ``x``, ``y``, ``z`` [m] and holds variables of shape (time, x, y, z): species by
name (what the sources add: ppb, particles ug/m3), or ``dilution`` [s/m3], which the sources' rates are multiplied with.
``.npz`` files give the unit of NAME as a text array ``NAME_unit``, NetCDF files as the attribute ``units``. Time counts
from the record's first sample (also where the unit is "seconds since ..."); outside its span the first or last field
holds. NetCDF variables may have their dimensions in any order. Of a file that ``gg-gym inspect --field`` wrote (it
carries the name :data:`MADE_HERE`), only what sources add (``added.CO``) is read: totals would count the background
twice.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from gg_gym.errors import InputError
from gg_gym.physics.dispersion import concentration_factor
from gg_gym.physics.engine import PHYSICS, PhysicsModule
from gg_gym.physics.species import INDEX, N_GASES, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Float

#: Axes of a file with their units.
AXES: Mapping[str, str] = {"time": "s", "x": "m", "y": "m", "z": "m"}
#: Spellings of units that are accepted.
_SAME = {"ppb": "[ppb]", "ppbv": "[ppb]", "nmol/mol": "[ppb]", "ug m-3": "ug/m3", "µg m-3": "ug/m3", "µg/m3": "ug/m3",
         "s m-3": "s/m3", "seconds": "s", "metre": "m", "meter": "m", "metres": "m", "meters": "m"}  # fmt: skip
#: Name of the mark of a grid sampled from a state.
MADE_HERE = "gg_gym_sampled"
#: Longest step of the time axis, relative to the shortest, that is not called a gap.
_GAP = 3.5


def unit_of(name: str) -> str | None:
    """The unit a variable must have; None for a name that no field knows."""
    if name in INDEX:
        return "[ppb]" if INDEX[name] < N_GASES else "ug/m3"
    return {"dilution": "s/m3", **AXES}.get(name)


@dataclass(frozen=True)
class GriddedField:
    """A checked field.

    Attributes:
        axes: time (T,) [s], x (X,), y (Y,), z (Z,) [m].
        species: (V,) columns of the species axis; empty for a dilution.
        values: (T, X, Y, Z, V) float32; V is 1 for a dilution.
    """

    axes: tuple[Float, Float, Float, Float]
    species: tuple[int, ...]
    values: np.ndarray

    @property
    def digest(self) -> str:
        """Hash of shape, axes, species and values, 32 hexadecimal digits."""
        parts = [np.array(self.values.shape, np.int64), *self.axes, np.array(self.species, np.int64), self.values]
        return hashlib.blake2b(b"".join(np.ascontiguousarray(p).tobytes() for p in parts), digest_size=16).hexdigest()

    def at(self, time: Float, points: Float) -> Float:
        """(n, M, P, V) values at times (n, M) [s] and points (n, P, 3) [m]: linear in time, trilinear in space.

        Raises:
            InputError: a point outside the grid.
        """
        low, share = zip(*(self._place(i, points[..., i - 1]) for i in (1, 2, 3)), strict=True)
        when = self.axes[0]
        first = np.clip(np.searchsorted(when, time, side="right") - 1, 0, max(len(when) - 2, 0))
        last = np.minimum(first + 1, len(when) - 1)
        span = np.where(last > first, when[last] - when[first], 1.0)
        later = np.clip((time - when[first]) / span, 0.0, 1.0)[:, :, None, None]
        out: Float = (1.0 - later) * self._corners(first, low, share) + later * self._corners(last, low, share)
        return out

    def _place(self, i: int, x: Float) -> tuple[Any, Float]:
        """Cell and share of x (n, P) along spatial axis i."""
        axis, name = self.axes[i], list(AXES)[i]
        if x.size and (x.min() < axis[0] - 1e-9 or x.max() > axis[-1] + 1e-9):
            bad = float(x.min() if x.min() < axis[0] else x.max())
            raise InputError(
                f"gridded field, axis {name}", f"a sensor asks at {bad:g} m", f"{axis[0]:g} to {axis[-1]:g} m"
            )
        cell = np.clip(np.searchsorted(axis, x, side="right") - 1, 0, len(axis) - 2)
        return cell, np.clip((x - axis[cell]) / (axis[cell + 1] - axis[cell]), 0.0, 1.0)

    def _corners(self, t: Any, low: Sequence[Any], share: Sequence[Float]) -> Float:
        """(n, M, P, V) trilinear values at time indices t (n, M)."""
        total = 0.0
        for corner in range(8):
            bits = [(corner >> i) & 1 for i in range(3)]
            weight = np.ones_like(share[0])
            for bit, part in zip(bits, share, strict=True):
                weight = weight * (part if bit else 1.0 - part)
            i, j, k = (a + b for a, b in zip(low, bits, strict=True))
            total = total + weight[:, None, :, None] * self.values[t[:, :, None], i[:, None], j[:, None], k[:, None]]
        return np.asarray(total, np.float64)


def make_field(where: str, axes: Mapping[str, Any], variables: Mapping[str, tuple[Any, str]]) -> GriddedField:
    """Check axes and variables (name -> (array, unit)) and make a field of them.

    Raises:
        InputError: a missing, unsorted or too short axis, a gap in time, an unknown variable, a wrong unit or shape,
            a missing or negative value; the message names the place.
    """
    checked = tuple(_axis(where, name, axes) for name in AXES)
    shape = tuple(len(axis) for axis in checked)
    if not variables:
        raise InputError(where, "no variable", "a species by name, or dilution")
    if "dilution" in variables and len(variables) > 1:
        raise InputError(where, "dilution beside other variables", "either dilution or species")
    columns = [_variable(where, name, array, unit, shape) for name, (array, unit) in variables.items()]
    species = tuple(INDEX[name] for name in variables if name != "dilution")
    values = np.stack(columns, axis=-1).astype(np.float32)
    values.flags.writeable = False
    return GriddedField(checked, species, values)  # type: ignore[arg-type]


def _axis(where: str, name: str, axes: Mapping[str, Any]) -> Float:
    """A checked axis."""
    if name not in axes:
        raise InputError(f"{where}, axis {name}", "missing", f"{name} in {AXES[name]}")
    axis = np.asarray(axes[name], np.float64)
    if axis.ndim != 1 or len(axis) < (1 if name == "time" else 2):
        raise InputError(
            f"{where}, axis {name}", f"shape {axis.shape}", "one dimension, at least two points (time: one)"
        )
    steps = np.diff(axis)
    if not np.isfinite(axis).all() or (steps <= 0.0).any():
        raise InputError(f"{where}, axis {name}", "not finite and rising", "strictly rising numbers")
    if name == "time" and len(steps) > 1 and steps.max() > _GAP * steps.min():
        at = float(axis[int(steps.argmax())])
        raise InputError(
            f"{where}, axis time", f"a gap of {steps.max():g} s after {at:g} s", f"up to {_GAP * steps.min():g} s"
        )
    return axis


def _variable(where: str, name: str, array: Any, unit: str, shape: tuple[int, ...]) -> Float:
    """A checked variable."""
    expected = unit_of(name)
    if expected is None or name in AXES:
        raise InputError(f"{where}, variable {name}", "unknown", ", ".join(("dilution", *SPECIES)))
    if _SAME.get(unit.strip(), unit.strip()) != expected:
        raise InputError(f"{where}, variable {name}", f"unit {unit!r}", expected)
    values = np.asarray(array, np.float64)
    if values.shape != shape:
        raise InputError(f"{where}, variable {name}", f"shape {values.shape}", f"{shape} as (time, x, y, z)")
    bad = ~np.isfinite(values) | (values < 0.0)
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"{where}, variable {name}", f"{values[index]} at {index}", "a number that is not negative everywhere"
        )
    return values


def load_field(path: Path | str) -> GriddedField:
    """Read a field from an ``.npz`` or NetCDF file.

    NetCDF 3 is read with SciPy; NetCDF 4 needs xarray and a backend of it.

    Raises:
        InputError: no such file, another format, or what :func:`make_field` refuses.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(str(path), "no such file", "an .npz or NetCDF file")
    with path.open("rb") as file:
        magic = file.read(8)
    kinds = {b"PK": _from_npz, b"CDF": _from_netcdf3, b"\x89HDF\r\n\x1a\n": _from_netcdf4}
    reader = next((read for head, read in kinds.items() if magic.startswith(head)), None)
    if reader is None:
        raise InputError(str(path), "neither npz nor NetCDF", "an .npz or NetCDF file")
    try:
        axes, variables = reader(path)
    except (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, BadZipFile, zlib.error) as error:
        raise InputError(str(path), f"cannot be read: {error}", "a sound file") from None
    return make_field(str(path), axes, variables)


def _sort_out(where: str, arrays: Mapping[str, tuple[Any, str]]) -> tuple[dict[str, Any], dict[str, tuple[Any, str]]]:
    """Split named arrays with units into axes and variables."""
    axes: dict[str, Any] = {}
    if MADE_HERE in arrays:
        head = "added."
        kept = {name.removeprefix(head): pair for name, pair in arrays.items() if name.startswith(head)}
        if not kept:
            raise InputError(where, "holds totals, which would count the background twice", "added.SPECIES")
        arrays = {**{name: arrays[name] for name in AXES if name in arrays}, **kept}
    for name, unit in AXES.items():
        if name in arrays:
            found = arrays[name][1].strip()
            if name == "time" and found.startswith("seconds since "):
                found = "s"
            if _SAME.get(found, found) != unit:
                raise InputError(f"{where}, axis {name}", f"unit {found!r}", unit)
            axes[name] = arrays[name][0]
    return axes, {name: pair for name, pair in arrays.items() if name not in AXES}


def _from_npz(path: Path) -> tuple[dict[str, Any], dict[str, tuple[Any, str]]]:
    """Axes and variables of an ``.npz`` file."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
        names = [name for name in data.files if not name.endswith("_unit")]
        arrays = {
            name: (data[name], str(data[f"{name}_unit"]) if f"{name}_unit" in data.files else "") for name in names
        }
    return _sort_out(str(path), arrays)


def _ordered(values: Any, dimensions: Sequence[Any]) -> Any:
    """Values with their dimensions as (time, x, y, z), where they have these four."""
    names = [str(name) for name in dimensions]
    return np.transpose(values, [names.index(a) for a in AXES]) if sorted(names) == sorted(AXES) else values


def _from_netcdf3(path: Path) -> tuple[dict[str, Any], dict[str, tuple[Any, str]]]:
    """Axes and variables of a classic NetCDF file."""
    from scipy.io import netcdf_file

    arrays: dict[str, tuple[Any, str]] = {}
    with netcdf_file(str(path), "r", mmap=False) as data:
        for name, variable in data.variables.items():
            unit = getattr(variable, "units", b"")
            values, missing = np.array(variable.data, np.float64), getattr(variable, "_FillValue", None)
            if missing is not None:
                values[values == float(np.asarray(missing))] = np.nan
            text = unit.decode() if isinstance(unit, bytes) else str(unit)
            arrays[name] = (_ordered(values, variable.dimensions), text)
    return _sort_out(str(path), arrays)


def _from_netcdf4(path: Path) -> tuple[dict[str, Any], dict[str, tuple[Any, str]]]:
    """Axes and variables of a NetCDF 4 file."""
    try:
        import xarray  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise InputError(
            str(path), "NetCDF 4 needs xarray with h5netcdf or netCDF4", "NetCDF 3, .npz, or install it"
        ) from None
    with xarray.open_dataset(path, decode_times=False) as data:
        arrays = {
            str(k): (_ordered(v.to_numpy(), v.dims), str(v.attrs.get("units", ""))) for k, v in data.variables.items()
        }
    return _sort_out(str(path), arrays)


@dataclass(frozen=True)
class FieldPlume:
    """Answers ``state.concentration`` from a field: the increments that it holds, or its dilution times the rates."""

    field: GriddedField

    def __call__(self, state: Environment3DState, points: Float, radius: float) -> Float:
        """(n, M, P, S) increments at points (n, P, 3); the sampling radius is the grid's."""
        ago = state.fine_step * np.arange(state.substeps - 1, -1, -1.0)
        found = self.field.at(state.time[:, None] - ago, np.asarray(points, np.float64))
        if not self.field.species:
            rates = state.source_rate.sum(axis=1) * concentration_factor(state)
            added: Float = found * rates[:, None, None, :]
            return added
        out = np.zeros((*found.shape[:3], len(SPECIES)))
        out[..., list(self.field.species)] = found
        return out


def register_field(name: str, field: GriddedField) -> str:
    """Register a physics module "gridded.NAME" that puts ``field`` in the place of the plume; returns its key.

    Do so in every process that simulates, before the twin is made; name the key in the product's ``physics``. The
    key ends with the field's digest, so that a record tells which field it was.
    """
    key = f"gridded.{name}.{field.digest[:8]}"
    plume = FieldPlume(field)

    class Gridded(PhysicsModule):
        """A user's field as the plume."""

        after = ("dispersion", "filaments", "arcs", "wood", "smoulder", "traffic")

        def start(self, state: Environment3DState, draws: Draws) -> None:
            """Answer from now on."""
            state.plume = plume

        def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
            """Nothing has a course of its own."""
            state.plume = plume

    Gridded.key = key
    Gridded.__qualname__ = f"Gridded[{key}]"
    if key not in PHYSICS:
        PHYSICS.add(key, Gridded)
    return key
