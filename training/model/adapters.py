"""Parameter-efficient tuning: only small additions to the encoder are trained, and merged at export."""

from __future__ import annotations

from typing import Any

from peft import AdaLoraConfig, LoraConfig, PeftModel, PrefixTuningConfig, get_peft_model

from training.config import AdapterConfig
from training.errors import ExportError
from training.model.encoder import EncoderModel
from training.model.multitask import MultiTaskModel

_TARGETS = ["query", "value"]


def adapt(model: MultiTaskModel, config: AdapterConfig, *, steps: int) -> MultiTaskModel:
    """Put adapters on the encoder, so that only they and the heads are trained; `steps` updates are planned.

    LoRA: Hu et al. 2021, https://arxiv.org/abs/2106.09685; AdaLoRA: Zhang et al. 2023,
    https://arxiv.org/abs/2303.10512; prefix tuning: Li and Liang 2021, https://arxiv.org/abs/2101.00190.
    """
    if config.kind != "none":
        model.encoder = get_peft_model(model.encoder, _settings(config, steps))
    return model


def merged(model: MultiTaskModel) -> MultiTaskModel:
    """The model with its adapters in the encoder's own weights; a model without adapters stays as it is.

    :raises ExportError: for a prefix, which has no place in the weights of an encoder.
    """
    encoder: Any = model.encoder
    if isinstance(encoder, PeftModel):
        if isinstance(encoder.active_peft_config, PrefixTuningConfig):
            raise ExportError("a prefix cannot be merged into the encoder's weights: use lora or adalora to export")
        model.encoder = encoder.merge_and_unload()
    return model


def after_update(model: EncoderModel, step: int) -> None:
    """Let AdaLoRA move its ranks to where they matter, after update `step` and before its gradients go."""
    encoder: Any = model.encoder
    if isinstance(encoder, PeftModel) and isinstance(encoder.active_peft_config, AdaLoraConfig):
        adapters: Any = encoder.base_model
        adapters.update_and_allocate(step)


def _settings(config: AdapterConfig, steps: int) -> Any:
    if config.kind == "prefix":
        return PrefixTuningConfig(task_type="FEATURE_EXTRACTION", num_virtual_tokens=config.rank)
    common: dict[str, Any] = {
        "lora_alpha": config.alpha,
        "lora_dropout": config.dropout,
        "target_modules": _TARGETS,
    }
    if config.kind == "lora":
        return LoraConfig(r=config.rank, **common)
    warm, final = max(1, steps // 10), max(1, steps // 5)
    return AdaLoraConfig(
        target_r=config.rank, init_r=2 * config.rank, tinit=warm, tfinal=final, total_step=steps + 1, **common
    )
