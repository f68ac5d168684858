"""Recalculate a workbook with LibreOffice, from a profile of its own that always recalculates."""

from __future__ import annotations

import subprocess
from pathlib import Path

from suzhou_antidrug.report.pdf import libreoffice as soffice

PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def convert(files: list[Path], out: Path, profile: Path, kind: str = "xlsx") -> list[Path]:
    """Return the converted files; all in one run, which is faster."""
    program = soffice()
    assert program is not None
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
    command = [
        program,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(out),
    ]
    subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=300)
    return [out / f"{f.stem}.{kind}" for f in files]
