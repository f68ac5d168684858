"""Write a file whole or not at all, and never over another by accident.

文件要么完整写出，要么不写；绝不误覆盖。
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from ..errors import OutputError, Problem, shown

# Windows opens a device for these, whatever ending follows.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
_NOT_IN_NAMES = frozenset('<>:"/\\|?*')


def write_file(path: str | Path, data: bytes, *, overwrite: bool = False) -> Path:
    """Write bytes under a temporary name and rename; return the path.  以临时名写出后改名。

    Raises :class:`~suzhou_antidrug.errors.OutputError` where the folder is missing, the path is a symbolic link or a
    folder, or a file is there and ``overwrite`` is not set. Nothing half-written is left behind.
    """
    path = Path(path)
    _check_place(path, overwrite)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=path.suffix)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)  # a temporary file is private until it has its name
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
    return path


def file_in(folder: Path, name: str) -> Path:
    """Return the path of a file of some name in a folder; refuse a name that could lead elsewhere.  文件夹内的文件路径。

    Names may come from a plan or a table. Raises :class:`~suzhou_antidrug.errors.OutputError` for one with a folder or
    a drive in it, a device of Windows, or characters that a file system does not take.

    >>> file_in(Path("figures"), "relapse-zh.svg").name
    'relapse-zh.svg'
    """
    check_name(name)
    return folder / name


def check_name(name: str) -> None:
    """Raise where a text cannot be the plain name of a file on every system.  核对文件名。"""
    device = name.partition(".")[0].strip().casefold() in _DEVICES
    edges = not name or name != name.strip() or name.endswith(".") or len(name.encode(errors="replace")) > 255
    if not (device or edges or any(c in _NOT_IN_NAMES or ord(c) < 32 for c in name)):
        return
    said = shown(name)
    raise OutputError(
        Problem(
            "output_name",
            f"{said!r} cannot be the name of a file in the chosen folder; nothing was written.",
            f"“{said}”不能作为所选文件夹内的文件名，未写入。",
            "Use letters, digits, - and _, without folders, drives or names of devices (CON, NUL).",
            "请只用文字、数字、- 与 _，不含路径、盘符与设备名（CON、NUL）。",
            value=said,
        )
    )


def _check_place(path: Path, overwrite: bool) -> None:
    check_name(path.name)
    if path.is_symlink():
        raise _refused(path, "is a symbolic link", "是符号链接", "Name the file itself.", "请指定真实文件。")
    if path.is_dir():
        raise _refused(path, "is a folder", "是文件夹", "Add a file name.", "请加上文件名。")
    if path.exists() and not overwrite:
        raise _refused(
            path, "exists already", "已存在", "Choose another name, or set overwrite.", "请另取名称，或指定 overwrite。"
        )
    if not path.parent.is_dir():
        raise _refused(
            path, "lies in a folder that does not exist", "所在文件夹不存在", "Make it first.", "请先建立文件夹。"
        )


def _refused(path: Path, en: str, zh: str, advice_en: str, advice_zh: str) -> OutputError:
    return OutputError(
        Problem(
            "output",
            f"the output {en}; nothing was written.",
            f"输出路径{zh}，未写入。",
            advice_en,
            advice_zh,
            path.name,
        )
    )
