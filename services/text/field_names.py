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
        "title": ("title", "headline", "subject", "news_title", "post_title", "article_title", "标题", "新闻标题"),
        "text": (
            *("text", "body", "content", "full_text", "content_text", "content_html", "selftext", "message", "comment"),
            *("article_body", "news_content", "post_content", "post_text", "post_body", "raw_content", "tweet"),
            *("正文", "内容", "新闻内容", "新闻正文", "评论内容", "帖子内容", "微博正文"),
            *("description", "desc", "summary", "abstract", "lead_paragraph", "snippet", "摘要"),
        ),
        "created_at": (
            *("created_at", "published_at", "date", "published", "pub_date", "publish_date", "published_date"),
            *(
                "publish_time",
                "pub_time",
                "date_published",
                "publication_date",
                "datetime",
                "timestamp",
                "timestamp_ms",
            ),
            *("created", "created_utc", "create_time", "posted_at", "post_time", "news_time", "seen_date", "time"),
            *("发布时间", "发布日期", "发表时间", "评论时间", "发帖时间", "创建时间", "日期", "时间"),
        ),
        "author": (
            *(
                "author",
                "authors",
                "author_name",
                "user",
                "username",
                "user_name",
                "screen_name",
                "nickname",
                "creator",
            ),
            *("byline", "user_id", "作者", "用户", "用户名", "昵称", "发布者"),
        ),
        "source": (
            *("source", "source_name", "publisher", "site", "site_name", "domain"),
            *("来源", "文章来源", "媒体", "媒体名称"),
        ),
        "url": (
            *("url", "link", "web_url", "permalink", "article_url", "news_url"),
            *("链接", "网址", "新闻链接", "原文链接", "文章链接"),
        ),
        "kind": ("kind",),
        "tickers": (
            *("tickers", "ticker", "symbols", "symbol", "stock_code", "stock_codes", "ts_code"),
            *("股票代码", "证券代码"),
        ),
        "sentiment": ("sentiment",),
    }
)
"""Field -> what it may be called; where several are there the first one that is not empty counts."""

_PLAIN = (str, int, float)
_FITTING = {
    **dict.fromkeys(NAMES, _PLAIN),
    **dict.fromkeys(("title", "text", "url"), (str,)),
    **dict.fromkeys(("author", "tickers"), (*_PLAIN, dict, list)),
    "source": (str, dict),
}
"""What a value must be for another name than the field's own to count: `comment` may be a number of comments."""
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
            if rank and not isinstance(value, _FITTING[field]):
                continue
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
