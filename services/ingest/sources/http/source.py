"""The source that listens: an HTTP server with the texts endpoint."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass

from services.http.listen import limited_runner, listen
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import IngestPipeline
from services.ingest.sources.base import LiveSource
from services.ingest.sources.http.endpoint import TextsEndpoint

log = logging.getLogger(__name__)

STOP_CHECK_SECONDS = 0.2
STOP_SECONDS = 2.0
"""For requests that are under way when the process is asked to stop."""


@dataclass(frozen=True, slots=True)
class HttpSource(LiveSource):
    """`POST /v1/texts` on `host:port` for those who hold the token.

    :raises PortTaken: from `run`, when something else listens there.
    """

    host: str
    port: int
    defaults: SourceDefaults
    token: str

    async def serve(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Serve until `stopping` is set; requests that are under way are answered first."""
        app = TextsEndpoint(pipeline, self.defaults, self.token).app()
        runner = limited_runner(app, STOP_SECONDS)
        try:
            bound = await listen(runner, self.host, self.port, "the HTTP endpoint")
            log.info("POST http://%s/v1/texts", bound)
            while not stopping.is_set():
                await asyncio.sleep(STOP_CHECK_SECONDS)
        finally:
            await runner.cleanup()
