"""Made-up laboratory sheets with known truth, for tests and demonstrations.

合成的实验室数据，真值已知，供测试与演示。

Ten plants, one a division, are sampled four times a year on a Wednesday and a Saturday, from 2018 to 2022. Levels are of
the order published for a nearby city (methamphetamine 0.16 to 20.65 mg/day/1000, Changzhou, doi
10.1186/s12302-020-00304-x); everything else is invented, and every row says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...datasets import data_path
from ...provenance import Status
from .measurements import Measurements, read_measurements
from .noise import load_noise

if TYPE_CHECKING:
    import pandas as pd

SEED = 20200516
YEARS = range(2018, 2023)
PLANT_SPREAD = 0.35  # log standard deviation of levels between plants
LITRES = 300.0  # of sewage, a head and day
LOQ = {"methamphetamine": 1.0, "ketamine": 1.0, "etomidate_acid": 0.5}
LEVEL = {"methamphetamine": 9.0, "ketamine": 0.6, "etomidate_acid": 0.15}  # mg/day/1000 in 2018
# True load of each year over that of 2018 and 2019: one falls, one does not change, one takes the place of the first.
TRUTH = {
    "methamphetamine": (1.0, 1.0, 0.8, 0.55, 0.5),
    "ketamine": (1.0, 1.0, 1.0, 1.0, 1.0),
    "etomidate_acid": (1.0, 1.0, 2.0, 6.0, 14.0),
}
PLANTS: tuple[tuple[str, str, float], ...] = (
    ("张家港厂", "张家港市", 31e4), ("常熟厂", "常熟市", 36e4), ("太仓厂", "太仓市", 18e4), ("昆山厂", "昆山市", 45e4),
    ("吴江厂", "吴江区", 33e4), ("吴中厂", "吴中区", 30e4), ("相城厂", "相城区", 20e4), ("姑苏厂", "姑苏区", 40e4),
    ("园区厂", "工业园区", 42e4), ("高新区厂", "高新区", 26e4),
)  # fmt: skip


def make_synthetic_measurements(*, seed: int = SEED) -> pd.DataFrame:
    """Return a made-up laboratory sheet as a frame, the same for the same seed.  生成合成的实验室数据。

    Columns as in the template, in Chinese; values below the limit are written ``<1.0``. Loads are lognormal with the
    noise of :func:`~suzhou_antidrug.load_noise` around ``LEVEL * TRUTH``.

    >>> sheet = make_synthetic_measurements()
    >>> len(sheet), sheet["备注"].unique().tolist()
    (1200, ['合成数据'])
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    rows = []
    for plant, division, people in PLANTS:
        flow = people * LITRES / 1000
        for biomarker, level in LEVEL.items():
            noise = load_noise(biomarker)
            own = level * np.exp(PLANT_SPREAD * rng.standard_normal())
            for k, year in enumerate(YEARS):
                for month in (2, 5, 8, 11):
                    monday = pd.Timestamp(year, month, 8) + pd.offsets.Week(weekday=0)
                    between = noise.round_sd * rng.standard_normal()
                    for day in (2, 5):
                        load = own * TRUTH[biomarker][k] * np.exp(between + noise.day_sd * rng.standard_normal())
                        wet = flow * np.exp(0.1 * rng.standard_normal())
                        rows.append((plant, division, biomarker, monday + pd.Timedelta(days=day), load, wet, people))
    return _sheet(rows)


def _sheet(rows: list[tuple[str, str, str, pd.Timestamp, float, float, float]]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(rows, columns=["污水厂", "县级市(区)", "标志物", "start", "load", "flow", "people"])
    limit = table["标志物"].map(LOQ)
    concentration = table["load"] * table["people"] / table["flow"]
    written = [f"{c:.3g}" if c >= q else f"<{q:g}" for c, q in zip(concentration, limit, strict=True)]
    return table[["污水厂", "县级市(区)"]].assign(**{
        "污水类型": "生活污水", "标志物": table["标志物"], "采样开始": table["start"].dt.strftime("%Y-%m-%d"),
        "浓度(ng/L)": written, "定量限(ng/L)": limit, "日流量(m3/d)": table["flow"].round(0).astype(int),
        "服务人口": table["people"].astype(int), "人口口径": "年末常住", "实验室": "合成实验室", "方法": "合成",
        "备注": "合成数据",
    })  # fmt: skip


def load_synthetic_measurements() -> Measurements:
    """Return the bundled synthetic laboratory sheet as measurements.  读取自带的合成实验室数据。

    >>> load_synthetic_measurements().made.status
    <Status.SYNTHETIC: 'synthetic'>
    """
    return read_measurements(data_path("synthetic", "wastewater_measurements.csv"), status=Status.SYNTHETIC)
