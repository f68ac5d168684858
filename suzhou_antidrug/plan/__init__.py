"""The plan as data: load, tabulate, show.

规划即数据：读取、列表、展示。
"""

from __future__ import annotations

from .loader import list_plans, load_catalogue, load_plan
from .model import Ambiguity, Deliverable, Indicator, Milestone, Plan, Reading, Target, Task

__all__ = [
    "Ambiguity",
    "Deliverable",
    "Indicator",
    "Milestone",
    "Plan",
    "Reading",
    "Target",
    "Task",
    "list_plans",
    "load_catalogue",
    "load_plan",
]
