"""The columns of a laboratory sheet and what people call them.

实验室数据表的各列及常见叫法。
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

from ...terms import Text
from .quantities import Quantity


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its id, its names, how it is filled in.  一列：代号、名称、填法。"""

    id: str
    name: Text
    guide: Text
    aliases: tuple[str, ...] = ()
    quantity: Quantity | None = None  # numbers of this quantity; the unit stands in the header or beside it
    required: bool = False


FIELDS: tuple[Field, ...] = (
    Field("plant", Text("污水厂", "plant"), Text("厂名，同一厂始终用同一名称", "name of the plant, always the same"),
          ("污水处理厂", "厂名", "采样点", "点位", "污水厂名称", "监测点", "site"), required=True),
    Field("division", Text("县级市(区)", "division"), Text("所在县级市(区)", "where the plant lies"),
          ("地区", "区县", "县市区", "市(区)")),
    Field("sewage", Text("污水类型", "sewage"), Text("生活污水或工业污水，不填按生活污水", "domestic or industrial; domestic unless given"),
          ("类型", "污水类别", "type")),
    Field("biomarker", Text("标志物", "biomarker"), Text("如甲基苯丙胺、苯甲酰爱康宁、氯胺酮", "for instance methamphetamine"),
          ("毒品", "目标物", "化合物", "代谢物", "监测指标", "检测项目", "analyte", "drug", "metabolite", "marker"), required=True),
    Field("start", Text("采样开始", "sample start"), Text("24小时混合样的开始日期(与时间)", "when the 24-hour composite begins"),
          ("采样日期", "采样时间", "日期", "开始时间", "start", "date", "sample date"), required=True),
    Field("end", Text("采样结束", "sample end"), Text("可不填，按24小时", "24 hours later unless given"), ("结束时间", "end")),
    Field("round", Text("轮次", "round"), Text("可不填，相隔7天以内的样品算一轮", "samples within 7 days make one unless given"),
          ("批次", "采样轮次", "campaign")),
    Field("concentration", Text("浓度", "concentration"), Text("检出的填数值；低于限的填<限值，或留空并填检出情况", "the value; below a limit <limit, or blank with the next column"),
          ("检测浓度", "检测结果", "测定值", "结果", "result"), "concentration", required=True),
    Field("below", Text("检出情况", "below limit"), Text("低于定量限、低于检出限或留空", "below loq, below lod, or blank"),
          ("检出", "定性结果", "flag", "detection", "below")),
    Field("lod", Text("检出限", "LOD"), Text("方法检出限", "limit of detection"), ("方法检出限", "limit of detection"), "concentration"),
    Field("loq", Text("定量限", "LOQ"), Text("方法定量限；有未检出时必填", "limit of quantification; needed where anything is below it"),
          ("方法定量限", "测定下限", "limit of quantification"), "concentration"),
    Field("flow", Text("日流量", "flow"), Text("采样当日进水流量", "influent of the same 24 hours"),
          ("流量", "进水量", "日处理量", "进水流量", "水量"), "flow", required=True),
    Field("population", Text("服务人口", "population"), Text("该厂服务人口；工业污水不填", "people served; blank for industrial sewage"),
          ("人口", "服务人口数"), "population"),
    Field("population_basis", Text("人口口径", "population basis"), Text("普查、户籍、年末常住、氨氮、可替宁、手机信令等", "census, registered, ammonium, cotinine, ..."),
          ("人口来源", "人口依据", "basis")),
    Field("laboratory", Text("实验室", "laboratory"), Text("检测机构名称", "who analysed it"), ("检测机构", "检测单位", "lab")),
    Field("method", Text("方法", "method"), Text("方法编号或名称", "code or name of the method"), ("方法编号", "检测方法", "method code")),
    Field("confirmed", Text("已核对", "confirmed"), Text("对提示的异常值核对无误后填“是”", "yes, once a flagged value has been checked"), ("核对",)),
    Field("note", Text("备注", "note"), Text("节假日、降雨、停产等", "holidays, rain, shutdowns"), ("说明", "remark")),
)  # fmt: skip
FIELD: dict[str, Field] = {f.id: f for f in FIELDS}
UNIT_FIELDS = {f"{f.id}_unit": f.quantity for f in FIELDS if f.quantity in ("concentration", "flow", "population")}
DEFAULT_UNITS: dict[str, str] = {  # of the template; a sheet read in states its own
    "concentration": "ng/L", "lod": "ng/L", "loq": "ng/L", "flow": "m3/d", "population": "人",
}  # fmt: skip
_BLANK = ("", "-", "--", "—", "——", "/")
SEWAGE = {
    "domestic": ("生活污水", "domestic", "生活", "municipal", "城镇"),
    "industrial": ("工业污水", "industrial", "工业", "工业废水"),
}
BELOW = {
    "measured": ("检出", "measured", "detected", "定量", "有检出"),
    "loq": ("低于定量限", "loq", "<loq", "below loq", "小于定量限", "未定量", "<定量限"),
    "lod": ("低于检出限", "lod", "<lod", "below lod", "小于检出限", "未检出", "nd", "n.d.", "not detected", "<检出限"),
    "": _BLANK,
}
CONFIRMED = {
    "yes": ("是", "yes", "y", "true", "1", "已核对", "√"),
    "": (*_BLANK, "否", "no", "n", "false", "0", "未核对", "待核对"),
}
WORDS = {"sewage": SEWAGE, "below": BELOW, "confirmed": CONFIRMED}
# What a drop-down offers: the first word of each meaning.
CHOICES = {field: tuple(words[0] for words in table.values() if words[0]) for field, table in WORDS.items()}


def fold(text: str) -> str:
    """Return a text folded for comparison: NFKC, no spaces, lower case.  归一化文字以便比较。"""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@cache
def field_index() -> dict[str, str]:
    """Return the folded names of columns, each with its id; a unit column is named 浓度单位, flow_unit.  列名索引。"""
    index = {fold(name): f.id for f in FIELDS for name in (f.id, f.name.zh, f.name.en, *f.aliases)}
    for column in UNIT_FIELDS:
        own = FIELD[column.removesuffix("_unit")]
        for name in (own.id, own.name.zh, own.name.en, *own.aliases):
            index |= {fold(f"{name}单位"): column, fold(f"{name} unit"): column, fold(f"{name}_unit"): column}
    return index


@cache
def word_index(field: str) -> dict[str, str]:
    """Return the folded words of a column (of :data:`WORDS`), each with what it means.  词表索引。"""
    return {fold(word): meaning for meaning, words in WORDS[field].items() for word in words}
