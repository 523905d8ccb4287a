"""Companies that only speak of others in a text: brokers who rate, analysts who are quoted, the paper in a by-line.

Asked only of companies whose trade that is (`CompanyRecord.speaks`): what another company says, it says of itself.
"""

from __future__ import annotations

import re

from services.companies.hits import Hit

_WINDOW = 80
_BY_LINE = re.compile(r"(?:\s[-–—|]|\bvia|来源:?|转自:?|[（(])\s*$", re.IGNORECASE)
_SOURCE_BEFORE = re.compile(
    r"(?:据|根据|援引|引述|来自)\s*$|\b(?:according to|analysts? (?:at|from|with|of)|sources?:|per|told|"
    r"(?:note|report|research|data|call) (?:from|by))\s+$",
    re.IGNORECASE,
)
_SOURCE_AFTER = re.compile(
    r"(?:旗下)?的?(?:报道|消息|讯|新闻|研报|研究报告|数据显示|统计|分析师|首席|策略师)|"
    r"(?:['’]s?)?\s(?:[\w-]+\s){0,2}(?:analysts?|strategists?|economists?|research|reported|reports that)\b",
)
_RATING = (
    r"(?:price target|target|rating|PT|upgrad\w+|downgrad\w+|overweight|underweight|outperform|underperform|buy|sell|"
    r"neutral|coverage)"
)
_RATES = re.compile(
    rf"\s(?:up|down)grad(?:es|ed|ing)\b|\s(?:initiat|reiterat|reaffirm|start|resum|rais|cut|lower|trim|lift|boost|hik|slash|set|keep|kept|"
    rf"maintain|assum|remov|add|nam|pick)\w*\b.*\b{_RATING}\b",
    re.IGNORECASE,
)
_RATED_BY = re.compile(rf"\b{_RATING}\b.*\b(?:by|at|from)\s+$", re.IGNORECASE)
_CHINESE_RATING = (
    r"(?:评级|目标价|买入|卖出|增持|减持|中性|跑赢|跑输|首选|确信|看[好淡空多]|唱[空多]|[上下]调.{0,8}(?:预测|预期))"
)
_CHINESE_RATES = re.compile(
    rf"(?:证券|研究|投行|国际)?(?:继续|再次|大幅|首次|近日)?(?:将|把|对|给予|给|首予|维持|重申|[上下]调|调[高低升降]|看|唱|予).{{0,30}}?{_CHINESE_RATING}"
)
_CHINESE_RATED_BY = re.compile(r"(?:获|遭|被|受到?)(?:[^，。,;；]{0,8}、)?$")
_CHINESE_RATED_AFTER = re.compile(rf"[^，。,;；]{{0,10}}?(?:{_CHINESE_RATING}|[上下]调|降级|升级)")
_SAYS = re.compile(
    r"(?:证券|研究|投行)?(?:认为|预计|预期|表示|指出?|料|预测|警告|分析|称|发布研报|研报|:)|:\s|\s(?:says?|said|sees?|expects?|"
    r"warns?|thinks?|predicts?|forecasts?|recommends?|estimates?|likes)\b"
)


def only_speaks(text: str, hits: list[Hit], index: int) -> bool:
    """Does the company of `hits[index]` only say something of others, so that the text is not about it?"""
    hit = hits[index]
    before, after = text[max(0, hit.start - _WINDOW) : hit.start], text[hit.end : hit.end + _WINDOW]
    if _BY_LINE.search(before) and not after.strip(" .。)）") and before.strip(" -–—|("):
        return True
    if _SOURCE_BEFORE.search(before) or _SOURCE_AFTER.match(after):
        return True
    if _RATES.match(after) or _RATED_BY.search(before) or _CHINESE_RATES.match(after):
        return True
    if _CHINESE_RATED_BY.search(before) and _CHINESE_RATED_AFTER.match(after):
        return True
    others = any(other.id not in (None, hit.id) for other in hits[index + 1 :])
    return others and _SAYS.match(after) is not None
