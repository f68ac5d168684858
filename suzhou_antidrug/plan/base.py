"""What every part of a plan is built on: a frozen model that refuses unknown keys, and bilingual text.

规划各部分的基础：冻结且拒绝未知键的模型，以及双语文字。
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from ..provenance import Status
from ..terms import Text


def _text(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if (
        not isinstance(value, Mapping)
        or set(value) != {"zh", "en"}
        or not all(isinstance(v, str) for v in value.values())
    ):
        raise ValueError("needs exactly the keys zh and en, both text")
    if not all(v.strip() for v in value.values()):
        raise ValueError("needs text in both zh and en, one is empty")
    return Text(zh=value["zh"].strip(), en=value["en"].strip())


BilingualText = Annotated[
    Text, BeforeValidator(_text), PlainSerializer(lambda t: {"zh": t.zh, "en": t.en}, return_type=dict)
]

StatusWord = Annotated[Status, Field(strict=False)]  # written as its word

Words = Annotated[str, Field(min_length=1)]  # text that may not be empty: a clause, a wording


class Model(BaseModel):
    """Frozen, and no key passes that is not declared.  冻结模型，未声明的键一律拒绝。"""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)
