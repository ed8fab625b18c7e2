"""Public identifiers: short, legible, and never the same twice."""

from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH, new_public_id


def test_a_public_id_has_twelve_characters_that_nobody_misreads() -> None:
    ids = {new_public_id() for _ in range(2_000)}

    assert len(ids) == 2_000
    assert all(len(public_id) == PUBLIC_ID_LENGTH == 12 for public_id in ids)
    # Among 24,000 random characters each of the 32 appears, and none of i, l, o, u.
    assert set("".join(ids)) == set(ALPHABET)
    assert len(ALPHABET) == 32
    assert not set("ilou") & set(ALPHABET)
