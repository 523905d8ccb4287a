"""What a clone of the repository has beside the package. A wheel has none of it: what needs one of them says so."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
MODELS = _ROOT / "exported_models"
"""The folder of the model that is shipped."""
DEMO_STREAM = _ROOT / "deploy" / "demo" / "stocknet_2014-08-01_2014-09-12.jsonl.gz"
"""The tweets that `groundswell demo` replays."""
PROMETHEUS_RULES = _ROOT / "deploy" / "prometheus" / "rules"
"""The recording and alerting rules of the deployment, which `groundswell up` takes too."""
