#!/usr/bin/env python3
"""Recomputes every digest of the journal vectors from docs/hash-chain.md alone.

It uses the standard library only and nothing of lifestage, so that a mistake in one of the two
shows. Usage: verify_chain.py journals.json
"""

import datetime
import hashlib
import json
import struct
import sys

KINDS = "creation move re_entry internal assignment edit conversion merge migration correction proposal approval withdrawal note call meeting email task deletion restoration erasure action workflow".split()
DIRECTIONS = "forward backward across closing reopening".split()
ZERO = bytes(32)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def number(value):
    return struct.pack(">Q", value)


def micros(text):
    """An instant as the whole number that it is."""
    return None if text is None else struct.unpack(">q", instant(text))[0]


def instant(text):
    if text.startswith("@"):
        return struct.pack(">q", int(text[1:]))
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return struct.pack(">q", (moment - EPOCH) // datetime.timedelta(microseconds=1))


def length(value):
    return struct.pack(">I", value)


def octets(value):
    return length(len(value)) + value


def text(value):
    return octets(value.encode("utf-8"))


def optional(value, write):
    return b"\0" if value is None else b"\1" + write(value)


def sequence(values, write):
    return length(len(values)) + b"".join(write(value) for value in values)


def flag(value):
    return b"\1" if value else b"\0"


def stage(mark):
    return text(mark["id"]) + text(mark["label"]) + text(mark["outcome"])


def origin(before):
    return text(before["pipeline"]) + number(before["definition"])


def value(content):
    if isinstance(content, bool):
        return b"\1" + flag(content)
    if isinstance(content, int):
        return b"\2" + struct.pack(">q", content)
    if isinstance(content, float):
        return b"\3" + struct.pack(">d", content)
    if isinstance(content, str):
        return b"\4" + text(content)
    return b"\5" + sequence(content, text)


def fields(content):
    ordered = sorted(content.items(), key=lambda entry: entry[0].encode("utf-8"))
    return sequence(ordered, lambda entry: text(entry[0]) + value(entry[1]))


def sha256(*parts):
    return hashlib.sha256(b"\1" + b"".join(parts)).digest()


def fact(change):
    return text(change["name"]) + optional(change.get("old"), value) + optional(change.get("new"), value)


def has_personal(row):
    return any(row.get(name) for name in ("input", "facts")) or any(
        row.get(name) is not None for name in ("reason", "was_lost_reason")
    )


def personal(row):
    if not has_personal(row):
        return ZERO
    return sha256(
        octets(bytes.fromhex(row["salt"])),
        optional(row.get("reason"), text),
        fields(row.get("input", {})),
        sequence(row.get("facts", []), fact),
        optional(row.get("was_lost_reason"), text),
    )


def arguments(planned):
    """What an effect says besides its arguments comes first, under names that begin with `=`."""
    said = {
        "=after": planned.get("after"),
        "=after_row": planned.get("after_row"),
        "=assignee": planned.get("assignee"),
        "=at": micros(planned.get("at")),
        "=bound": planned.get("bound") or None,
        "=depth": planned.get("depth") or None,
        "=due": micros(planned.get("due")),
        "=reported": planned.get("reported") or None,
    }
    said = [(name, content) for name, content in said.items() if content is not None]
    args = sorted(planned.get("args", {}).items(), key=lambda entry: entry[0].encode("utf-8"))
    return sequence(said + args, lambda entry: text(entry[0]) + value(entry[1]))


def effect(planned):
    return (
        number(planned["index"])
        + text(planned["action"])
        + text(planned["kind"])
        + text(planned["trigger"])
        + number(planned["visit"])
        + arguments(planned)
        + sequence(planned.get("missing", []), text)
    )


def effects(row, planned):
    if not planned:
        return ZERO
    return sha256(octets(bytes.fromhex(row["salt"])), sequence(planned, effect))


def row_hash(row):
    return sha256(
        text(row["record"]),
        number(row["seq"]),
        bytes([KINDS.index(row["kind"]) + 1]),
        text(row["pipeline"]),
        number(row["definition"]),
        optional(row.get("origin"), origin) if row["kind"] == "migration" else b"",
        optional(row.get("move"), text),
        optional(row.get("from"), stage),
        optional(row.get("to"), stage),
        optional(row.get("direction"), lambda word: bytes([DIRECTIONS.index(word) + 1])),
        text(row["actor"]),
        flag(row.get("automation", False)),
        flag(row.get("forced", False)),
        flag(row.get("start_unknown", False)),
        optional(row.get("was_closed_at"), instant),
        optional(row.get("refers_to"), number),
        instant(row["effective_at"]),
        instant(row["recorded_at"]),
        optional(row.get("key"), text),
        optional(row.get("request"), lambda digest: octets(bytes.fromhex(digest))),
        optional(row.get("batch"), text),
        number(row["version_after"]),
        octets(bytes.fromhex(row["personal"])),
        octets(bytes.fromhex(row["effects"])),
        octets(bytes.fromhex(row["previous"])),
    )


def request_digest(record, step, facts, owner):
    """The digest of the request of a step, as the key beside it stands for."""
    actor = step["actor"]["id"]
    expect, force, kind, content = "", "", "stage", {}
    if "request" in step:
        request = step["request"]
        kind, target = ("move", request["move"]) if "move" in request else ("stage", request["to"])
        content, force = request.get("input", {}), request.get("force", "")
        for name in ("version", "visit"):
            if "expect_" + name in request:
                expect = f"{name} {request['expect_' + name]}"
    elif "creation" in step:
        creation = step["creation"]
        target = "none" if creation.get("no_stage") else creation.get("stage", "")
        kind = "create"
        about = dict(facts, **{"record.owner": owner or ""})
        content = dict(creation.get("input", {}), **{"=" + name: value for name, value in about.items()})
    else:
        edit = step["edit"]
        kind, target = "edit", ""
        about = dict(edit.get("set", {}), **{"-" + name: True for name in edit.get("clear", [])})
        content = {"=" + name: value for name, value in about.items()}
        if "expect_version" in edit:
            expect = f"version {edit['expect_version']}"
    return sha256(*(text(part) for part in (record, kind, target, actor, expect, force)), fields(content))


def first_fault(record, rows):
    """Place and name of the first row that does not fit, or "holds"."""
    previous = ZERO
    for place, row in enumerate(rows, 1):
        fault = None
        salt = row.get("salt")
        if row["record"] != record["id"]:
            fault = "other_record"
        elif row["seq"] != place:
            fault = "gap"
        elif bytes.fromhex(row["previous"]) != previous:
            fault = "broken_link"
        elif salt is None and has_personal(row):
            fault = "edited"
        elif salt is not None and personal(row).hex() != row["personal"]:
            fault = "edited"
        elif salt is not None and not has_personal(row) and row["effects"] == ZERO.hex():
            fault = "edited"
        elif row_hash(row).hex() != row["hash"]:
            fault = "edited"
        if fault:
            return {"row": place, "fault": fault}
        previous = bytes.fromhex(row["hash"])
    last = record.get("seq", 0)
    if len(rows) < last:
        return {"row": len(rows) + 1, "fault": "cut_off"}
    if len(rows) > last:
        return {"row": last + 1, "fault": "surplus"}
    if previous.hex() != record.get("head", ZERO.hex()):
        return {"row": len(rows), "fault": "wrong_head"}
    if rows:
        stage_id = (rows[-1].get("to") or {}).get("id")
        if stage_id != record.get("stage") or rows[-1]["version_after"] != record["version"]:
            return {"row": len(rows), "fault": "disagrees"}
    return "holds"


def check_life(vector):
    rows, record = [], None
    for step in vector["steps"]:
        answer = step["expect"]
        if answer["outcome"] not in ("moved", "proposed"):
            continue
        row, record = answer["row"], answer["record"]
        name = f"{vector['name']}, row {row['seq']}"
        assert row.get("salt") in (None, step["salt"]), f"{name}: another salt"
        assert personal(row).hex() == row["personal"], f"{name}: personal"
        assert effects(row, answer["effects"]).hex() == row["effects"], f"{name}: effects"
        assert row_hash(row).hex() == row["hash"], f"{name}: hash"
        assert record["head"] == row["hash"], f"{name}: head"
        if "key" in row:
            assert request_digest(row["record"], step, vector["record"].get("fields", {}), vector["record"].get("owner")).hex() == row["request"], f"{name}: request"
        rows.append(row)
    found = first_fault(record, rows)
    assert found == "holds", f"{vector['name']}: {found}"
    return len(rows)


def main(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)["vectors"]
    rows = checked = 0
    for vector in vectors:
        if vector["op"] == "verify":
            found = first_fault(vector["record"], vector["rows"])
            assert found == vector["expect"], f"{vector['name']}: {found}"
            checked += 1
        else:
            rows += check_life(vector)
    print(f"{rows} rows recomputed, {checked} journals checked")


if __name__ == "__main__":
    main(sys.argv[1])
