"""Where a number comes from: status, source, fingerprint.

每个数字从哪里来：状态、来源、指纹。
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .terms import Text

if TYPE_CHECKING:
    import pandas as pd


class Status(StrEnum):
    """How far a figure may be trusted.  数据状态。

    ``official`` stands in the plan or another legal text; ``published`` was seen at a named source; ``reported``
    was handed in by the user; ``computed`` follows from such figures; ``unverified``, ``assumed`` and ``synthetic``
    are printed wherever the figure is shown.

    >>> Status("synthetic").text.zh, Status("synthetic").must_be_shown, Status("published").must_be_shown
    ('合成数据', True, False)
    """

    OFFICIAL = "official"
    PUBLISHED = "published"
    REPORTED = "reported"
    COMPUTED = "computed"
    UNVERIFIED = "unverified"
    ASSUMED = "assumed"
    SYNTHETIC = "synthetic"

    @property
    def text(self) -> Text:
        """The label in both languages."""
        return _STATUS_TEXT[self]

    @property
    def must_be_shown(self) -> bool:
        """Whether the status must stand beside every figure."""
        return self in (Status.UNVERIFIED, Status.ASSUMED, Status.SYNTHETIC)


_STATUS_TEXT = {
    Status.OFFICIAL: Text("正式文件", "official"),
    Status.PUBLISHED: Text("公开发布", "published"),
    Status.REPORTED: Text("单位上报", "reported"),
    Status.COMPUTED: Text("由公开数计算", "computed"),
    Status.UNVERIFIED: Text("未核实", "unverified"),
    Status.ASSUMED: Text("假定", "assumed"),
    Status.SYNTHETIC: Text("合成数据", "synthetic data"),
}
# From the weakest to the strongest: a result is as trustworthy as its weakest input.
WEAKEST_FIRST = (
    Status.SYNTHETIC,
    Status.ASSUMED,
    Status.UNVERIFIED,
    Status.COMPUTED,
    Status.REPORTED,
    Status.PUBLISHED,
    Status.OFFICIAL,
)


def weakest(statuses: Iterable[str | Status]) -> Status:
    """Return the weakest status: a result is as trustworthy as its weakest input.  取最弱的状态。

    >>> weakest(["published", "synthetic"])
    <Status.SYNTHETIC: 'synthetic'>
    """
    present = {Status(s) for s in statuses}
    return next((s for s in WEAKEST_FIRST if s in present), Status.ASSUMED)


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a figure or a clause was read from.  数字或条款所出的文献。

    >>> Source("GB-1", "a bulletin", publisher="an office").title
    'a bulletin'
    """

    id: str
    title: str
    publisher: str = ""
    url: str = ""
    published: str = ""
    kind: str = ""
    seen: str = ""  # the day it was read, where told

    @property
    def citation(self) -> str:
        """The source in one line."""
        return ", ".join(p for p in (self.publisher, f"《{self.title}》", self.published, self.url) if p)


@dataclass(frozen=True, slots=True)
class Made:
    """How a result was made: enough to make it again.  结果是怎样得出的。"""

    method: str
    status: Status
    fingerprint: str  # of the data that went in
    seed: int | None = None
    version: str = ""

    def as_dict(self) -> dict[str, str | int | None]:
        """The same as a dictionary, for a manifest."""
        return {
            "method": self.method,
            "status": str(self.status),
            "data_fingerprint": self.fingerprint,
            "seed": self.seed,
            "version": self.version or package_version(),
        }


def package_version() -> str:
    """Return the version of this package.  本软件包的版本。"""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("suzhou-antidrug")
    except PackageNotFoundError:  # run from a copied folder, never installed
        return "unknown"


def fingerprint(data: bytes | str | pd.DataFrame) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the data.  数据指纹(SHA-256 前 16 位)。

    A frame is hashed by its CSV text, so the same table gives the same fingerprint on every machine.

    >>> fingerprint("苏州")
    'a66e82e6953383b1'
    """
    if isinstance(data, str):
        data = data.encode()
    elif not isinstance(data, bytes):
        data = data.to_csv(index=False, lineterminator="\n").encode()
    return hashlib.sha256(data).hexdigest()[:16]


def derive_seed(seed: int, *names: object) -> int:
    """Return a seed for one piece of work, from a seed and the names of the piece.  由总种子与名称得到分种子。

    The same place and target give the same draws, in whatever order or process they are computed.

    >>> derive_seed(1, "kunshan", "relapse") == derive_seed(1, "kunshan", "relapse")
    True
    """
    text = "\x1f".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
