"""Turn a drug-control plan into data, judge each promise honestly, forecast whether it will be kept.

把禁毒规划变成数据，如实评判每一项承诺，预测能否兑现。

>>> import suzhou_antidrug as sa
>>> plan = sa.load_plan("suzhou-2020")
>>> len(plan.targets), len(plan.tasks)
(12, 26)

Names are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Public name -> module that holds it. The list below for type checkers says the same.
_PUBLIC = {
    "AntidrugError": "errors",
    "DatasetError": "errors",
    "NotComparableError": "errors",
    "OutputError": "errors",
    "PlanError": "errors",
    "ReturnsError": "errors",
    "SeriesError": "errors",
    "UnknownNameError": "errors",
    "Text": "terms",
    "label": "terms",
    "set_language": "terms",
    "use_language": "terms",
    "Verdict": "verdicts",
    "judge_interval": "verdicts",
    "judge_probability": "verdicts",
    "judge_value": "verdicts",
    "Source": "provenance",
    "Status": "provenance",
    "check_printed_change": "datasets",
    "check_published": "datasets",
    "describe": "datasets",
    "list_datasets": "datasets",
    "load_population": "datasets",
    "load_published": "datasets",
    "load_geography": "geography",
    "Plan": "plan.model",
    "list_plans": "plan.loader",
    "load_plan": "plan.loader",
    "Returns": "returns.schema",
    "load_synthetic_returns": "returns.synthetic",
    "load_synthetic_truth": "returns.synthetic",
    "make_synthetic_returns": "returns.synthetic",
    "read_returns": "returns.reader",
    "write_template": "returns.template",
    "compute_indicators": "indicators.compute",
    "explain_indicator": "indicators.catalogue",
    "indicators_frame": "indicators.catalogue",
    "judge_coverage": "indicators.coverage",
    "judge_milestones": "indicators.milestones",
    "judge_occurrence": "indicators.occurrence",
    "proportion_interval": "indicators.intervals",
    "rate_interval": "indicators.intervals",
    "zero_upper_limit": "indicators.intervals",
    "compare_with_context": "outlook.context",
    "near_series": "outlook.context",
    "assess_jointly": "outlook.joint",
    "assess_target": "outlook.attainment",
    "forecast": "outlook.predictive",
    "forecast_panel": "outlook.predictive",
    "compare_forecasters": "outlook.league",
    "load_league": "outlook.league",
    "run_backtest": "outlook.backtest",
    "score_forecasts": "outlook.scores",
    "describe_trend": "outlook.trend.description",
    "fit_joinpoints": "outlook.trend.joinpoints",
    "trend_power": "outlook.trend.power",
    "nowcast_year": "outlook.scenario",
    "required_change": "outlook.scenario",
    "value_of_another_year": "outlook.scenario",
    "what_if": "outlook.scenario",
    "assess_promises": "evaluation.promises",
    "assess_record": "evaluation.record",
    "evaluate": "evaluation.job",
}
__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:
    from .datasets import (
        check_printed_change as check_printed_change,
    )
    from .datasets import (
        check_published as check_published,
    )
    from .datasets import (
        describe as describe,
    )
    from .datasets import (
        list_datasets as list_datasets,
    )
    from .datasets import (
        load_population as load_population,
    )
    from .datasets import (
        load_published as load_published,
    )
    from .errors import (
        AntidrugError as AntidrugError,
    )
    from .errors import (
        DatasetError as DatasetError,
    )
    from .errors import (
        NotComparableError as NotComparableError,
    )
    from .errors import (
        OutputError as OutputError,
    )
    from .errors import (
        PlanError as PlanError,
    )
    from .errors import (
        ReturnsError as ReturnsError,
    )
    from .errors import (
        SeriesError as SeriesError,
    )
    from .errors import (
        UnknownNameError as UnknownNameError,
    )
    from .evaluation.job import evaluate as evaluate
    from .evaluation.promises import assess_promises as assess_promises
    from .evaluation.record import assess_record as assess_record
    from .geography import load_geography as load_geography
    from .indicators.catalogue import explain_indicator as explain_indicator
    from .indicators.catalogue import indicators_frame as indicators_frame
    from .indicators.compute import compute_indicators as compute_indicators
    from .indicators.coverage import judge_coverage as judge_coverage
    from .indicators.intervals import (
        proportion_interval as proportion_interval,
    )
    from .indicators.intervals import (
        rate_interval as rate_interval,
    )
    from .indicators.intervals import (
        zero_upper_limit as zero_upper_limit,
    )
    from .indicators.milestones import judge_milestones as judge_milestones
    from .indicators.occurrence import judge_occurrence as judge_occurrence
    from .outlook.attainment import assess_target as assess_target
    from .outlook.backtest import run_backtest as run_backtest
    from .outlook.context import compare_with_context as compare_with_context
    from .outlook.context import near_series as near_series
    from .outlook.joint import assess_jointly as assess_jointly
    from .outlook.league import compare_forecasters as compare_forecasters
    from .outlook.league import load_league as load_league
    from .outlook.predictive import forecast as forecast
    from .outlook.predictive import forecast_panel as forecast_panel
    from .outlook.scenario import (
        nowcast_year as nowcast_year,
    )
    from .outlook.scenario import (
        required_change as required_change,
    )
    from .outlook.scenario import (
        value_of_another_year as value_of_another_year,
    )
    from .outlook.scenario import (
        what_if as what_if,
    )
    from .outlook.scores import score_forecasts as score_forecasts
    from .outlook.trend.description import describe_trend as describe_trend
    from .outlook.trend.joinpoints import fit_joinpoints as fit_joinpoints
    from .outlook.trend.power import trend_power as trend_power
    from .plan.loader import list_plans as list_plans
    from .plan.loader import load_plan as load_plan
    from .plan.model import Plan as Plan
    from .provenance import Source as Source
    from .provenance import Status as Status
    from .returns.reader import read_returns as read_returns
    from .returns.schema import Returns as Returns
    from .returns.synthetic import (
        load_synthetic_returns as load_synthetic_returns,
    )
    from .returns.synthetic import (
        load_synthetic_truth as load_synthetic_truth,
    )
    from .returns.synthetic import (
        make_synthetic_returns as make_synthetic_returns,
    )
    from .returns.template import write_template as write_template
    from .terms import Text as Text
    from .terms import label as label
    from .terms import set_language as set_language
    from .terms import use_language as use_language
    from .verdicts import (
        Verdict as Verdict,
    )
    from .verdicts import (
        judge_interval as judge_interval,
    )
    from .verdicts import (
        judge_probability as judge_probability,
    )
    from .verdicts import (
        judge_value as judge_value,
    )


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from .provenance import package_version

        return package_version()
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
