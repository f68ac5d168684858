"""What pydantic finds wrong, told with line, expectation and advice in two languages.

把结构校验的问题改写成带行号、要求与建议的双语说明。
"""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ..errors import nearest, shown
from .strict_yaml import PathInFile, Placed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound=BaseModel)
# Pydantic puts the branch of a union and the word for a key into its paths; the file holds neither.
_NOT_IN_FILE = {"str", "PlacesEntry", "[key]"}
_TYPES = {
    "string_type": ("text", "文字"),
    "string_sub_type": ("text", "文字"),
    "int_type": ("a whole number", "整数"),
    "int_from_float": ("a whole number", "整数"),
    "float_type": ("a number", "数值"),
    "bool_type": ("true or false", "true 或 false"),
    "tuple_type": ("a list", "列表"),
    "mapping_type": ("keys with values", "键值对"),
    "dict_type": ("keys with values", "键值对"),
    "model_type": ("keys with values", "键值对"),
    "model_attributes_type": ("keys with values", "键值对"),
    "dataclass_type": ("keys with values", "键值对"),
}
_VALUES = {
    "needs text in both zh and en, one is empty": "zh 与 en 均须有内容",
    "needs exactly the keys zh and en, both text": "须恰好有 zh 与 en 两个键，且均为文字",
    "must be a decimal or a fraction in quotes, such as '0.95' or '3/5'": "须为加引号的小数或分数，如 '0.95' 或 '3/5'",
    "must not be negative": "不能为负",
}


def validate(model: type[ModelT], placed: Placed) -> ModelT:
    """Return the content of a file as a model, or raise every problem with its line.  校验文件内容。"""
    try:
        return model.model_validate(placed.data)
    except ValidationError as error:
        for detail in error.errors():
            if not _other_branch(detail["loc"], placed.data) and not _follows(detail):
                _record(detail, model, placed)
        placed.raise_problems()
        raise


def _other_branch(loc: PathInFile, data: Any) -> bool:
    """Whether an error is about the branch of the union that the file did not take."""
    if len(loc) < 2 or loc[0] != "geography":
        return False
    return loc[1] == ("str" if isinstance(data["geography"], Mapping) else "PlacesEntry")


def _follows(detail: ErrorDetails) -> bool:
    """Whether a list only counts as too short because an item of it was refused, which is told on its own."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _record(detail: ErrorDetails, model: type[BaseModel], placed: Placed) -> None:
    path = tuple(part for part in detail["loc"] if part not in _NOT_IN_FILE)
    kind, context, last = detail["type"], detail.get("ctx", {}), path[-1] if path else ""
    if kind == "missing":
        en, zh = f"the key {last!r} is missing.", f"缺少键“{last}”。"
        placed.add(path[:-1], "missing_key", en, zh, advice=(f"Add {last}.", f"请补上 {last}。"))
    elif kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        close = nearest(str(last), known, count=1) or sorted(known)
        advice = (f"Did you mean: {', '.join(close)}?", f"您是否要写：{', '.join(close)}?") if known else ("", "")
        en, zh = f"the key {shown(last)!r} is not known here.", f"此处没有名为“{shown(last)}”的键。"
        placed.add(path, "unknown_key", en, zh, advice=advice)
    else:
        code, en, zh = _expectation(kind, context, str(detail["msg"]))
        value = detail["input"] if isinstance(detail["input"], str | int | float) else None
        number = kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool)
        advice = (f"Put it in quotes: '{value}'.", f"请加引号：'{value}'。") if number else ("", "")
        placed.add(path, code, en, zh, advice=advice, value=value)


def _expectation(kind: str, context: Mapping[str, Any], message: str) -> tuple[str, str, str]:
    """Return code, en and zh of an error that is about a value."""
    if kind in _TYPES:
        en, zh = _TYPES[kind]
        return "wrong_type", f"must be {en}.", f"须为{zh}。"
    if kind in ("literal_error", "enum"):
        choices = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        return "wrong_choice", f"must be one of: {choices}.", f"须为下列之一：{choices}。"
    if kind == "value_error":
        reason = str(context["error"])
        return "wrong_value", f"{reason}.", f"{_VALUES.get(reason, reason)}。"
    if kind in ("string_too_short", "too_short"):
        return "empty", "must not be empty.", "不能为空。"
    if kind in ("greater_than_equal", "less_than_equal"):
        low = kind == "greater_than_equal"
        bound = context["ge" if low else "le"]
        return (
            "out_of_range",
            f"must be at {'least' if low else 'most'} {bound}.",
            f"须{'不小于' if low else '不大于'} {bound}。",
        )
    return "wrong_value", f"{message}.", f"取值有误({message})。"


def _keys_at(model: type[BaseModel], path: PathInFile) -> list[str]:
    """Return the keys that the format allows at a path; empty where the place is not a model."""
    here: Any = model
    inside = False  # whether the next part is a key of a mapping or a place in a list
    for part in path:
        if inside:
            inside = False
            continue
        field = here.model_fields.get(str(part)) if _is_model(here) else None
        annotation: Any = field.annotation if field else None
        here, inside = _within(annotation), get_origin(annotation) in (tuple, Mapping)
    return list(here.model_fields) if _is_model(here) else []


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _within(annotation: Any) -> Any:
    """Return the model inside an annotation such as ``tuple[Task, ...]`` or ``str | PlacesEntry``."""
    origin = get_origin(annotation)
    if origin is None:
        return annotation
    models = [_within(a) for a in get_args(annotation) if a is not Ellipsis]
    if origin is UnionType:
        models = [m for m in models if _is_model(m)]
    return models[-1] if models else None
