"""Sensors: instruments, the imperfection chain they share, and the suite. Importing this registers the instruments."""

from gg_gym.sensors.base import PRIORS, SENSORS, BaseSensor, Channel
from gg_gym.sensors.camera import ThermalCamera
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.sensors.emf import FieldProbe
from gg_gym.sensors.status import MISSING, Status, valid
from gg_gym.sensors.suite import SensorSuite, SuiteReading
from gg_gym.sensors.voc import VOCArray
from gg_gym.sensors.weather import ShieldedTemperatureHumidity, SonicAnemometer

__all__ = [
    "MISSING", "PRIORS", "SENSORS", "BaseSensor", "Channel", "FieldProbe", "SensorConfiguration", "SensorSuite",
    "ShieldedTemperatureHumidity", "SonicAnemometer", "Status", "SuiteReading", "ThermalCamera", "VOCArray", "valid",
]  # fmt: skip
