"""put_in_entities: harmless ones are put in, all else is refused with its own reason."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.rss.entities import LONGEST_VALUE, MOST_ENTITIES, put_in_entities
from services.ingest.sources.rss.refusal import Refusal


def _declared(*entities: str, body: str = "<a>&e;</a>") -> str:
    return f"<?xml version='1.0'?><!-- c --><!DOCTYPE a [{''.join(f'<!ENTITY {each}>' for each in entities)}]>{body}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a>x</a>", "<a>x</a>"),
        (_declared('e "&#160;"'), "<a>\xa0</a>"),
        (_declared("e '&#x4e2d;'"), "<a>中</a>"),
        (_declared('e "http://www.w3.org/1999/xhtml"', body='<a><b xmlns="&e;"/></a>'),
         '<a><b xmlns="http://www.w3.org/1999/xhtml"/></a>'),
        (_declared('e "AT&amp;T"'), "<a>AT&amp;T</a>"),
        (_declared('e "first"', 'e "second"'), "<a>first</a>"),
        ('<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x.test/rss.dtd"><a>&eacute;</a>',
         "<a>é</a>"),
        ("<a>&nbsp;&mdash;&amp;nbsp;&lt;&#1;&bogus;AT&T</a>", "<a>\xa0—&amp;nbsp;&lt;&#1;&amp;bogus;AT&amp;T</a>"),
        ("<a b='?x&y'><![CDATA[AT&T]]> & <![CDATA[&nbsp;]]></a>",
         "<a b='?x&amp;y'><![CDATA[AT&T]]> &amp; <![CDATA[\xa0]]></a>"),
        ("<a><![CDATA[<!ENTITY e SYSTEM 'x'>]]></a>", "<a><![CDATA[<!ENTITY e SYSTEM 'x'>]]></a>"),
        ("no document", "no document"),
    ],
)  # fmt: skip
def test_what_is_harmless_is_put_in(text: str, expected: str) -> None:
    assert put_in_entities(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (_declared('a "lol"', 'e "&a;&a;&a;"'), "it declares an entity that holds other entities (e)"),
        (_declared('e "&#38;a;"', 'a "x"'), "it declares an entity that holds other entities (e)"),
        (_declared('e SYSTEM "http://x.test/"'), "it declares an external entity (e, http://x.test/)"),
        (_declared('e PUBLIC "-//x" "/etc/hostname"'), "it declares an external entity (e, /etc/hostname)"),
        (_declared('% p SYSTEM "http://x.test/"'), "it declares a parameter entity (p)"),
        (_declared("% p 'x'"), "it declares a parameter entity (p)"),
        (_declared(f'e "{"x" * (LONGEST_VALUE + 1)}"'), "it declares an entity of more than 1000 characters (e)"),
        (_declared(*(f'e{n} "x"' for n in range(MOST_ENTITIES + 1))), "it declares more than 500 entities"),
        (_declared(f'e "{"x" * 900}"', body=f"<a>{'&e;' * 100}</a>"),
         "its entities would make it more than twice as long"),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
         "its DOCTYPE names a DTD by its address (http://127.0.0.1:1/x.dtd)"),
        ("<a></b>" + _declared('e "x"'), "it declares entities where a parser may not see them"),
        ("junk " + _declared('e "x"'), "it declares entities where a parser may not see them"),
    ],
)  # fmt: skip
def test_what_could_harm_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refusal) as caught:
        put_in_entities(text)
    assert (caught.value.result, str(caught.value)) == ("bad_content", f"refused, {why}")


@given(st.lists(st.sampled_from(["<!DOCTYPE a [", "<!ENTITY e ", '"', "'", "&e;", "]>", "<a>", "</a>", "%p;", "&#38;",
                                 "SYSTEM ", "x", "<![CDATA[", "]]>", "\ud800", "\x00"])).map("".join))  # fmt: skip
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Refusal):
        assert isinstance(put_in_entities(text), str)
