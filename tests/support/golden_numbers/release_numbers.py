"""The European release and the Canadian cities, read in place: tallies and means computed elsewhere."""

from __future__ import annotations

import pandas as pd

from suzhou_antidrug.indicators.wastewater.noise import estimate_monthly_noise
from suzhou_antidrug.indicators.wastewater.releases import BIOMARKERS, read_score_release, replay_drop_rules
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import reference_folder
from .wastewater_numbers import example

# Percent of 965 triples that fire, and of these still 10 % below at T + 2.
REPLAY = {
    "every_triple": [100, 35], "drop_20": [25, 68], "p_05": [25, 67], "drop_20_p_05": [22, 69],
    "drop_20_p_01": [16, 71], "drop_20_from_both": [11, 64],
}  # fmt: skip
MONTH_SD = {
    "methamphetamine": 0.2155, "amphetamine": 0.2196, "mdma": 0.3367, "benzoylecgonine": 0.1191, "thc_cooh": 0.1407,
    "morphine": 0.1423, "codeine": 0.1232, "methadone": 0.1452,
}  # fmt: skip
# The names of the Canadian table.
MARKERS = {
    "Methamphetamine": "methamphetamine", "Amphetamine": "amphetamine", "Ecstasy (MDMA)": "mdma",
    "Cocaine (Benzoylecgonine)": "benzoylecgonine", "Cannabis (THC-COOH)": "thc_cooh", "Morphine": "morphine",
    "Codeine": "codeine", "Methadone": "methadone", "Fentanyl (Norfentanyl)": "norfentanyl", "Oxycodone": "oxycodone",
}  # fmt: skip
CLASSES = ("decrease", "increase", "stable")
HALF_DIGIT = 0.5e-4 + 1e-12


def european_release() -> GoldenSet:
    path = reference_folder("data", "wastewater", "panel.csv")
    panel = read_score_release(path)
    raw = pd.read_csv(path)
    raw["biomarker"] = raw["drug"].str.lower().replace(BIOMARKERS)
    raw = raw.sort_values(["site", "biomarker", "year"], ignore_index=True)
    measured = (panel.frame["state"] == "measured").to_numpy()
    quirks = pd.read_csv(reference_folder("data", "wastewater", "panel_quirks.csv"))
    rows = [
        Comparison(
            "mean of the days", raw["load_mean_obs"][measured].to_list(), panel.frame["daily"][measured], 5.1e-5, "abs"
        )
    ]
    for ours, theirs in (("daily", "load_mean"), ("weekday", "weekday_mean"), ("weekend", "weekend_mean")):
        rows.append(
            Comparison(f"published {ours}, kept as it is", raw[theirs].to_list(), panel.frame[f"published_{ours}"])
        )
    rows.append(Comparison("quirks of the file", len(quirks), len(panel.problems)))
    rows += [*_classes(panel), *_replay(panel)]
    source = Text(
        "EUDA 与 SCORE 2025 年发布（ww2025-all-data.csv）的整理表，就地读取；E06 见算例",
        "the tidied EUDA and SCORE release of 2025 (ww2025-all-data.csv), read in place; E06 of the worked examples",
    )
    return GoldenSet(
        "release", Text("欧洲污水发布", "The European release"), source, "reference", tuple(rows), full=False
    )


def _classes(panel) -> list[Comparison]:
    _, golden = example("E06")
    yearly = panel.yearly()
    pairs = yearly[(yearly["year"] == 2024) & yearly["published_year_before"].notna()]
    tally = pd.crosstab(pairs["biomarker"], pairs["agency_class"])[list(CLASSES)]
    rows = []
    for drug, counts in golden.items():
        if drug != "order":
            name = BIOMARKERS.get(drug.lower(), drug.lower())
            rows.append(Comparison(f"E06 · {drug}: decrease, increase, stable", counts, tally.loc[name].to_list()))
    return rows


def _replay(panel) -> list[Comparison]:
    table = replay_drop_rules(panel.frame).set_index("rule")
    percent = (100 * table[["share", "share_still_low"]]).round().astype(int)
    return [Comparison(f"replay · {rule}: %", golden, percent.loc[rule].to_list()) for rule, golden in REPLAY.items()]


def canadian_months() -> GoldenSet:
    canada = pd.read_csv(reference_folder("data", "wastewater", "canada_monthly_2022_2023.csv"))
    canada = canada[~canada["city"].str.startswith("Weighted")]
    found = estimate_monthly_noise(
        canada.rename(columns={"city": "site"}).assign(biomarker=canada["marker"].map(MARKERS))
    )
    found = found.set_index("biomarker")["month_sd"]
    rows = tuple(Comparison(name, sd, float(found[name]), HALF_DIGIT, "abs") for name, sd in MONTH_SD.items())
    source = Text(
        "加拿大统计局 13-10-0820 表 2022—2023 年各城市月值，另行算得，印四位小数",
        "monthly values of Canadian cities, Statistics Canada table 13-10-0820, 2022-2023, computed apart, four decimals",
    )
    title = Text("污水月值的波动", "Noise of monthly wastewater values")
    return GoldenSet("canada", title, source, "reference", rows)
