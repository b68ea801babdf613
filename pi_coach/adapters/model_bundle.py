"""What is inside a pose model bundle: two TFLite models in a stored zip, each with a note on its input."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pi_coach.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MEMBERS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
"""The names that MediaPipe looks for, detector first."""

WEIGHTS_SHA256 = {
    "lite": "fe374f11527414d7728bab1bba36afdcf8bf4fc2448c46e60c796b1e3f332ce0",
    "full": "9fc9d8684e372664d7e3de035adaa7b152daf9cb5f9bb9bdf52f3435cde216ba",
    "heavy": "faacff411b9ef07e858e8d3980464a0fc208522f154b9bc31973c62e9a2e10b4",
}
"""The landmark models that the coach was tried with, by the digest of their weights."""
DETECTOR_WEIGHTS_SHA256 = "715498817c43f87b739f61801c305a0b9f6136fa7370ce8ec740f440ff8d3ea7"
"""All three are used with the same detector."""

_MODEL_FORMAT = b"TFL3"
_NOTE_FORMAT = b"M001"

# Fields of the tables Model, Buffer and Metadata in TFLite's schema.fbs, by their place.
_VERSION, _BUFFERS, _METADATA = 0, 4, 6
_OTHER_MODEL_FIELDS = (1, 2, 3, 5, 7)
"""Operator codes, subgraphs, description, old list of metadata buffers, signatures: all of them offsets."""
_BUFFER_DATA = 0
_ENTRY_NAME, _ENTRY_BUFFER = 0, 1
_DATA_ALIGNMENT = 16
"""TFLite reads weights in place and wants each buffer on this boundary."""

_ROOM = 1 << 16
"""Bytes to begin with for what is added to a model; the builder finds more where it needs it."""

_NONE: Mapping[int, int] = MappingProxyType({})

# Values of the unions and enums in TFLite's metadata_schema.fbs.
_IMAGE_PROPERTIES = 2
_RGB = 1
_NORMALIZATION_OPTIONS = 1


@dataclass(frozen=True, slots=True)
class Normalization:
    """How a model wants its picture: (pixel - mean) / std of pixels from 0 to 255."""

    mean: float
    std: float


def pack(detector: bytes, landmarks: bytes) -> bytes:
    """Return the bundle of the two models; the same models give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as bundle:
        for name, model in zip(MEMBERS, (detector, landmarks), strict=True):
            bundle.writestr(zipfile.ZipInfo(name), model)
    return packed.getvalue()


def unpack(bundle: bytes) -> tuple[bytes, bytes]:
    """Return the detector and the landmark model; raise ModelError where either was cut or changed."""
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            detector, landmarks = (_stored(archive, name, len(bundle)) for name in MEMBERS)
    except (zipfile.BadZipFile, LookupError, RuntimeError, EOFError, OSError, ValueError, struct.error) as error:
        raise ModelError(f"it is no whole bundle of {MEMBERS[0]} and {MEMBERS[1]}") from error
    return detector, landmarks


def _stored(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """Return a member that lies in the bundle as it is; a packed one might unpack to more than there is memory."""
    member = archive.getinfo(name)
    if member.compress_type != zipfile.ZIP_STORED or member.file_size > most_bytes:
        raise zipfile.BadZipFile(f"{name} is packed")
    return archive.read(member)


def check(bundle: bytes, name: str) -> None:
    """Raise ModelError unless the bundle is whole and holds the weights of the model of that name."""
    detector, landmarks = unpack(bundle)
    if (weights_sha256(detector), weights_sha256(landmarks)) != (DETECTOR_WEIGHTS_SHA256, WEIGHTS_SHA256[name]):
        raise ModelError(f"it holds other weights than the {name} model's")


def weights_sha256(model: bytes) -> str:
    """Return the digest of a TFLite model's weights: all its buffers in order, but those that hold metadata.

    The same network has the same digest whoever wrote the notes around it. Raises ModelError for another format.
    """
    try:
        if model[4:8] != _MODEL_FORMAT:
            raise ModelError("it is no TFLite model")
        root = _Table.root(model)
        notes = {entry.number(_ENTRY_BUFFER) for entry in root.tables(_METADATA)}
        digest, left_bytes = hashlib.sha256(), len(model)
        for index, buffer in enumerate(root.tables(_BUFFERS)):
            content = b"" if index in notes else buffer.content(_BUFFER_DATA)
            left_bytes -= len(content)
            if left_bytes < 0:
                raise ModelError("it is no TFLite model: its buffers lie upon each other")
            digest.update(content)
    except struct.error as error:
        raise ModelError("it is no TFLite model") from error
    return digest.hexdigest()


def with_metadata(model: bytes, normalization: Normalization) -> bytes:
    """Return the model with the note on its input without which MediaPipe refuses it.

    A flatbuffer's offsets are relative and point forwards. So the model stays as it is, byte for byte, and a new
    root in front of it points at its parts and at the note.
    """
    import flatbuffers  # noqa: PLC0415 (comes with either pose engine; only assembling needs it)

    old = _Table.root(model)
    new = flatbuffers.Builder(len(model) + _ROOM)
    end = _put_data(new, model) - struct.calcsize("<I")
    note = _put_table(new, {_BUFFER_DATA: _put_data(new, _input_metadata(normalization))})
    buffers = [end - buffer.at for buffer in old.tables(_BUFFERS)]
    name = new.CreateString("TFLITE_METADATA")
    entry = _put_table(new, {_ENTRY_NAME: name}, numbers={_ENTRY_BUFFER: len(buffers)})
    entries = [end - kept.at for kept in old.tables(_METADATA)]
    fields = {field: end - at for field in _OTHER_MODEL_FIELDS if (at := old.target(field)) is not None}
    fields[_BUFFERS] = _put_offsets(new, [*buffers, note])
    fields[_METADATA] = _put_offsets(new, [*entries, entry])
    new.Finish(_put_table(new, fields, numbers={_VERSION: old.number(_VERSION)}), _MODEL_FORMAT)
    return bytes(new.Output())


def _input_metadata(normalization: Normalization) -> bytes:
    """Return the note: the input is an RGB picture, normalized like this."""
    import flatbuffers  # noqa: PLC0415 (as above)

    note = flatbuffers.Builder()
    picture = _put_table(note, {}, enums={0: _RGB})
    content = _put_table(note, {1: picture}, enums={0: _IMAGE_PROPERTIES})
    options = _put_table(note, {0: _put_float(note, normalization.mean), 1: _put_float(note, normalization.std)})
    unit = _put_table(note, {1: options}, enums={0: _NORMALIZATION_OPTIONS})
    tensor = _put_table(note, {3: content, 4: _put_offsets(note, [unit])})
    subgraph = _put_table(note, {2: _put_offsets(note, [tensor])})
    note.Finish(_put_table(note, {3: _put_offsets(note, [subgraph])}), _NOTE_FORMAT)
    return bytes(note.Output())


@dataclass(frozen=True, slots=True)
class _Table:
    """A table in a flatbuffer, read by the places of its fields."""

    buffer: bytes
    at: int

    @classmethod
    def root(cls, buffer: bytes) -> _Table:
        return cls(buffer, _read("<I", buffer, 0))

    def target(self, field: int) -> int | None:
        """Return where a field's offset leads; None where the field is left out."""
        at = self._place(field)
        return None if at is None else at + _read("<I", self.buffer, at)

    def number(self, field: int) -> int:
        at = self._place(field)
        return 0 if at is None else _read("<I", self.buffer, at)

    def content(self, field: int) -> bytes:
        """Return a field's vector of bytes; empty where the field is left out."""
        at = self.target(field)
        if at is None:
            return b""
        return self.buffer[at + 4 : at + 4 + _read("<I", self.buffer, at)]

    def tables(self, field: int) -> Iterator[_Table]:
        """Yield the tables that a field's vector leads to."""
        vector = self.target(field)
        if vector is None:
            return
        for entry in range(vector + 4, vector + 4 + 4 * _read("<I", self.buffer, vector), 4):
            yield _Table(self.buffer, entry + _read("<I", self.buffer, entry))

    def _place(self, field: int) -> int | None:
        vtable = self.at - _read("<i", self.buffer, self.at)
        entry = 4 + 2 * field
        if entry >= _read("<H", self.buffer, vtable):
            return None
        return self.at + offset if (offset := _read("<H", self.buffer, vtable + entry)) else None


def _read(form: str, buffer: bytes, at: int) -> int:
    return int(struct.unpack_from(form, buffer, at)[0])


# A flatbuffer is built from its end: whatever is put now stands before what was put earlier.


def _put_data(builder: Any, content: bytes) -> int:  # noqa: ANN401 (flatbuffers ships no types)
    builder.StartVector(1, len(content), _DATA_ALIGNMENT)
    builder.head -= len(content)
    builder.Bytes[builder.head : builder.head + len(content)] = content
    return int(builder.EndVector())


def _put_float(builder: Any, number: float) -> int:  # noqa: ANN401 (as above)
    """Put a vector of one number."""
    builder.StartVector(4, 1, 4)
    builder.PrependFloat32(number)
    return int(builder.EndVector())


def _put_offsets(builder: Any, offsets: Sequence[int]) -> int:  # noqa: ANN401 (as above)
    """Put a vector of tables."""
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _put_table(
    builder: Any,  # noqa: ANN401 (as above)
    offsets: Mapping[int, int],
    *,
    numbers: Mapping[int, int] = _NONE,
    enums: Mapping[int, int] = _NONE,
) -> int:
    builder.StartObject(1 + max([*offsets, *numbers, *enums]))
    for field, offset in offsets.items():
        builder.PrependUOffsetTRelativeSlot(field, offset, 0)
    for field, number in numbers.items():
        builder.PrependUint32Slot(field, number, 0)
    for field, member in enums.items():
        builder.PrependUint8Slot(field, member, 0)
    return int(builder.EndObject())
