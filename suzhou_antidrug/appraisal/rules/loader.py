"""Read a rule file against its plan; every problem with its line, all at once.

按规划读取并核对规则文件；所有问题连同行号一次列出。
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...datasets import data_path
from ...errors import UnknownNameError, unknown_name
from ...plan.schema_errors import validate
from ...plan.strict_yaml import read_strict
from ...provenance import fingerprint
from .checks import check_rules
from .model import AppraisalRuleFile

if TYPE_CHECKING:
    from ...plan.model import Plan


@dataclass(frozen=True, slots=True)
class AppraisalRules:
    """A rule file, checked against a plan.  经核对的考评规则。"""

    file: AppraisalRuleFile
    fingerprint: str


@cache
def list_appraisal_rules() -> tuple[str, ...]:
    """Return the names of the bundled rule files.  自带的考评规则。

    >>> "suzhou-default" in list_appraisal_rules()
    True
    """
    return tuple(sorted(p.stem for p in data_path("rules").glob("*.yaml") if "\nscales:" in p.read_text("utf-8")))


def load_appraisal_rules(rules: str | Path, *, plan: Plan) -> AppraisalRules:
    """Return appraisal rules by the name of a bundled file, or from a YAML file.

    读取考评规则：自带规则的名称，或 YAML 文件。

    Raises :class:`~suzhou_antidrug.errors.PlanError` with file and line for everything wrong in it (weights that do not add to
    1, bands that overlap or leave a gap, an item for which the plan has no milestone, keys that a kind does not use), and
    :class:`~suzhou_antidrug.errors.UnknownNameError` for a name that is not bundled.

    >>> import suzhou_antidrug as sa
    >>> load_appraisal_rules("suzhou-default", plan=sa.load_plan("suzhou-2020")).file.status.value
    'assumed'
    """
    path = Path(rules)
    if path.suffix not in (".yaml", ".yml"):
        if str(rules) not in list_appraisal_rules():
            raise UnknownNameError(unknown_name("appraisal rule file", "考评规则", rules, list_appraisal_rules()))
        path = data_path("rules", f"{rules}.yaml")
    placed = read_strict(path)
    file = validate(AppraisalRuleFile, placed)
    if file.plan not in {plan.id, *(forebear.id for forebear in plan.lineage)}:
        placed.add(("plan",), "plan", f"the rules are for the plan {file.plan}, not {plan.id}.", f"规则适用于规划 {file.plan}，不是 {plan.id}。", value=file.plan)  # fmt: skip
    else:
        check_rules(file, placed, plan)
    placed.raise_problems()
    return AppraisalRules(file, fingerprint(path.read_bytes()))
