"""What columns of result frames, and the codes in them, are called in Chinese and English.

结果表的列名与其中代码的中英文名称。
"""

from .names import COLUMN_NAMES, column_name, known_column
from .values import CODES, code_name

__all__ = ["CODES", "COLUMN_NAMES", "code_name", "column_name", "known_column"]
