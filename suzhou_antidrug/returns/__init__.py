"""What divisions hand in: read, check, template, synthetic example.

各地上报的报表：读取、核对、模板、合成示例。
"""

from __future__ import annotations

from .bridges import DefinitionBridge
from .limits import Limits
from .reader import read_returns
from .schema import Returns, main_indicators, value_is_numerator

__all__ = ["DefinitionBridge", "Limits", "Returns", "main_indicators", "read_returns", "value_is_numerator"]
