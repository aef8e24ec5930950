"""A product's own field in place of the plume: named by a file's path, read, checked, part of the product's hash."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gg_gym.errors import InputError
from gg_gym.physics.gridded import GriddedField, load_field, register_field

#: Beginning of the keys of physics modules that a product's ``field`` makes.
OWN = "gridded.file."


class FieldConfiguration(BaseModel):
    """A field from a file (see :mod:`gg_gym.physics.gridded`).

    Attributes:
        path: ``.npz`` or NetCDF file; a relative one is looked for beside the product's file first.
        digest: hash of the field; found when the file is read, and checked where it is given (as in a record).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1)
    digest: str = Field("", pattern=r"^([0-9a-f]{32})?$")


@lru_cache(maxsize=4)
def _load(path: str, stamp: int, size: int) -> GriddedField:
    return load_field(path)


def read(path: str) -> GriddedField:
    """The field of a file; the last few are kept until their file changes.

    Raises:
        InputError: what :func:`gg_gym.physics.gridded.load_field` refuses.
    """
    try:
        about = Path(path).stat()
    except OSError:
        return load_field(path)
    return _load(path, about.st_mtime_ns, about.st_size)


def resolve(data: Any) -> Any:
    """A product's plain data with its ``field`` read, checked and registered, and its module among ``physics``.

    Raises:
        InputError: a file that is missing or wrong, or another field than the digest names.
    """
    if not isinstance(data, dict) or not isinstance(data.get("physics"), (list, tuple)):
        return data
    physics = [key for key in data["physics"] if not str(key).startswith(OWN)]
    if data.get("field") is None:
        return {**data, "physics": physics}
    given = data["field"]
    try:
        asked = given if isinstance(given, FieldConfiguration) else FieldConfiguration.model_validate(given)
    except ValidationError:  # the product's own check says where
        return data
    found = read(asked.path)
    if asked.digest and found.digest != asked.digest:
        raise InputError(f"field: {asked.path}", f"is another field, {found.digest}", f"digest {asked.digest}")
    key = register_field(OWN.removeprefix("gridded.").rstrip("."), found)
    own = {"path": asked.path, "digest": found.digest}
    return {**data, "field": own, "physics": [*physics, key]}


def beside(data: Any, folder: Path) -> Any:
    """A product's plain data whose field's relative path is taken from ``folder``, if the file lies there."""
    given = data.get("field") if isinstance(data, dict) else None
    if not isinstance(given, dict) or not isinstance(given.get("path"), str):
        return data
    near = folder / given["path"]
    return {**data, "field": {**given, "path": str(near)}} if near.is_file() else data
