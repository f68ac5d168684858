"""A small report with every kind of block, and an attack on what writes it."""

from __future__ import annotations

import struct
import zlib

from suzhou_antidrug import Text
from suzhou_antidrug.report.layout import Column, Document, Drawing, Figure, Paragraph, Section, Table

ATTACK = Text(
    '=HYPERLINK("http://x.y")<w:p/>&amp;{{ 7*7 }}\x07\u202e<script>alert(1)</script> ]]>',
    '"><img src=x onerror=alert(1)> { INCLUDETEXT "http://x.y" }\x00',
)


def png(width: int = 40, height: int = 20) -> bytes:
    """Return a white picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\xff" * width for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><g id="a"><path d="M0 0h4"/></g></svg>'


def figure(*, with_png: bool = True) -> Figure:
    images = {"zh": png(), "en": png()} if with_png else {}
    return Figure(
        Text("复吸率", "relapse"),
        Drawing(Text(SVG, SVG), images),
        Text("折线先升后降", "a line that rises, then falls"),
    )


TABLE = Table(
    Text("得分", "scores"),
    (
        Column("place", Text("地区", "place")),
        Column("score", Text("得分", "score"), "number"),
        Column("share", Text("比例", "share"), "percent"),
        Column("verdict", Text("评判", "verdict"), "verdict"),
    ),
    [
        {"place": Text("昆山市", "Kunshan"), "score": 90.5, "share": 0.5, "verdict": "met"},
        {"place": Text("太仓市", "Taicang"), "score": 9.0, "share": float("nan"), "verdict": "not_assessable"},
        {"place": Text("常熟市", "Changshu"), "score": 100.0, "share": -0.1, "verdict": "not_met"},
        {"place": ATTACK, "score": -5.0, "share": 0.25, "verdict": "insufficient_evidence"},
    ],
)


def report() -> Document:
    """Two sections, the second with two folded parts."""
    first = Section(
        "first",
        Text("摘要", "Summary"),
        (Paragraph(Text("正文。", "Body.")), Paragraph(ATTACK, "warning"), TABLE, figure()),
    )
    parts = tuple(
        Section(
            f"p{i}", Text(f"单位{i}", f"division {i}"), (Paragraph(Text("注意", "mind"), "note"), TABLE), folded=True
        )
        for i in (1, 2)
    )
    second = Section("second", Text("各单位", "Divisions"), (), parts)
    return Document(Text("评估", "Evaluation"), ATTACK, (first, second), {"seed": 0, "attack": ATTACK.zh})
