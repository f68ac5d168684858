"""Where the bundled files lie: in a checkout or in an installed wheel.

自带文件的位置：代码库或已安装的 wheel。
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ..errors import DatasetError, Problem

_PACKAGE = Path(__file__).parents[1]


@cache
def data_root() -> Path:
    """Return the folder of the bundled data.  自带数据所在文件夹。

    Raises :class:`~suzhou_antidrug.errors.DatasetError` where an installation lacks the data.

    >>> (data_root() / "datapackage.json").is_file()
    True
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent / "datasets"):
        if (root / "datapackage.json").is_file():
            return root
    raise DatasetError(
        Problem(
            code="datasets_missing",
            en="the bundled data are missing from this installation.",
            zh="安装中缺少自带数据。",
            advice_en="Install the package again from its wheel or a full checkout.",
            advice_zh="请从 wheel 或完整的代码库重新安装。",
        )
    )


def data_path(*parts: str) -> Path:
    """Return the path of a bundled file.  自带文件的路径。

    Raises :class:`~suzhou_antidrug.errors.DatasetError` where the file does not exist.

    >>> data_path("published", "figures.csv").name
    'figures.csv'
    """
    path = data_root().joinpath(*parts)
    if not path.exists():
        name = "/".join(parts)
        raise DatasetError(
            Problem(code="dataset_missing", en=f"bundled file {name} is missing.", zh=f"缺少自带文件 {name}。")
        )
    return path
