"""Chinese in the page search without a word list: text and query are cut into overlapping pairs of characters."""

from __future__ import annotations

import re
from typing import ClassVar

from sphinx.search import SearchLanguage

_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+", re.UNICODE)
_SPLIT_IN_BROWSER = """
var splitQuery = function (query) {
  const words = [];
  for (const run of query.toLowerCase().match(/[\\u3400-\\u9fff]+|[\\p{L}\\p{N}]+/gu) || []) {
    if (!/[\\u3400-\\u9fff]/.test(run) || run.length < 2) { words.push(run); continue; }
    for (let i = 0; i + 1 < run.length; i += 1) words.push(run.slice(i, i + 2));
  }
  return words;
};
"""


def pairs(text: str) -> list[str]:
    """Return the search terms of a text: words of letters and digits, overlapping pairs of Chinese characters.

    >>> pairs("复吸率 2022")
    ['复吸', '吸率', '2022']
    """
    terms: list[str] = []
    for run in _RUN.findall(text):
        if "\u3400" <= run[0] <= "\u9fff" and len(run) > 1:
            terms.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            terms.append(run)
    return terms


class BigramSearch(SearchLanguage):
    """The search of these pages."""

    lang = "zh"
    language_name = "Chinese"
    stopwords: ClassVar[frozenset[str]] = frozenset()
    js_splitter_code = _SPLIT_IN_BROWSER
    js_stemmer_code = "var Stemmer = function () { this.stemWord = function (word) { return word; }; };"

    def split(self, input: str) -> list[str]:
        return pairs(input)

    def stem(self, word: str) -> str:
        return word.lower()

    def word_filter(self, word: str) -> bool:
        return bool(word)
