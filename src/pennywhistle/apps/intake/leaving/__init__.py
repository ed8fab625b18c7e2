"""The way out: a supplier's whole catalog as ERN 4.3.2, which any store can take in.

`catalog` reads it from the rows, a few releases at a time; `words` says it in the writer's facts;
`batches` lays it into a folder as the choreography wants it, and goes on where it stopped; `tables`
has what ERN has no words for.
"""
