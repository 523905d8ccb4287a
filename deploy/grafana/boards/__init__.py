"""The Grafana dashboards as typed code: one file a dashboard, and the parts that they share."""
