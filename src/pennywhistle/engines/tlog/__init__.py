"""Transparency log: tree, tiles, signed heads, receipts and statements, as bytes in and bytes out.

- merkle: hashes and proofs of RFC 9162
- tiles: the tree as C2SP tlog-tiles
- note, checkpoint, tlog_proof: the C2SP texts of those names
- records: what a leaf holds, byte by byte
- page: one line per account, closed at once
- receipt, statement: what a buyer and what a payee keeps
- verify: both, checked offline, in plain words
- audit: what anybody can check in the public log

The reasoning is in docs/algorithms/proof.md.
"""
