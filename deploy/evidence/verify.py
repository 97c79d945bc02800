#!/usr/bin/env python3
"""Verifies an evidence bundle of securechange-orchestrator. Needs Python 3, openssl, the bundle and the public key.

    verify.py BUNDLE PUBLIC_KEY.pem        exit code 0: proven, 1: not proven, 2: cannot be read

A bundle is one line of JSON. This program takes it apart by hand, puts it together again, and compares every byte.
It shares no code with the product (docs/evidence.md).
"""
import hashlib
import json
import re
import subprocess
import sys
import tempfile

FORMAT = "securechange-orchestrator evidence 1"
HEX32 = re.compile(r"[0-9a-f]{64}")
HEX64 = re.compile(r"[0-9a-f]{128}")
NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


class NotProven(Exception):
    """With the reason."""


def require(holds, why):
    if not holds:
        raise NotProven(why)


class Reader:
    """Reads the fixed form of a bundle from its start to its end."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def literal(self, expected):
        require(self.text.startswith(expected, self.at), f"expected {expected!r} at character {self.at}")
        self.at += len(expected)

    def looks_at(self, text):
        return self.text.startswith(text, self.at)

    def pattern(self, pattern, name):
        found = pattern.match(self.text, self.at)
        require(found is not None, f"expected {name} at character {self.at}")
        self.at = found.end()
        return found.group()

    def json(self):
        """A JSON value and its own text."""
        start = self.at
        try:
            value, self.at = DECODER.raw_decode(self.text, start)
        except (ValueError, RecursionError) as error:
            raise NotProven(f"no JSON at character {start}: {error}") from error
        return value, self.text[start : self.at]


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


DECODER = json.JSONDecoder(parse_constant=no_constant)


def read_head(reader):
    head = {}
    reader.literal('{"atMs":')
    head["atMs"] = int(reader.pattern(NUMBER, "a time"))
    reader.literal(',"key":"')
    head["key"] = reader.pattern(HEX32, "the key's SHA-256")
    reader.literal('","root":"')
    head["root"] = reader.pattern(HEX32, "the root")
    reader.literal('","signature":"')
    head["signature"] = reader.pattern(HEX64, "a signature")
    reader.literal('","size":')
    head["size"] = int(reader.pattern(NUMBER, "a size"))
    reader.literal("}")
    return head


def read_record(reader):
    reader.literal('{"leaf":')
    leaf = int(reader.pattern(NUMBER, "a leaf"))
    reader.literal(',"proof":[')
    proof = []
    while not reader.looks_at("]"):
        if proof:
            reader.literal(",")
        reader.literal('"')
        proof.append(bytes.fromhex(reader.pattern(HEX32, "a hash")))
        reader.literal('"')
    reader.literal('],"record":')
    record, text = reader.json()
    reader.literal("}")
    return leaf, proof, record, text.encode("utf-8")


def read_bundle(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotProven("it is not UTF-8") from error
    reader = Reader(text)
    reader.literal('{"format":"' + FORMAT + '","head":')
    head = read_head(reader)
    reader.literal(',"records":[')
    records = [read_record(reader)]
    while reader.looks_at(","):
        reader.literal(",")
        records.append(read_record(reader))
    reader.literal('],"subject":')
    subject, written = reader.json()
    require(isinstance(subject, str), "its subject is not text")
    require(json.dumps(subject, ensure_ascii=False) == written, "its subject is written in another way")
    reader.literal("}\n")
    require(reader.at == len(text), "something follows its end")
    return head, records, subject


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_from(leaf_hash, leaf, size, proof):
    """RFC 9162, 2.1.3.2."""
    require(leaf < size, f"leaf {leaf} is not in a tree of {size}")
    fn, sn, result = leaf, size - 1, leaf_hash
    for neighbour in proof:
        require(sn != 0, f"the proof of leaf {leaf} is too long")
        if fn & 1 or fn == sn:
            result = sha256(b"\x01", neighbour, result)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = sha256(b"\x01", result, neighbour)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0, f"the proof of leaf {leaf} is too short")
    return result


def check_signature(head, key_file):
    def openssl(*arguments):
        return subprocess.run(["openssl", *arguments], capture_output=True, check=False)

    der = openssl("pkey", "-pubin", "-in", key_file, "-outform", "DER")
    if der.returncode != 0:
        raise OSError(f"openssl cannot read the public key {key_file}")
    require(hashlib.sha256(der.stdout).hexdigest() == head["key"], "its head is signed with another key")
    signed = f"securechange-orchestrator tree head 1\n{head['size']}\n{head['root']}\n{head['atMs']}\n"
    with tempfile.NamedTemporaryFile() as text, tempfile.NamedTemporaryFile() as signature:
        text.write(signed.encode())
        text.flush()
        signature.write(bytes.fromhex(head["signature"]))
        signature.flush()
        result = openssl(
            "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key_file, "-in", text.name, "-sigfile", signature.name
        )
    require(result.returncode == 0, "the signature of its tree head is wrong")


def verify(data, key_file):
    head, records, subject = read_bundle(data)
    check_signature(head, key_file)
    before, last, own = "", -1, False
    for leaf, proof, record, text in records:
        leaf_hash = sha256(b"\x00", text)
        root = root_from(leaf_hash, leaf, head["size"], proof)
        require(root.hex() == head["root"], f"the record of leaf {leaf} is not under the tree head")
        require(leaf > last, f"the record of leaf {leaf} is not in its place")
        require(record["about"].get(subject) == before, f"a record before that of leaf {leaf} is left out")
        before, last = leaf_hash.hex(), leaf
        own = own or record["workflowId"] == subject
    require(own, f"it has no record of {subject} itself")
    return head, records, subject


def main(arguments):
    if len(arguments) != 2:
        sys.stderr.write("usage: verify.py BUNDLE PUBLIC_KEY.pem\n")
        return 2
    try:
        with open(arguments[0], "rb") as file:
            head, records, subject = verify(file.read(), arguments[1])
    except NotProven as error:
        print(f"not proven: {error}")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(f"proven: {len(records)} records about {subject}, under the head of {head['size']} records, root {head['root']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
