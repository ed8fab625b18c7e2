"""Drums and small noises, from sines that fall and noise that fades."""

from functools import lru_cache

import numpy as np

from pennywhistle.interfaces.console.sample.sound.signal import (
    Signal,
    noise_band,
    sample_count,
    soft_edges,
    time_s,
)

HIT_KINDS = 64


def _falling_sine(seconds: float, from_hz: float, to_hz: float, drop: float) -> Signal:
    at = time_s(sample_count(seconds))
    cycles = to_hz * at + (from_hz - to_hz) * (1.0 - np.exp(-at * drop)) / drop
    fall: Signal = np.sin(2 * np.pi * cycles).astype(np.float32)
    return fall


def _burst(seconds: float, low_hz: float, high_hz: float, fade: float, seed: int) -> Signal:
    noise = noise_band(seconds, low_hz, high_hz, seed=seed)
    faded: Signal = noise * np.exp(-time_s(len(noise)) * np.float32(fade))
    return faded


@lru_cache(maxsize=HIT_KINDS)
def kick(seconds: float = 0.35, *, hz: float = 50.0, punch: float = 1.0) -> Signal:
    """A bass drum whose pitch falls to `hz`."""
    body = _falling_sine(seconds, hz + 130 * punch, hz, 34.0)
    body *= np.exp(-time_s(len(body)) * np.float32(2.4 / seconds))
    return soft_edges(body, attack_s=0.0015, release_s=seconds / 2)


@lru_cache(maxsize=HIT_KINDS)
def snare(*, snap: float = 0.6, hz: float = 185.0, seed: int = 3) -> Signal:
    """A snare drum; less `snap` is a dustier one."""
    skin = _falling_sine(0.24, hz * 1.5, hz, 40.0)
    skin *= np.exp(-time_s(len(skin)) * np.float32(22.0))
    wires = _burst(0.24, 900, 5_500 + 3_000 * snap, 17.0, seed) * np.float32(0.35 * snap)
    return soft_edges(0.7 * skin + wires, attack_s=0.001, release_s=0.08)


@lru_cache(maxsize=HIT_KINDS)
def hat(seconds: float = 0.07, *, low_hz: float = 6_500.0, seed: int = 5) -> Signal:
    """A cymbal pair, closed if short."""
    metal = _burst(seconds, low_hz, 14_000, 3.5 / seconds, seed) * np.float32(0.22)
    return soft_edges(metal, attack_s=0.001, release_s=seconds / 2)


@lru_cache(maxsize=HIT_KINDS)
def ride(*, seed: int = 9) -> Signal:
    """A ride cymbal: a stick's ping over a long wash."""
    wash = _burst(0.9, 3_500, 11_000, 4.5, seed) * np.float32(0.10)
    at = time_s(len(wash))
    for hz in (3_140.0, 4_270.0, 5_390.0):
        wash += np.float32(0.035) * np.sin(2 * np.pi * hz * at) * np.exp(-at * np.float32(9.0))
    return soft_edges(wash, attack_s=0.001, release_s=0.3)


@lru_cache(maxsize=HIT_KINDS)
def brush(seconds: float = 0.22, *, seed: int = 11) -> Signal:
    """A wire brush drawn over a snare."""
    sweep = noise_band(seconds, 1_200, 7_000, seed=seed) * np.float32(0.11)
    return soft_edges(sweep, attack_s=seconds * 0.4, release_s=seconds * 0.55)


@lru_cache(maxsize=HIT_KINDS)
def rim(*, hz: float = 1_650.0) -> Signal:
    """A stick across the rim, or a wood block further down."""
    at = time_s(sample_count(0.06))
    tone = np.sin(2 * np.pi * hz * at) + 0.5 * np.sin(2 * np.pi * hz * 1.47 * at)
    return soft_edges((0.4 * tone * np.exp(-at * 75.0)).astype(np.float32), attack_s=0.001)


@lru_cache(maxsize=HIT_KINDS)
def frame_drum(*, hz: float = 88.0, damp: float = 11.0, seed: int = 17) -> Signal:
    """A goat-skin frame drum played with a tipper."""
    skin = _falling_sine(0.32, hz * 1.35, hz, 25.0)
    skin *= np.exp(-time_s(len(skin)) * np.float32(damp))
    tap = _burst(0.32, 300, 2_400, 70.0, seed) * np.float32(0.16)
    return soft_edges(0.8 * skin + tap, attack_s=0.001, release_s=0.1)


@lru_cache(maxsize=HIT_KINDS)
def clap(*, seed: int = 23) -> Signal:
    """Four hands a few milliseconds apart."""
    tail = _burst(0.2, 900, 3_800, 26.0, seed) * np.float32(0.22)
    for delay_s in (0.009, 0.019):
        shift = sample_count(delay_s)
        tail[shift:] += 0.6 * tail[:-shift]
    return soft_edges(tail, attack_s=0.001, release_s=0.1)


@lru_cache(maxsize=HIT_KINDS)
def shaker(seconds: float = 0.09, *, seed: int = 29) -> Signal:
    """Seeds in a box."""
    seeds = noise_band(seconds, 4_500, 11_000, seed=seed) * np.float32(0.1)
    return soft_edges(seeds, attack_s=seconds * 0.35, release_s=seconds * 0.6)
