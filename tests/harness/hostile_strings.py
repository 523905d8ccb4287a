"""Strings that want to act on a terminal, to hide something, or to be markup; and what may be left of them."""

from __future__ import annotations

import re
import unicodedata

HOSTILE: dict[str, str] = {
    "escape sequences": "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "controls": "a\x00b\x07c\x08\x08d\x7fe\rf\x0bg\x0ch\ti",
    "C1 controls": "a\x9b31mb\x9d0;title\x9cc\x85d\x90e",
    "bidi overrides": "a\u202egnp.exe\u202cb\u202dc\u202ad\u202be",
    "bidi isolates and marks": "a\u2066b\u2067c\u2068d\u2069e\u200ef\u200fg\u061ch",
    "tags": "ok\U000e0001\U000e0041\U000e0042\U000e007fend",
    "zero width": "ze\u200bro\u200cwi\u200ddth\u2060\ufeff\u00ad\u034f\u180eend",
    "variation selectors": "data" + "".join(map(chr, range(0xFE00, 0xFE10))) + "\U000e0100\U000e01efx\ufe0f\ufe0f end",
    "ignorable and unassigned": "a\u2065b\ufff0c\U000e0002d\U000e0fffe\u17b4f\u180bg",
    "combining flood": "Z" + "\u0301\u0327\u20dd" * 500 + "algo",
    "combining flood in pieces": "Z" + ("\u0301" * 4 + "\u200b") * 300 + "algo",
    "surrogates": "a\ud800b\udfffc",
    "private use": "a\ue000b\uf8ffc\U000f0000d\U0010fffde",
    "blank letters": "a\u115f\u1160\u3164\uffa0\u2800b",
    "blanks": "a\u00a0b\u2003c\u3000d\u202fe",
    "lines and paragraphs": "one\ntwo\r\nBcc: evil@example.org\u2028three\u2029four\x1cfive",
    "very long": "负面 " * 10_000,
    "very long and hidden": "\u202e" * 10_000 + "end",
    "html": "<script>alert(1)</script><b>x</b></pre><img src=x onerror=y> &lt;i&gt; &#60;i&#62; & \" '",
    "markdown": "# head\n> quote\n- list\n**bold** _it_ ~s~ `code` ```block``` ![i](http://evil.example/i) | a | | \\",
    "links": "[click](https://evil.example/x) www.evil.example http://evil.example evil.example javascript:alert(1)",
    "mentions": "@all @everyone <@all> <at id=all></at> <at user_id='all'>x</at> @channel",
    "slack": "<!channel> <!here|here> <@U123> <#C1|general> <https://evil.example|click> ```",
    "telegram": "<b>x</b> <a href='http://evil.example'>x</a> <tg-spoiler>x</tg-spoiler> @evil /start tg://user?id=1",
    "templates": '{{ .Labels.entity }} {{ template "x" . }} ${HOME} $(reboot) %s %(x)s {% raw %}',
    "rich markup": "[red]x[/red] [link=http://evil.example]x[/link] :warning: [/] [bold",
    "json": '"}, {"a": "\\u001b\\ud800',
}
IN_JSON = {name: text for name, text in HOSTILE.items() if name != "surrogates"}
"""Those that can be on a topic or in a request: JSON in UTF-8 has no lone surrogates."""

_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_WITHOUT_LOOK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LETTER_OR_BLANK = re.compile(r"[A-Za-z\s]")
_MOST_MARKS = 4


def hidden_in(text: str) -> list[str]:
    """The characters of `text` that act or hide, line feeds apart, as ASCII."""
    found, before, marks = [], " ", 0
    for char in text.replace("\n", " "):
        is_mark = unicodedata.category(char) in {"Mn", "Me"}
        marks = marks + 1 if is_mark else 0
        chooses_nothing = _SELECTOR.match(char) and (marks > 1 or _LETTER_OR_BLANK.match(before))
        acts = unicodedata.category(char) in _ACTING
        if acts or _WITHOUT_LOOK.match(char) or chooses_nothing or marks > _MOST_MARKS:
            found.append(ascii(char))
        before = char
    return found
