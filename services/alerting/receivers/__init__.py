"""From Alertmanager's webhook to the group robots of WeCom, Feishu and DingTalk, which it has no receivers for."""
