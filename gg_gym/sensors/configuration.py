"""SensorConfiguration: one instrument as a product's YAML names it."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import CATALOGUE, LARGEST, REACH, STAGES
from gg_gym.physics.geometry import Geometry

Factor = Annotated[float, Field(ge=0, le=LARGEST)]
Rate = Annotated[float, Field(ge=0, le=1e9)]
Table = tuple[tuple[float, float], ...]


class SensorConfiguration(BaseModel):
    """An instrument of a suite.

    The defaults of an instrument's imperfections stand, each with its source, in :mod:`gg_gym.parameters`; factors of 1
    (the default of every stage) are those numbers.

    Attributes:
        key: registry key of the sensor's class.
        name: the instrument's key in readings, unique in a suite ("voc").
        enabled: a disabled instrument is missing (status COMM).
        position: place [m].
        rate: native output rate [Hz].
        needs: instruments whose readings it compensates with.
        parameters: operating parameters; the sensor's class checks names and bounds.
        imperfections: stage, or "stage.channel", to the range of the factor on it; each unit draws its own in the
            range (domain randomisation). Stages: :data:`gg_gym.parameters.imperfections.STAGES`.
        faults: kind to rate per unit-year (default: :data:`gg_gym.parameters.imperfections.CATALOGUE`).
        response: channel to a table ((input, output), ...) of a calibrated non-linearity, inputs rising.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    key: str
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    enabled: bool = True
    position: tuple[float, float, float]
    rate: float = Field(gt=0, le=1e6)
    needs: tuple[str, ...] = ()
    parameters: dict[str, float] = {}
    imperfections: dict[str, tuple[Factor, Factor]] = {}
    faults: dict[str, Rate] = {}
    response: dict[str, Table] = {}

    @field_validator("imperfections")
    @classmethod
    def _stages(cls, value: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for key, (low, high) in value.items():
            if key.partition(".")[0] not in STAGES:
                raise ValueError(f"unknown stage {key!r}; known: {', '.join(STAGES)}")
            if "." in key and key.partition(".")[0] in ("ageing", "faults"):
                raise ValueError(f"{key}: a whole instrument ages and fails; allowed: without a channel")
            if low > high:
                raise ValueError(f"{key}: the range {low} .. {high} is upside down; allowed: low <= high")
        return value

    @field_validator("faults")
    @classmethod
    def _kinds(cls, value: dict[str, float]) -> dict[str, float]:
        if unknown := sorted(set(value) - set(CATALOGUE)):
            raise ValueError(f"unknown faults {unknown}; known: {', '.join(CATALOGUE)}")
        return value

    @field_validator("response")
    @classmethod
    def _sorted(cls, value: dict[str, Table]) -> dict[str, Table]:
        for channel, table in value.items():
            inputs = [x for x, _ in table]
            if len(inputs) < 2 or any(b <= a for a, b in pairwise(inputs)):
                raise ValueError(f"{channel}: inputs {inputs} are not sorted; allowed: two or more, rising")
        return value

    def changed(self, **changes: object) -> SensorConfiguration:
        """This configuration with some fields changed, checked again.

        Raises:
            InputError: a value that is not allowed; names the field and the range.
        """
        try:
            return SensorConfiguration.model_validate({**self.model_dump(), **changes})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(x) for x in first["loc"])
            raise InputError(f"sensor {self.name}: {field}", f"{first.get('input')!r}", first["msg"]) from None


def check_place(config: SensorConfiguration, geometry: Geometry) -> None:
    """Refuse an instrument that is not in the pole's surroundings.

    Raises:
        InputError: farther than 30 m from the pole, or below ground.
    """
    x, y, z = config.position
    away = float(np.sqrt(x * x + y * y + max(z - geometry.pole_height, 0.0) ** 2))
    if away > REACH or z < 0.0:
        allowed = f"0 .. {REACH:g} m from the pole and not below ground"
        raise InputError(f"sensor {config.name}: position", f"{config.position}, {away:.4g} m away", allowed)
