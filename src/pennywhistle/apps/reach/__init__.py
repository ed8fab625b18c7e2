"""What the store tells the whole world of its catalog: site maps, feeds, a dump, an open API."""
