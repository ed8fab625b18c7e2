"""Standard base64 with one spelling per value (RFC 4648, sections 3.5 and 4)."""

from binascii import Error, a2b_base64, b2a_base64


def encode_base64(data: bytes) -> str:
    """Encode with padding and without line breaks."""
    return b2a_base64(data, newline=False).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Decode; other alphabets, missing padding or stray bits are a ValueError.

    Decoding is compared with encoding again: two spellings of one signature or hash would let a
    proof be altered without being changed.
    """
    try:
        data = a2b_base64(text.encode("ascii"), strict_mode=True)
    except (Error, UnicodeEncodeError):
        data = None
    if data is None or encode_base64(data) != text:
        raise ValueError("This is not standard base64.")
    return data
