"""Instruments, rooms and the mixing desk, all of them computed."""
