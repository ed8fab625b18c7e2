"""Finding the works that recordings play (docs/algorithms/matching.md).

- scoring: how sure it is that a recording plays a work, and why; no database
- candidates: which works may be meant, by ISRC, title and people; one statement for a batch
- finding: what came or changed is looked at; certain matches are linked, others proposed
- told: what a supplier names against an operator's word is proposed
- deciding: what an operator says to proposals
- queries: what waits, and how many of a supplier's recordings have all their works known
"""
