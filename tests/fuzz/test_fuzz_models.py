"""Whatever lies where a pose model should lie, it is known for what it is before an engine reads it."""

import hashlib
import io
import struct
import zipfile

import pytest
from hostile import broken_bytes, within
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_coach.adapters import model_bundle, models
from pi_coach.adapters.model_bundle import MEMBERS, pack
from pi_coach.core.errors import ModelError

RANDOM = st.randoms(use_true_random=False)


def table(*buffers):
    """Return a TFLite model without a network, with these buffers: a root, and a vector of tables of one vector."""
    head = struct.pack("<I4s", 8 + 16, b"TFL3")
    vtable = struct.pack("<HHHHHHHH", 14, 8, 0, 0, 0, 0, 4, 0)
    root = struct.pack("<iI", 16, 4)
    vector = struct.pack("<I", len(buffers))
    each = b"".join(struct.pack("<HHHHiI", 6, 8, 4, 0, 8, 4) + struct.pack("<I", len(one)) + one for one in buffers)
    places, at = b"", len(buffers) * 4
    for number, one in enumerate(buffers):
        places += struct.pack("<I", at - 4 * number + 8)
        at += 20 + len(one)
    return head + vtable + root + vector + places + each


MODEL = table(b"", b"weights!", b"more weights")
BUNDLE = pack(MODEL, MODEL)


def refused(bundle):
    with within(2.0), pytest.raises(ModelError) as told:
        model_bundle.check(bundle, "lite")
    assert "\n" not in str(told.value)
    return str(told.value)


def test_the_sound_bundle_that_is_broken_here_can_be_read():
    assert model_bundle.weights_sha256(MODEL) == hashlib.sha256(b"weights!more weights").hexdigest()
    assert "other weights" in refused(BUNDLE)


@settings(max_examples=settings().max_examples * 20)
@given(RANDOM)
def test_a_damaged_bundle_is_refused_in_a_sentence(rng):
    refused(broken_bytes(BUNDLE, rng))


@settings(max_examples=settings().max_examples * 20)
@given(RANDOM)
def test_a_damaged_model_in_a_whole_bundle_is_refused_in_a_sentence(rng):
    refused(pack(broken_bytes(MODEL, rng), MODEL))


def zipped(form, *members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", form) as bundle:
        for name, content in members:
            bundle.writestr(name, content)
    return packed.getvalue()


def locked(bundle):
    """Return a bundle whose members say that they are enciphered."""
    found = bytearray(bundle)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = found.find(mark)
        while at >= 0:
            found[at + flags] |= 1
            at = found.find(mark, at + 4)
    return bytes(found)


def upon_each_other(count, size):
    """Return a model of many buffers which are all the same bytes: its digest would take hours."""
    head = struct.pack("<I4s", 8 + 16, b"TFL3") + struct.pack("<HHHHHHHH", 14, 8, 0, 0, 0, 0, 4, 0)
    root = struct.pack("<iI", 16, 4)
    vector = struct.pack("<I", count) + b"".join(struct.pack("<I", 4 * (count - n) + 8) for n in range(count))
    return head + root + vector + struct.pack("<HHHHiI", 6, 8, 4, 0, 8, 4) + struct.pack("<I", size) + bytes(size)


BUNDLES = {
    "nothing": b"",
    "no archive": b"PK\x03\x04" + b"\x00" * 100,
    "an archive of nothing": zipped(zipfile.ZIP_STORED),
    "one model of two": zipped(zipfile.ZIP_STORED, (MEMBERS[0], MODEL)),
    "members that lead out of their folder": zipped(zipfile.ZIP_STORED, (f"../../{MEMBERS[0]}", MODEL)),
    "a member that unpacks to more than there is memory": zipped(
        zipfile.ZIP_DEFLATED, (MEMBERS[0], bytes(50_000_000)), (MEMBERS[1], MODEL)
    ),
    "a member in a packing of its own": zipped(zipfile.ZIP_LZMA, (MEMBERS[0], MODEL), (MEMBERS[1], MODEL)),
    "enciphered members, which zipfile refuses with an error of its own": locked(BUNDLE),
    "buffers upon each other": pack(upon_each_other(100_000, 1_000_000), MODEL),
    "models that are letters": pack(b"Hinge " * 10, b"Hinge " * 10),
    "a model that is its mark alone": pack(b"\x00\x00\x00\x00TFL3", MODEL),
    "a root beyond the end": pack(b"\xff\xff\xff\x7fTFL3" + bytes(40), MODEL),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_what_is_no_bundle_is_refused_at_once(name):
    refused(BUNDLES[name])


def test_no_member_is_ever_written_where_its_name_leads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inside = zipped(
        zipfile.ZIP_STORED, *((name, MODEL) for name in MEMBERS), ("../slip.txt", b"x"), ("/slip.txt", b"x")
    )
    refused(inside)
    assert list(tmp_path.parent.glob("slip.txt")) == []
    assert list(tmp_path.iterdir()) == []


def test_a_model_longer_than_any_is_refused_before_it_fills_the_memory(tmp_path):
    path = models.model_path(tmp_path, "lite")
    with path.open("wb") as file:
        file.truncate(50_000_000_000)
    with within(5.0), pytest.raises(ModelError, match="longer than any"):
        models.verify(path, "lite")


@given(RANDOM)
def test_a_damaged_record_of_a_model_is_no_model(tmp_path_factory, rng):
    path = models.model_path(tmp_path_factory.getbasetemp(), "lite")
    path.write_bytes(BUNDLE)
    line = f"{hashlib.sha256(BUNDLE).hexdigest()}  {path.name}\n".encode()
    broken = broken_bytes(line, rng)
    path.with_name(f"{path.name}.sha256").write_bytes(broken)
    if broken == line:
        models.verify(path, "lite")
    else:
        with pytest.raises(ModelError):
            models.verify(path, "lite")
