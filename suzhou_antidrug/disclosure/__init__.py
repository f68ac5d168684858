"""What may leave: no small cell, no complement or total that gives one back, no mark of a person.

什么可以对外：不含小数单元格，不含可由合计或余数反推的单元格，不含个人标识。
"""

from __future__ import annotations

from .personal_marks import has_personal_mark, looks_like_identity_number, personal_heading, refuse_marks
from .small_cells import HIDDEN, MINIMUM, RULE_STATUS, Suppressed, rule_text, suppress_small

__all__ = [
    "HIDDEN",
    "MINIMUM",
    "RULE_STATUS",
    "Suppressed",
    "has_personal_mark",
    "looks_like_identity_number",
    "personal_heading",
    "refuse_marks",
    "rule_text",
    "suppress_small",
]
