"""Datasets in Avro: the writer and the reader."""

from __future__ import annotations

from gg_gym.records.reader import DatasetReader
from gg_gym.records.writer import DatasetWriter

__all__ = ["DatasetReader", "DatasetWriter"]
