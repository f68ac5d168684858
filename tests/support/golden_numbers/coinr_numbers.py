"""COINr's run of its own example, step by step; read in place, summarised by counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from suzhou_antidrug.appraisal.composite.components import principal_components
from suzhou_antidrug.appraisal.composite.hierarchy import Hierarchy
from suzhou_antidrug.appraisal.composite.normalise import normalise_scores
from suzhou_antidrug.appraisal.composite.prepare import denominate, impute, skew_and_kurtosis, treat_outliers
from suzhou_antidrug.terms import Text

from .comparison import Comparison, GoldenSet
from .published_data import reference_folder


class Coinr:
    """COINr's published run, rows by unit code, columns by indicator code."""

    def __init__(self) -> None:
        self.root = reference_folder("golden", "coinr")
        meta = pd.read_csv(self.root / "ASEM_iMeta.csv")
        self.meta = meta[meta["Type"].isin(["Indicator", "Aggregate"])]
        self.indicators = meta[meta["Type"] == "Indicator"].set_index("iCode")
        self.codes = list(self.indicators.index)
        self.directions = self.indicators["Direction"].to_numpy(float)
        self.input = pd.read_csv(self.root / "ASEM_iData.csv").set_index("uCode").sort_index()

    def read(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.root / f"{name}.csv").set_index("uCode").sort_index()

    def table(self, name: str) -> pd.DataFrame:
        return self.read(name)[self.codes]

    def tree(self, **columns: str) -> Hierarchy:
        nodes = self.meta.rename(columns={"iCode": "code", "Parent": "parent", "Weight": "weight"})
        return Hierarchy.from_frame(nodes[["code", "parent", "weight"]].assign(**columns))

    def aggregates(self, name: str, tree: Hierarchy, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return COINr's aggregates and ours, column by column."""
        found = tree.aggregate(pd.DataFrame(scores, columns=self.codes))
        return self.read(name)[list(found)].to_numpy(), np.column_stack(list(found.values()))


def coinr() -> GoldenSet:
    run = Coinr()
    source = Text(
        "COINr 1.1.14（William Becker，MIT 许可，提交 b968203，github.com/bluefoxr/COINr）在 R 4.2.2 上对自带 ASEM 数据所算；只就地读取，不随库发布",
        "COINr 1.1.14 (William Becker, MIT, commit b968203, github.com/bluefoxr/COINr) on its ASEM data under R 4.2.2; read in "
        "place, never shipped",
    )
    rows = (*chain(run), *single_steps(run))
    return GoldenSet("coinr", Text("COINr 全流程", "COINr's whole run"), source, "reference", rows, full=False)


def chain(run: Coinr) -> list[Comparison]:
    by = run.indicators["Denominator"]
    ones = pd.Series(1.0, index=run.input.index)
    under = np.column_stack([ones if pd.isna(n) else run.input[n] for n in by])
    screened = pd.read_csv(run.root / "skew_kurt_screened.csv").set_index("iCode").loc[run.codes]
    skewness, kurtosis = skew_and_kurtosis(run.table("dset_Screened"))
    scores = normalise_scores(run.table("dset_Treated"), run.directions)
    filled = impute(run.table("dset_Denominated"), "mean", groups=run.input["EurAsia_group"])
    treated, moved = treat_outliers(run.table("dset_Screened"))
    divided = denominate(run.input[run.codes], under)
    aggregated = run.aggregates("dset_Aggregated", run.tree(), scores)
    return [
        _table("dset_Denominated", run, divided, 1e-11, "rel"),
        Comparison("empty cells after it", 65, int(np.isnan(divided).sum())),
        _table("dset_Imputed", run, filled, 1e-11, "rel"),
        Comparison(
            "skew_kurt_screened", screened[["skew", "kurt"]].to_numpy().T, np.stack([skewness, kurtosis]), 1e-10, "rel"
        ),
        _table("dset_Treated", run, treated, 1e-12, "rel"),
        Comparison("indicators changed by it", 15, int((moved > 0).sum())),
        _table("dset_Normalised", run, scores, 1e-10, "abs"),
        Comparison("dset_Aggregated", *aggregated, 1e-10, "abs"),
    ]


def _table(
    name: str, run: Coinr, ours: np.ndarray, tolerance: float, kind: str, reason: Text | None = None
) -> Comparison:
    return Comparison(name, run.table(name).to_numpy(float), np.asarray(ours, float), tolerance, kind, reason=reason)


def single_steps(run: Coinr) -> list[Comparison]:
    treated, signs = run.table("dset_Treated"), run.directions
    targets = pd.read_csv(run.root / "norm_dist2targ_targets.csv").set_index("iCode").loc[run.codes, "Target"]
    posts = np.quantile(treated.to_numpy() * signs, [0.05, 0.95], axis=0).T * signs[:, None]
    to_100 = normalise_scores(treated, signs, span=(1, 100))
    bits = Text(
        "TolMin 的保、捷、挪三格：COINr 比较未舍入的二进制值，打印相同的值不并列；库中按打印值并列",
        "TolMin in BGR, CZE and NOR: COINr compares binary values that print alike and does not tie them; here they tie",
    )
    rows = [
        _table("norm_zscore", run, normalise_scores(treated, signs, "z_score"), 1e-11, "abs"),
        _table("norm_rank", run, normalise_scores(treated, signs, "rank"), 0.0, "abs", bits),
        _table(
            "norm_dist2targ_capped",
            run,
            normalise_scores(treated, signs, "target_from_worst", targets=targets),
            1e-12,
            "abs",
        ),
        _table("norm_goalposts_p05_p95", run, normalise_scores(treated, signs, "goalposts", posts=posts), 1e-10, "abs"),
    ]
    for method, name in (("arithmetic", "agg_a_amean"), ("geometric", "agg_a_gmean")):
        rows.append(Comparison(name, *run.aggregates(name, run.tree(method=method), to_100), 1e-10, "abs"))
    return [*rows, _components(run)]


def _components(run: Coinr) -> Comparison:
    wanted = pd.read_csv(run.root / "weights_pca.csv").set_index("iCode")["Weight"]
    scores = run.table("dset_Normalised")
    golden, ours = [], []
    for _, part in run.indicators.groupby("Parent"):
        printed = wanted.loc[part.index].to_numpy()
        found = principal_components(scores[list(part.index)]).vectors[:, 0]
        golden += printed.tolist()
        ours += (found * np.sign(found @ printed)).tolist()
    return Comparison("weights_pca", golden, ours, 1e-9, "abs")
