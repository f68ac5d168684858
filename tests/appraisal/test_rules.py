"""Rule files: the bundled ones load, one broken file per error, file, line and what is said in both languages."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import suzhou_antidrug as sa
from suzhou_antidrug.appraisal.rules.numbers import exact, round_exactly
from suzhou_antidrug.errors import PlanError, UnknownNameError

BROKEN = Path(__file__).parents[1] / "broken" / "appraisal_rules"
MARK = "# <-- here"  # stands in the line that the error must name

# file: code, words of the English and of the Chinese message, words of the advice where there is one
EXPECTED = {
    "bands_equal": ("bands", "grades good and fair overlap", "“good”与“fair”重叠", ""),
    "bands_gap": ("gap", "good (from 90) and fair (to 89) leave a gap: a score such as 89.5", "89.5 分没有唯一等次", "Let fair end at 90"),
    "bands_out_of_order": ("bands", "overlap or stand in the wrong order", "须由高到低", ""),
    "bands_overlap": ("bands", "good (from 90) and fair (to 91) overlap: a score such as 90.5", "90.5 分没有唯一等次", "Let fair end at 90"),
    "bonus_without_role": ("role", "a bonus takes a scale of kind bonus", "加分项须用 bonus 类办法", ""),
    "category_twice": ("twice", "the category user_management stands twice", "类别 user_management 重复", ""),
    "division_by_zero": ("wrong_value", "a decimal or a fraction in quotes", "须为加引号的小数或分数", ""),
    "duplicate_key": ("duplicate_key", "'bonus_cap' is already given in line 8", "在第 8 行已出现", "Keep one"),
    "floor_above_one": ("order", "floor is a share of the points", "floor 为分值的比例", ""),
    "indicator_and_deliverable": ("item", "an indicator or a deliverable, one of the two", "indicator 或 deliverable 之一", ""),
    "item_twice": ("twice", "user_check_rate is scored twice", "user_check_rate 重复计分", ""),
    "key_of_kind_missing": ("missing_key", "kind linear needs full", "须有“full”", ""),
    "levels_for_an_indicator": ("kind", "deliverables take a scale of kind levels", "工作成果用 levels 类办法", ""),
    "lowest_band_above_zero": ("gap", "scores between 0 and 10 have no grade", "0 与 10 之间没有等次", ""),
    "negative_points": ("wrong_value", "must not be negative", "不能为负", ""),
    "negative_weight": ("wrong_value", "must not be negative", "不能为负", ""),
    "no_grades": ("empty", "at least one grade", "至少要有一个等次", ""),
    "no_milestone": ("no_milestone", "task 7 of the plan has no milestone for user_check_rate", "规划任务7没有", "aftercare_rate, community_rehab_execution_rate, standardised_office_rate"),
    "no_milestone_in_year": ("no_milestone", "no milestone of user_check_rate in 2023", "2023 年的年度任务", ""),
    "no_number": ("wrong_value", "a decimal or a fraction in quotes", "须为加引号的小数或分数", ""),
    "no_parts": ("parts", "units short cannot be counted", "无法数出差几个", ""),
    "no_parts_of_a_change": ("parts", "units short cannot be counted", "无法数出差几个", ""),
    "no_points": ("points", "no item has points", "没有计分项", ""),
    "number_without_quotes": ("wrong_type", "must be text", "须为文字", "Put it in quotes: '0.4'"),
    "one_standard": ("few", "at least two standards", "至少要有两个标准值", ""),
    "other_plan": ("plan", "for the plan example-town, not suzhou-2020", "适用于规划 example-town", ""),
    "points_zero": ("points", "points must be above 0", "分值须大于 0", ""),
    "position_no_way": ("position", "exactly one of at, short, ratio", "须恰好给出一个", ""),
    "position_two_ways": ("position", "exactly one of at, short, ratio", "须恰好给出一个", ""),
    "ratio_zero": ("zero", "a degree of completion is above 0", "完成程度须大于 0", ""),
    "standards_fall": ("order", "coefficients that do not fall", "系数不得减小", ""),
    "step_below_otherwise": ("order", "who reaches no step must get less", "未达任何台阶者", ""),
    "steps_out_of_order": ("order", "steps come from the best down", "台阶须由高到低", ""),
    "targets_weight_above_one": ("share", "weight of targets is at most 1", "总目标权重不得大于 1", ""),
    "task_without_category": ("unknown_name", "crime_crackdown is no category of the file", "没有名为“crime_crackdown”的类别", "prevention_education, user_management"),
    "unit_zero": ("zero", "unit of a step must be above 0", "每步的单位须大于 0", ""),
    "unknown_category": ("unknown_name", "user_managment is no category", "没有名为“user_managment”的类别", "user_management"),
    "unknown_deliverable": ("unknown_name", "t04-brnad is no deliverable of task 4", "没有名为“t04-brnad”", "t04-brand"),
    "unknown_effect": ("wrong_choice", "zero_total, zero_category, cap_score, cap_grade, no_award", "须为下列之一", ""),
    "unknown_key": ("unknown_key", "'bonus_capp' is not known", "没有名为“bonus_capp”的键", "bonus_cap"),
    "unknown_kind": ("wrong_choice", "milestone, pro_rata, linear, steps, efficacy", "须为下列之一", ""),
    "unknown_scale": ("unknown_name", "stiars is no scale", "没有名为“stiars”的评分办法", "stairs"),
    "unknown_task": ("unknown_name", "88 is no task of the plan", "没有名为“88”的任务", "8"),
    "unknown_verdict": ("verdict", "not_mett is no verdict that can be scored", "不是可计分的评判", ""),
    "unused_key": ("unused_key", "kind linear does not use floor", "不用“floor”", "full, otherwise, zero"),
    "veto_unknown_category": ("unknown_name", "user_managment is no category with items", "没有名为“user_managment”", "user_management"),
    "veto_unknown_grade": ("unknown_name", "fiar is no grade of the file", "没有名为“fiar”的等次", "fair"),
    "veto_unknown_indicator": ("unknown_name", "drug_manufacture_site is no indicator", "没有名为“drug_manufacture_site”的指标", "drug_manufacture_sites"),
    "veto_without_category": ("missing_key", "zero_category needs category", "须有“category”", ""),
    "veto_without_grade": ("missing_key", "cap_grade needs grade", "须有“grade”", ""),
    "veto_without_score": ("missing_key", "cap_score needs score", "须有“score”", ""),
    "weight_of_one_missing": ("weight", "every category has a weight, or none", "都有权重或都没有", ""),
    "weights_above": ("weight_sum", "add to 1.15, 0.15 above 1", "比 1 多 0.15", ""),
    "weights_below": ("weight_sum", "add to 0.9, 0.1 below 1", "比 1 少 0.1", ""),
    "worst_above_the_bad": ("order", "a negative coefficient needs below: hold", "系数为负时", ""),
    "year_outside": ("year", "2023 is no year of the plan", "2023 不在规划期内", ""),
    "years_do_not_sum": ("weight_sum", "weights of years add to 0.9, 0.1 below 1", "各年权重合计 0.9", ""),
}  # fmt: skip


def edited(tmp_path, *edits):
    text = (BROKEN / "valid.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "edited.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class TestFiles:
    @pytest.mark.parametrize("name", sa.list_appraisal_rules())
    def test_bundled_files_load(self, plan, name):
        rules = sa.load_appraisal_rules(name, plan=plan)
        assert (rules.file.id, rules.file.plan) == (name, "suzhou-2020")
        # The plan gives no points: whatever a bundled file says must be marked as assumed, and says why.
        assert rules.file.status.value == "assumed" and rules.file.why.zh and len(rules.fingerprint) >= 8

    def test_three_files_are_bundled_and_the_credit_rules_are_not_among_them(self):
        assert sa.list_appraisal_rules() == ("practice-bonus", "practice-steps", "suzhou-default")

    def test_every_task_counts_the_same_by_default(self, plan):
        file = sa.load_appraisal_rules("suzhou-default", plan=plan).file
        assert file.categories == ()  # items add up
        points = {}
        for item in file.items:
            points[item.task] = points.get(item.task, Fraction(0)) + Fraction(item.points)
        assert set(points.values()) == {Fraction(10)}

    def test_unknown_name_offers_the_nearest(self, plan):
        with pytest.raises(UnknownNameError, match="practice-steps"):
            sa.load_appraisal_rules("practice-step", plan=plan)

    def test_missing_file(self, plan):
        with pytest.raises(PlanError, match=r"nowhere\.yaml: no such file"):
            sa.load_appraisal_rules("somewhere/nowhere.yaml", plan=plan)


class TestBroken:
    def test_every_broken_file_is_expected(self):
        assert {p.stem for p in BROKEN.glob("*.yaml")} == set(EXPECTED) | {"valid", "several_problems"}

    def test_the_file_that_the_broken_ones_differ_from_is_valid(self, plan):
        file = sa.load_appraisal_rules(BROKEN / "valid.yaml", plan=plan).file
        assert (len(file.items), len(file.scales), len(file.vetoes)) == (7, 7, 2)

    @pytest.mark.parametrize("name", sorted(EXPECTED))
    def test_broken_file(self, plan, name):
        code, en, zh, advice = EXPECTED[name]
        path = BROKEN / f"{name}.yaml"
        with pytest.raises(PlanError) as caught:
            sa.load_appraisal_rules(path, plan=plan)
        (problem,) = caught.value.problems
        lines = path.read_text(encoding="utf-8").split("\n")
        assert problem.code == code
        assert (problem.file, problem.row) == (path.name, next(i for i, text in enumerate(lines, 1) if MARK in text))
        assert en in problem.en and zh in problem.zh
        assert advice in problem.advice_en and bool(problem.advice_zh) == bool(problem.advice_en)
        assert str(path.parent) not in str(caught.value)

    def test_all_problems_at_once_in_the_order_of_the_file(self, plan):
        with pytest.raises(PlanError) as caught:
            sa.load_appraisal_rules(BROKEN / "several_problems.yaml", plan=plan)
        frame = caught.value.frame
        assert list(frame.code) == ["gap", "weight_sum", "unknown_name", "unknown_name", "unknown_name", "weight_sum"]
        assert list(frame.row) == sorted(frame.row) and frame.row.nunique() == 6

    def test_an_indicator_without_direction_takes_all_or_nothing(self, plan, tmp_path):
        task = plan.task(5)
        milestones = tuple(m.model_copy(update={"operator": "eq"}) for m in task.milestones)
        tasks = tuple(t.model_copy(update={"milestones": milestones}) if t.number == 5 else t for t in plan.tasks)
        exactly = plan.model_copy(update={"tasks": tasks})
        old = "{task: 8, indicator: sick_disabled_admission_rate, points: '10', scale: straight}"
        new = "{task: 5, indicator: new_user_share, points: '10', scale: straight}"
        path = edited(tmp_path, (old, new))
        assert sa.load_appraisal_rules(path, plan=plan)  # at least so much: there more is better
        with pytest.raises(PlanError, match="new_user_share has no direction") as caught:
            sa.load_appraisal_rules(path, plan=exactly)
        assert caught.value.problems[0].code == "direction" and "没有方向" in caught.value.problems[0].zh
        kind = "kind: linear\n    name: {zh: 按比例, en: in proportion}\n    status: synthetic\n    zero: {ratio: '0.5'}\n    full: {ratio: '1'}"
        whole = edited(tmp_path, (old, new), (kind, kind.split("    zero")[0].replace("linear", "milestone").rstrip()))
        assert sa.load_appraisal_rules(whole, plan=exactly)

    @pytest.mark.parametrize(
        ("edit", "words"),
        [
            # 95 % stands between the milestones of 2020 and 2022: only some years turn the places round.
            (("{short: '0.2', coefficient: '0.6'}", "{at: '0.95', coefficient: '0.6'}"), "do not rise from the worst"),
            (("zero: {ratio: '0.5'}", "zero: {at: '0.95'}"), "zero lies on the good side of full"),
            (("{at: '0.98', share: '1'}", "{at: '0.95', share: '1'}"), "do not rise from the worst"),
        ],
    )
    def test_places_that_a_milestone_turns_round(self, plan, synthetic, tmp_path, edit, words):
        with pytest.raises(PlanError, match=words) as caught:
            sa.load_appraisal_rules(edited(tmp_path, edit), plan=plan)
        first = caught.value.problems[0]
        assert first.code == "order" and first.row and first.column.startswith("items[")

    def test_only_the_years_and_the_indicator_that_are_scored_are_asked(self, plan, tmp_path):
        zero = ("zero: {ratio: '0.5'}", "zero: {at: '0.95'}")  # between the milestones of 2020 and 2022
        item = "{task: 8, indicator: sick_disabled_admission_rate, points: '10', scale: straight"
        late = edited(tmp_path, zero, (item, f"{item}, years: [2022]"))
        assert sa.load_appraisal_rules(late, plan=plan).file.items[5].years == (2022,)
        with pytest.raises(PlanError, match="zero lies on the good side of full"):
            sa.load_appraisal_rules(edited(tmp_path, zero, (item, f"{item}, years: [2020]")), plan=plan)
        # Task 6 also has a milestone of 0, of which there is no share: it is another indicator's.
        kind = ("kind: deduction\n    name: {zh: 逐项扣分", "kind: pro_rata\n    name: {zh: 逐项扣分")
        assert sa.load_appraisal_rules(edited(tmp_path, kind, ("    each: '1'\n    of: units_short\n", "")), plan=plan)

    @pytest.mark.parametrize(("digits", "good"), [(-1, False), (0, True), (6, True), (7, False)])
    def test_scores_have_up_to_six_digits(self, plan, tmp_path, digits, good):
        path = edited(tmp_path, ("digits: 1", f"digits: {digits}"))
        if good:
            assert sa.load_appraisal_rules(path, plan=plan).file.rounding.digits == digits
        else:
            with pytest.raises(PlanError, match=r"edited\.yaml"):
                sa.load_appraisal_rules(path, plan=plan)

    def test_a_share_of_nothing_has_no_meaning(self, plan, synthetic, tmp_path):
        kind = ("kind: deduction\n    name: {zh: 逐起扣分", "kind: pro_rata\n    name: {zh: 逐起扣分")
        path = edited(tmp_path, kind, ("    each: '1'\n  beyond:", "  beyond:"))
        with pytest.raises(PlanError, match="a share of the milestone 0 has no meaning"):
            sa.load_appraisal_rules(path, plan=plan)

    @settings(max_examples=60)
    @given(data=st.data())
    def test_any_line_changed_gives_rules_or_a_plan_error(self, plan, data, tmp_path_factory):
        lines = (BROKEN / "valid.yaml").read_text(encoding="utf-8").splitlines()
        i = data.draw(st.integers(0, len(lines) - 1))
        lines[i] = data.draw(st.one_of(st.just(""), st.just(lines[i][2:]), st.text(max_size=30), st.sampled_from(lines), st.just(lines[i].replace("'", "")), st.just(lines[i].replace("{", "["))))  # fmt: skip
        path = tmp_path_factory.mktemp("rules") / "changed.yaml"
        path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
        try:
            rules = sa.load_appraisal_rules(path, plan=plan)
        except PlanError as error:
            assert all(p.file == "changed.yaml" and p.en and p.zh for p in error.problems)
        else:
            assert rules.file.items and rules.file.grades


class TestNumbers:
    def test_a_figure_is_what_was_typed(self):
        assert exact(0.1) == Fraction(1, 10) and exact("1/3") == Fraction(1, 3)
        assert exact(0.29) * 100 == 29 and 0.29 * 100 != 29

    @pytest.mark.parametrize(
        ("text", "digits", "half_up", "half_even", "truncate"),
        [
            ("89.945", 2, "89.95", "89.94", "89.94"),
            ("89.95", 1, "90.0", "90.0", "89.9"),
            ("89.85", 1, "89.9", "89.8", "89.8"),
            ("89.9499999999999999999", 1, "89.9", "89.9", "89.9"),
            ("-0.5", 0, "-1", "0", "0"),
            ("-1.5", 0, "-2", "-2", "-1"),
            ("2.5", 0, "3", "2", "2"),
        ],
    )
    def test_three_ways_to_round(self, text, digits, half_up, half_even, truncate):
        for mode, wanted in (("half_up", half_up), ("half_even", half_even), ("truncate", truncate)):
            assert round_exactly(Fraction(text), digits, mode) == Fraction(wanted)

    def test_a_third_has_no_last_digit(self):
        assert str(round_exactly(Fraction(200, 3), 2, "half_up")) == "66.67"
        assert str(round_exactly(Fraction(200, 3), 2, "truncate")) == "66.66"
