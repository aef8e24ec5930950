"""The unified status mask: what a part says about itself. It never tells a hidden fault."""

from __future__ import annotations

from enum import IntFlag

from gg_gym.units import Bool, UInt32


class Status(IntFlag):
    """Bits of the mask (uint32)."""

    WARMUP = 1 << 0
    STALE = 1 << 1
    SAT_HIGH = 1 << 2
    BELOW_LOD = 1 << 3
    OUT_OF_SPEC_ENV = 1 << 4
    SELFTEST_FAIL = 1 << 5
    COMM = 1 << 6
    CAL_DUE = 1 << 7
    MAINTENANCE = 1 << 8
    FFC_IMMINENT = 1 << 9
    FAN = 1 << 10
    LASER = 1 << 11
    LAMP = 1 << 12
    PATH_BLOCKED = 1 << 13
    NOISE_HIGH = 1 << 14
    DISTURBER = 1 << 15
    SHUTTER_LOCKOUT = 1 << 16
    OVERTEMP = 1 << 17
    OVERRANGE_EMF = 1 << 18
    LOWBATT = 1 << 19


#: A reading with one of these bits is missing.
MISSING = Status.SELFTEST_FAIL | Status.COMM | Status.MAINTENANCE | Status.WARMUP


def valid(status: UInt32) -> Bool:
    """Whether readings with ``status`` (any shape) are there."""
    ok: Bool = (status & int(MISSING)) == 0
    return ok
