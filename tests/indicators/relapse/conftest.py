"""The numbers made elsewhere, and the data sets they were made from: read from test-only packages, skipped where absent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outcomes import dataset


@pytest.fixture(scope="session")
def uis() -> pd.DataFrame:
    survset = pytest.importorskip("SurvSet.data", reason="the package SurvSet holds the UIS data")
    frame = survset.SurvLoader().load_dataset("uis")["df"]
    frame = frame.rename(columns=lambda c: c.replace("fac_", "").replace("num_", ""))
    for column in ("treat", "site", "race", "ivhx", "heroic"):
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    return frame


@pytest.fixture(scope="session")
def rossi() -> pd.DataFrame:
    frame = dataset("carData", "Rossi")
    yes = {"fin": "yes", "race": "black", "wexp": "yes", "mar": "married", "paro": "yes"}
    return frame.assign(**{name: (frame[name] == value).astype(int) for name, value in yes.items()})


@pytest.fixture(scope="session")
def mgus2() -> pd.DataFrame:
    frame = dataset("survival", "mgus2")
    time = np.where(frame["pstat"] == 0, frame["futime"], frame["ptime"])
    event = np.where(frame["pstat"] == 1, 1, np.where(frame["death"] == 1, 2, 0))
    return pd.DataFrame({"time": time, "event": event, "sex": frame["sex"]})


@pytest.fixture(scope="session")
def bladder2() -> pd.DataFrame:
    return dataset("survival", "bladder2")


@pytest.fixture(scope="session")
def channing() -> pd.DataFrame:
    frame = dataset("KMsurv", "channing")
    return frame[frame["age"] > frame["ageentry"]].reset_index(drop=True)
