"""What the codes in a column are called; verdicts, statuses and operators have their names in their own rooms.

各列代码的名称；评判、数据状态、比较符的名称在各自的模块。

A code is named for its column only: the same word in a user's note stays as it is.
"""

from __future__ import annotations

from ..terms import Text, check_language

_GRADES = {"undetermined": Text("不可定", "undetermined")}
_STATES = """
scored|已评|scored
missing|缺报|not reported
not_reported|缺报|not reported
not_assessable|不可评|not assessable
blocked|不可评|not assessable
not_applicable|不适用|not applicable
measured|已检出|measured
below_lod|低于检出限|below the limit of detection
below_loq|低于定量限|below the limit of quantification
absent|无此样品|absent
confirmed|已确认|confirmed
pending|待定|pending
dismissed|不成立|dismissed
"""
_STATUSES = """
missing|缺报|missing
estimated|估计值|estimated
no_event_yet|尚无事件|no event yet
suppressed|已抑制|suppressed
"""
_TABLES: dict[str, str] = {
    "state": _STATES,
    "status": _STATUSES,
    "role": "score|计分|score\nbonus|加分|bonus\ndeduction|扣分|deduction",
    "finding": "more_above|门槛之上偏多|more above\nnothing_seen|未见异常|nothing seen\ntoo_few|个数太少|too few",
    "severity": "error|错误|error\nwarning|警告|warning\nnote|说明|note",
    "sewage": "domestic|生活污水|domestic\nindustrial|工业废水|industrial",
    "below": "lod|低于检出限|below the limit of detection\nloq|低于定量限|below the limit of quantification",
    "agency_class": "decrease|下降|decrease\nincrease|上升|increase\nstable|持平|stable\nno_data|无数据|no data",
    "position": "high|偏高|high\ninside|在界内|inside\nlow|偏低|low",
    "event": "censored|删失|censored\ndeath|死亡|death\nrelapse|复吸|relapse",
    "reliability": "missing|缺失|missing\nnegligible|可忽略|negligible\nunreliable|不可靠|unreliable\nusable|可用|usable",
    "standing": "met|已达成|met\non_the_way|在轨|on the way\ntoo_slow|偏慢|too slow\naway|背离|away\nnot_judged|不作评价|not judged\nundefined|无定义|undefined",
    "relation": "stricter|更严|stricter\nsame|相同|same\nweaker|更宽|weaker\nnot_comparable|不可比|not comparable\ndropped|删去|dropped\nadded|新增|added\nchanged|改动|changed",
    "plan_level": "nation|国家|nation\nprovince|省|province\ncity|市|city\ndistrict|县（市、区）|county or district\ntownship|乡镇（街道）|township",
    "unit": "share|比例|share\npersons|人|persons\nperson_times|人次|person-times\nevents|起|events\ncases|起|cases\nindex|指数|index",
}  # fmt: skip
CODES: dict[str, dict[str, Text]] = {
    column: {code: Text(zh, en) for code, zh, en in (row.split("|") for row in table.strip().splitlines())}
    for column, table in _TABLES.items()
} | dict.fromkeys(("grade", "grade_low", "grade_high", "next_grade"), _GRADES)


def code_name(column: object, code: object, language: str | None = None) -> object:
    """Return the name of a code in its column; what has none, and what is no text, stays as it is.  代码的名称。

    >>> code_name("grade", "undetermined", "zh"), code_name("note", "missing", "zh"), code_name("state", 3)
    ('不可定', 'missing', 3)
    """
    text = CODES.get(str(column), {}).get(code) if isinstance(code, str) else None
    return code if text is None else text.in_language(check_language(language))
