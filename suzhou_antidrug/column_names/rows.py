"""The names of columns, a row each: column, Chinese, English.

列名表：列、中文、英文。
"""

from __future__ import annotations

ROWS = """
above|门槛之上个数|just above the milestone
above_edge|距下方界线|above the lower edge
abstinent|未复吸|abstinent
acts|行为数|acts
actual_change|实际变化|actual change
actual|后来实际|what then happened
agency_class|机构所用分类|class used by agencies
appealed|申诉|appealed
advice|办法|what to do
area|地区|area
arithmetic|算式|arithmetic
asked|要求|asked for
assessed|已评项数|items assessed
assessed_share|已评分值占比|share of points assessed
at_risk|在险人数|at risk
base|基期|base
base_years|基期年数|base years
basis|口径|basis
batch|列管批次|batch
before_veto|否决前得分|score before vetoes
below|低于限值|below limit
below_limit|低于限值样品|samples below limit
below_limit_base|基期低于限值|below limit, base
below_limit_target|目标期低于限值|below limit, target
better_than_walk|胜过随机游走的来源数|sources where better than a random walk
bin|分组|bin
biomarker|标志物|biomarker
bonus|加分|bonus
brier|布赖尔分|Brier score
brier_skill|布赖尔技巧分|Brier skill
by|期限|by
cancels|在比值中抵消|cancels in a ratio
cas|CAS 号|CAS number
cas_status|CAS 号核实情况|standing of the CAS number
case|例|case
cases|例数|cases
cases_high|案件上限|cases, upper
cases_low|案件下限|cases, lower
caution|提醒|caution
censored|删失|censored
census_2020|2020 年普查人口|census population 2020
chance|概率|chance
chance_grade|得此等次的概率|chance of this grade
chance_rise|上升的概率|chance of a rise
chance_shown|能看出的概率|chance to be shown
chance_top|列前的概率|chance to be among the first
chance_without_change|无变化时的概率|chance without any change
change|变化|change
change_high|变化上限|change, upper
change_low|变化下限|change, lower
check|核对项|check
checking_ratio|核查力度之比|ratio of checking
choice|选择|choice
city|城市|city
clamped|方差为负按零计|negative variance taken as 0
class_and_name_status|类别与名称核实情况|standing of class and name
code|代码|code
coefficient|系数|coefficient
cohort|队列|cohort
column|列|column
complete|完整|complete
concentration_ng_per_L|浓度(ng/L)|concentration (ng/L)
confirmed|已确证|confirmed
conflict|来源冲突|conflict of sources
conflicts_with|与何者冲突|conflicts with
consumption|消费量|consumption
contradicts|相矛盾|contradicts
control|对照|control
cost_per_year|每年费用|cost a year
cost_total|总费用|total cost
count|计数|count
counterfactual|若无干预|without the intervention
country|国家|country
cover80|80% 区间覆盖率|cover of the 80 % interval
cover95|95% 区间覆盖率|cover of the 95 % interval
covered|已覆盖|covered
covariate|协变量|covariate
crps|CRPS|CRPS
crps_last|末步 CRPS|CRPS of the last step
daily|日均值|daily mean
date|日期|date
days|天数|days
days_base|基期天数|days, base
days_target|目标期天数|days, target
death|死亡|death
decides|可作出评判|decides
deduction|扣分|deduction
definition|口径|definition
degrees|自由度|degrees of freedom
departure|脱失|departure
derived_from|由何推得|derived from
detection|检出概率|detection
detention|羁押|detention
domestic_share|生活污水占比|domestic share
doubtful|存疑|doubtful
drug|毒品|drug
due|应评项数|items due
e0|不降的误差|error at no fall
e10|降 10% 的误差|error at a fall of 10 %
e20|降 20% 的误差|error at a fall of 20 %
e30|降 30% 的误差|error at a fall of 30 %
earlier|前一年|earlier year
ece|校准误差|calibration error
end|结束|end
enterprise|企业|enterprise
entry|进入时间|entry
entry_class|列管类别|class
even|均匀时占比|share if even
event|结局|event
events|事件数|events
evidence|依据|evidence
excess_risk|相对风险|relative risk
existing_users|现有吸毒人员|existing drug users
exit|退出时间|exit
expected|期望|expected
exposure|暴露量|exposure
factor_id|校正系数|correction factor
failed|无预测占比|share without forecast
false_alarm|误报率|false alarm rate
family|类别|family
figure_id|数字编号|figure id
figure_ids|数字编号|figure ids
figures|数字个数|figures
file|文件|file
finding|所见|finding
first|首年|first
first_conf|主效应误差|error of first order
fitted|拟合值|fitted
flow_m3_per_day|流量(立方米/日)|flow (m³/day)
found|查获|found
from_baseline|自基期|from the baseline
funnel_high|漏斗上限(95%)|funnel, upper (95 %)
funnel_high_998|漏斗上限(99.8%)|funnel, upper (99.8 %)
funnel_low|漏斗下限(95%)|funnel, lower (95 %)
funnel_low_998|漏斗下限(99.8%)|funnel, lower (99.8 %)
gaps|缺报|gaps
geography|地区|place
grade|等次|grade
grade_changes|等次改变|grade changes
grade_high|最好等次|best grade
grade_low|最坏等次|worst grade
group|组|group
half_width|舍入半宽|half width of rounding
happened|实际频率|happened
hazard_ratio|风险比|hazard ratio
high_days|高值天数|high days
id|编号|id
if_nobody_left|若无脱失|if nobody had left
if_nobody_left_high|若无脱失，上限|if nobody had left, upper
if_nobody_left_low|若无脱失，下限|if nobody had left, lower
implied_population|推算人口|implied population
in_total|计入总分|in the total
indicator_id|指标代码|indicator id
information|信息量|information
inside|在区间内|inside
interval80|80% 区间分|score of the 80 % interval
item|计分项|item
items|项数|items
joined|合并方式|how joined
key|输入指纹|key of the inputs
kg_per_year|千克/年|kg a year
kind|类型|kind
label|名称|label
laboratory|实验室|laboratory
largest_shift|最大位移|largest shift
largest_shift_unit|位移最大单位|unit that shifts most
last|末年|last
later|后一年|later year
learned|学习来源|learned from
length|时长|length
level|水平|level
limit|限值|limit
limits_raised|限值抬高|limits raised
listed_from|列管起始|listed from
listed_from_status|列管起始核实情况|standing of the listing date
load|负荷|load
load_mg_per_day_per_1000|负荷(毫克/日/千人)|load (mg/day/1000)
lod_ng_per_L|检出限(ng/L)|limit of detection (ng/L)
log_mean|对数均值|log mean
log_score|对数分|log score
log_sd|对数标准差|log SD
looks_lower|看似下降的概率|chance to look lower
loq_ng_per_L|定量限(ng/L)|limit of quantification (ng/L)
low_edge|组下界|lower edge
mean|均值|mean
mean_high|均值上限|mean, upper
mean_low|均值下限|mean, lower
memory|内存峰值(字节)|peak memory (bytes)
met|达成|met
method_base|基期方法|method, base
method_target|目标期方法|method, target
missed_30|漏掉 30% 降幅的概率|chance to miss a fall of 30 %
mon|周一|Monday
morphine_from_heroin|海洛因来源吗啡|morphine from heroin
ms_per_series|每序列毫秒|milliseconds a series
n|个数|n
n_censored|低于限值个数|number censored
n_days|天数|days
name|名称|name
negative|负值占比|share negative
net_load|净负荷|net load
next_grade|上一等次|next grade
next_year_above_base|次年高于基期|above the base a year later
next_year_still_fallen|次年仍为下降|still fallen a year later
no_award|不得评优|no award
noise_status|波动来源|standing of the noise
none_left|无剩余|none left
not_met|未达成|not met
not_reported|缺报数|not reported
number|序号|number
of|满分|out of
of_total|占总分|share of the total
option|选项|option
order_changes|次序改变数|changes of order
own_edge|距本等次界线|to the edge of its own grade
p0|不降的概率|probability of no fall
p10|降 10% 的概率|probability of a fall of 10 %
p20|降 20% 的概率|probability of a fall of 20 %
p30|降 30% 的概率|probability of a fall of 30 %
p_holm|校正 P 值(Holm)|p-value (Holm)
p_value|P 值|p-value
part|分区或环节|part
per|每|per
period_end|时期止|end of period
period_kind|时期类型|kind of period
period_start|时期起|start of period
person|人员编码|person
person_time|人时|person-time
persons|人数|persons
pharmaceutical|药用|pharmaceutical
pit_1|概率积分第 1 步|PIT, step 1
pit_2|概率积分第 2 步|PIT, step 2
pit_3|概率积分第 3 步|PIT, step 3
pit_4|概率积分第 4 步|PIT, step 4
places|地区数|places
plant|污水厂|plant
plants|污水厂数|plants
plants_left_out|未计入厂数|plants left out
points|得分|points
pooled|合并值|pooled value
population|人口|population
population_basis|人口口径|population basis
population_latest|最近人口|latest population
position|位置|position
power|检出概率|power
power_30|看出 30% 降幅的概率|power for a fall of 30 %
precision|精度|precision
problems|问题数|problems
published_daily|公布日均值|published daily mean
published_weekday|公布平日均值|published weekday mean
published_weekend|公布周末均值|published weekend mean
published_year_before|上年公布值|published the year before
qualifier|限定语|qualifier
quarter|季度|quarter
quarters_missing|缺采季度|quarters missing
rank|位次|rank
rank_best|最好位次|best rank
rank_high|位次上限|rank, upper
rank_low|位次下限|rank, lower
rank_median|位次中位数|median rank
rank_worst|最坏位次|worst rank
rate|率|rate
rate_ratio|率比|rate ratio
ratio|比值|ratio
ratio_sd|比值标准差|SD of the ratio
reached|已达项数|items reached
reason|理由|reason
red_line|红线|red line
relapse|复吸|relapse
relative_sd|相对标准差|relative SD
release|发布|release
reliability|可靠性|reliability
reported|已上报数|reported
reused|沿用已有结果|used again
robust_se|稳健标准误|robust standard error
role|性质|role
round|轮次|round
rounds|轮数|rounds
rounds_base|基期轮数|rounds, base
rounds_complete|完整轮数|complete rounds
rounds_target|目标期轮数|rounds, target
row|行|row
rows|行数|rows
rules|要求|rules
said|预测概率|said
samples|样品数|samples
samples_per_year|每年样品数|samples a year
samples_total|样品总数|samples in all
sat|周六|Saturday
scale|评分办法|scale
score|得分|score
score_earlier|前一年得分|score, earlier
score_high|得分上限|score, upper
score_later|后一年得分|score, later
score_low|得分下限|score, lower
scored|有得分占比|share scored
se|标准误|standard error
se_log_mean|对数均值标准误|standard error of the log mean
seconds|秒|seconds
series_id|序列编号|series id
severity|严重程度|severity
sewage|污水类别|sewage
share|比例|share
share_censored|低于限值占比|share censored
share_of_one|占单期不确定度|share of one period
share_of_ratio|占比值不确定度|share of the ratio
sheet|工作表|sheet
shown|显示|shown
shrunken|收缩估计|shrunken
shrunken_high|收缩估计上限|shrunken, upper
shrunken_low|收缩估计下限|shrunken, lower
site|地点|site
sites|地点数|sites
skill_high|技巧分上限|skill, upper
skill_low|技巧分下限|skill, lower
slope|斜率|slope
smallest_fall|可看出的最小降幅|smallest fall shown
source_id|来源编号|source id
sources|来源|sources
spells|时段数|spells
spread_high|散布上限|spread, upper
spread_low|散布下限|spread, lower
squares|平方和|sum of squares
standing|状况|standing
start|开始|start
state|状态|state
step|步长|step
sun|周日|Sunday
system|办法|system
target_score|总目标得分|score of the targets
target_years|目标期年数|target years
thin|人数过少|thin
three_year_abstainers|戒断三年未复吸人员|three-year abstainers
thu|周四|Thursday
time|时间|time
title|总目标|target
to_next|距上一等次|to the next grade
top|前列单位|first units
top_changes|前列改变|changes of the first
total|总效应|total order
total_conf|总效应误差|error of total order
tue|周二|Tuesday
undecided|未能评判的概率|chance of no decision
untold|未定|untold
upper|上限|upper limit
values|实绩|values
variance|地区间方差|variance between places
vetoes|否决|vetoes
vetoes_pending|待定否决|vetoes pending
wed|周三|Wednesday
weakest_period|最弱一期|weakest period
week_rule|周规则|rule of the week
weekday|平日|weekday
weekend|周末|weekend
weight|权重|weight
weights|权重|weights
what|内容|what
worker|工作进程|process
year_sd|年度标准差|SD of a year
years|年数|years
years_seen|随访年数|years seen
annual_change|年变化率|annual change
at_least|至少达成项数|at least
bic|BIC|BIC
bic3|BIC3|BIC3
divisions|单位数|divisions
forecasts|预测数|forecasts
fri|周五|Friday
k|连接点数|joinpoints
max|最大|largest
measure|量|measure
min|最小|smallest
noise|误差|noise
not_assessable|不可评|not assessable
p_decrease|P 值(下降)|p-value of a decrease
p_two_sided|P 值(双侧)|p-value, two-sided
rss|残差平方和|residual sum of squares
standard_error|标准误|standard error
term|项|term
test|检验|test
usable|可用个数|usable values
wbic|加权 BIC|weighted BIC
insufficient_evidence|证据不足|insufficient evidence
en|英文说明|in English
zh|中文说明|in Chinese
relation|关系|relation
inherited|上级规划的要求|what the plan above asks
own|本规划的要求|what this plan asks
inherited_clause|上级规划条款|clause above
own_clause|本规划条款|own clause
searched|查找情况|looked for where
issuer|发布机关|issuer
promise|承诺|promise
said_by|出自规划|said by
asks|要求|what it asks
other_plan|另一规划|other plan
other_asks|另一规划的要求|what the other asks
other_year|另一规划年份|year of the other
document|文号|document
plan_level|规划层级|level of the plan
gap|缺口|gap
taken_as|录入为|taken as
text|原文|text
"""
