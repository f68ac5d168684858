"""Which cells a reader could work out from what is shown, by integer programming, and which to hide besides.

哪些单元格可由已显示的数推算，须另抑制哪些单元格（整数规划核查）。
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Cells = NDArray[np.int64]

SWEEPS = 6  # programmes that move all open cells at once, before each is tried by itself


@dataclass(frozen=True, slots=True, eq=False)
class TableSystem:
    """All cells as unknowns x with relations @ x = 0: parts - total, count + rest - base.

    Cells are ordered by quantity (counts, then the rest of each pair), in each by block (rows, then totals).
    """

    value: Cells
    relations: Any  # sparse, (relations, cells)
    size: int  # cells of one quantity
    number: int  # of counts that are shown; the quantities after them are rests
    pairs: tuple[tuple[int, int], ...]  # positions of count and base
    is_total: Mask
    blocks: tuple[tuple[tuple[str, ...], Cells], ...]  # columns kept, code of each row

    @classmethod
    def of(
        cls, frame: pd.DataFrame, columns: list[str], by: list[str], within: list[str], pairs: dict[str, str]
    ) -> TableSystem:
        """Set up the cells and relations of a checked table: every sum over a column of ``by`` is known."""
        import numpy as np
        from scipy import sparse

        kept = [tuple(b for b in by if b not in gone) for k in range(len(by) + 1) for gone in combinations(by, k)]
        blocks = [(k, np.arange(len(frame)) if i == 0 else _codes(frame, [*within, *k])) for i, k in enumerate(kept)]
        sizes = [int(code.max(initial=-1)) + 1 for _, code in blocks]
        table = np.array([
            np.concatenate([np.bincount(code, weights=frame[c], minlength=n) for (_, code), n in zip(blocks, sizes, strict=True)])
            for c in columns
        ])  # fmt: skip
        where = tuple((columns.index(part), columns.index(base)) for part, base in pairs.items())
        values = np.concatenate([table, *(table[[base]] - table[[part]] for part, base in where)])
        sums, one = _sums(blocks, sizes), sparse.identity(table.shape[1])
        links = [
            sparse.hstack([_sign(q, part, base, len(columns) + p) * one for q in range(len(values))])
            for p, (part, base) in enumerate(where)
        ]
        relations = sparse.vstack([sparse.kron(sparse.identity(len(values)), sums), *links]).tocsr()
        relations.eliminate_zeros()  # kron fills blocks with zeros, which would link cells that share nothing
        is_total = np.tile(np.arange(table.shape[1]) >= sizes[0], len(values))
        return cls(
            values.ravel().astype(np.int64), relations, table.shape[1], len(columns), where, is_total, tuple(blocks)
        )

    def totals(
        self, frame: pd.DataFrame, columns: list[str], by: list[str], within: list[str], label: str
    ) -> pd.DataFrame:
        """Return the totals as rows, in the order of the cells after the rows; ``label`` stands for what is summed."""
        import pandas as pd

        parts = []
        for kept, code in self.blocks[1:]:
            rows = frame.groupby(code, sort=True)
            part = rows[[*within, *kept]].first() if within or kept else pd.DataFrame(index=rows.size().index)
            parts.append(part.assign(**{b: label for b in by if b not in kept}, **rows[columns].sum()))
        return pd.concat(parts, ignore_index=True)[[*within, *by, *columns]]

    def protect(self, minimum: int) -> Mask:
        """Return which cells of the counts must be hidden, shape (counts * size,)."""
        import numpy as np

        small = (self.value >= 1) & (self.value < minimum)
        shown_cells = self.number * self.size
        hidden = small[:shown_cells].copy()
        for p, (part, _) in enumerate(self.pairs):
            hidden[self._of(part)] |= small[self._of(self.number + p)]
        if not hidden.any():
            return hidden
        safe = np.zeros(len(self.value), dtype=bool)
        while True:
            unknown = self._unknown(hidden)
            open_ = unknown & ~safe
            open_[shown_cells:] &= small[shown_cells:]
            components = self._components(unknown)
            exposed = []
            for component in components:
                if open_[component].any():
                    narrow = self._narrow(component, open_, minimum)
                    safe[np.setdiff1d(component[open_[component]], narrow)] = True
                    if len(narrow):
                        exposed.append((component, narrow))
            if not exposed:
                return hidden
            for component, narrow in exposed:
                hidden[self._partner(component, narrow, hidden, unknown)] = True

    def _of(self, quantity: int) -> slice:
        return slice(quantity * self.size, (quantity + 1) * self.size)

    def _unknown(self, hidden: Mask) -> Mask:
        """A rest is known where count and base are both shown."""
        import numpy as np

        return np.concatenate([hidden, *(hidden[self._of(part)] | hidden[self._of(base)] for part, base in self.pairs)])

    def _components(self, unknown: Mask) -> list[Cells]:
        """Return the unknowns that share relations, each set by itself."""
        import numpy as np
        from scipy import sparse

        cells = np.flatnonzero(unknown)
        linked = abs(self.relations[:, cells])
        number, label = sparse.csgraph.connected_components(linked.T @ linked, directed=False)
        order = np.argsort(label, kind="stable")
        return np.split(cells[order], np.searchsorted(label[order], np.arange(1, number)))

    def _narrow(self, cells: Cells, open_: Mask, minimum: int) -> Cells:
        """Return the open cells whose value the rest of the table fixes to a range below ``minimum``.

        Any whole-number table that fits widens the range seen of all cells, so that few programmes settle most of them.
        """
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp

        matrix = self.relations[:, cells]
        matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
        truth = self.value[cells].astype(float)
        fixed = matrix @ truth
        low, high, wanted = truth.copy(), truth.copy(), open_[cells]
        constraints = [LinearConstraint(matrix, fixed, fixed)] if matrix.shape[0] else []

        def move(direction: NDArray[np.float64]) -> None:
            found = milp(
                direction,
                integrality=np.ones(len(cells)),
                bounds=Bounds(0, truth.sum() + minimum),
                constraints=constraints,
            )
            if found.x is not None:
                np.minimum(low, np.round(found.x), out=low)
                np.maximum(high, np.round(found.x), out=high)

        rng = np.random.default_rng(0)
        for _ in range(SWEEPS):
            still = wanted & (high - low < minimum)
            if not still.any():
                break
            direction = np.where(still, rng.choice([-1.0, 1.0], len(cells)), 0.0)
            move(direction)
            move(-direction)
        for i in np.flatnonzero(wanted & (high - low < minimum)):
            for sign in (1.0, -1.0):
                if high[i] - low[i] < minimum:
                    move(sign * (np.arange(len(cells)) == i))
        narrow: Cells = cells[wanted & (high - low < minimum)]
        return narrow

    def _partner(self, cells: Cells, narrow: Cells, hidden: Mask, unknown: Mask) -> int:
        """Return the shown cell to hide next: of that relation of the narrow cells which has the fewest unknowns."""
        import numpy as np

        for near in (narrow, cells):
            touching = self.relations[np.flatnonzero(abs(self.relations[:, near]).sum(axis=1))]
            lines = [touching.indices[a:b] for a, b in zip(touching.indptr[:-1], touching.indptr[1:], strict=True)]
            lines = [line for line in lines if (~hidden[line[line < len(hidden)]]).any()]
            if lines:
                line = min(lines, key=lambda cells_of_line: unknown[cells_of_line].sum())
                choice = line[line < len(hidden)]
                choice = choice[~hidden[choice]]
                busy = (abs(self.relations).T @ ((abs(self.relations) @ unknown) > 0))[choice]
                # A total, then a zero, is hidden last; a cell whose other lines are open already costs no further one.
                return int(
                    choice[np.lexsort((self.value[choice], -busy, self.value[choice] == 0, self.is_total[choice]))[0]]
                )
        raise AssertionError("everything that could be told from is hidden already")


def _sums(blocks: list[tuple[tuple[str, ...], Cells]], sizes: list[int]) -> Any:
    """Return the relations of one quantity: the cells of a block add up to a cell of the block with one column less."""
    import numpy as np
    from scipy import sparse

    start = np.cumsum([0, *sizes])
    positions = {frozenset(k): i for i, (k, _) in enumerate(blocks)}
    parts = []
    for i, (kept, code) in enumerate(blocks):
        first = np.unique(code, return_index=True)[1]  # one row of each cell
        for gone in kept:
            j = positions[frozenset(kept) - {gone}]
            total = np.arange(sizes[j])
            rows = np.concatenate([blocks[j][1][first], total])
            cells = np.concatenate([start[i] + code[first], start[j] + total])
            signs = np.concatenate([np.ones(len(first)), -np.ones(sizes[j])])
            parts.append(sparse.coo_matrix((signs, (rows, cells)), (sizes[j], start[-1])))
    return sparse.vstack(parts)


def _sign(quantity: int, part: int, base: int, rest: int) -> float:
    return 1.0 if quantity in (part, rest) else -1.0 if quantity == base else 0.0


def _codes(frame: pd.DataFrame, columns: list[str]) -> Cells:
    import numpy as np

    if not columns:
        return np.zeros(len(frame), dtype=np.int64)
    codes: Cells = frame.groupby(columns, sort=False).ngroup().to_numpy(dtype=np.int64)
    return codes
