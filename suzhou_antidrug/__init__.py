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
    "MeasurementsError": "errors",
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
    "compare_plans": "plan.compare",
    "draft_plan": "returns.plan_draft",
    "list_plans": "plan.loader",
    "load_plan": "plan.loader",
    "DefinitionBridge": "returns.bridges",
    "Returns": "returns.schema",
    "load_synthetic_returns": "returns.synthetic",
    "load_synthetic_truth": "returns.synthetic",
    "make_synthetic_returns": "returns.synthetic",
    "read_returns": "returns.reader",
    "write_template": "returns.template",
    "compare_vintages": "returns.vintages",
    "verdicts_moved": "indicators.vintages",
    "compute_indicators": "indicators.compute",
    "explain_indicator": "indicators.catalogue",
    "indicators_frame": "indicators.catalogue",
    "judge_coverage": "indicators.coverage",
    "judge_milestones": "indicators.milestones",
    "judge_occurrence": "indicators.occurrence",
    "proportion_interval": "indicators.intervals",
    "rate_interval": "indicators.intervals",
    "zero_upper_limit": "indicators.intervals",
    "bad_on_list": "indicators.intervals",
    "base_count_needed": "indicators.intervals",
    "chance_of_zero": "indicators.intervals",
    "chao": "indicators.intervals",
    "chapman": "indicators.intervals",
    "checks_needed": "indicators.intervals",
    "lot_plan": "indicators.intervals",
    "multiplier": "indicators.intervals",
    "rate_ratio": "indicators.intervals",
    "zelterman": "indicators.intervals",
    "zero_upper_share": "indicators.intervals",
    "judge_list_sample": "indicators.coverage",
    "coverage_of_actual": "indicators.coverage",
    "reporting_grid": "indicators.reports_due",
    "explain_zero": "indicators.zero_meaning",
    "fit_counts": "indicators.count_models",
    "load_precursor_catalogue": "indicators.precursors.catalogue",
    "measure_diversion": "indicators.precursors.diversion",
    "compare_diversion": "indicators.precursors.diversion",
    "balance_material": "indicators.precursors.material_balance",
    "poisson_cusum": "indicators.precursors.monitoring",
    "chart_rare_events": "indicators.precursors.monitoring",
    "load_credit_rules": "indicators.precursors.credit",
    "grade_enterprises": "indicators.precursors.credit",
    "CaseDefinition": "indicators.crime.definitions",
    "attributable_share": "indicators.crime.attribution",
    "compare_crime": "indicators.crime.compare",
    "difference_in_differences": "indicators.crime.donors",
    "interrupted_series": "indicators.crime.interrupted",
    "ratio_of_ratios": "indicators.crime.control_series",
    "shrink_small_areas": "indicators.crime.small_areas",
    "synthetic_control": "indicators.crime.donors",
    "RelapseDefinition": "indicators.relapse.definitions",
    "national_stock_shares": "indicators.relapse.definitions",
    "compare_relapse": "indicators.relapse.changes",
    "measure_relapse": "indicators.relapse.detected",
    "life_table": "indicators.relapse.life_tables",
    "rates_from_abstinence": "indicators.relapse.life_tables",
    "standardise_directly": "indicators.relapse.standardisation",
    "standardise_indirectly": "indicators.relapse.standardisation",
    "compare_districts": "indicators.relapse.districts",
    "Spells": "indicators.relapse.spells",
    "measure_abstinence": "indicators.relapse.abstinence",
    "turnbull": "indicators.relapse.interval_censoring",
    "log_rank": "indicators.relapse.compare_groups",
    "gray_test": "indicators.relapse.gray",
    "fit_cox": "indicators.relapse.hazards",
    "check_proportional_hazards": "indicators.relapse.hazard_checks",
    "fit_recurrent": "indicators.relapse.episodes",
    "mean_cumulative": "indicators.relapse.recurrent",
    "follow_up_table": "indicators.relapse.cohorts",
    "forecast_cohorts": "indicators.relapse.cohorts",
    "make_synthetic_persons": "indicators.relapse.synthetic",
    "make_synthetic_spells": "indicators.relapse.synthetic",
    "suppress_small": "disclosure",
    "Measurements": "indicators.wastewater.measurements",
    "read_measurements": "indicators.wastewater.measurements",
    "load_synthetic_measurements": "indicators.wastewater.synthetic",
    "write_measurement_template": "indicators.wastewater.template",
    "compute_loads": "indicators.wastewater.loads",
    "loads_from_frame": "indicators.wastewater.loads",
    "loads_from_release": "indicators.wastewater.loads",
    "read_score_release": "indicators.wastewater.releases",
    "weekly_means": "indicators.wastewater.weeks",
    "classify_yearly_change": "indicators.wastewater.weeks",
    "censored_mean": "indicators.wastewater.censoring",
    "summarise_loads": "indicators.wastewater.period_loads",
    "compare_loads": "indicators.wastewater.compare",
    "replay_verdicts": "indicators.wastewater.replay",
    "back_calculate": "indicators.wastewater.consumption",
    "heroin_from_morphine": "indicators.wastewater.attribution",
    "net_amphetamine": "indicators.wastewater.attribution",
    "check_total": "indicators.wastewater.totals",
    "population_from_ammonium": "indicators.wastewater.population",
    "population_from_cotinine": "indicators.wastewater.population",
    "population_from_creatinine": "indicators.wastewater.population",
    "population_from_phones": "indicators.wastewater.population",
    "uncertainty_budget": "indicators.wastewater.uncertainty",
    "NoiseModel": "indicators.wastewater.noise",
    "load_noise": "indicators.wastewater.noise",
    "SamplingDesign": "indicators.wastewater.design_formulas",
    "design_power": "indicators.wastewater.design",
    "compare_designs": "indicators.wastewater.design",
    "periods_needed": "indicators.wastewater.design_formulas",
    "plan_sampling": "indicators.wastewater.sampling_plan",
    "monitoring_coverage": "indicators.wastewater.monitoring",
    "impute": "appraisal.composite.prepare",
    "treat_outliers": "appraisal.composite.prepare",
    "denominate": "appraisal.composite.prepare",
    "normalise_scores": "appraisal.composite.normalise",
    "entropy_weights": "appraisal.composite.weigh",
    "critic_weights": "appraisal.composite.weigh",
    "ahp_weights": "appraisal.composite.weigh",
    "doubt_scores": "appraisal.composite.weigh",
    "factor_weights": "appraisal.composite.components",
    "principal_components": "appraisal.composite.components",
    "budget_allocation_weights": "appraisal.composite.judgement",
    "combined_weights": "appraisal.composite.judgement",
    "aggregate_scores": "appraisal.composite.aggregate",
    "score_bounds": "appraisal.composite.aggregate",
    "rank_bounds": "appraisal.composite.aggregate",
    "copeland": "appraisal.composite.aggregate",
    "topsis": "appraisal.composite.aggregate",
    "mean_min": "appraisal.composite.aggregate",
    "mazziotta_pareto": "appraisal.composite.aggregate",
    "Hierarchy": "appraisal.composite.hierarchy",
    "rank_sum_ratio": "appraisal.composite.classics",
    "fuzzy_grades": "appraisal.composite.classics",
    "cronbach_alpha": "appraisal.composite.reliability",
    "audit_correlations": "appraisal.composite.reliability",
    "appraise": "appraisal.scorecard",
    "rescore": "appraisal.scorecard",
    "appraise_comprehensive": "appraisal.comprehensive",
    "decompose_change": "appraisal.change",
    "list_appraisal_rules": "appraisal.rules.loader",
    "load_appraisal_rules": "appraisal.rules.loader",
    "make_synthetic_evidence": "appraisal.synthetic",
    "Choice": "appraisal.robustness.choices",
    "noise_draws": "appraisal.robustness.choices",
    "study_robustness": "appraisal.robustness.study",
    "study_index": "appraisal.robustness.indices",
    "ProgressFacts": "appraisal.progress.facts",
    "compare_progress": "appraisal.progress.compare",
    "assure": "appraisal.progress.assurance",
    "reduction_rate": "appraisal.progress.reduction_rates",
    "reduction_rate_by_regression": "appraisal.progress.reduction_rates",
    "anticipated_progress": "appraisal.progress.series_rules",
    "distance_and_trend": "appraisal.progress.series_rules",
    "compare_with_context": "outlook.context",
    "near_series": "outlook.context",
    "assess_jointly": "outlook.joint",
    "assess_places": "outlook.places",
    "assess_residues": "outlook.residues",
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
    "write_score_workbook": "report.workbook.book",
    "write_word": "report.word",
    "write_word_template": "report.word_template",
    "Gate": "indicators.small_counts",
    "assess_promises": "evaluation.promises",
    "assess_record": "evaluation.record",
    "evaluate": "evaluation.job",
    "evaluate_many": "nationwide.run",
    "make_national_places": "nationwide.synthetic",
    "make_national_plan": "nationwide.synthetic",
    "make_national_returns": "nationwide.synthetic",
    "open_evaluation": "nationwide.result",
    "open_partitions": "nationwide.partitions",
    "places_of_plan": "nationwide.partitions",
    "write_partitions": "nationwide.partitions",
    "explore_target": "explorer",
    "label_frame": "results",
}
__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:
    from .appraisal.change import decompose_change as decompose_change
    from .appraisal.composite.aggregate import aggregate_scores as aggregate_scores
    from .appraisal.composite.aggregate import copeland as copeland
    from .appraisal.composite.aggregate import mazziotta_pareto as mazziotta_pareto
    from .appraisal.composite.aggregate import mean_min as mean_min
    from .appraisal.composite.aggregate import rank_bounds as rank_bounds
    from .appraisal.composite.aggregate import score_bounds as score_bounds
    from .appraisal.composite.aggregate import topsis as topsis
    from .appraisal.composite.classics import fuzzy_grades as fuzzy_grades
    from .appraisal.composite.classics import rank_sum_ratio as rank_sum_ratio
    from .appraisal.composite.components import factor_weights as factor_weights
    from .appraisal.composite.components import principal_components as principal_components
    from .appraisal.composite.hierarchy import Hierarchy as Hierarchy
    from .appraisal.composite.judgement import budget_allocation_weights as budget_allocation_weights
    from .appraisal.composite.judgement import combined_weights as combined_weights
    from .appraisal.composite.normalise import normalise_scores as normalise_scores
    from .appraisal.composite.prepare import denominate as denominate
    from .appraisal.composite.prepare import impute as impute
    from .appraisal.composite.prepare import treat_outliers as treat_outliers
    from .appraisal.composite.reliability import audit_correlations as audit_correlations
    from .appraisal.composite.reliability import cronbach_alpha as cronbach_alpha
    from .appraisal.composite.weigh import ahp_weights as ahp_weights
    from .appraisal.composite.weigh import critic_weights as critic_weights
    from .appraisal.composite.weigh import doubt_scores as doubt_scores
    from .appraisal.composite.weigh import entropy_weights as entropy_weights
    from .appraisal.comprehensive import appraise_comprehensive as appraise_comprehensive
    from .appraisal.progress.assurance import assure as assure
    from .appraisal.progress.compare import compare_progress as compare_progress
    from .appraisal.progress.facts import ProgressFacts as ProgressFacts
    from .appraisal.progress.reduction_rates import reduction_rate as reduction_rate
    from .appraisal.progress.reduction_rates import reduction_rate_by_regression as reduction_rate_by_regression
    from .appraisal.progress.series_rules import anticipated_progress as anticipated_progress
    from .appraisal.progress.series_rules import distance_and_trend as distance_and_trend
    from .appraisal.robustness.choices import Choice as Choice
    from .appraisal.robustness.choices import noise_draws as noise_draws
    from .appraisal.robustness.indices import study_index as study_index
    from .appraisal.robustness.study import study_robustness as study_robustness
    from .appraisal.rules.loader import list_appraisal_rules as list_appraisal_rules
    from .appraisal.rules.loader import load_appraisal_rules as load_appraisal_rules
    from .appraisal.scorecard import appraise as appraise
    from .appraisal.scorecard import rescore as rescore
    from .appraisal.synthetic import make_synthetic_evidence as make_synthetic_evidence
    from .datasets import check_printed_change as check_printed_change
    from .datasets import check_published as check_published
    from .datasets import describe as describe
    from .datasets import list_datasets as list_datasets
    from .datasets import load_population as load_population
    from .datasets import load_published as load_published
    from .disclosure import suppress_small as suppress_small
    from .errors import AntidrugError as AntidrugError
    from .errors import DatasetError as DatasetError
    from .errors import MeasurementsError as MeasurementsError
    from .errors import NotComparableError as NotComparableError
    from .errors import OutputError as OutputError
    from .errors import PlanError as PlanError
    from .errors import ReturnsError as ReturnsError
    from .errors import SeriesError as SeriesError
    from .errors import UnknownNameError as UnknownNameError
    from .evaluation.job import evaluate as evaluate
    from .evaluation.promises import assess_promises as assess_promises
    from .evaluation.record import assess_record as assess_record
    from .explorer import explore_target as explore_target
    from .geography import load_geography as load_geography
    from .indicators.catalogue import explain_indicator as explain_indicator
    from .indicators.catalogue import indicators_frame as indicators_frame
    from .indicators.compute import compute_indicators as compute_indicators
    from .indicators.count_models import fit_counts as fit_counts
    from .indicators.coverage import coverage_of_actual as coverage_of_actual
    from .indicators.coverage import judge_coverage as judge_coverage
    from .indicators.coverage import judge_list_sample as judge_list_sample
    from .indicators.crime.attribution import attributable_share as attributable_share
    from .indicators.crime.compare import compare_crime as compare_crime
    from .indicators.crime.control_series import ratio_of_ratios as ratio_of_ratios
    from .indicators.crime.definitions import CaseDefinition as CaseDefinition
    from .indicators.crime.donors import difference_in_differences as difference_in_differences
    from .indicators.crime.donors import synthetic_control as synthetic_control
    from .indicators.crime.interrupted import interrupted_series as interrupted_series
    from .indicators.crime.small_areas import shrink_small_areas as shrink_small_areas
    from .indicators.intervals import bad_on_list as bad_on_list
    from .indicators.intervals import base_count_needed as base_count_needed
    from .indicators.intervals import chance_of_zero as chance_of_zero
    from .indicators.intervals import chao as chao
    from .indicators.intervals import chapman as chapman
    from .indicators.intervals import checks_needed as checks_needed
    from .indicators.intervals import lot_plan as lot_plan
    from .indicators.intervals import multiplier as multiplier
    from .indicators.intervals import proportion_interval as proportion_interval
    from .indicators.intervals import rate_interval as rate_interval
    from .indicators.intervals import rate_ratio as rate_ratio
    from .indicators.intervals import zelterman as zelterman
    from .indicators.intervals import zero_upper_limit as zero_upper_limit
    from .indicators.intervals import zero_upper_share as zero_upper_share
    from .indicators.milestones import judge_milestones as judge_milestones
    from .indicators.occurrence import judge_occurrence as judge_occurrence
    from .indicators.precursors.catalogue import load_precursor_catalogue as load_precursor_catalogue
    from .indicators.precursors.credit import grade_enterprises as grade_enterprises
    from .indicators.precursors.credit import load_credit_rules as load_credit_rules
    from .indicators.precursors.diversion import compare_diversion as compare_diversion
    from .indicators.precursors.diversion import measure_diversion as measure_diversion
    from .indicators.precursors.material_balance import balance_material as balance_material
    from .indicators.precursors.monitoring import chart_rare_events as chart_rare_events
    from .indicators.precursors.monitoring import poisson_cusum as poisson_cusum
    from .indicators.relapse.abstinence import measure_abstinence as measure_abstinence
    from .indicators.relapse.changes import compare_relapse as compare_relapse
    from .indicators.relapse.cohorts import follow_up_table as follow_up_table
    from .indicators.relapse.cohorts import forecast_cohorts as forecast_cohorts
    from .indicators.relapse.compare_groups import log_rank as log_rank
    from .indicators.relapse.definitions import RelapseDefinition as RelapseDefinition
    from .indicators.relapse.definitions import national_stock_shares as national_stock_shares
    from .indicators.relapse.detected import measure_relapse as measure_relapse
    from .indicators.relapse.districts import compare_districts as compare_districts
    from .indicators.relapse.episodes import fit_recurrent as fit_recurrent
    from .indicators.relapse.gray import gray_test as gray_test
    from .indicators.relapse.hazard_checks import check_proportional_hazards as check_proportional_hazards
    from .indicators.relapse.hazards import fit_cox as fit_cox
    from .indicators.relapse.interval_censoring import turnbull as turnbull
    from .indicators.relapse.life_tables import life_table as life_table
    from .indicators.relapse.life_tables import rates_from_abstinence as rates_from_abstinence
    from .indicators.relapse.recurrent import mean_cumulative as mean_cumulative
    from .indicators.relapse.spells import Spells as Spells
    from .indicators.relapse.standardisation import standardise_directly as standardise_directly
    from .indicators.relapse.standardisation import standardise_indirectly as standardise_indirectly
    from .indicators.relapse.synthetic import make_synthetic_persons as make_synthetic_persons
    from .indicators.relapse.synthetic import make_synthetic_spells as make_synthetic_spells
    from .indicators.reports_due import reporting_grid as reporting_grid
    from .indicators.small_counts import Gate as Gate
    from .indicators.vintages import verdicts_moved as verdicts_moved
    from .indicators.wastewater.attribution import heroin_from_morphine as heroin_from_morphine
    from .indicators.wastewater.attribution import net_amphetamine as net_amphetamine
    from .indicators.wastewater.censoring import censored_mean as censored_mean
    from .indicators.wastewater.compare import compare_loads as compare_loads
    from .indicators.wastewater.consumption import back_calculate as back_calculate
    from .indicators.wastewater.design import compare_designs as compare_designs
    from .indicators.wastewater.design import design_power as design_power
    from .indicators.wastewater.design_formulas import SamplingDesign as SamplingDesign
    from .indicators.wastewater.design_formulas import periods_needed as periods_needed
    from .indicators.wastewater.loads import compute_loads as compute_loads
    from .indicators.wastewater.loads import loads_from_frame as loads_from_frame
    from .indicators.wastewater.loads import loads_from_release as loads_from_release
    from .indicators.wastewater.measurements import Measurements as Measurements
    from .indicators.wastewater.measurements import read_measurements as read_measurements
    from .indicators.wastewater.monitoring import monitoring_coverage as monitoring_coverage
    from .indicators.wastewater.noise import NoiseModel as NoiseModel
    from .indicators.wastewater.noise import load_noise as load_noise
    from .indicators.wastewater.period_loads import summarise_loads as summarise_loads
    from .indicators.wastewater.population import population_from_ammonium as population_from_ammonium
    from .indicators.wastewater.population import population_from_cotinine as population_from_cotinine
    from .indicators.wastewater.population import population_from_creatinine as population_from_creatinine
    from .indicators.wastewater.population import population_from_phones as population_from_phones
    from .indicators.wastewater.releases import read_score_release as read_score_release
    from .indicators.wastewater.replay import replay_verdicts as replay_verdicts
    from .indicators.wastewater.sampling_plan import plan_sampling as plan_sampling
    from .indicators.wastewater.synthetic import load_synthetic_measurements as load_synthetic_measurements
    from .indicators.wastewater.template import write_measurement_template as write_measurement_template
    from .indicators.wastewater.totals import check_total as check_total
    from .indicators.wastewater.uncertainty import uncertainty_budget as uncertainty_budget
    from .indicators.wastewater.weeks import classify_yearly_change as classify_yearly_change
    from .indicators.wastewater.weeks import weekly_means as weekly_means
    from .indicators.zero_meaning import explain_zero as explain_zero
    from .nationwide.partitions import open_partitions as open_partitions
    from .nationwide.partitions import places_of_plan as places_of_plan
    from .nationwide.partitions import write_partitions as write_partitions
    from .nationwide.result import open_evaluation as open_evaluation
    from .nationwide.run import evaluate_many as evaluate_many
    from .nationwide.synthetic import make_national_places as make_national_places
    from .nationwide.synthetic import make_national_plan as make_national_plan
    from .nationwide.synthetic import make_national_returns as make_national_returns
    from .outlook.attainment import assess_target as assess_target
    from .outlook.backtest import run_backtest as run_backtest
    from .outlook.context import compare_with_context as compare_with_context
    from .outlook.context import near_series as near_series
    from .outlook.joint import assess_jointly as assess_jointly
    from .outlook.league import compare_forecasters as compare_forecasters
    from .outlook.league import load_league as load_league
    from .outlook.places import assess_places as assess_places
    from .outlook.predictive import forecast as forecast
    from .outlook.predictive import forecast_panel as forecast_panel
    from .outlook.residues import assess_residues as assess_residues
    from .outlook.scenario import nowcast_year as nowcast_year
    from .outlook.scenario import required_change as required_change
    from .outlook.scenario import value_of_another_year as value_of_another_year
    from .outlook.scenario import what_if as what_if
    from .outlook.scores import score_forecasts as score_forecasts
    from .outlook.trend.description import describe_trend as describe_trend
    from .outlook.trend.joinpoints import fit_joinpoints as fit_joinpoints
    from .outlook.trend.power import trend_power as trend_power
    from .plan.compare import compare_plans as compare_plans
    from .plan.loader import list_plans as list_plans
    from .plan.loader import load_plan as load_plan
    from .plan.model import Plan as Plan
    from .provenance import Source as Source
    from .provenance import Status as Status
    from .report.word import write_word as write_word
    from .report.word_template import write_word_template as write_word_template
    from .report.workbook.book import write_score_workbook as write_score_workbook
    from .results import label_frame as label_frame
    from .returns.bridges import DefinitionBridge as DefinitionBridge
    from .returns.plan_draft import draft_plan as draft_plan
    from .returns.reader import read_returns as read_returns
    from .returns.schema import Returns as Returns
    from .returns.synthetic import load_synthetic_returns as load_synthetic_returns
    from .returns.synthetic import load_synthetic_truth as load_synthetic_truth
    from .returns.synthetic import make_synthetic_returns as make_synthetic_returns
    from .returns.template import write_template as write_template
    from .returns.vintages import compare_vintages as compare_vintages
    from .terms import Text as Text
    from .terms import label as label
    from .terms import set_language as set_language
    from .terms import use_language as use_language
    from .verdicts import Verdict as Verdict
    from .verdicts import judge_interval as judge_interval
    from .verdicts import judge_probability as judge_probability
    from .verdicts import judge_value as judge_value


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
