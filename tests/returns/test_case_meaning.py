"""Cases 34-48 of the list of bad inputs: what figures mean, to the verdict where the case goes so far."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from bad_returns import COLUMNS, SOUND, Desk, at, flagged, normalised, only, rejected, row, same, sound_row_kept

import suzhou_antidrug as sa
from suzhou_antidrug import DefinitionBridge
from suzhou_antidrug.errors import SeriesError, UnknownNameError
from suzhou_antidrug.returns.schema import COLUMN, NUMBER_COLUMNS
from suzhou_antidrug.verdicts import Verdict

CHECK, CASES = "吸毒人员核查率,昆山市,2020", "在校学生吸毒,昆山市,2020"
WHOLE = f"{CHECK},90,100,"
TEN = ["张家港市", "常熟市", "太仓市", "昆山市", "吴江区", "吴中区", "相城区", "姑苏区", "苏州工业园区", "苏州高新区"]
DRAWS = 400


@pytest.fixture(scope="module")
def law():
    """The plan itself: these cases end in a verdict."""
    return sa.load_plan("suzhou-2020")


@pytest.fixture
def office(law, tmp_path) -> Desk:
    return Desk(law, tmp_path)


def relapse(years, *, divisions=TEN, definitions=None, fall=0.8) -> list[list[str]]:
    """Rows of the yearly relapse rate: 100 of 1000 in 2019, then falling fast; definitions by year."""
    rows = []
    for year in years:
        found = round(100 * fall ** (year - 2019))
        for name in divisions:
            rows.append(
                ["年度查获复吸率", name, str(year), str(found), "1000", "", "", (definitions or {}).get(year, ""), ""]
            )
    return rows


def assess(returns, law, *, origin=2022, **how):
    return sa.assess_target(returns, target=how.pop("target", "relapse"), plan=law, origin=origin, draws=DRAWS, **how)


def test_case_34_a_rate_above_one_hundred_per_cent(desk: Desk) -> None:
    rejected(
        desk,
        f"{CHECK},,,103.2%",
        "above_one",
        "数值",
        "above 100 %",
        "超过 100%",
        cured=f"{CHECK},,,100%",
        shown="103.2%",
    )
    rejected(desk, f"{CHECK},,,1.35", "above_one", "数值", "above 1 and no % sign", "没有百分号", cured=f"{CHECK},,,1")


def test_case_35_more_checked_than_to_be_checked(desk: Desk) -> None:
    rejected(desk, f"{CHECK},1032,1000,", "numerator_above", "分子", "1032 exceeds 分母 1000", "1032 大于分母 1000", cured=f"{CHECK},1000,1000,", shown="1032")  # fmt: skip
    head = ("指标", "县级市(区)", "时期", "分子数", "分母数")
    for path in desk.both([["吸毒人员核查率", "昆山市", "2020", "1032", "1000"]], head=head):
        problem = at(only(desk.refused(path)), path, "numerator_above", 2, "分子数")
        assert "分母数 1000" in problem["en"] or "分母 1000" in problem["en"]


def test_case_36_a_negative_count(desk: Desk) -> None:
    rejected(desk, f"{CHECK},-5,100,", "negative", "分子", "negative", "负数", cured=WHOLE, shown="-5")
    rejected(desk, f"{CASES},,,-5", "negative", "数值", "negative", "负数", cured=f"{CASES},,,5", shown="-5")


def test_case_36_the_layout_has_no_column_of_changes_and_reads_none(desk: Desk) -> None:
    """A negative change would be fine, but a return holds levels: changes are computed from them."""
    assert NUMBER_COLUMNS == ("numerator", "denominator", "value")
    head = (*COLUMNS, "较上年增减")
    assert "较上年增减" not in {c.name.zh for c in COLUMN.values()}
    for path in desk.both([[*SOUND, "-5"]], head=head):
        returns = desk.read(path)
        flagged(returns, path, "unknown_column", [(1, "较上年增减")])
        sound_row_kept(returns)
        assert (returns.frame[list(NUMBER_COLUMNS)].fillna(0) >= 0).all(axis=None)


def test_case_37_a_missing_value_is_no_failure(office: Desk, law) -> None:
    name = law.indicators["public_education_coverage"].name.zh
    rows = [[name, d, "2020", "990" if n else "", "1000" if n else "", *[""] * 4] for n, d in enumerate(TEN)]
    for path in office.both(rows):
        values = sa.compute_indicators(office.read(path), plan=law)
        judged = sa.judge_milestones(values, plan=law, years=[2020]).frame
        mine = judged[judged["indicator"] == "public_education_coverage"].set_index("division")
        assert mine.loc["zhangjiagang", "threshold"] == 0.9 and np.isnan(mine.loc["zhangjiagang", "value"])
        assert not mine.loc["zhangjiagang", "value"] >= 0.9
        assert mine.loc["zhangjiagang", "verdict"] == Verdict.NOT_ASSESSABLE
        assert (
            "不等于零" in mine.loc["zhangjiagang", "reason_zh"]
            and "missing is not zero" in mine.loc["zhangjiagang", "reason_en"]
        )
        assert mine.loc["changshu", "verdict"] == Verdict.MET, "the others are judged"
        assert mine.loc["suzhou", "verdict"] == Verdict.NOT_ASSESSABLE


def test_case_38_events_are_not_people(desk: Desk) -> None:
    rejected(
        desk,
        f"{WHOLE},人次",
        "unit_mismatch",
        "单位",
        "person-times are not persons",
        "人次不是人数",
        cured=f"{WHOLE},人",
        shown="人次",
    )
    rejected(
        desk,
        f"{CASES},,,5,人次",
        "unit_mismatch",
        "单位",
        "nothing is converted",
        "不作换算",
        cured=f"{CASES},,,5,起",
        shown="人次",
    )
    head = ("指标", "县级市(区)", "时期", "分子(人次)", "分母(人)")
    for path in desk.both([["吸毒人员核查率", "昆山市", "2020", "90", "100"]], head=head):
        problem = at(only(desk.refused(path)), path, "unit_mismatch", 2, "分子(人次)")
        assert "'人次'" in problem["en"] and "人次" in problem["zh"]


def test_case_40_a_note_or_header_of_several_years(desk: Desk) -> None:
    rejected(
        desk, f"{CASES},,,12,,,三年累计", "cumulative", "备注", "each year", "分年度", cured=f"{CASES},,,12,,,全年"
    )
    head = ("指标", "县级市(区)", "时期", "数值", "三年累计")
    for path in desk.both([["在校学生吸毒", "昆山市", "2022", "4", "12"]], head=head):
        at(only(desk.refused(path)), path, "cumulative", 1, "三年累计")
    rows = [SOUND, *(row(f"在校学生吸毒,昆山市,{y},,,{v}") for y, v in ((2020, 10), (2021, 20), (2022, 30)))]
    for path in desk.both(rows):
        returns = desk.read(path)
        assert flagged(returns, path, "sum_of_years", [(5, "数值")])["value"].tolist() == ["30"]
        assert returns.frame["value"].dropna().tolist() == [10, 20, 30]
        sound_row_kept(returns)


def test_case_41_the_base_year_serves_as_base_only(office: Desk, law) -> None:
    name = law.indicators["public_education_coverage"].name.zh
    rows = [[name, d, y, "50", "100", *[""] * 4] for d in TEN for y in ("2019", "2020")]
    returns = office.read(office.text(rows))
    assert {p.year for p in returns.frame["period"]} == {2019, 2020} and returns.problems.empty
    judged = sa.judge_milestones(sa.compute_indicators(returns, plan=law), plan=law).frame
    assert set(judged["year"]) == set(law.years), "no milestone binds in 2019"


def test_case_41_a_year_after_the_date_of_the_data(desk: Desk) -> None:
    today = dt.date(2021, 12, 31)
    for path in desk.both([SOUND, row("在校学生吸毒,昆山市,2022,,,1")]):
        problem = at(only(desk.refused(path, today=today)), path, "future", 3, "时期")
        assert problem["value"] == "2022" and "still to come" in problem["en"] and "尚未" in problem["zh"]
        sound_row_kept(desk.read(path, today=dt.date(2022, 1, 1)))
    rejected(desk, WHOLE.replace("2020", "2023"), "year_outside", "时期", "2020-2022", "不在规划年份", cured=WHOLE)


def test_case_42_a_restated_base_is_flagged_and_the_verdict_uses_the_vintage_it_is_given(office: Desk, law) -> None:
    first = office.read(office.text(relapse((2019, 2020, 2021, 2022))))
    changed = [[*r[:3], "70", *r[4:]] if r[2] == "2019" else r for r in relapse((2019, 2020, 2021, 2022))]
    later = office.read(office.text(changed))
    told = sa.compare_vintages(first, later, plan=law)
    assert len(told.problems) == 10 and set(told.problems["code"]) == {"restated_base"}
    for words in (told.problems["en"][0], told.problems["zh"][0]):
        assert "100" in words and "70" in words and "2019" in words
    outlooks = [assess(r, law) for r in (first, later)]
    assert [o.base for o in outlooks] == [pytest.approx(0.1), pytest.approx(0.07)]
    assert "基期: 0.1 (2019)" in str(outlooks[0].explain()) and "基期: 0.07 (2019)" in str(outlooks[1].explain())
    assert outlooks[0].made.fingerprint != outlooks[1].made.fingerprint


def test_case_43_a_change_typed_as_the_value_of_task_13(office: Desk, law) -> None:
    name = law.indicators["open_interdiction_share"].name.zh
    task = next(m for m in law.milestones if m.indicator == "open_interdiction_share")
    assert task.task == 13
    bad = [name, "昆山市", "2021", "", "", "上升10%", "", "", ""]
    sound = [name, "常熟市", "2021", "", "", "30%", "", "", ""]
    for path in office.both([sound, bad]):
        problem = at(only(office.refused(path)), path, "number", 3, "数值")
        assert problem["value"] == "上升10%" and "a change, not a level" in problem["en"]
        assert "each year" in problem["advice_en"] and "percentage points" in problem["advice_en"]
        assert "各年" in problem["advice_zh"] and "百分点" in problem["advice_zh"]


DIVERSION = "precursor_diversion"


def diversion(law, definitions: dict[int, str]) -> list[list[str]]:
    name = law.indicators["precursor_diversion_rate"].name.zh
    return [
        [name, d, str(year), str(round(60 * 0.7 ** (year - 2019))), "1000", "", "", definitions[year], ""]
        for year in definitions for d in TEN
    ]  # fmt: skip


def test_case_45_two_precursor_lists_carry_no_verdict_and_one_fixed_list_does(office: Desk, law) -> None:
    old, new = "易制毒化学品目录2018年版", "易制毒化学品目录2021年版"
    rows = diversion(law, {2019: old, 2020: old, 2021: new, 2022: new})
    for path in office.both(rows):
        returns = office.read(path)
        found = flagged(returns, path, "catalogue_changed", [(22 + n, "口径") for n in range(10)])
        assert "fingerprints" in found["en"].iloc[0] and "指纹" in found["zh"].iloc[0] and len(returns) == 40
        outlook = assess(returns, law, target=DIVERSION)
        assert outlook.verdict is Verdict.NOT_ASSESSABLE and np.isnan(outlook.probability)
        assert old in outlook.judgement.reason.zh and new in outlook.judgement.reason.en
    promises = sa.evaluate(returns, law, origin=2022, draws=DRAWS).promises.frame
    mine = promises[(promises["target"] == DIVERSION)]
    assert set(mine["verdict"]) == {"not_assessable"}, "city and divisions alike, through the main job"
    fixed = office.read(office.text(diversion(law, dict.fromkeys((2019, 2020, 2021, 2022), old))))
    assert assess(fixed, law, target=DIVERSION).verdict is Verdict.MET and fixed.problems.empty
    with pytest.raises(SeriesError) as error:
        returns.bridged(DefinitionBridge("precursor_diversion_rate", old, new, by="市禁毒办", why="差别不大"))
    problem = error.value.problems[0]
    assert problem.code == "bridge_catalogue" and "fixed list" in problem.advice_en and "固定目录" in problem.advice_zh


NARROW = "不含新精神活性物质"


@pytest.fixture
def narrowed(office: Desk):
    rows = [[*r[:8], NARROW if int(r[2]) > 2019 else ""] for r in relapse((2019, 2020, 2021, 2022))]
    return rows, [office.read(path) for path in office.both(rows)]


def test_case_46_a_note_that_narrows_the_scope_carries_no_verdict_until_a_bridge(office: Desk, law, narrowed) -> None:
    rows, forms = narrowed
    for returns, path in zip(forms, office.both(rows), strict=True):
        found = flagged(returns, path, "definition_changed", [(12 + n, "备注") for n in range(10)])
        assert "until a bridge is declared" in found["en"].iloc[0] and "口径衔接" in found["zh"].iloc[0]
        assert returns.log["rule"].tolist() == ["scope_note"] * 30 and len(returns) == 40
        outlook = assess(returns, law)
        assert outlook.verdict is Verdict.NOT_ASSESSABLE and NARROW in outlook.judgement.reason.zh
        assert "definition_bridges" not in outlook.manifest()
    bridge = DefinitionBridge("annual_detected_relapse_rate", "", NARROW, by="市禁毒办", why="2019 年无此类人员")
    bridged = returns.bridged(bridge)
    after = assess(bridged, law)
    plain = assess(office.read(office.text(relapse((2019, 2020, 2021, 2022)))), law)
    assert after.verdict is plain.verdict is Verdict.MET and after.probability == plain.probability
    for words in (after.judgement.reason.zh, str(after.explain())):
        assert "市禁毒办" in words and "2019 年无此类人员" in words and "声明可比" in words
    assert "declared comparable by 市禁毒办" in after.judgement.reason.en
    assert after.manifest()["definition_bridges"] == [bridge.as_dict()]
    assert after.made.fingerprint != plain.made.fingerprint
    same(bridged, returns)
    assert "市禁毒办" in str(bridged.explain()) and bridged.manifest()["definition_bridges"] == [bridge.as_dict()]


def test_case_46_a_bridge_reaches_the_main_job_and_its_manifest(law, narrowed) -> None:
    bridge = DefinitionBridge("annual_detected_relapse_rate", "", NARROW, by="市禁毒办", why="2019 年无此类人员")
    whole = sa.evaluate(narrowed[1][0].bridged(bridge), law, origin=2022, draws=DRAWS)
    mine = whole.promises.frame[whole.promises.frame["target"] == "relapse"]
    assert "not_assessable" not in set(mine["verdict"]) and mine["reason_zh"].str.contains("市禁毒办").all()
    assert whole.manifest()["definition_bridges"] == [bridge.as_dict()]
    other = whole.promises.frame[whole.promises.frame["target"] == "user_control"]
    assert not other["reason_zh"].str.contains("市禁毒办").any()
    at_once = sa.assess_places(whole.values, plan=law, origin=2022, draws=DRAWS).frame
    pd.testing.assert_frame_equal(at_once, whole.promises.frame, check_exact=True)


def test_case_46_a_bridge_under_a_milestone_that_compares_with_its_base(office: Desk, law) -> None:
    name = law.indicators["open_interdiction_share"].name.zh
    rows = [
        [name, d, y, v, "100", "", "", k, ""]
        for d in TEN
        for y, v, k in (("2019", "20", "公开查缉"), ("2020", "30", "含协查"))
    ]
    returns = office.read(office.text(rows))
    bridge = DefinitionBridge("open_interdiction_share", "公开查缉", "含协查", by="支队", why="协查不足百分之一")

    def judged(given):
        frame = sa.judge_milestones(sa.compute_indicators(given, plan=law), plan=law, years=[2020]).frame
        return frame[(frame["indicator"] == "open_interdiction_share") & (frame["division"] == "kunshan")].iloc[0]

    assert judged(returns)["verdict"] == "not_assessable" and "含协查" in judged(returns)["reason_zh"]
    after = judged(returns.bridged(bridge))
    assert (
        after["verdict"] == "met"
        and "支队" in after["reason_zh"]
        and "declared comparable by 支队" in after["reason_en"]
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [({"later": "另一口径"}, "bridge_definition"), ({"later": ""}, "bridge_definition"), ({"by": " "}, "bridge_reason"),
     ({"why": ""}, "bridge_reason"), ({"by": "13800000000"}, "bridge_reason")],
)  # fmt: skip
def test_case_46_a_bridge_that_says_too_little_is_refused(narrowed, change, code) -> None:
    whole = {
        "indicator": "annual_detected_relapse_rate",
        "earlier": "",
        "later": NARROW,
        "by": "市禁毒办",
        "why": "无此类人员",
    }
    with pytest.raises(SeriesError) as error:
        narrowed[1][0].bridged(DefinitionBridge(**(whole | change)))
    problem = error.value.problems[0]
    assert problem.code == code and problem.advice_en and problem.advice_zh and "138" not in str(error.value)
    with pytest.raises(UnknownNameError):
        narrowed[1][0].bridged(DefinitionBridge(**(whole | {"indicator": "relapse"})))


def test_case_46_bridges_chain(office: Desk, law) -> None:
    definitions = {2019: "甲口径", 2020: "乙口径", 2021: "丙口径", 2022: "丙口径"}
    returns = office.read(office.text(relapse(definitions, definitions=definitions)))
    one = DefinitionBridge("annual_detected_relapse_rate", "甲口径", "乙口径", by="市局", why="一")
    two = DefinitionBridge("annual_detected_relapse_rate", "丙口径", "乙口径", by="市局", why="二")
    assert assess(returns.bridged(one), law).verdict is Verdict.NOT_ASSESSABLE
    for given in (returns.bridged(one, two), returns.bridged(two).bridged(one)):
        assert assess(given, law).verdict is Verdict.MET


def test_case_47_one_year_alone_shows_values_and_carries_no_verdict(office: Desk, law) -> None:
    for path in office.both(relapse([2019])):
        returns = office.read(path)
        outlook = assess(returns, law, origin=2019)
        assert outlook.verdict is Verdict.NOT_ASSESSABLE and np.isnan(outlook.probability)
        assert "只有一年" in outlook.judgement.reason.zh and "one year" in outlook.judgement.reason.en
        assert outlook.history.to_dict() == {2019: pytest.approx(0.1)}, "the value is shown"
        values = sa.compute_indicators(returns, plan=law).frame
        assert values["value"].notna().sum() == 11


def test_case_48_a_division_without_one_year(office: Desk, law) -> None:
    rows = [r for r in relapse((2019, 2020, 2021, 2022)) if (r[1], r[2]) != ("昆山市", "2019")]
    for path in office.both(rows):
        returns = office.read(path)
        assert assess(returns, law, division="昆山市").verdict is Verdict.NOT_ASSESSABLE
        assert assess(returns, law, division="常熟市").verdict is Verdict.MET
        city = assess(returns, law)
        assert city.verdict is Verdict.NOT_ASSESSABLE and "2019" in city.judgement.reason.zh
        values = sa.compute_indicators(returns, plan=law)
        total = values.yearly("annual_detected_relapse_rate", "suzhou").loc[2019]
        assert np.isnan(total["value"]) and np.isnan(total["numerator"]), "never a zero, and no sum of nine"
        assert (total["reported"], total["expected"]) == (9, 10)
        gaps = returns.missing(law, [2019])
        mine = gaps[gaps["indicator"] == "annual_detected_relapse_rate"]
        assert mine[["division", "reason"]].to_numpy().tolist() == [["kunshan", "no_row"]]


def test_case_39_in_a_workbook_too(desk: Desk) -> None:
    normalised(
        desk, "缴获数量,昆山市,2020,,,938.5吨", "缴获数量,昆山市,2020,,,938500", [("F3", "938.5吨", "938500", "weight")]
    )
    rows = [SOUND, row("缴获数量,昆山市,2020,,,938.5吨"), row("缴获数量,太仓市,2020,,,50")]
    for path in desk.both(rows):
        problem = at(only(desk.refused(path)), path, "bare_weight", 4, "数值")
        assert "50克" in problem["advice_zh"] and problem["value"] == "50"


def test_case_44_counts_and_shares_of_one_list_in_a_workbook(desk: Desk) -> None:
    rows = [SOUND, row("走私案件占比,昆山市,2020,,,70起占64.2%"), row("容留案件占比,昆山市,2020,6,,2.2%")]
    for path in desk.both(rows):
        returns = desk.read(path)
        found = flagged(returns, path, "bases_differ", [(4, "数值")]).iloc[0]
        for words in (found["en"], found["zh"]):
            assert "109" in words and "273" in words
        figures = returns.frame.set_index("indicator")[["numerator", "value"]]
        assert figures.loc[["smuggling", "keeping"]].to_numpy().tolist() == [[70, 0.642], [6, 0.022]], (
            "nothing corrected"
        )
        sound_row_kept(returns)
