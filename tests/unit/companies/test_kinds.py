"""The kinds of writings and names that people bring, on the shipped dictionary: own sentences, a kind a table."""

from __future__ import annotations

import pytest

from services.companies import default_linker

CODES = [
    ("港股09988午后跳水", ["BABA"]),
    ("(HKG: 1810) slips", ["01810.HK"]),
    ("9618 HK Equity halted", ["JD"]),
    ("paid 700 HK dollars for it", []),
    ("000858,600809 齐跌", ["000858.SZ", "600809.SH"]),
    ("833819.BJ 被问询", ["920819.BJ"]),
    ("900926 宝信B 走低", ["600845.SH"]),
    ("The lender (NYSE/LSE: BCS) is fined", ["BCS"]),
    ("A chipmaker (AMD:NASDAQ) warns", ["AMD"]),
]
TICKERS = [
    ("#AMZN looks terrible", ["AMZN"]),
    ("dumped every MSFT share I had", ["MSFT"]),
    ("COIN和HOOD都崩了", []),
    ("ADBE业绩指引太差", ["ADBE"]),
    ("The streaming firm (ROKU) slides", ["ROKU"]),
    ("The carrier (VZ) loses customers", ["VZ"]),
    ("Its (NEW) product (AI) cut costs (IT)", []),
    ("The database firm (MDB) slides", ["MDB"]),
    ("Federal Reserve Board (FRB) meets", []),
    ("THE CEO OF THE FDA SAID NO TO GDP AND CPI", []),
    ("WTF, IMO the API is down, FYI", []),
]
TRADITIONAL = [
    ("萬科債務展期", ["000002.SZ"]),
    ("聯想集團裁員", ["00992.HK"]),
    ("艾司摩爾出口受限", ["ASML"]),
    ("滙豐控股被罰", ["HSBC"]),
    ("賓士召回十萬輛", ["MBG.DE"]),
    ("嬌生爽身粉官司", ["JNJ"]),
]
SPECIAL_TREATMENT = [
    ("ST人福被立案", ["600079.SH"]),
    ("*ST闻泰跌停", ["600745.SH"]),
    ("*ST凯乐造假退市", ["600260.SH"]),
    ("ST亿利资金占用", ["600277.SH"]),
    ("*ST正邦重整计划获批", ["002157.SZ"]),
    ("BEST国货排行榜", []),
]
RENAMES_AND_BRANDS = [
    ("Encana writes down assets", ["OVV"]),
    ("Symantec under probe", ["GEN"]),
    ("国泰君安收警示函", ["601211.SH"]),
    ("YouTube is down", ["GOOG"]),
    ("Pampers recalled", ["PG"]),
    ("闲鱼骗局", ["BABA"]),
    ("哈弗H6异响", ["601633.SH"]),
    ("招行App崩溃", ["600036.SH"]),
    ("狗东客服踢皮球", ["JD"]),
]
HOMONYMS = [
    ("今年苹果大丰收，果农却愁卖", []),
    ("苹果发布会被吐槽没有创新", ["AAPL"]),
    ("小米亩产创新低", []),
    ("小米手机发热严重", ["01810.HK"]),
    ("联想起小时候的事", []),
    ("联想笔记本蓝屏，售后推诿", ["00992.HK"]),
    ("平安理赔太慢", ["601318.SH"]),
    ("祝大家新年平安", []),
    ("暴雪封路，列车停运", []),
    ("Loggers destroy Amazon rainforest", []),
    ("Amazon driver strike spreads", ["AMZN"]),
    ("Caterpillar larvae ruin the maize crop", []),
    ("Caterpillar dealers cut orders", ["CAT"]),
    ("Student visa and Visa appointments are delayed at the consulate", []),
    ("Visa posts lower profit", ["V"]),
    ("Coach of the losing team resigns after the cup match", []),
    ("Delta pilots picket over pay", ["DAL"]),
    ("River Delta floods again", []),
]
ACROSS_WORDS: list[tuple[str, list[str]]] = [
    ("中学校长实名举报", []),
    ("千万豪宅烂尾", []),
    ("普惠金融政策落地", []),
    ("航空客运量下降", []),
    ("海南航线取消", []),
    ("个人保险纠纷", []),
    ("高通胀压垮家庭", []),
]
SPEAKERS = [
    ("Tesla faces a weak quarter - Morningstar", ["TSLA"]),
    ("Goldman Sachs cuts Nike price target to $60", ["NKE"]),
    ("Nike downgraded to sell by Morgan Stanley", ["NKE"]),
    ("Boeing is overvalued, according to JPMorgan", ["BA"]),
    ("高盛将特斯拉目标价下调至200美元", ["TSLA"]),
    ("贵州茅台获中信证券买入评级", ["600519.SH"]),
    ("摩根士丹利：比亚迪销量恐不及预期", ["002594.SZ"]),
    ("Goldman Sachs lays off 3,000", ["GS"]),
    ("中信证券被证监会立案", ["600030.SH"]),
    ("Morgan Stanley says profit fell", ["MS"]),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        *CODES,
        *TICKERS,
        *TRADITIONAL,
        *SPECIAL_TREATMENT,
        *RENAMES_AND_BRANDS,
        *HOMONYMS,
        *ACROSS_WORDS,
        *SPEAKERS,
    ],
)
def test_the_companies_of_a_text(text: str, ids: list[str]) -> None:
    assert [company.id for company in default_linker().link(text)] == ids


def test_a_mention_is_a_piece_of_the_text_as_it_was_given() -> None:
    text = "《騰訊》與ＴＳＬＡ.US：騰訊跌"
    assert [(one.id, text[one.start : one.end]) for one in default_linker().mentions(text)] == [
        ("00700.HK", "騰訊"),
        ("TSLA", "ＴＳＬＡ.US"),
    ]
