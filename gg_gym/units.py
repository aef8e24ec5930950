"""Unit types: ``Kelvin[A]`` reads "a batch of floats in kelvin", generic in the array library.

``A`` is a NumPy array or a torch tensor, never a mix. The unit is documentation carried by the type;
the law it takes part in is checked by a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

#: A batch of floats: NumPy or torch.
A = TypeVar("A", NDArray[np.floating[Any]], "Tensor")

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]
UInt32 = NDArray[np.uint32]
UInt64 = NDArray[np.uint64]

Ampere = Annotated[A, "A"]
Celsius = Annotated[A, "Cel"]
Hertz = Annotated[A, "Hz"]
Joule = Annotated[A, "J"]
JoulePerKilogramKelvin = Annotated[A, "J/(kg.K)"]
Kelvin = Annotated[A, "K"]
Kilogram = Annotated[A, "kg"]
KilogramPerCubicMeter = Annotated[A, "kg/m3"]
KilogramPerSecond = Annotated[A, "kg/s"]
Meter = Annotated[A, "m"]
MeterPerSecond = Annotated[A, "m/s"]
Ohm = Annotated[A, "Ohm"]
PartsPerBillion = Annotated[A, "[ppb]"]
Pascal = Annotated[A, "Pa"]
PerMeter = Annotated[A, "1/m"]
PerSecond = Annotated[A, "1/s"]
Radian = Annotated[A, "rad"]
Second = Annotated[A, "s"]
Tesla = Annotated[A, "T"]
Unitless = Annotated[A, "1"]
Volt = Annotated[A, "V"]
VoltPerMeter = Annotated[A, "V/m"]
Watt = Annotated[A, "W"]
WattPerMeter = Annotated[A, "W/m"]
WattPerMeterKelvin = Annotated[A, "W/(m.K)"]
WattPerSquareMeter = Annotated[A, "W/m2"]
WattPerSquareMeterKelvin = Annotated[A, "W/(m2.K)"]
