"""Do the books balance: material unaccounted for, its error, its sum over time.

账实是否相符：未计量物料、其误差、其累计。

Formulas
--------
MUF_t = (PB_t + X_t - Y_t) - PE_t - A_t: book less physical; PB opening stock, X receipts, Y shipments, PE closing stock, A a
declared allowance (evaporation, yield). Each figure v has a random error r v, fresh in every measurement, and a systematic
one s v, shared by all measurements of one meter. A closing stock is the next opening stock, so neighbouring MUFs are
negatively correlated; with their covariance C = L L' the transformed MUFs L^-1 MUF are independent with variance 1. CUMUF
sums MUF; in it the stocks between cancel. Alarm at abs(MUF) above ``limit`` sigma (3 by default; some agencies use 2). Page's
test on the transformed values: S_t = max(0, S_(t-1) + z_t - k), alarm at h. Sealed drums are items: MUF is exactly 0.

Sources: Jaech, Statistical Methods in Nuclear Material Control (1973); Page, Biometrika 41 (1954) 100; Picard, J. Institute
of Nuclear Materials Management 16 (1987) 38 for the transformation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...errors import Problem, SeriesError
from ...provenance import Made, Status, fingerprint
from ...results import Explanation, Result, line
from ...terms import Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Sign = Literal["book_minus_physical", "physical_minus_book"]
PAGE_K, PAGE_H = 0.5, 4.77  # tuned to a loss of one sigma a period; in control one alarm in about 737 periods


@dataclass(frozen=True, slots=True, eq=False)
class MaterialBalance(Result):
    """A material balance over periods.  物料平衡。"""

    muf: Floats  # by ``sign``
    sigma: Floats  # of each MUF alone
    z: Floats
    cumuf: Floats
    cumuf_sigma: Floats
    transformed: Floats  # independent, variance 1; positive is a loss whatever the sign
    page: Floats  # Page's statistic for a loss
    limit: float
    sign: str
    sealed: bool
    unit: str
    made: Made

    @property
    def alarm(self) -> NDArray[np.bool_]:
        """Periods in which something is to be explained: abs(MUF) beyond the limit, or any difference of sealed items."""
        if self.sealed:
            return np.asarray(self.muf != 0)
        return np.asarray((np.abs(self.z) > self.limit) | (self.page > PAGE_H))

    @property
    def frame(self) -> pd.DataFrame:
        """One period a row: muf, sigma, z, cumuf, cumuf_sigma, page, alarm."""
        import pandas as pd

        columns = ("muf", "sigma", "z", "cumuf", "cumuf_sigma", "page", "alarm")
        return pd.DataFrame({"period": np.arange(1, len(self.muf) + 1)} | {c: getattr(self, c) for c in columns})

    def explain(self) -> Explanation:
        """Sign, last figures, limit, what an alarm means."""
        book = self.sign == "book_minus_physical"
        return Explanation(
            Text("物料平衡", "Material balance"),
            (
                line("符号", "sign", Text("账面减实物：正为短少", "book less physical: positive is missing") if book else Text("实物减账面：负为短少", "physical less book: negative is missing")),
                line("末期未计量物料", "last MUF", f"{self.muf[-1]:.6g} {self.unit} (sigma {self.sigma[-1]:.4g}, z {self.z[-1]:.3g})"),
                line("累计", "cumulative", f"{self.cumuf[-1]:.6g} {self.unit} (sigma {self.cumuf_sigma[-1]:.4g})"),
                line("界限", "limit", Text("封装件：必须为零", "sealed items: exactly 0") if self.sealed else Text(f"{self.limit:g} 倍标准差，佩奇检验 k={PAGE_K}、h={PAGE_H}", f"{self.limit:g} sigma; Page's test k = {PAGE_K}, h = {PAGE_H}")),
                line("报警期", "alarms", ", ".join(str(int(t) + 1) for t in np.flatnonzero(self.alarm)) or "-"),
                line("含义", "meaning", Text("报警是要查明原因，不是流失的证明", "an alarm asks for an explanation and proves no diversion")),
                line("数据状态", "status", self.made.status.text),
            ),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None, *, language: str | None = None) -> Axes:
        """Draw MUF with its limits and the cumulative sum.  绘制未计量物料及累计。"""
        from .plots import plot_balance

        return plot_balance(self, ax, language=language)


def balance_material(
    opening: float, receipts: ArrayLike, shipments: ArrayLike, closing: ArrayLike, *, random_error: float | None = None,
    systematic_error: float = 0.0, allowance: ArrayLike = 0.0, sealed: bool = False, limit: float = 3.0,
    sign: Sign = "book_minus_physical", unit: str = "kg", status: Status | str = Status.REPORTED,
) -> MaterialBalance:  # fmt: skip
    """Return the material balance of an enterprise and substance over periods.

    某企业某物质的逐期物料平衡。

    Parameters
    ----------
    opening : float
        Physical stock at the start; each closing stock opens the next period.
    receipts, shipments, closing : array (periods,)
        In one unit; ``closing`` as counted, not as booked.
    random_error, systematic_error : float
        Relative standard deviations of one measurement; the first must be given unless ``sealed``.
    allowance : array or number
        Loss that the process explains, by a declared rule.

    Raises
    ------
    SeriesError
        Negative or missing quantities, no error given for a bulk material.

    Examples
    --------
    >>> found = balance_material(100, [50], [45], [104.2], random_error=0.005)
    >>> round(float(found.muf[0]), 6), round(float(found.sigma[0]), 4), round(float(found.z[0]), 3), bool(found.alarm[0])
    (0.8, 0.7966, 1.004, False)
    """
    x, y, pe, a = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=float)) for v in (receipts, shipments, closing, allowance)))  # fmt: skip
    problems = [
        Problem("quantity", f"period {t + 1}: a quantity is negative or missing.", f"第 {t + 1} 期：数量为负或缺失。", row=int(t))
        for t in np.flatnonzero(~((x >= 0) & (y >= 0) & (pe >= 0) & np.isfinite(a)))
    ]  # fmt: skip
    if not opening >= 0:
        problems.append(Problem("quantity", "the opening stock is negative or missing.", "期初库存为负或缺失。"))
    if random_error is None and not sealed:
        problems.append(Problem("no_error", "a bulk material needs the error of its measurement.", "散装物料须给出计量误差。", "Give random_error, or sealed=True for counted items.", "请给出 random_error；封装件请用 sealed=True。"))  # fmt: skip
    if problems:
        raise SeriesError(problems)
    pb = np.concatenate([[opening], pe[:-1]])
    loss = pb + x - y - pe - a
    covariance = _covariance(pb, x, y, pe, random_error or 0.0, systematic_error)
    sigma = np.sqrt(np.diag(covariance))
    ones = np.tril(np.ones((len(loss), len(loss))))
    total_sigma = np.sqrt(np.diag(ones @ covariance @ ones.T))
    if sealed or not (sigma > 0).all():
        z = np.where(loss > 0, np.inf, np.where(loss < 0, -np.inf, 0.0))
        free, page = z, np.zeros(len(loss))
    else:
        z = loss / sigma
        free = np.linalg.solve(np.linalg.cholesky(covariance), loss)
        page = _page(free)
    turn = 1.0 if sign == "book_minus_physical" else -1.0
    made = Made("material balance", Status(status), fingerprint(np.concatenate([[opening], x, y, pe, a]).tobytes()))
    return MaterialBalance(turn * loss, sigma, turn * z, turn * np.cumsum(loss), total_sigma, free, page, limit, sign, sealed, unit, made)  # fmt: skip


def _covariance(pb: Floats, x: Floats, y: Floats, pe: Floats, random: float, systematic: float) -> Floats:
    """Return the covariance of MUF: random errors of each measurement, systematic ones of each meter."""
    count = len(pb)
    covariance = np.diag(random**2 * (pb**2 + x**2 + y**2 + pe**2))
    shared = random**2 * pe[:-1] ** 2  # a closing stock counts minus here and plus in the next period
    covariance[np.arange(count - 1), np.arange(1, count)] -= shared
    covariance[np.arange(1, count), np.arange(count - 1)] -= shared
    for effect in (pb - pe, x, y):  # one meter for stocks, one for receipts, one for shipments
        covariance += systematic**2 * np.outer(effect, effect)
    return covariance


def _page(z: Floats) -> Floats:
    out, value = np.empty(len(z)), 0.0
    for t, step in enumerate(z):  # periods, a few dozen
        value = max(0.0, value + float(step) - PAGE_K)
        out[t] = value
    return out
