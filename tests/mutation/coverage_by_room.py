"""Totals of lines and branches by room, from the file `.coverage` of the last `make coverage`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import coverage

PARTS = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def by_room(files: dict[str, dict]) -> dict[str, Counter]:
    """Add up the files of each room: what stands first beneath the package."""
    rooms: dict[str, Counter] = defaultdict(Counter)
    for name, file in files.items():
        inside = Path(name).parts[Path(name).parts.index("suzhou_antidrug") + 1 :]
        rooms[inside[0].removesuffix(".py")].update({part: file["summary"][part] for part in PARTS})
    return dict(sorted(rooms.items()))


def main() -> int:
    measured = coverage.Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(path))
        rooms = by_room(json.loads(path.read_text("utf-8"))["files"])
    rooms["total"] = sum(rooms.values(), Counter())
    print("| room | lines | covered | branches | covered |\n|---|--:|--:|--:|--:|")
    for room, found in rooms.items():
        lines, reached, branches, taken = (found[part] for part in PARTS)
        shares = [f"{100 * a / b:.1f} %" if b else "-" for a, b in ((reached, lines), (taken, branches))]
        print(f"| {room} | {lines:,} | {shares[0]} | {branches:,} | {shares[1]} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
