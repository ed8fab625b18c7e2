"""What keeps a checked file from being published: doubts about it, and claims that it is a copy.

A judgement's serious finding opens a doubt (`opening`), its supplier answers and the operator
decides (`actions`), and whoever publishes asks what holds (`queries`).
"""
