"""ProductConfiguration: a product as a user writes it (YAML), checked; and what the twin builds from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

import gg_gym.physics  # registers the physics modules
import gg_gym.sensors  # noqa: F401  registers the sensors
from gg_gym.errors import InputError
from gg_gym.physics import geometry as g
from gg_gym.physics.engine import order_modules
from gg_gym.physics.site import Conditions, Site
from gg_gym.products.field import FieldConfiguration, beside, resolve
from gg_gym.registry import Registry
from gg_gym.sensors.base import SENSORS
from gg_gym.sensors.camera import ThermalCamera
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.sensors.operation import OperationalLogic
from gg_gym.sensors.suite import order_sensors
from gg_gym.streams import derive, uniforms
from gg_gym.units import Float, Int, UInt64

#: Name of the camera in readings, records and observations.
CAMERA = "thermal"
Vector = tuple[float, float, float]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """A frozen model that refuses unknown keys, NaN and infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ComponentConfiguration(Strict):
    """A part with a temperature of its own (see :class:`gg_gym.physics.geometry.Component`)."""

    key: str
    kind: str
    position: Vector
    radius: Positive
    emissivity: Fraction
    absorptivity: Fraction
    heat_capacity: Positive
    area: Positive
    phase: int | None = None
    internal_heat: float = Field(0.0, ge=0)


class BoxConfiguration(Strict):
    """A solid that hides what is behind it."""

    key: str
    low: Vector
    high: Vector
    component: str


class LineConfiguration(Strict):
    """The conductors (see :class:`gg_gym.physics.geometry.Line`)."""

    voltage: Positive
    frequency: float = Field(60.0, ge=15, le=400)
    rated_current: Positive
    x: tuple[float, ...]
    height: tuple[float, ...]
    radius: tuple[float, ...]
    angle: tuple[float, ...]

    @model_validator(mode="after")
    def _equal_lengths(self) -> LineConfiguration:
        counts = {key: len(getattr(self, key)) for key in ("x", "height", "radius", "angle")}
        if len(set(counts.values())) > 1 or not self.x:
            raise ValueError(f"x, height, radius and angle need one number a conductor, got {counts}")
        return self


class MountConfiguration(Strict):
    """How the unit hangs on the pole."""

    position: Vector
    target: Vector


class PoleConfiguration(Strict):
    """The pole and what is on it."""

    height: Positive
    radius: Positive
    components: tuple[ComponentConfiguration, ...]
    boxes: tuple[BoxConfiguration, ...] = ()
    places: dict[str, tuple[str, ...]] = {}
    mount: MountConfiguration
    line: LineConfiguration | None = None

    @model_validator(mode="after")
    def _names_exist(self) -> PoleConfiguration:
        keys = {c.key for c in self.components}
        used = {b.component for b in self.boxes} | {k for v in self.places.values() for k in v}
        if used - keys:
            raise ValueError(f"unknown components {sorted(used - keys)}; known: {sorted(keys)}")
        count = len(self.line.x) if self.line else None
        for c in self.components:
            if count is not None and c.phase is not None and not 0 <= c.phase < count:
                raise ValueError(f"component {c.key!r}: phase {c.phase} of a line with {count} conductors")
        return self


class SiteConfiguration(Strict):
    """A place (see :class:`gg_gym.physics.site.Site`)."""

    key: str
    latitude: float = Field(ge=-66, le=66)
    longitude: float = Field(ge=-180, le=180)
    altitude: float = Field(ge=-400, le=5000)
    utc_offset: float = Field(ge=-12, le=14)
    roughness: float = Field(0.03, ge=1e-4, le=3)
    distance_to_coast: float = Field(1e5, ge=0)
    distance_to_road: float = Field(100.0, ge=1)
    pollution_class: str = "light"
    weather: str


class PartitionConfiguration(Strict):
    """What one split may see: splits differ in site, unit, weather block and world, never by row.

    Attributes:
        sites: keys of the sites.
        units: first and one past the last unit serial.
        worlds: first and one past the last world.
        weeks: residues modulo 8 of the weeks of the year (weather blocks).
    """

    sites: tuple[str, ...] = Field(min_length=1)
    units: tuple[int, int]
    worlds: tuple[int, int]
    weeks: tuple[Annotated[int, Field(ge=0, le=7)], ...] = Field(min_length=1)


class OperationConfiguration(Strict):
    """The product's operational logic: what is recorded how often.

    Attributes:
        dt: seconds between samples [s].
        samples: samples of a run, a multiple of 64.
        frame_every: a thermal frame every so many samples.
        spin_up_hours: coarse steps before the quiet reading [h].
        lead_in: seconds between the quiet reading and the record, in which a cause may already act [s].
        logic: which instruments run at which charge, what the radio loses, how clocks run.
    """

    dt: float = Field(10.0, ge=0.02, le=3600)
    samples: int = Field(64, ge=64, multiple_of=64)
    frame_every: int = Field(8, ge=1, le=64)
    spin_up_hours: int = Field(48, ge=1, le=720)
    lead_in: float = Field(3600.0, ge=60, le=86400, multiple_of=60)
    logic: OperationalLogic = OperationalLogic()


class ProductConfiguration(Strict):
    """A product: pole, sites, sensor suite, physics modules, scenario families and operational logic."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    pole: PoleConfiguration
    sites: tuple[SiteConfiguration, ...] = Field(min_length=1)
    partitions: dict[str, PartitionConfiguration]
    load_range: tuple[float, float] = (0.3, 1.1)
    age_range: tuple[float, float] = (0.0, 5.0)
    physics: tuple[str, ...]
    field: FieldConfiguration | None = None
    sensors: tuple[SensorConfiguration, ...]
    families: tuple[str, ...] = Field(min_length=1)
    operation: OperationConfiguration = OperationConfiguration()

    @model_validator(mode="before")
    @classmethod
    def _field(cls, data: Any) -> Any:
        return resolve(data)

    @model_validator(mode="after")
    def _names_exist(self) -> ProductConfiguration:
        order_modules(self.physics)
        for sensor in self.sensors:
            if issubclass(SENSORS[sensor.key], ThermalCamera) and sensor.name != CAMERA:
                raise ValueError(f"sensor {sensor.name!r} is a camera: readings and records call it {CAMERA!r}")
        order_sensors(self.sensors)
        names = {sensor.name for sensor in self.sensors}
        for i, tier in enumerate(self.operation.logic.tiers):
            if set(tier.every) - names:
                raise ValueError(
                    f"operation.logic.tiers.{i}.every: unknown instruments {sorted(set(tier.every) - names)}"
                )
        known = {s.key for s in self.sites}
        for name, part in self.partitions.items():
            if set(part.sites) - known:
                raise ValueError(f"partition {name}: unknown sites {sorted(set(part.sites) - known)}")
        if "train" not in self.partitions:
            raise ValueError("partitions: 'train' is missing")
        return self

    @cached_property
    def canonical(self) -> str:
        """Canonical JSON of the configuration (sorted keys, no spaces; no ``field`` where there is none)."""
        plain = self.model_dump(mode="json", exclude={"field"} if self.field is None else None)
        return json.dumps(plain, sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of :attr:`canonical`, hexadecimal."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @cached_property
    def geometry(self) -> g.Geometry:
        """What stands where."""
        line = self.pole.line
        return g.Geometry(
            pole_height=self.pole.height,
            pole_radius=self.pole.radius,
            components=tuple(g.Component(**c.model_dump()) for c in self.pole.components),
            boxes=tuple(g.Box(**b.model_dump()) for b in self.pole.boxes),
            line=g.Line(**line.model_dump()) if line else None,
            mount=g.Mount(**self.pole.mount.model_dump()),
            places=dict(self.pole.places),
        )

    @cached_property
    def site_objects(self) -> tuple[Site, ...]:
        """The sites."""
        return tuple(Site(**s.model_dump()) for s in self.sites)

    def replace(self, **changes: Any) -> ProductConfiguration:
        """A checked copy with some top-level fields changed.

        Raises:
            InputError: as :func:`parse_product`.
        """
        return parse_product({**self.model_dump(), **changes}, f"product {self.name}")

    def draw_group(self, seed: int, poles: Sequence[tuple[float, float]], partition: str = "train") -> Conditions:
        """Nature's draw for poles that share weather, regional air and feeder: see :mod:`gg_gym.products.groups`.

        Args:
            seed: of the group.
            poles: places (east, north) from the group's origin [m].
            partition: which split.

        Raises:
            InputError: as :func:`gg_gym.products.groups.draw_group`.
        """
        from gg_gym.products.groups import draw_group

        return draw_group(self, seed, poles, partition)

    def draw(self, seeds: UInt64, partition: str = "train") -> Conditions:
        """Nature's draw of the conditions of runs with ``seeds`` (n,).

        Raises:
            InputError: unknown partition.
        """
        if partition not in self.partitions:
            raise InputError("partition", f"unknown {partition!r}", ", ".join(self.partitions))
        part, seeds = self.partitions[partition], np.atleast_1d(np.asarray(seeds, np.uint64))
        u = uniforms(seeds, "conditions", 8)
        sites = np.array([[s.key for s in self.sites].index(k) for k in part.sites])
        weeks = np.array([w for w in range(52) if w % 8 in part.weeks])
        unit = (part.units[0] + _pick(u[:, 2], part.units[1] - part.units[0])).astype(np.uint64)
        age = uniforms(derive(unit, "unit.age"), "age", 1)[:, 0]
        return Conditions(
            seed=seeds,
            site=sites[_pick(u[:, 0], len(sites))],
            hour=weeks[_pick(u[:, 1], len(weeks))] * 168.0 + u[:, 4] * 168.0,
            load=_between(u[:, 5], self.load_range),
            unit=unit,
            age=_between(age, self.age_range),
            world=(part.worlds[0] + _pick(u[:, 3], part.worlds[1] - part.worlds[0])).astype(np.uint64),
        )


def _pick(u: Float, count: int) -> Int:
    """Indices below ``count`` from uniforms."""
    return np.minimum((u * count).astype(np.int64), count - 1)


def _between(u: Float, bounds: tuple[float, float]) -> Float:
    """Values between bounds from uniforms."""
    out: Float = bounds[0] + u * (bounds[1] - bounds[0])
    return out


ProductRegistry: Registry[ProductConfiguration] = Registry("product")


def describe(error: ValidationError, where: str) -> InputError:
    """One clear error from pydantic's: the first field, its value and its bound."""
    first = error.errors(include_url=False)[0]
    path = ".".join(str(x) for x in first["loc"]) or "(whole)"
    value = first.get("input")
    shown = "" if isinstance(value, (dict, BaseModel)) else f", got {value!r}"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return InputError(f"{where}: {path}", f"{first['msg']}{shown}{more}")


def load_yaml(path: Path) -> Any:
    """Read a YAML file of at most 1 MB without anchors.

    Raises:
        InputError: missing, unreadable, malformed or too large.
    """
    try:
        if path.stat().st_size > 1_000_000:
            raise InputError(str(path), "larger than 1 MB", "at most 1 MB")
        text = path.read_text(encoding="utf-8")
        if any(isinstance(e, yaml.AliasEvent) for e in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise InputError(str(path), "YAML aliases are refused", "plain YAML")
        return yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read: {error}", "a readable YAML file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{line}", f"malformed YAML: {getattr(error, 'problem', error)}", "valid YAML") from None


def load_product(source: str | Path | ProductConfiguration) -> ProductConfiguration:
    """A product from its registry key, a YAML file, or itself.

    Raises:
        InputError: unknown key, missing or malformed file, value out of range.
    """
    if isinstance(source, ProductConfiguration):
        return source
    if str(source) in ProductRegistry:
        return ProductRegistry[str(source)]
    path = Path(source)
    shipped = resources.files("gg_gym") / "products" / f"{source}.yaml"
    if not path.suffix and shipped.is_file():
        return ProductRegistry.add(str(source), parse_product(load_yaml(Path(str(shipped))), str(shipped)))
    if not path.suffix:
        known = sorted({*ProductRegistry, *shipped_products()})
        raise InputError("product", f"unknown key {str(source)!r}", ", ".join(known))
    return parse_product(beside(load_yaml(path), path.parent), str(path))


def shipped_products() -> list[str]:
    """Keys of the products that come with the package."""
    return sorted(p.name[:-5] for p in (resources.files("gg_gym") / "products").iterdir() if p.name.endswith(".yaml"))


def parse_product(data: Any, where: str) -> ProductConfiguration:
    """A product from plain data; errors name ``where``.

    Raises:
        InputError: unknown key, value out of range, unknown module, sensor or cycle.
    """
    try:
        return ProductConfiguration.model_validate(data)
    except ValidationError as error:
        raise describe(error, where) from None
