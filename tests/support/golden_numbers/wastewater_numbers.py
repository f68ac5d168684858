"""Worked examples of wastewater, a published Korean table, and the week of published means."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from suzhou_antidrug.indicators.wastewater.consumption import back_calculate
from suzhou_antidrug.indicators.wastewater.population import per_capita_change, population_from_cotinine
from suzhou_antidrug.indicators.wastewater.quantities import convert
from suzhou_antidrug.indicators.wastewater.substances import load_correction_factors
from suzhou_antidrug.indicators.wastewater.totals import check_total, doses
from suzhou_antidrug.indicators.wastewater.uncertainty import uncertainty_budget
from suzhou_antidrug.indicators.wastewater.weeks import classify_yearly_change, weekly_means
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import GOLDEN

EXAMPLES = pd.read_csv(GOLDEN / "wastewater_worked_examples.csv").set_index("id")
KOREA = pd.read_csv(GOLDEN / "wastewater_korea.csv")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CENT = 0.0051  # published to 0.01: half a unit of the last digit, and the binary error of it
PRINTED = 0.005  # three figures printed, from loads of three figures
FIVE_FIGURES = 1e-4


def example(id_: str) -> tuple[Any, Any]:
    row = EXAMPLES.loc[id_]
    return json.loads(row["inputs"]), json.loads(row["expected"])


def factor_of(drug: str, fraction: float) -> str:
    factors = load_correction_factors().values()
    return next(f.id for f in factors if f.parent == drug and f.excretion_fraction == fraction)


def one(id_: str, golden: Any, ours: Any, tolerance: float, kind: str, reason: Text | None = None) -> Comparison:
    topic, source = EXAMPLES.loc[id_, ["topic", "source"]]
    return Comparison(f"{id_} · {topic}", golden, ours, tolerance, kind, source, reason)


def weeks() -> list[Comparison]:
    rows = []
    for id_, rule in (("E01", "score"), ("E02", "score_2021"), ("E03", "score"), ("E04", "score")):
        given, golden = example(id_)
        found = weekly_means(
            [np.nan if given["daily_loads"][d] is None else given["daily_loads"][d] for d in DAYS], rule=rule
        )
        ours = [float(getattr(found, k)) for k in golden]
        reason = Text(
            "周二未列出而公布的均值用了它，不能由所列各日算出；公布值另列，不改写",
            "the published means use a Tuesday that is not shown and cannot be had from the days; they are kept beside ours",
        )
        rows.append(one(id_, golden, ours, CENT, "abs", reason if id_ == "E04" else None))
    given, golden = example("E05")
    change, kind = classify_yearly_change([g["value_2023"] for g in given], [g["value_2024"] for g in given])
    ours = [[round(100 * c, 3), k] for c, k in zip(change.tolist(), kind.tolist(), strict=True)]
    rows.append(one("E05", [list(g.values()) for g in golden], ours, 0.001, "abs"))
    return rows


def loads_and_consumption() -> list[Comparison]:
    rows = []
    for id_, flows, amount, key in (
        ("E07", "flow_10k_m3_per_day", "concentration_ng_per_L", "load_mg_per_day_per_1000"),
        ("E08", "flows_10k_m3_per_day", "loq_ng_per_L", "load_limits_mg_per_day_per_1000"),
    ):
        given, golden = example(id_)
        people = convert(given["population_thousand"], "千人", "population")
        found = convert(given[amount], "ng/L", "concentration") * convert(given[flows], "万m3/天", "flow") / people
        rows.append(one(id_, golden[key], found, FIVE_FIGURES, "rel"))
    rows.append(one("E09", 1.0, float(convert([1.0], "g/day/10^6", "load")[0]), 0.0, "exact"))
    for id_, drug, tolerance in (
        ("E10", "methamphetamine", PRINTED),
        ("E11", "codeine", PRINTED),
        ("E12", "ketamine", 1e-12),
    ):
        given, golden = example(id_)
        found = back_calculate(given["load"], drug=drug, factor=factor_of(drug, given["excretion_fraction"]))
        rows.append(one(id_, golden["consumption"], float(found.value), tolerance, "rel"))
    given, golden = example("E13")
    shares = {"whole limit": 1.0, "half limit": 0.5}
    ours = []
    for i, g in zip(given, golden, strict=True):
        factor = factor_of(i["drug"], i["excretion_fraction"])
        found = back_calculate(np.nan, drug=i["drug"], factor=factor, load_low=0, load_high=i["load_below"])
        ours.append(shares[g["convention"]] * float(found.high))
    return [*rows, one("E13", [g["printed_consumption_below"] for g in golden], ours, PRINTED, "rel")]


def totals_and_people() -> list[Comparison]:
    given, golden = example("E14")
    people = [e["implied_population"] for e in golden]
    kg, load = ([r[k] for r in given] for k in ("kg_per_year", "mg_per_day_per_1000"))
    rows = [one("E14", people, check_total(kg, load, people, kg_half_width=5).implied_population, 0.002, "rel")]
    given, golden = example("E15")
    found = float(per_capita_change(given["total_load_change"], given["population_change"]))
    rows.append(one("E15", golden["per_capita_change"], found, 0.001, "abs"))
    given, golden = example("E16")
    growth = given["population_2020"] / given["population_2019"] - 1
    rows.append(one("E16", golden["per_capita_change"], float(per_capita_change(0.0, growth)), 1e-4, "abs"))
    given, golden = example("E17")
    smokers = population_from_cotinine(
        given["cotinine_ng_per_L"], given["flow_10k_m3_per_day"] * 1e4,
        cigarettes_per_person_per_day=given["cigarettes_per_person_per_day"], domestic_share=given["domestic_share"],
        mg_cotinine_per_cigarette=given["mg_cotinine_per_cigarette"],
    )  # fmt: skip
    rows.append(one("E17", golden["population_thousand"], float(smokers.value) / 1000, FIVE_FIGURES, "rel"))
    given, golden = example("E18")
    rows.append(
        one(
            "E18",
            golden["doses_per_day"],
            float(doses(given["cocaine_kg_per_day"] * 1e6, given["dose_mg"])),
            0.0,
            "exact",
        )
    )
    given, golden = example("E19")
    sizes = {name: p / 100 for name, p in given["percent"].items()}
    consumption = uncertainty_budget(sizes, quantity="consumption", draws=50)
    load = uncertainty_budget({**sizes, "population": 0.10}, draws=50)
    ours = [100 * consumption.one.first_order, 100 * load.one.first_order, 100 * load.ratio.first_order]
    return [*rows, one("E19", golden, ours, 0.1, "abs")]


def worked_examples() -> GoldenSet:
    source = Text(
        "逐行列出；`tests/golden/wastewater_worked_examples.csv`",
        "by row; `tests/golden/wastewater_worked_examples.csv`",
    )
    rows = (*weeks(), *loads_and_consumption(), *totals_and_people())
    note = Text(
        "E06 需要整个欧洲发布文件，见下文“就地读取”的一组。",
        "E06 needs the whole European release: see the set read in place.",
    )
    return GoldenSet(
        "wastewater_examples",
        Text("污水算例", "Worked examples of wastewater"),
        source,
        "repository",
        rows,
        notes=(note,),
    )


def korea() -> GoldenSet:
    rows = []
    for row in KOREA[KOREA["consumption_published"].notna()].itertuples():
        factor = factor_of(row.drug, row.excretion_fraction)
        ours = float(back_calculate(row.load_mg_per_day_per_1000, drug=row.drug, factor=factor).value)
        half = Text(
            "原表此格以定量限的一半折算，别处用整个定量限；库中保留上限与标记，不代入",
            "this cell of the table uses half the limit, the others the whole; the library keeps limit and flag and puts nothing in",
        )
        reason = half if row.id == "KR-B-10-codeine" else None
        rows.append(Comparison(row.id, row.consumption_published, ours, PRINTED, "rel", reason=reason))
    source = Text(
        "韩国 15 厂的表，wallinside.com/post-55013910；消费量印三位有效数字",
        "a Korean table of 15 plants, wallinside.com/post-55013910; consumption printed to three figures",
    )
    return GoldenSet(
        "wastewater_korea", Text("韩国的消费量表", "A Korean table of consumption"), source, "repository", tuple(rows)
    )
