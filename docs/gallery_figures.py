"""What the gallery draws: for each room the lines that prepare, and one line for each figure."""

from __future__ import annotations

from dataclasses import dataclass

from suzhou_antidrug.terms import Text

SYNTHETIC = Text("合成数据", "synthetic data")
PUBLISHED = Text("公布数据", "published figures")
COMPUTED = Text("只用公式与自带参数，无观测数据", "formulas and bundled parameters only, no observations")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the line that draws it (its last expression gives axes or a figure) and what it shows."""

    id: str
    code: str
    title: Text
    says: Text
    data: Text = SYNTHETIC


@dataclass(frozen=True, slots=True)
class Room:
    """Figures that share their preparation."""

    id: str
    title: Text
    prepare: str
    figures: tuple[Figure, ...]


RECORD = Room(
    "record",
    Text("公开记录与主任务", "The public record and the main job"),
    """\
plan = sa.load_plan("suzhou-2020")
record = sa.load_published()
assessment = sa.assess_record(draws=1000)
evaluation = sa.evaluate(draws=500)
promises = evaluation.promises
""",
    (
        Figure("series", 'record.series("drug_cases_solved", "全国").plot()', Text("一个公布序列", "A published series"),
               Text("实心点是主要数，空心点是同一年的另一个公布数；竖线为舍入。", "Full points are primary, hollow ones another figure of the same year; bars are rounding."), PUBLISHED),
        Figure("record", "assessment.plot()", Text("公开记录的前景", "The outlook of the record"),
               Text("其中一条序列：站在 2019 年的扇形预测，与后来的实际。", "One of its series: the fan drawn in 2019, and what followed."), PUBLISHED),
        Figure("overview", "from suzhou_antidrug.evaluation.record import plot_overview\nplot_overview(assessment, origin=2019)", Text("站在一年看各序列", "All series from one year"),
               Text("扇形是预测，点线是后来。2020 至 2022 年的骤降落在扇形之外。", "Fans are forecasts, dotted lines what followed: the plunge of 2020 to 2022 lies outside them."), PUBLISHED),
        Figure("evaluation", "evaluation.plot()", Text("主任务的总图", "The figure of the main job"),
               Text("各总目标达成的概率：菱形为全市，圆点为各单位，叉为不给概率。", "The chance of each headline target: diamond the city, dots divisions, crosses no probability.")),
        Figure("promises", "promises.plot()", Text("总目标前景", "Headline targets"),
               Text("同一张图，由 `assess_promises` 的结果画出。", "The same, drawn from the result of `assess_promises`.")),
        Figure("divisions", 'promises.plot_divisions("relapse")', Text("各单位小图并列", "Divisions side by side"),
               Text("一个下降类目标，各单位同一比例尺。", "One decrease, every division on the same scale.")),
    ),
)  # fmt: skip

OUTLOOK = Room(
    "outlook",
    Text("前景", "Outlook"),
    """\
plan = sa.load_plan("suzhou-2020")
values = sa.compute_indicators(sa.load_synthetic_returns(plan), plan=plan)
outlook = sa.assess_target(values, target="relapse", plan=plan, origin=2021)
joint = sa.assess_jointly(values, plan=plan, origin=2021, draws=500)
record = sa.load_published().series("drug_cases_solved", "全国").primary
yearly = sa.summarise_loads(sa.compute_loads(sa.load_synthetic_measurements()), by="city")
""",
    (
        Figure("target", "outlook.plot()", Text("一个目标的预测", "A target's forecast"),
               Text("观测、扇形预测与目标线；标题写评判与概率。", "What was observed, the fan, and the line to reach; the title gives verdict and chance.")),
        Figure("curve", "outlook.plot_curve()", Text("降幅概率曲线", "The curve over falls"),
               Text("降幅不小于 d 的概率；竖线是翻转点。", "The chance of a fall of at least d; the upright line is where the verdict flips.")),
        Figure("joint", "joint.plot()", Text("多少项同时达成", "How many at once"),
               Text("各单位的误差相关，故分布比独立时宽。", "Errors of divisions are correlated, so it is wider than if they were not.")),
        Figure("forecast", 'sa.forecast(record.to_numpy(), 3, kind="count").plot()', Text("一个短序列的预测", "A short series ahead"),
               Text("扇形为 50%、80%、95% 区间。", "Intervals of 50, 80 and 95 %."), PUBLISHED),
        Figure("residues", "sa.assess_residues(yearly, plan=plan, origin=2021).plot()", Text("各残留物一起评判", "All residues together"),
               Text("“毒品残留物含量明显下降”是几种标志物的事，逐个列出。", "“Residues markedly down” speaks of several biomarkers; each is shown.")),
    ),
)  # fmt: skip

CALIBRATION = Room(
    "calibration",
    Text("趋势与校准", "Trends and calibration"),
    """\
record = sa.load_published().series("drug_cases_solved", "全国").primary
rng = np.random.default_rng(3)
walks = 100 * np.exp(np.cumsum(rng.normal(0, 0.2, (200, 8)), axis=1))
made_up = pd.DataFrame({"series_id": np.repeat(np.arange(200), 8), "period": np.tile(range(2010, 2018), 200), "value": walks.ravel(), "kind": "load"})
test = sa.run_backtest(made_up, draws=300, rng=1, status="synthetic")
league = sa.load_league()
""",
    (
        Figure("trend", 'sa.describe_trend(record, kind="count").plot()', Text("趋势的描述", "A trend described"),
               Text("Sen 斜率与检验；“没有显著趋势”不等于“没有下降”。", "Sen's slope and the test; no significant trend is not no decrease."), PUBLISHED),
        Figure("joinpoints", 'sa.fit_joinpoints(record, kind="count", permutations=499).plot()', Text("折点", "Joinpoints"),
               Text("年变化在何处改变；值少时不找折点。", "Where the yearly change changes; few values have none."), PUBLISHED),
        Figure("power", "sa.trend_power([5, 8], [0, 0.1, 0.2, 0.3, 0.4, 0.5], 0.2, draws=1000).plot()", Text("趋势检验能看出什么", "What a trend test can see"),
               Text("真实降幅与检出的机会。", "True falls and the chance to find them."), COMPUTED),
        Figure("backtest", "test.plot()", Text("回测", "A back-test"), Text("回测结果自己的图，即可靠性图。", "The figure of the back-test itself: its reliability.")),
        Figure("reliability", "test.reliability().plot()", Text("可靠性图", "Reliability"),
               Text("说七成，是否七成发生。", "Of what was given seven in ten, did seven in ten happen.")),
        Figure("pit", "test.pit().plot()", Text("概率积分变换", "Probability integral transform"), Text("平则宽窄合适。", "Flat where the width is right.")),
        Figure("league", "league.plot()", Text("方法的比较", "The league of methods"),
               Text("7,245 条真实短序列上的技巧得分。", "Skill on 7,245 real short series."), PUBLISHED),
    ),
)  # fmt: skip

RELAPSE = Room(
    "relapse",
    Text("复吸", "Relapse"),
    """\
what = sa.RelapseDefinition("annual_detected", case_list="列管毒品", population="年初在册应查人员")
first, later = (sa.measure_relapse(n, 5000, checked=4600, checks=20000, definition=what, status="synthetic") for n in (400, 250))
persons = sa.make_synthetic_persons()
spells = sa.make_synthetic_spells()
times = (persons["entry"], persons["months"], persons["end"])
x = pd.DataFrame({"多次强戒": (persons["times_detained"] > 1).astype(int), "释放年": persons["released"] - 2016})
table = sa.follow_up_table(persons["released"], persons["months"] / 12, persons["end"])
by = persons.groupby("division")["end"].agg(found=lambda e: int((e == 1).sum()), base="size").reset_index()
""",
    (
        Figure("detection", "sa.compare_relapse(first, later).plot()", Text("检出力变化下的比值", "The ratio over detection"),
               Text("查得勤些或疏些，两期之比会怎样。", "What the ratio would be, were more or fewer found.")),
        Figure("abstinence", "sa.measure_abstinence(spells).plot()", Text("操守曲线", "Abstinence"), Text("死亡、离境等与复吸竞争。", "Death and leaving compete with relapse.")),
        Figure("ends", "sa.measure_abstinence(spells).plot_ends()", Text("各种结局", "Every end"), Text("各结局的累积发生率，合起来不超过 1。", "Cumulative incidence of each; together at most 1.")),
        Figure("cox", 'sa.fit_cox(x, *times, status="synthetic").plot()', Text("风险比", "Hazard ratios"), Text("区间不含 1 的才与偶然相区别。", "Only those whose interval leaves out 1 differ from chance.")),
        Figure("zph", 'sa.check_proportional_hazards(x, *times, status="synthetic").plot()', Text("风险比随时间变不变", "Do hazard ratios last"), Text("比例风险的检验。", "The check of proportional hazards.")),
        Figure("mcf", 'sa.mean_cumulative(*times, persons.index, status="synthetic").plot()', Text("平均累积次数", "Mean cumulative number"), Text("人均复吸次数随时间增加。", "Relapses per person over time.")),
        Figure("turnbull", 'sa.turnbull(persons["last_negative"], persons["first_positive"], status="synthetic").plot()', Text("只知道在两次检查之间", "Known only between two checks"), Text("区间删失的估计；灰带内无从得知。", "Interval censoring; in the grey nothing is known.")),
        Figure("districts", 'sa.compare_districts(by["found"], by["base"], by["division"], status="synthetic").plot()', Text("地区漏斗图", "A funnel of districts"), Text("小地区的率散得开，多半是偶然。", "Small districts scatter, mostly by chance.")),
        Figure("cohorts", 'sa.forecast_cohorts(table, cohorts=[2022], status="synthetic").plot()', Text("未满三年的批次", "Cohorts short of three years"), Text("按往批的进程推到三年。", "Carried to three years as earlier ones went.")),
    ),
)  # fmt: skip

WASTEWATER = Room(
    "wastewater",
    Text("污水监测", "Wastewater"),
    """\
from suzhou_antidrug.indicators.wastewater.plots import plot_weekday_profile
from suzhou_antidrug.indicators.wastewater.change_plots import plot_fall_curve

sheet = sa.load_synthetic_measurements()
loads = sa.compute_loads(sheet)
changes = sa.compare_loads(loads, base=[2018, 2019], target=[2021, 2022])
designs = [sa.SamplingDesign(*d) for d in ((1, 7), (4, 2), (12, 7))]
weeks = pd.DataFrame({"plant": "合成厂", "biomarker": "mdma", "start": pd.date_range("2021-03-01", periods=28), "load": np.random.default_rng(1).lognormal(1, 0.2, 28) * np.tile([1, 0.9, 0.8, 0.8, 1, 1.5, 1.7], 4)})
synthetic_weeks = sa.loads_from_frame(weeks, status="synthetic")
sample = np.random.default_rng(4).lognormal(0.6, 0.7, 30)
register = sheet.frame[["plant", "division", "population"]].drop_duplicates().assign(sewage="domestic")
taken = sheet.frame.query("start.dt.year == 2021")[["plant", "start"]]
""",
    (
        Figure("samples", 'loads.plot(plant="相城厂", biomarker="ketamine")', Text("逐个样品", "Every sample"), Text("低于限值的画成可能的范围，不代入数。", "Below a limit: the range it may lie in, nothing put in.")),
        Figure("periods", 'sa.summarise_loads(loads).plot(biomarker="methamphetamine")', Text("各期负荷", "Loads by period"), Text("实验室、方法、人口口径改变处断开。", "Cut where laboratory, method or population base change.")),
        Figure("weekdays", "plot_weekday_profile(synthetic_weeks)", Text("一周各日", "The week"), Text("各日相对全周的倍数。", "Each day over its week.")),
        Figure("changes", "changes.plot()", Text("变化森林图", "A forest of changes"), Text("颜色与形状是评判，每行一座厂。", "Colour and shape are verdicts, a row a plant.")),
        Figure("fall", 'plot_fall_curve(changes, "昆山厂", "methamphetamine")', Text("一厂的降幅概率曲线", "A plant's curve over falls"), Text("评判线与翻转点。", "The lines of the verdict and the point of flip.")),
        Figure("design", 'sa.design_power(designs[1], noise="methamphetamine").plot()', Text("一种采样方案", "One design"), Text("真实降幅与看得出来的机会。", "True falls and the chance to see them."), COMPUTED),
        Figure("designs", 'sa.compare_designs(designs, noise="methamphetamine", fall=0.2).plot()', Text("采样方案的比较", "Designs compared"), Text("多采几天、多采几轮，哪样有用。", "More days or more rounds: which helps."), COMPUTED),
        Figure("sampling", 'sa.plan_sampling(0.2, by=2022, noise="methamphetamine").plot()', Text("要看出降幅须怎样采样", "Sampling that would see it"), Text("够用的方案与其功效。", "Designs that suffice, and their power."), COMPUTED),
        Figure("coverage", 'sa.monitoring_coverage(register, taken, year=2021, status="synthetic").plot()', Text("监测覆盖", "Coverage of monitoring"), Text("采了的、漏了的、从未采的。", "Sampled, missed, never sampled.")),
        Figure("consumption", 'sa.back_calculate([5.0, 10.0, 20.0], drug="冰毒").plot()', Text("折算消费量", "Back-calculated consumption"), Text("读数是虚构的，系数为假定；系数不同，消费量差几倍，故评判用负荷。", "Invented loads, assumed factors; factors differ several times over, so verdicts use loads.")),
        Figure("budget", 'sa.uncertainty_budget(same=["site", "laboratory", "population_base"]).plot()', Text("不确定度预算", "The uncertainty budget"), Text("共同的误差在比值中消去。", "What is shared cancels in a ratio."), Text("自带分项，多为假定", "bundled components, mostly assumed")),
        Figure("people", 'sa.population_from_ammonium([22.0, 25.0, 30.0], 9.0e4, grams_per_person_per_day=8.0, source="虚构的调查").plot()', Text("推算人口", "Population from ammonium"), Text("读数是虚构的，人均排放量为假定；上下各一倍标准差。", "Invented readings, an assumed amount per head; one standard deviation to either side.")),
        Figure("censored", 'sa.censored_mean(np.where(sample < 1.0, np.nan, sample), below=sample < 1.0, limit=1.0, status="synthetic").plot()', Text("有低于限值者的均值", "A mean with values below a limit"), Text("均值及其上下界。", "The mean and its bounds.")),
    ),
)  # fmt: skip

OTHERS = Room(
    "precursors_crime",
    Text("制毒物品、案件与零", "Precursors, crime and zeros"),
    """\
from suzhou_antidrug.indicators.precursors.plots import plot_rate_ladder

rng = np.random.default_rng(6)
periods = [sa.measure_diversion([n], enterprise_years=[3600], inspections=[i], period=p, catalogue="2020", status="synthetic") for n, i, p in ((36, 2160, "2018"), (39, 3600, "2022"))]
acts = pd.DataFrame({"enterprise": rng.integers(0, 300, 200).astype(str), "act": np.arange(200).astype(str), "kind": "", "sanction": rng.choice(["warning", "fine", "suspension"], 200), "date": "2021-05-01", "evidence": "合成决定书"})
shock = np.where(np.arange(60) >= 36, 0.8, 1.0)
cases = rng.poisson(120 * shock * np.where(np.arange(60) >= 36, 0.7, 1.0))
other = rng.poisson(2400 * shock)
rates = 400 * np.exp(rng.dirichlet([1, 1], 13) @ np.cumsum(rng.normal(0, 0.05, (2, 20)), axis=1))
people = rng.integers(400_000, 2_000_000, 10)
""",
    (
        Figure("ladder", "plot_rate_ladder(periods)", Text("各种分母下的率", "The rate on every exposure"), Text("按企业与按检查，方向可以相反。", "By firms and by inspections the direction may differ.")),
        Figure("diversion", "periods[1].plot()", Text("一期的各种率", "One period's rates"), Text("分母不同，率不同。", "Another exposure, another rate.")),
        Figure("balance", 'sa.balance_material(100, rng.normal(50, 0.1, 24), rng.normal(49.8, 0.1, 24), rng.normal(100, 0.2, 24), random_error=0.002, status="synthetic").plot()', Text("物料平衡", "Material balance"), Text("账面减实物，及其界限。", "Book minus physical, with its limits.")),
        Figure("cusum", 'sa.poisson_cusum(np.r_[rng.poisson(1, 30), rng.poisson(2, 12)], 1, 2, status="synthetic").plot()', Text("泊松累积和", "A Poisson cumulative sum"), Text("小量计数缓慢变多时报警。", "An alarm where small counts slowly rise.")),
        Figure("between", 'sa.chart_rare_events(np.append(rng.exponential(40, 18), [400]), mean=40, status="synthetic").plot()', Text("两起之间的天数", "Days between events"), Text("罕见事件看间隔。", "Rare events are watched by their gaps.")),
        Figure("credit", 'sa.grade_enterprises(acts, [str(k) for k in range(300)], on="2021-12-31", status="synthetic").plot()', Text("企业信用等级", "Credit grades of firms"), Text("按规则文件计分；规则为假定。", "Points by a rule file; the rules are assumed.")),
        Figure("interrupted", 'sa.interrupted_series(cases, 36, control=other, status="synthetic").plot()', Text("中断时间序列", "An interrupted series"), Text("有对照序列才分得清规划与同期的冲击。", "Only a control tells the plan from what came with it.")),
        Figure("donors", 'sa.synthetic_control(rng.poisson(rates[0]), rng.poisson(rates[1:]), 14, place="某市", status="synthetic").plot()', Text("合成控制", "Synthetic control"), Text("由别处加权而成的对照；灰线是把别处当作它。", "A control made of other places; grey lines take them in its place.")),
        Figure("areas", 'sa.shrink_small_areas(rng.poisson(people * 2e-5), people, places=[f"地区{k}" for k in range(10)], status="synthetic").plot()', Text("小地区的率", "Rates of small areas"), Text("向全体收缩多少。", "How far each is drawn to all.")),
        Figure("zero", 'sa.explain_zero(0.3, 3, status="synthetic").plot()', Text("零说明多少", "What a zero says"), Text("以往每年 0.3 起，三年为零的概率本来就有 0.41。", "With 0.3 a year before, three years of none had a chance of 0.41.")),
    ),
)  # fmt: skip

APPRAISAL = Room(
    "appraisal",
    Text("考评与稳健性", "Appraisal and robustness"),
    """\
plan = sa.load_plan("suzhou-2020")
returns = sa.load_synthetic_returns(plan)
card = sa.appraise(returns, plan, evidence=sa.make_synthetic_evidence(plan))
change = sa.decompose_change(card, earlier=2020, later=2021)
study = card.robustness(200, rng=1, rules=["practice-steps"])
few = card.robustness(50, rng=1, rules=["practice-steps"], readings=["rise_percent"], leave_out=False)
facts = sa.ProgressFacts.from_frame(pd.DataFrame([("合成：戒毒康复", 50, 2019, 66, 2021, 90, 2022, 1), ("合成：覆盖", 90, 2019, 95, 2021, 100, 2022, 1), ("合成：案件", 3, 2019, 1, 2021, 0, 2022, -1)], columns=["case", "baseline", "t0", "current", "t", "target", "t_target", "direction"]))
""",
    (
        Figure("sheet", "card.plot(year=2021)", Text("计分表", "The score sheet"), Text("斜线为不可评，空白为不适用。", "Hatched: not assessable; empty: not applicable.")),
        Figure("tiles", "card.plot_tiles(year=2021)", Text("方格图", "Tiles"), Text("各单位按方位排列。", "Divisions by where they lie.")),
        Figure("change", 'change.plot(division="wujiang")', Text("得分变化的来由", "What a change is made of"), Text("实绩、要求、权重、缺报，相加恰等于变化。", "Results, demands, weights and gaps, adding up to the change.")),
        Figure("ranks", "study.plot(year=2022)", Text("名次区间", "Ranks and their range"), Text("换规则、权重与误差后的名次。", "Ranks under other rules, weights and errors.")),
        Figure("sobol", 'few.sobol("kunshan", base=32, rng=1).plot()', Text("哪一项选择要紧", "Which choice matters"), Text("Sobol 指数。", "Sobol indices.")),
        Figure("progress", 'sa.compare_progress(facts, status="synthetic").plot()', Text("各种进度办法", "Progress systems"), Text("≠ 处各办法的结论不同。", "≠ marks where systems disagree.")),
    ),
)  # fmt: skip

NATION = Room(
    "nation",
    Text("多份规划与多地区", "Many plans and many places"),
    """\
import pathlib
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
plan = sa.make_national_plan(44)
returns = sa.make_national_returns(folder / "returns", plan, places=24, parts=3, years=range(2017, 2022))
nation = sa.evaluate_many(returns, plan, out=folder / "results", origin=2021, draws=200)
suzhou = sa.load_plan("suzhou-2020")
""",
    (
        Figure("plans", 'sa.compare_plans(["zhanjiang-2016", "leizhou-2016"]).plot()', Text("几份规划的承诺", "The promises of plans"), Text("同一指标上谁的目标更高；目标值为公布数。", "Who asks for more of the same indicator; thresholds as published."), PUBLISHED),
        Figure("places", "sa.assess_places(sa.load_synthetic_returns(), plan=suzhou, origin=2021, draws=200).plot()", Text("多个地区的评判", "Verdicts of many places"), Text("各目标下四类评判的地区数。", "How many places got which verdict, by target.")),
        Figure("nation", "nation.plot()", Text("全国的评判", "Verdicts of a nation"), Text("同一张图，逐区评估虚构的全国；另有 `plot_verdict_shares` 画任何计数表。", "The same for a made-up nation, evaluated part by part; `plot_verdict_shares` draws any table of counts.")),
        Figure("shares", 'from suzhou_antidrug.outlook.plots import plot_verdict_shares\nplot_verdict_shares(nation.frame.query("level == \'part\'"), nation.titles, nation.made.status)', Text("分区整体的评判", "Verdicts of parts as wholes"), Text("分区自身的数由各地区汇总而来。", "The parts' own figures, pooled from their places.")),
    ),
)  # fmt: skip

ROOMS = (RECORD, OUTLOOK, CALIBRATION, RELAPSE, WASTEWATER, OTHERS, APPRAISAL, NATION)
