"""What to do about a problem whose message gives no advice, and codes that the source builds from parts.

报错文字未附办法的问题怎么办，以及由变量拼成的代码。
"""

from __future__ import annotations

from error_catalogue import Entry

# A cure in Chinese and in English, and the codes it is for.
CURES: tuple[tuple[str, str, str], ...] = (
    ("改正所指的数值后重新运行。", "Correct the value that is named and run again.", "weight correction bias cost membership n alpha correlation fall levels evidence minimum_fall noise lag1 relative_sd quantity exposure counts out_of_range time negative load horizon draws intervals not_whole negative_events negative_weight swapped_range shares scores share points denominator mean maximum level window posts no_noise population_unusable joinpoint_settings infinite"),
    ("补上缺值，或去掉该行、该列；本库不填补。", "Fill in what is missing, or leave the row or column out; nothing is imputed here.", "gaps missing_value missing_covariate no_outcome no_last not_finite table"),
    ("补上所指的列，列名须与说明一致。", "Add the column that is named, spelled as in the description.", "column columns column_missing header"),
    ("只保留一份。", "Keep one of the two.", "twice duplicate duplicate_period plant_twice period_twice places rows"),
    ("换用名单中的名称；报错中列有可用的名称。", "Use a name of the list; the message gives those there are.", "unknown unknown_case unknown_reference unknown_sanction unknown_name unknown_indicator unknown_division unknown_status grade verdict method test by against place period"),
    ("核对年份；须在规划期或数据所及之内。", "Check the year; it must lie within the plan or the data.", "year years years_outside assumed_year no_year_between nothing_due month"),
    ("改用同一规划、同一批例的结果再比较。", "Compare results of one plan, or of the same cases.", "plan same other_cases"),
    ("把权重改到合计为 1（或按文件所定的合计），本库不重新缩放。", "Correct the weights until they add up; they are not rescaled for you.", "weight_sum weights"),
    ("在规则文件中更正所指的一行。", "Correct the line of the rules file that is named.", "order few kind role missing_key position item parts gap bands floor red_lines zero steps"),
    ("写明方向：越高越好填 1，越低越好填 -1。", "Give the direction: 1 where high is good, -1 where low is.", "direction"),
    ("在层次表中更正上级代码：恰有一个根，不成环，上级都在表中。", "Correct the parents: exactly one root, no loop, every parent in the table.", "parent root loop"),
    ("换用不受此限的方法，或改用有差别的指标。", "Use a method without this limit, or indicators that differ between units.", "all_equal one_unit nothing_to_fill no_component"),
    ("按要求给出方阵或数组的形状。", "Give the table or array in the shape that is asked for.", "matrix shape grades forecast ragged"),
    ("给出至少一项。", "Give at least one.", "no_assessor no_biomarker no_sources no_design empty no_period no_forecaster division_missing round"),
    ("建立研究时给出等次（grades=）。", "Give grades (grades=) when the study is made.", "no_grades"),
    ("补上依据（文号、记录）；没有依据的不计。", "Add the evidence (number of a document, a record); without it nothing is counted.", "no_evidence"),
    ("重新安装本软件包。", "Install the package again.", "dataset_missing"),
    ("写明该列性质：计数、由计数推出，或可原样保留。", "Say what the column is: a count, derived from counts, or to be kept as it is.", "undeclared"),
    ("写出从本文件到上级规划的相对路径。", "Write the path from this file to the plan above.", "absolute_path"),
    ("沿 inherits 逐个核对，去掉其中一处；继承链至多五份。", "Follow inherits from file to file and take one out; a line has five plans at most.", "circle"),
    ("报错列出上级规划现有的项，照写代码或序号；新增的写在 add 下。", "Write the id or number as listed in the message; what is new goes under add.", "not_inherited"),
    ("用继承的那一项；要改动，写在 override 下。", "Use the inherited item; to change it, write it under override.", "already_inherited"),
    ("总目标只有三类；其他目标值写成任务的年度任务。", "Headline targets are of three kinds; write any other threshold as a milestone of a task.", "wrong_group"),
    ("分成几份表，或去掉与承诺无关的行。", "Split the table, or leave out rows that are no promises.", "too_many_rows"),
    ("给每行写上任务号（整数）。", "Give every row a task number, a whole one.", "no_tasks"),
    ("代码只用小写字母、数字与连字符。", "Use small letters, digits and hyphens.", "plan_id"),
    ("核对两列：部分不得大于全体。", "Check both columns: a part is at most its whole.", "part found_above_base above_entered share_above_one nowcast"),
    ("去掉该列，只留汇总数，再输出。", "Take the column out, keep totals only, and write again.", "personal_data"),
    ("补充单位或更长的时段；数据不足时只报计数与区间。", "Add places or a longer time; with too little, report counts with their intervals.", "few_places few_recaptures too_short kind_varies minimum short_future no_window no_shared_years too_many_joinpoints unlike not_in_table"),
    ("核对计数与暴露量是否属于同一地区、同一时期。", "Check that counts and exposures belong to the same place and period.", "events_without_exposure no_exposure"),
    ("把企业列入名单，或更正企业代码。", "Put the enterprise on the register, or correct its code.", "not_registered"),
    ("按报错所说，换用可用的标志物或给出来源。", "Use the marker that the message names, or give the sources.", "heroin_not_identifiable norketamine_unusable parent_cocaine_no_marker not_a_drug factor_of_another_drug"),
    ("只报负荷，或自行给出有出处的系数。", "Report the load only, or give a factor with its citation.", "no_factor"),
    ("向实验室核对原始记录；属实则保留，警告不改数。", "Check with the laboratory; if it is true, keep it: a warning changes no number.", "flow_unit unit_slip tenfold_step"),
    ("更正采样方案的天数、轮次或厂数。", "Correct the days, rounds or plants of the design.", "design"),
    ("写成 2021-04-01 这样的日期。", "Write a date such as 2021-04-01.", "start date"),
    ("填 domestic（生活）或 industrial（工业）。", "Write domestic or industrial.", "sewage"),
    ("改用生活污水的名册；工业废水没有对应的规划指标。", "Use a register of domestic sewage; the plan has no indicator of industrial sewage.", "industrial_sewage"),
    ("先核对筛选条件：所选范围内没有数据。", "Check what was selected: there is no data in it.", "nothing_to_draw nothing_ahead no_base no_series"),
    ("填数字；低于限值的请留空并给出限值。", "Give a number; below a limit leave it blank and give the limit.", "no_number not_a_number number"),
    ("把变动放在序列之内、且不在末期；只有季度、月度数据才有季节。", "Declare a change inside the series and not at its end; only quarters and months have a season.", "pulse_last outside season"),
    ("换一种可算的读法，或只作数值判断。", "Choose a computable reading, or judge the value only.", "reading default_reading"),
    ("把序列统一为一种时期（年、季或月）。", "Give one kind of period in a series: years, quarters or months.", "mixed_periods period_length frequency"),
    ("补上分子，或去掉分母。", "Add the numerator, or leave the denominator out.", "half_ratio"),
    ("核对路径、文件大小与权限。", "Check the path, the size and the permissions.", "file_missing file_too_large file_empty output"),
    ("另存为 UTF-8 的 YAML 文本，去掉锚点、别名、标签与过深的嵌套；含糊的值加引号。", "Save as UTF-8 YAML without anchors, aliases, tags and deep nesting; put unclear values in quotes.", "not_utf8 not_yaml too_deep alias tag unclear_value key"),
    ("按报错所列的类型或取值填写。", "Give the type or one of the values that the message lists.", "wrong_type wrong_choice wrong_value"),
    ("写明小计包含哪些地区，或只报各地区。", "Say which divisions the subtotal covers, or report divisions only.", "subtotal"),
    ("补齐各年的单位，或只留各年都有的单位。", "Give every unit in every year, or keep those that have all.", "unit_missing"),
    ("使用实验室数据模板，不改动表头。", "Use the template of laboratory sheets and leave its header as it is.", "no_header"),
    ("本格也写明单位，例如 50克 或 50公斤。", "Write the unit in this cell too, such as 50克 (grams) or 50公斤 (kilograms).", "bare_weight"),
    ("核对件数、占比及其所属清单；警告不改数。", "Check the counts, the shares and which list they belong to; a warning changes no number.", "bases_differ"),
    ("换用能打开的 Word 模板，由 write_word_template 生成的最稳妥。", "Give a Word template that opens; one made by write_word_template is the safest.", "template"),
    ("减小问题的规模。", "Make the problem smaller.", "too_large"),
    ("换用同一类型的结果：负荷与消费量不能混用。", "Hand in the right kind of result: a load is no consumption.", "not_a_load not_a_consumption"),
    ("更正规划文件中所指的一行：前后两处须一致。", "Correct the line of the plan file that is named: the two places must agree.", "swapped_years wrong_unit wrong_mark inclusive"),
    ("补上比较与目标值，或为该条写出带 minimum_change 的读法。", "Add operator and threshold, or a reading with a minimum_change.", "half_comparison no_threshold"),
    ("零日留空，并写明未定量或未报告。", "Leave the day of zero blank and say whether it was not quantified or not reported.", "mixed_zero"),
)  # fmt: skip

# Codes that the source builds from a name, or takes from a table elsewhere; the pattern stands as in the source.
BUILT: dict[str, tuple[str, ...]] = {
    "f'bad_{column}'": ("bad_direction", "bad_times", "bad_baseline", "bad_current"),
    "f'not_a_{quantity}'": ("not_a_load", "not_a_consumption"),
    "f'{name}_changed'": ("laboratory_changed", "method_changed", "population_basis_changed", "loq_changed"),
}
_CHANGED = {"laboratory": ("实验室", "laboratory"), "method": ("检测方法", "method"), "population_basis": ("人口口径", "population basis")}  # fmt: skip
_WATER = "indicators/wastewater"
WRITTEN: tuple[Entry, ...] = (
    *(
        Entry(_WATER, f"{code}_changed", f"the {en} changes within a series (warning).", f"同一序列中途更换{zh}（警告）。", "Periods on the two sides are not compared.", "前后时期不作比较。")
        for code, (zh, en) in _CHANGED.items()
    ),
    Entry(_WATER, "loq_changed", "the limit of quantification changes within a series (warning).", "同一序列中途更换定量限（警告）。", "Values below are compared at the higher limit.", "低于限值的按较高限值比较。"),
    Entry(_WATER, "not_a_load", "a load is needed here, not a consumption.", "此处须为负荷。"),
    Entry(_WATER, "not_a_consumption", "a consumption is needed here, not a load.", "此处须为消费量。"),
    Entry(_WATER, "limit", "a limit of detection or quantification is zero or below.", "检出限或定量限不大于零。"),
    Entry(_WATER, "number", "the cell does not hold a plain number.", "单元格不是规范的数字。"),
    Entry(_WATER, "unknown_name", "the name is not on the list of plants, divisions or biomarkers.", "名称不在污水厂、地区或标志物名单上。"),
    Entry(_WATER, "industrial_sewage", "the plan's indicators of coverage are about domestic sewage.", "规划的覆盖面指标只针对生活污水。"),
    Entry(_WATER, "nothing_to_draw", "there is nothing to draw.", "没有可画的数据。"),
    Entry(_WATER, "relative_sd", "a relative SD is a share of 1: 10 % is 0.1.", "相对标准差以1为单位：10%为0.1。"),
    Entry("appraisal/progress", "bad_direction", "a case has no direction.", "有一项没有方向。", "Give 1 where high is good, -1 where low is.", "越高越好填 1，越低越好填 -1。"),
    Entry("appraisal/progress", "bad_times", "times are out of order.", "时间先后有误。", "t0 comes before t and t_target.", "t0 须早于 t 与 t_target。"),
    Entry("appraisal/progress", "bad_baseline", "the baseline is missing.", "缺少基期值。", "Give it, or leave the case out.", "请补上，或去掉该项。"),
    Entry("appraisal/progress", "bad_current", "the current value is missing.", "缺少现值。", "Leave the case out: missing is not judged.", "请去掉该项，缺报不作评价。"),
    Entry("plan", "missing_key", "a key that is needed is missing.", "缺少必需的键。", "Add it.", "请补上。"),
    Entry("plan", "unknown_key", "a key is not known here.", "此处没有这个键。", "Use one that the message names.", "请用报错所列的键。"),
    Entry("plan", "wrong_value", "a value breaks a rule of the format; the message says which.", "取值不合格式规定，报错写明是哪一条。"),
    Entry("returns", "unknown_indicator", "the indicator is not in the plan.", "规划中没有该指标。"),
    Entry("returns", "unknown_division", "the division is not on the list.", "地区不在名单上。"),
    Entry("returns", "unknown_status", "the status is not one of those known.", "状态不在所列之中。"),
    Entry("returns", "period", "the cell holds no single period: a range, a fiscal year or another text.", "时期不是单一的年、季或月：是区间、财年或其他文字。", "Write 2020, 2020Q1 or 2020-03.", "请写 2020、2020Q1 或 2020-03。"),
    Entry("returns", "number", "the cell holds no plain number: a bound, a range, a rounded figure, Chinese digits, a misplaced comma and the like.", "不是规范的数字：如“约”、区间、约整数、中文数字、逗号位置不对等。", "Write the number itself; see the list on the page of returns.", "请填数字本身；不收的写法见“报表”一页。"),
    Entry("returns", "unit_mismatch", "the unit is not that of the indicator.", "单位与指标不符。", "Give the figure in the unit of the indicator.", "请按指标的单位填报。"),
)  # fmt: skip
