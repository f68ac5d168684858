"""How much of the variance of a result each choice accounts for, by itself and with the others.

每项选择单独、以及与其他选择共同解释结果方差的多少。

Formulas: V[E(y given u_i)] / V is the first index of choice i, E[V(y given all but u_i)] / V its total index. From N points A and B and
A with column i of B (AB_i), N (d + 2) runs: first_i = mean(y_B (y_ABi - y_A)) / V, total_i = mean((y_A - y_ABi)^2) / (2 V), y centred
and V the variance of y_A and y_B together. An estimate of an index near 0 may be a little below 0; it is left so.

Sources: Saltelli and others, Computer Physics Communications 181 (2010) 259; Jansen, ibid. 117 (1999) 35; computed by SALib (Herman and
Usher, J. Open Source Software 2, 2017, 97).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import UnknownNameError, unknown_name
from ...provenance import Made, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text
from .runs import evaluated, rank_shifts, ranks_by_year

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from .choices import Choice, Floats
    from .study import RobustnessStudy

SHIFT = "mean_rank_shift"
NEGLIGIBLE = 1e-9  # a range of outputs no wider is float noise


@dataclass(frozen=True, slots=True, eq=False)
class SensitivityIndices(Result):
    """First and total indices of each choice, with the half widths of their 95 % intervals.  各项选择的一阶与总敏感度指数。

    Where ``reason`` is given there is nothing to share out, and all indices are NaN.
    """

    choices: tuple[Choice, ...]
    output: str
    year: int
    first: Floats = field(repr=False)
    first_conf: Floats = field(repr=False)
    total: Floats = field(repr=False)
    total_conf: Floats = field(repr=False)
    variance: float  # of the output
    runs: int
    reason: Text | None
    made: Made
    name: Text | None = None  # of the unit, where the output is one's score

    @property
    def output_text(self) -> Text:
        """What the output is called, with its year where one was given."""
        zh, en = (f"，{self.year} 年", f", {self.year}") if self.year else ("", "")
        if self.output == SHIFT:
            return Text(f"平均名次偏移{zh}", f"mean rank shift{en}")
        name = self.name or Text(self.output, self.output)
        return Text(f"{name.zh}的得分{zh}", f"score of {name.en}{en}")

    @property
    def frame(self) -> pd.DataFrame:
        """One row a choice: choice, first, first_conf, total, total_conf."""
        import pandas as pd

        names = [c.name for c in self.choices]
        return pd.DataFrame({"choice": names, "first": self.first, "first_conf": self.first_conf, "total": self.total, "total_conf": self.total_conf})  # fmt: skip

    def explain(self) -> Explanation:
        """What the indices are of, and what each choice accounts for."""
        said = [
            line(c.text.zh, c.text.en, f"{a:.2f} ± {b:.2f}; {t:.2f} ± {u:.2f}")
            for c, a, b, t, u in zip(
                self.choices, self.first, self.first_conf, self.total, self.total_conf, strict=True
            )
        ]
        none = Text("没有指数", "no indices"), self.reason or Text("", "")
        rest = max(0.0, 1 - float(np.sum(self.first)))
        together = line("只由各项共同作用", "only by choices together", f"{rest:.2f}")
        return Explanation(
            Text("方差从何而来：一阶；总指数", "Where the variance comes from: first; total index"),
            (
                line("结果", "output", self.output_text),
                line("方差", "variance", f"{self.variance:.4g}"),
                line("运行次数", "runs", str(self.runs)),
                *([none] if self.reason else [*said, together]),
                line("随机种子", "seed", str(self.made.seed)),
                line("来源", "source", "Saltelli et al. 2010; SALib"),
            ),
        )

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw first and total indices as bars with their intervals.  绘制敏感度指数。"""
        from .plots import plot_indices

        return plot_indices(self, ax, language=language)


def sobol_indices(
    study: RobustnessStudy, output: str = SHIFT, *, year: int | None = None, base: int = 128,
    rng: int | np.random.Generator = 0,
) -> SensitivityIndices:  # fmt: skip
    """Return the share of the variance of an output that each choice accounts for.

    返回各项选择对某一结果方差的贡献。

    Parameters
    ----------
    study : RobustnessStudy
        Its ``evaluate`` is run base (choices + 2) times anew.
    output : str
        ``"mean_rank_shift"``, the mean distance of ranks from the declared ones, or a unit, for its score.
    year : int, optional
        Without it the last.
    base : int
        Points; a power of 2 keeps them balanced.

    Raises
    ------
    UnknownNameError
        For another output or year, with the nearest ones.
    ValueError
        For a base below 2.

    Examples
    --------
    A score that is four parts one noise and two parts another, so 16 : 4 in variance:

    >>> from suzhou_antidrug.appraisal.robustness.choices import Choice
    >>> from suzhou_antidrug.appraisal.robustness.study import study_robustness
    >>> two = [Choice("a", Text("甲", "a")), Choice("b", Text("乙", "b"))]
    >>> study = study_robustness(lambda u: (u @ [4.0, 2.0])[:, None, None], two, units=["x"], draws=10)
    >>> study.sobol("x", base=1024).frame["first"].round(2).tolist()
    [0.8, 0.2]
    """
    if base < 2:
        raise ValueError(f"at least two points are needed, got base {base}")
    if output != SHIFT and output not in study.units:
        raise UnknownNameError(unknown_name("output", "结果", output, [SHIFT, *study.units]))
    at = study.year_at(year)
    seed = _seed(rng)
    levels = sobol_levels(len(study.choices), base, seed)
    y = _outputs(study, output, at, levels)
    reason = _why_none(y, len(study.choices))
    d = len(study.choices)
    first, first_conf, total, total_conf = np.full((4, d), np.nan) if reason else _indices(y, d, seed)
    made = Made(f"sobol indices of {output}", study.made.status, fingerprint(y.tobytes()), seed)
    variance = float("nan") if np.isnan(y).any() else float(np.var(_outer(y, d)))
    return SensitivityIndices(
        study.choices,
        output,
        study.years[at],
        first,
        first_conf,
        total,
        total_conf,
        variance,
        len(y),
        reason,
        made,
        study.names.get(output),
    )


def _seed(rng: int | np.random.Generator) -> int:
    return int(rng.integers(2**31)) if isinstance(rng, np.random.Generator) else int(rng)


def sobol_levels(count: int, base: int, seed: int) -> Floats:
    """Return base (count + 2) rows of levels in [0, 1): A, A with one column of B in turn, B, for every point.

    返回敏感度分析所用的水平。
    """
    from SALib.sample import sobol  # type: ignore[import-untyped]

    full = 2 ** int(np.ceil(np.log2(base)))  # the sequence is drawn in powers of 2, and cut
    problem = {"num_vars": count, "names": [str(k) for k in range(count)], "bounds": [[0.0, 1.0]] * count}
    return np.asarray(sobol.sample(problem, full, calc_second_order=False, seed=seed), dtype=float)[
        : base * (count + 2)
    ]


def _outputs(study: RobustnessStudy, output: str, year: int, levels: Floats) -> Floats:
    y = np.empty(len(levels))
    reference = study.reference.ranks[0, :, year]
    for part, scores in evaluated(study.evaluate, levels, (len(study.units), len(study.years)), study.chunk):
        if output == SHIFT:
            y[part] = rank_shifts(ranks_by_year(scores[:, :, [year]])[:, :, 0], reference)
        else:
            y[part] = scores[:, study.unit_at(output), year]
    return y


def _outer(y: Floats, count: int) -> Floats:
    rows = y.reshape(-1, count + 2)
    return rows[:, [0, -1]]  # those of A and of B


def _why_none(y: Floats, count: int) -> Text | None:
    gaps = int(np.isnan(y).sum())
    if gaps:
        return Text(f"{len(y)} 次运行中有 {gaps} 次没有得分", f"{gaps} of {len(y)} runs give no score")
    if np.ptp(_outer(y, count)) <= NEGLIGIBLE * max(1.0, float(np.abs(y).max())):
        return Text(
            "结果不随任何选择变动，没有方差可分", "no choice moves the result: there is no variance to share out"
        )
    return None


def _indices(y: Floats, count: int, seed: int) -> Floats:
    from SALib.analyze import sobol  # type: ignore[import-untyped]

    problem = {"num_vars": count, "names": [str(k) for k in range(count)], "bounds": [[0.0, 1.0]] * count}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a resample that happens to be constant; its interval is NaN
        # SALib takes a seed of 0 for none at all.
        found = sobol.analyze(problem, y, calc_second_order=False, seed=seed + 1)
    return np.array([found["S1"], found["S1_conf"], found["ST"], found["ST_conf"]], dtype=float)
