"""Options that several commands take: one name, one help text and one range each."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from services.domain.time_zone import time_zone


def _zone(name: str | ZoneInfo) -> ZoneInfo:
    try:
        return time_zone(str(name))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Broker = Annotated[str | None, typer.Option(help="Kafka bootstrap servers, host:port[,host:port].")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Speed = Annotated[float, typer.Option(min=0, help="Event seconds per second; 0 is as fast as possible.")]
ListenHost = Annotated[str, typer.Option(help="Address to listen on.")]
ListenPort = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
HttpPort = Annotated[int, typer.Option(min=1, max=65535, help="Port of HTTP ingest.")]
Timezone = Annotated[
    ZoneInfo | None,
    typer.Option(
        "--timezone",
        parser=_zone,
        metavar="ZONE",
        help="Zone of dates that name none, such as Asia/Shanghai (default: UTC; for dates in Chinese UTC+8).",
    ),
]
ShownIn = Annotated[
    ZoneInfo | None,
    typer.Option(
        "--timezone",
        parser=_zone,
        metavar="ZONE",
        help="Zone to show times in (default: GROUNDSWELL_TIMEZONE, else UTC).",
    ),
]
FieldOption = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="FIELD=NAME", help="Where a field is called NAME, such as text=comment."),
]
"""Its default is None; `FieldNames.override` reads it."""
