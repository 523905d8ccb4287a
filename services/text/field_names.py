"""What the fields of a text are called in the files and programs that it comes from.

One table for every command that reads texts. A name is found whatever its case and its blanks, `_` and `-` are:
`publishedAt`, `published_at` and `Published At` are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from services.domain.errors import InvalidInput

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "guid", "uuid", "id_str", "post_id", "tweet_id", "news_id", "article_id"),
        "title": ("title", "headline", "subject", "标题", "新闻标题"),
        "text": (
            *("text", "body", "content", "full_text", "content_text", "content_html", "selftext", "message"),
            *("comment", "正文", "内容", "新闻内容", "评论内容", "description", "summary", "摘要"),
        ),
        "created_at": (
            *("created_at", "published_at", "date", "published", "pub_date", "publish_date", "publish_time"),
            *("date_published", "publication_date", "datetime", "timestamp", "created", "created_utc", "time"),
            *("发布时间", "发布日期", "发表时间", "评论时间", "日期", "时间"),
        ),
        "author": ("author", "authors", "user", "username", "user_name", "creator", "byline", "作者", "用户", "用户名"),
        "source": ("source", "source_name", "publisher", "site", "来源", "文章来源"),
        "url": ("url", "link", "web_url", "permalink", "链接", "网址", "新闻链接"),
        "kind": ("kind",),
        "tickers": ("tickers", "ticker", "symbols", "symbol", "股票代码", "证券代码"),
        "sentiment": ("sentiment",),
    }
)
"""Field -> what it may be called; where several are there the first one that is not empty counts."""

_EMPTY = 1_000
"""Added to the rank of a name with nothing behind it."""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Folded name -> its field, and how much it comes before other names of that field (0: first)."""

    fields: Mapping[str, tuple[str, int]]

    def rename(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record with each field under its own name too."""
        found: dict[str, tuple[int, Any]] = {}
        for name, value in record.items():
            known = self.fields.get(_folded(name))
            if known is None or value is None:
                continue
            field, rank = known
            rank += _EMPTY * (value == "")
            if field not in found or rank < found[field][0]:
                found[field] = rank, value
        return {**record, **dict.fromkeys(NAMES), **{field: value for field, (_, value) in found.items()}}

    def override(self, options: Iterable[str]) -> FieldNames:
        """The names with `FIELD=NAME` in the place of all names of that field.

        :raises InvalidInput: when an option has another form, or names no field.
        """
        fields = dict(self.fields)
        for option in options:
            field, equals, name = option.partition("=")
            if not equals or not name or field not in NAMES:
                raise InvalidInput(f"--field: expected FIELD=NAME with one of {', '.join(NAMES)}, got {option[:80]!r}")
            fields = {each: known for each, known in fields.items() if known[0] != field}
            fields[_folded(name)] = field, 0
        return FieldNames(fields)


@lru_cache(maxsize=4_096)
def _folded(name: str) -> str:
    return name[:100].casefold().translate(_SEPARATORS)


_SEPARATORS = str.maketrans("", "", " _-\ufeff")

USUAL_NAMES = FieldNames(
    {_folded(name): (field, rank) for field, names in NAMES.items() for rank, name in enumerate(names)}
)
