"""Text that a spreadsheet could take for a formula."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suzhou_antidrug.report.escaping import MOST_CHARACTERS, plain_text, safe_frame, safe_text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@A1", "'@A1"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("|x", "'|x"), ("%x", "'%x"),
        ("  =1", "'  =1"), ("\u3000=1", "'\u3000=1"), ("\u200b=1", "'\u200b=1"), ("＝1", "'＝1"), ("\x00=1", "'=1"),
        ("一\n=1", "一\n'=1"), ("一\r\n+1", "一\r\n'+1"), ("一\r=1", "一\r'=1"), ("一\n\n @x", "一\n\n' @x"),
        ("昆山市", "昆山市"), ("90%", "90%"), ("a-b", "a-b"), ("", ""), ("-", "-"), ("—", "—"), ("≥ 90%", "≥ 90%"),
    ],
)  # fmt: skip
def test_known_texts(text, safe):
    assert safe_text(text) == safe
    assert safe_text(safe) == safe  # and once is enough


@given(st.text())
def test_no_line_begins_with_a_mark(text):
    out = safe_text(text)
    for line in out.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        assert out == "-" or not line.lstrip().startswith(("=", "+", "-", "@"))
    assert not any(ord(c) < 32 and c not in "\t\n\r" for c in out)


def test_control_characters_are_counted_and_length_is_held():
    assert plain_text("a\x0b\x07b\u202ec\ud800") == ("abc", 4)
    assert len(plain_text("长" * 40_000)[0]) == MOST_CHARACTERS


def test_numbers_of_a_table_stay_numbers():
    table = pd.DataFrame(
        {"=note": ["=1", None], "change": [-5.0, float("nan")], "count": pd.array([-1, None], dtype="Int64")}
    )
    out = safe_frame(table)
    assert list(out) == ["'=note", "change", "count"] and out["'=note"].tolist()[0] == "'=1"
    assert out["change"].iloc[0] == -5.0 and out["count"].dtype == "Int64"
