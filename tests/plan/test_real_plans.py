"""The published plans: the figures as their sources print them, typed here a second time, and every gap named."""

from __future__ import annotations

import pytest

import suzhou_antidrug as sa
from suzhou_antidrug.provenance import Status

# plan: level, {(indicator, year): (operator, threshold)} as printed at the address of its source
PRINTED = {
    "china-hiv-2012": (
        "nation",
        {
            ("maintenance_treatment_coverage", 2015): ("ge", 0.70),
            ("maintenance_new_infection_rate", 2015): ("le", 0.01),
            ("shared_injection_share", 2015): ("le", 0.15),
        },
    ),
    "china-hiv-2017": ("nation", {("maintenance_new_infection_rate", 2020): ("le", 0.003)}),
    "gansu-2012": (
        "province",
        {
            ("employment_placement_rate", 2012): ("ge", 0.40),
            ("employment_placement_rate", 2013): ("ge", 0.55),
            ("employment_placement_rate", 2014): ("ge", 0.70),
        },
    ),
    "hainan-2016": ("province", {("existing_user_share", 2019): ("le", 0.004)}),
    "hainan-2020": ("province", {}),
    "zhanjiang-2016": (
        "city",
        {
            ("community_rehab_execution_rate", 2016): ("ge", 0.60),
            ("rehab_social_worker_share", 2016): ("ge", 0.30),
        },
    ),
    "leizhou-2016": (
        "district",
        {
            ("community_rehab_execution_rate", 2016): ("ge", 0.70),
            ("rehab_social_worker_share", 2016): ("ge", 0.30),
        },
    ),
}


def test_every_bundled_plan_is_known_here():
    assert set(sa.list_plans()) == set(PRINTED) | {"suzhou-2020", "example-town"}


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_figures_are_those_of_the_source(name):
    plan = sa.load_plan(name)
    level, printed = PRINTED[name]
    assert plan.level == level and plan.status is Status.PUBLISHED
    assert {(m.indicator, m.year): (m.operator, m.threshold) for m in plan.milestones} == printed


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_sources_have_an_address_and_the_day_they_were_read(name):
    plan = sa.load_plan(name)
    source = plan.sources[plan.document.source]
    assert source.url.startswith("http") and source.seen == "2026-11-26" and source.kind in ("news", "repost")


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_gaps_are_named_and_definitions_are_not_claimed(name):
    plan = sa.load_plan(name)
    assert len(plan.gaps) >= 1 and len(plan.gaps_frame()) == len(plan.gaps)
    assert any(gap.searched for gap in plan.gaps)  # where the text was looked for
    assert {i.definition_status for i in plan.indicators.values()} == {Status.ASSUMED}


def test_a_fall_without_a_number_keeps_its_readings():
    plan = sa.load_plan("hainan-2020")
    (target,) = plan.targets
    assert target.threshold is None and target.group == "decrease"
    assert plan.ambiguity("further_decrease").default.minimum_change == 0
    assert len(plan.ambiguity("further_decrease").readings) == 3


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_plans_are_described_among_the_data(name):
    assert sa.describe(f"plan-{name}").dataset.status is Status.PUBLISHED
    assert sa.describe(f"plan-{name}").dataset.sources
