"""SensorConfiguration: one instrument as a product's YAML names it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SensorConfiguration(BaseModel):
    """An instrument of a suite.

    Attributes:
        key: registry key of the sensor's class.
        name: the instrument's key in readings, unique in a suite ("voc").
        enabled: a disabled instrument is missing (status COMM).
        position: place [m].
        rate: native output rate [Hz].
        needs: instruments whose readings it compensates with.
        parameters: operating parameters; the sensor's class checks names and bounds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    key: str
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    enabled: bool = True
    position: tuple[float, float, float]
    rate: float = Field(gt=0, le=1e6)
    needs: tuple[str, ...] = ()
    parameters: dict[str, float] = {}
