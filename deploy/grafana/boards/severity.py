"""How severity, yes and no, and limits look: the same words and colours on every dashboard."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode, ValueMap, ValueMappingResult

from services.domain.severity import CRITICAL, HIGH, INFO, WARNING

GREEN, BLUE, YELLOW, ORANGE, RED = "green", "blue", "yellow", "orange", "red"


def _words(words: dict[str, tuple[str, str]]) -> ValueMap:
    return ValueMap(
        options={
            value: ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(words.items())
        }
    )


COLOURS = {INFO: BLUE, WARNING: YELLOW, HIGH: ORANGE, CRITICAL: RED}
SEVERITY = _words(
    {"0": ("none / 无", GREEN)} | {str(one.level): (f"{one.en} / {one.zh}", colour) for one, colour in COLOURS.items()}
)
YES_NO = _words({"0": ("no / 否", RED), "1": ("yes / 是", GREEN)})


def limits(below: str, *steps: tuple[float, str]) -> ThresholdsConfig:
    """Colours by value: `below` the first step, then (from this value, colour)."""
    colours = [Threshold(color=below), *(Threshold(value=value, color=color) for value, color in steps)]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(colours)
