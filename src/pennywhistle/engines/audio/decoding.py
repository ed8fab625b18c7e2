"""Opens and decodes audio with FFmpeg's libraries, which are told what they may touch."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, cast

import av
import av.error
import av.filter
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from pennywhistle.engines.audio.containers import Container, head_bytes, sniff
from pennywhistle.engines.audio.errors import AudioRefusedError
from pennywhistle.engines.audio.headers import Promise, alac_bits, read_promise

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

Samples = npt.NDArray[np.signedinteger[Any]]
Filters = Sequence[tuple[str, str]]

channels_max = 2
sample_rate_hz_min, sample_rate_hz_max = 8_000, 384_000

_formats = {
    Container.FLAC: "flac",
    Container.WAV: "wav",
    Container.AIFF: "aiff",
    Container.MP4: "mov,mp4,m4a,3gp,3g2,mj2",
    Container.MP3: "mp3",
    Container.OGG: "ogg",
}
_codecs = {
    Container.FLAC: ("flac",),
    Container.WAV: ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"),
    Container.AIFF: ("pcm_s8", "pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s32be", "pcm_f32be"),
    Container.MP4: ("alac", "aac"),
    Container.MP3: ("mp3float", "mp3"),
    Container.OGG: ("vorbis", "opus", "libopus", "flac"),
}
_lossy_codecs = {"aac", "mp3", "mp3float", "vorbis", "opus"}
_layouts = {1: "mono", 2: "stereo"}
_block_samples = 32_768


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose container and codec are known and allowed, ready to be decoded once."""

    container: Container
    codec: str
    promise: Promise
    sample_rate_hz: int
    channels: int
    file: InputContainer
    stream: AudioStream

    @property
    def lossless(self) -> bool:
        """Whether the codec keeps every bit."""
        return self.codec not in _lossy_codecs

    @property
    def bits_per_sample(self) -> int | None:
        """Of lossless audio; None for lossy codecs, which have none."""
        if self.codec == "alac":
            return alac_bits(self.stream.codec_context.extradata)
        return self.promise.bits_per_sample

    @property
    def sample_count(self) -> int | None:
        """Samples per channel that the file promises; None where it makes no exact promise."""
        if self.codec == "alac" and self.stream.duration and self.stream.time_base:
            return round(self.stream.duration * self.stream.time_base * self.sample_rate_hz)
        return self.promise.sample_count


@contextmanager
def open_audio(source: BinaryIO) -> Iterator[Opened]:
    """Open a file as what its first bytes prove it to be, with that one demuxer and its codecs.

    FFmpeg by itself would follow a playlist that is called `.wav` to other files and addresses;
    so the format is named, formats, codecs and protocols are whitelisted, and any further file
    that a demuxer asks for is refused.

    Raises:
        AudioRefusedError: it is no audio that we take.
    """
    source.seek(0)
    container = sniff(source.read(head_bytes))
    if container is None:
        raise AudioRefusedError(
            "unknown-format", "This is none of the audio formats that we take, whatever its name."
        )
    promise = read_promise(source, container)
    source.seek(0)
    options = {
        "format_whitelist": _formats[container],
        "codec_whitelist": ",".join(_codecs[container]),
        "protocol_whitelist": "none",
        # Else every WAV is searched for other formats inside its samples, which takes 20 ms.
        "max_probe_packets": "0",
    }
    try:
        file = av.open(
            source,
            "r",
            format=_formats[container].partition(",")[0],
            options=options,
            io_open=_open_nothing,
        )
    except (av.error.FFmpegError, ValueError, PermissionError) as error:
        raise AudioRefusedError("damaged-audio", "The file cannot be read as audio.") from error
    with file:
        yield _check(container, promise, file)


def _open_nothing(*_: object, **__: object) -> NoReturn:
    raise PermissionError("An audio file may not name other files.")


def _check(container: Container, promise: Promise, file: InputContainer) -> Opened:
    streams = file.streams.audio
    if not streams:
        raise AudioRefusedError("no-audio", "The file holds no audio that we take.")
    if len(streams) > 1:
        raise AudioRefusedError("several-streams", "The file holds more than one piece of audio.")
    # A stream that has no decoder at all has no context, whatever the stubs say.
    context = cast("AudioCodecContext | None", streams[0].codec_context)
    if context is None or context.codec.canonical_name not in _codecs[container]:
        raise AudioRefusedError("no-audio", "The file holds audio of a kind that we do not take.")
    if not 1 <= context.channels <= channels_max:
        raise AudioRefusedError(
            "too-many-channels",
            f"The file has {context.channels} channels; the store sells mono and stereo.",
        )
    if not sample_rate_hz_min <= context.sample_rate <= sample_rate_hz_max:
        raise AudioRefusedError(
            "unusual-sample-rate", f"A sample rate of {context.sample_rate} Hz is not usable."
        )
    context.thread_type = "AUTO"
    return Opened(
        container=container,
        codec=context.codec.canonical_name,
        promise=promise,
        sample_rate_hz=context.sample_rate,
        channels=context.channels,
        file=file,
        stream=streams[0],
    )


def decode(opened: Opened) -> Iterator[AudioFrame]:
    """Decode every frame from the beginning.

    Raises:
        AudioRefusedError: the audio is damaged, or changes its format on the way.
    """
    sample_count = 0
    try:
        for frame in opened.file.decode(opened.stream):
            if (
                frame.sample_rate != opened.sample_rate_hz
                or frame.layout.nb_channels != opened.channels
            ):
                raise AudioRefusedError(
                    "format-changes", "The audio changes its sample rate or channels on the way."
                )
            # Containers count time in units of their own; filters want samples.
            frame.time_base, frame.pts = Fraction(1, frame.sample_rate), sample_count
            sample_count += frame.samples
            yield frame
    except (av.error.FFmpegError, ValueError) as error:
        raise AudioRefusedError("damaged-audio", "The audio is damaged.") from error


class Chain:
    """A chain of FFmpeg filters, built for the first frame that comes."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        self._graph: av.filter.Graph | None = None

    def run(self, frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
        """Send all frames through and yield what comes out, to the last sample."""
        for frame in frames:
            yield from self.feed(frame)
        yield from self.feed(None)

    def feed(self, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        """Send one frame, or None for the end."""
        if self._graph is None:
            if frame is None:
                return
            self._graph = self._build(frame)
        self._graph.push(frame)
        while True:
            try:
                filtered = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(filtered, AudioFrame)
            yield filtered

    def _build(self, frame: AudioFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        nodes = [
            graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format.name,
                layout=frame.layout.name,
                time_base=Fraction(1, frame.sample_rate),
            )
        ]
        nodes += [graph.add(name, arguments) for name, arguments in self._filters]
        graph.link_nodes(*nodes, graph.add("abuffersink"))
        graph.configure()
        return graph


def grouped(arrays: Iterable[Samples]) -> Iterator[Samples]:
    """Join small arrays, since every call of an encoder or a measurement has its price."""
    waiting: list[Samples] = []
    rows = 0
    for array in arrays:
        waiting.append(array)
        rows += len(array)
        if rows >= _block_samples:
            yield np.concatenate(waiting)
            waiting, rows = [], 0
    if waiting:
        yield np.concatenate(waiting)


def layout_name(channels: int) -> str:
    """FFmpeg's name for one or two channels."""
    return _layouts[channels]


def as_samples(frame: AudioFrame, channels: int) -> Samples:
    """A packed frame's samples, one row per instant, one column per channel."""
    return cast("Samples", frame.to_ndarray().reshape(-1, channels))


def pack(samples: Samples, bits: int) -> bytes:
    """Interleaved little-endian bytes of samples that fill their integers from the top."""
    size_bits = samples.dtype.itemsize * 8
    shifted = samples if bits == size_bits else samples >> (size_bits - bits)
    size_bytes = (bits + 7) // 8
    whole = np.ascontiguousarray(shifted)
    if size_bytes == samples.dtype.itemsize:
        return whole.tobytes()
    raw = whole.view(np.uint8).reshape(-1, samples.dtype.itemsize)
    packed = np.empty((len(raw), size_bytes), np.uint8)
    # Byte by byte of all samples, which takes a third of the time of sample by sample.
    for place in range(size_bytes):
        packed[:, place] = raw[:, place]
    return packed.tobytes()
