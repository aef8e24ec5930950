"""Sensors: instruments, the imperfection chain they share, and the suite. Importing this registers the instruments."""

from gg_gym.sensors.acoustic import Microphone
from gg_gym.sensors.barometer import PortBarometer
from gg_gym.sensors.base import PRIORS, SENSORS, BaseSensor, Channel
from gg_gym.sensors.camera import ThermalCamera
from gg_gym.sensors.configuration import SensorConfiguration
from gg_gym.sensors.emf import FieldProbe, emf_pattern
from gg_gym.sensors.faults import FaultInjection
from gg_gym.sensors.internal import InternalThermometer
from gg_gym.sensors.lightning import LightningSensor
from gg_gym.sensors.operation import OperationalLogic, Tier
from gg_gym.sensors.particulate import ParticleCounter
from gg_gym.sensors.power import FuelGauge, PanelMonitor
from gg_gym.sensors.status import MISSING, Status, valid
from gg_gym.sensors.suite import SensorSuite, SuiteReading
from gg_gym.sensors.vibration import Accelerometers
from gg_gym.sensors.voc import VOCArray
from gg_gym.sensors.waveforms import Waveform, synthesise
from gg_gym.sensors.weather import ShieldedTemperatureHumidity, SonicAnemometer

__all__ = [
    "MISSING", "PRIORS", "SENSORS", "Accelerometers", "BaseSensor", "Channel", "FaultInjection", "FieldProbe",
    "FuelGauge", "InternalThermometer", "LightningSensor", "Microphone", "OperationalLogic", "PanelMonitor",
    "ParticleCounter", "PortBarometer", "SensorConfiguration", "SensorSuite", "ShieldedTemperatureHumidity",
    "SonicAnemometer", "Status", "SuiteReading", "ThermalCamera", "Tier", "VOCArray", "Waveform", "emf_pattern",
    "synthesise", "valid",
]  # fmt: skip
