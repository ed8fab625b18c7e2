"""What `parts/_plot_bars.html` draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the plot; `percent` of the tallest."""

    label: str
    value_text: str
    percent: float


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot with its table."""

    title: str
    max_text: str
    total_text: str
    first_text: str
    last_text: str
    label_heading: str
    value_heading: str
    bars: tuple[Bar, ...]
