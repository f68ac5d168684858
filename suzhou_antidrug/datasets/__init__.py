"""Bundled data: load, list, describe, check.

自带数据：读取、列出、说明、核对。

The folder ``datasets/`` is read from a checkout or, as ``suzhou_antidrug/_data``, from an installed wheel. What each
file holds, with columns, units, sources and licence, stands in ``datasets/datapackage.json``.
"""

from __future__ import annotations

from .catalogue import Dataset, Description, describe, list_datasets
from .checks import RecordChecks, check_published
from .files import data_path, data_root
from .population import Population, load_population, per_head, per_head_change
from .published import PublishedRecord, load_published
from .rounding import PrintedChange, check_printed_change, half_widths
from .series import PublishedSeries

__all__ = [
    "Dataset",
    "Description",
    "Population",
    "PrintedChange",
    "PublishedRecord",
    "PublishedSeries",
    "RecordChecks",
    "check_printed_change",
    "check_published",
    "data_path",
    "data_root",
    "describe",
    "half_widths",
    "list_datasets",
    "load_population",
    "load_published",
    "per_head",
    "per_head_change",
]
