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

from ._public import PUBLIC

__all__ = ["__version__", *PUBLIC]

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
    from .report.pdf import write_pdf as write_pdf
    from .report.word import write_word as write_word
    from .report.word_template import write_word_template as write_word_template
    from .report.workbook.book import write_score_workbook as write_score_workbook
    from .results import label_frame as label_frame
    from .returns.bridge_table import read_bridges as read_bridges
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
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{PUBLIC[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
