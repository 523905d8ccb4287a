"""`groundswell adapter`."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import CollectorRegistry

from services.alerting.receivers.robots import robots
from services.alerting.receivers.server import Adapter, serve
from services.domain.errors import InvalidInput
from services.observability.logs import setup_logging
from services.observability.metrics import Metrics
from services.options import ListenHost, ListenPort
from services.settings import HOW_TO_MAKE, load_settings

log = logging.getLogger(__name__)


def adapter(
    port: ListenPort = 9105,
    host: ListenHost = "127.0.0.1",
) -> None:
    """Take Alertmanager's webhooks on /wecom, /feishu and /dingtalk and post them to the group robots there.

    A robot's address and the secret that signs its messages come from secret files in GROUNDSWELL_SECRETS_DIR:
    groundswell_wecom_url, groundswell_feishu_url, groundswell_feishu_secret, groundswell_dingtalk_url,
    groundswell_dingtalk_secret. A receiver without an address answers 503, and Alertmanager tries again.

    Only who sends the token of groundswell_adapter_token may call it: `credentials_file` in Alertmanager's http_config.

    \b
    Examples:
      GROUNDSWELL_SECRETS_DIR=deploy/secrets groundswell adapter
      groundswell adapter --host 0.0.0.0 --port 9105
      curl http://127.0.0.1:9105/healthz
    """
    settings = load_settings()
    setup_logging("adapter", settings.log.level)
    found = robots(settings)
    if settings.receivers.adapter_token is None:
        raise InvalidInput(
            f"setting GROUNDSWELL_ADAPTER_TOKEN: expected the token that Alertmanager sends, got none; {HOW_TO_MAKE}"
        )
    token = settings.receivers.adapter_token.get_secret_value().strip()
    metrics = Metrics(CollectorRegistry())
    metrics_port = metrics.serve(settings.metrics.host, settings.metrics.port)
    log.info("adapter: metrics on http://%s:%d/metrics", settings.metrics.host, metrics_port)
    log.info("receivers: %s", ", ".join(found) or "none is configured, each answers 503")
    asyncio.run(serve(Adapter(found, token, metrics).app(), host, port))
