"""How exchanges are written beside a code, and the ticker that a code has in this project."""

from __future__ import annotations

from typing import Final

US: Final = "US"
MAINLAND: Final = "A"

_WRITINGS = {
    "SH": "SH SS SSE SHSE XSHG SHA 沪市 上交所 沪",
    "SZ": "SZ SZSE XSHE SHE 深市 深交所 深",
    "BJ": "BJ BJSE XBEI 北交所 京市",
    MAINLAND: "CH CG CS",
    "HK": "HK HKEX HKG SEHK HKSE XHKG 港股 港交所 联交所",
    US: (
        "US NYSE NASDAQ NASDAQGS NASDAQGM NASDAQCM NYSEAMERICAN NYSEARCA AMEX XNYS XNAS O N OQ K 美股 纽交所 纳斯达克"
    ),
    "T": "T JP JT TYO TSE XTKS",
    "KS": "KS KRX XKRX",
    "TW": "TW TT TWSE XTAI TPE",
    "L": "L LN LON LSE XLON",
    "DE": "DE GR GY ETR FRA XETRA XETR",
    "PA": "PA FP EPA XPAR",
    "AS": "AS NA AMS XAMS",
    "MI": "MI IM BIT XMIL",
    "MC": "MC SM BME XMAD",
    "SW": "SW SE VX SWX XSWX",
    "AX": "AX AU ASX XASX",
    "TO": "TO CN TSX XTSE",
    "NS": "NS IN NSE XNSE",
}
MARKETS: Final = {writing: market for market, writings in _WRITINGS.items() for writing in writings.split()}
"""A writing of an exchange (its own, Reuters', Bloomberg's, Yahoo's, the MIC), upper-cased -> our suffix of tickers;
`US` has none, and `A` is any mainland exchange."""
CHINESE: Final = frozenset({"SH", "SZ", "BJ"})

#: B shares and the A share of the same company, both without their first three digits.
_SHANGHAI_B = (
    "901:602 902:604 903:611 904:613 905:612 906:610 907:614 908:618 909:623 910:619 911:639 912:648 913:617 914:650 "
    "915:818 916:679 917:851 918:819 919:695 920:841 921:844 922:689 923:827 924:843 925:835 926:845 927:822 928:848 "
    "930:680 932:663 933:801 934:754 936:295 937:726 938:751 940:094 941:776 942:054 943:272 945:221 946:698 947:320 "
    "952:190 955:555"
)
_SHENZHEN_B = (
    "002 003 011 012 016 017 018 019 020 022 024 025 026 028 029 030 037 039 045 054 055 056 058 413 418 429 488 505 "
    "512 521 530 539 541 550 553 570 581 596 613 625 725 726 761 771 869 986"
)
_A_OF_B = {
    **{f"900{b}": f"600{a}.SH" for b, a in (pair.split(":") for pair in _SHANGHAI_B.split())},
    **{f"200{each}": f"000{each}.SZ" for each in _SHENZHEN_B.split()},
    "201872": "001872.SZ",
}


def hong_kong(digits: str) -> tuple[str, ...]:
    """The tickers that a Hong Kong code of up to five digits may mean: itself, or the share of its renminbi counter
    (80700 is 00700).
    """
    number = int(digits)
    own = f"{number:05d}.HK"
    return (own, f"{number - 80_000:05d}.HK") if 80_000 < number < 90_000 else (own,)


def mainland(digits: str, market: str | None) -> tuple[str, ...]:
    """The tickers that a mainland code of six digits may mean on `market` (None: any): its own, that of the A share
    whose B share it is, or the one that Beijing gave it in October 2025 (830799 is 920799).

    Beijing's new codes keep the last three digits, except where two companies had the same.
    """
    found = [f"{digits}.{each}" for each in ((market,) if market else ("SH", "SZ", "BJ"))]
    if (a_share := _A_OF_B.get(digits)) and market in (None, a_share[-2:]):
        found.append(a_share)
    if digits[:2] in ("43", "83", "87") and market in (None, "BJ"):
        found.append(f"920{digits[3:]}.BJ")
    return tuple(found)
