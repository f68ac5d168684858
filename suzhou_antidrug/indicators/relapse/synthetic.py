"""Made-up persons with known truth, for examples and tests. Never to be shown without the word 合成.

合成人员数据，真值已知，仅供示例与测试，展示时须注明“合成”。
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...provenance import Status
from .spells import Spells

if TYPE_CHECKING:
    import pandas as pd

DIVISIONS = ("张家港市", "常熟市", "太仓市", "昆山市", "吴江区", "吴中区", "相城区", "姑苏区", "工业园区", "高新区")
ENDS = {0: "censored", 1: "relapse", 2: "death", 3: "departure", 4: "detention"}
MONTHLY_RELAPSE = (0.030, 0.016, 0.008)  # in the first, second and third year after release; invented
MONTHLY_OTHERS = {2: 0.0008, 3: 0.003, 4: 0.0012}  # invented
LAST_MONTH = 36


def make_synthetic_persons(persons: int = 2400, *, rng: int = 0) -> pd.DataFrame:
    """Return made-up persons released 2016 to 2021 and followed to the end of 2022.

    生成合成人员表：2016 至 2021 年释放，随访至 2022 年底。

    Columns: pseudonym, division, released (year), drug, times_detained, entry and months (since release), end (0 to 4),
    last_negative and first_positive (months of checks between which relapse lies). Relapse risks fall by 6 % from one release
    year to the next, are a third higher after repeated detention, and differ a little between divisions.

    >>> table = make_synthetic_persons(200)
    >>> len(table), sorted(table["end"].unique().tolist())
    (200, [0, 1, 2, 3, 4])
    """
    import pandas as pd

    generator = np.random.default_rng(rng)
    released = generator.integers(2016, 2022, persons)
    division = generator.choice(len(DIVISIONS), persons, p=np.linspace(1.6, 0.4, len(DIVISIONS)) / len(DIVISIONS))
    times = generator.choice([1, 2, 3], persons, p=[0.6, 0.28, 0.12])
    drug = generator.choice(["海洛因", "冰毒", "其他"], persons, p=[0.45, 0.4, 0.15])
    level = 0.94 ** (released - 2016) * np.where(times > 1, 1.33, 1.0) * np.exp(0.12 * generator.standard_normal(len(DIVISIONS)))[division]  # fmt: skip
    month = np.arange(1, LAST_MONTH + 1)
    rate = np.array(MONTHLY_RELAPSE)[(month - 1) // 12]
    hit = generator.random((persons, LAST_MONTH)) < level[:, None] * rate
    relapse = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 10_000)
    times_of = {1: relapse}
    for code, chance in MONTHLY_OTHERS.items():
        other = generator.random((persons, LAST_MONTH)) < chance
        times_of[code] = np.where(other.any(axis=1), other.argmax(axis=1) + 1, 10_000)
    table = np.stack([times_of[code] for code in (1, 2, 3, 4)])
    first, which = table.min(axis=0), table.argmin(axis=0) + 1
    limit = np.minimum(LAST_MONTH, 12 * (2023 - released) - generator.integers(0, 12, persons))
    months = np.minimum(first, limit)
    end = np.where(first <= limit, which, 0)
    late = (generator.random(persons) < 0.1) & (months > 6)
    every = np.where(times > 1, 1, 3)  # months between checks: by risk grade
    positive = np.where(end == 1, np.ceil(months / every) * every, np.inf)
    return pd.DataFrame({
        "pseudonym": [f"合成{n:05d}" for n in range(persons)], "division": np.array(DIVISIONS)[division], "released": released,
        "drug": drug, "times_detained": times, "entry": np.where(late, 3.0, 0.0), "months": months.astype(float), "end": end,
        "last_negative": np.floor((months - (end == 1)) / every) * every, "first_positive": positive,
    })  # fmt: skip


def make_synthetic_spells(persons: int = 2400, *, rng: int = 0) -> Spells:
    """Return the spells of made-up persons, with status synthetic.  合成人员的时间段表。

    >>> spells = make_synthetic_spells(200)
    >>> spells.persons, str(spells.made.status)
    (200, 'synthetic')
    """
    table = make_synthetic_persons(persons, rng=rng)
    return Spells.from_frame(
        table, person="pseudonym", entry="entry", exit="months", event="end", event_codes=ENDS,
        groups=["division", "released", "drug", "times_detained"], status=Status.SYNTHETIC,
    )  # fmt: skip
