#!/usr/bin/env python3
"""Writes leads.csv: 1,000 leads for the lead pipeline, as untidy as what comes out of a real CRM.

The same file comes out every time, on every machine. What is wrong in it is counted by reading the
file back, and printed as the tables of README.md.

    python3 examples/data/make_leads.py          # write leads.csv, print the counts
    python3 examples/data/make_leads.py --check  # compare both with what is there
"""

import csv
import datetime
import io
import pathlib
import random
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent
ROWS = 1000
COLUMNS = [
    "Lead ID", "Full Name", "E-mail", "Phone", "Company", "Lead Source", "Status", "Budget", "Consent",
    "Created Date", "Owner", "Notes",
]  # fmt: skip

STAGES = {
    "new": "New",
    "contacted": "Contacted",
    "engaged": "Engaged",
    "appointment_set": "Appointment set",
    "showed": "Showed",
    "negotiating": "Negotiating",
    "won": "Won",
    "lost": "Lost",
    "dormant": "Dormant",
}
# How many of a hundred leads are in each stage, in the order above.
SHARES = [27, 20, 14, 9, 6, 6, 7, 7, 4]

UNKNOWN_STAGES = [
    "Contactd", "Apointment set", "Qualified", "Negotiatng", "Enaged", "Closed Won", "In progress", "Showd",
    "Dormnt", "Nwe", "appointment-sett", "Prospect",
]  # fmt: skip
BAD_DATES = [
    "31.02.2026", "yesterday", "2026-13-01", "2026-02-30", "00/00/0000", "last week", "2026-04-31T10:00:00Z",
    "20260", "2026-06-15T25:00:00Z", "1st of May", "30.02.2026", "n/a", "2026-00-10", "14:30",
]  # fmt: skip
BAD_BUDGETS = ["n/a", "tbd", "ask later", "five thousand", "N/A", "?", "unknown", "a lot", "-", "n/a", "TBD", "none yet"]
BAD_CONSENTS = ["maybe", "?", "asked", "later", "unclear", "n/a"]
BAD_EMAILS = [
    "no-at-sign.example", "two@@example.com", "blank in@example.com", "@example.org", "nobody@", "none", "a@b@example.net",
    "dots@example..com", "phone only", "x@.test",
]  # fmt: skip

GIVEN = [
    "Ada", "Ben", "Carla", "David", "Elena", "Femi", "Grace", "Hugo", "Ines", "Jan", "Katya", "Liam", "Mei", "Noah",
    "Olga", "Priya", "Quentin", "Rosa", "Samir", "Tara", "Uwe", "Vera", "Wanda", "Ximena", "Yusuf", "Zoe",
]  # fmt: skip
FAMILY = [
    "Abbott", "Berger", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kowalska",
    "Lindqvist", "Mbeki", "Novak", "O'Brien", "Petrov", "Quinn", "Rossi", "Silva", "Tanaka", "Ueda", "van der Berg",
    "Weiss", "Xu", "Yilmaz", "Ziegler",
]  # fmt: skip
# A name as written, and what its owner uses before the @.
WORLD_NAMES = [
    ("Zoë Müller", "zoe.mueller"), ("Łukasz Wiśniewski", "lukasz.w"), ("Søren Ødegård", "soren"),
    ("Nguyễn Thị Ánh", "anh.nguyen"), ("Ольга Петрова", "olga.petrova"), ("Борис Шевченко", "boris.s"),
    ("Γιώργος Παππάς", "g.pappas"), ("محمد العلي", "m.alali"), ("שרה כהן", "sarah.cohen"), ("प्रिया शर्मा", "priya.sharma"),
    ("สมชาย ใจดี", "somchai"), ("王小明", "wang.xm"), ("佐藤 さくら", "sakura.sato"), ("김민준", "minjun.kim"),
    ("Արամ Պետրոսյան", "aram.p"), ("ნინო ბერიძე", "nino.b"), ("ተስፋዬ በቀለ", "tesfaye.b"), ("İpek Işık", "ipek.isik"),
    ("தமிழ் செல்வி", "selvi"), ("Þórunn Jónsdóttir", "thorunn"),
]  # fmt: skip
# Written with combining marks, not with composed letters.
DECOMPOSED = [
    ("José Peña", "jose.pena"), ("Chloé Lefèvre", "chloe.l"), ("Anaïs Benoît", "anais.b"), ("Tomáš Dvořák", "tomas.d"),
]  # fmt: skip
ODD_NAMES = [
    ('Robert "Bob" Fields', "bob.fields"), ("Berg, Jan van der", "jan.vdberg"), ("Dr. Amara Obi, MD", "amara.obi"),
    ("Cher", "cher"), ("Anne-Marie O'Neill", "am.oneill"), ("J. R. R. Smith", "jrr.smith"),
]  # fmt: skip

DOMAINS = ["example.com", "example.org", "example.net", "mail.example", "homes.example", "firm.test", "post.test"]
# One domain in the form people read and in the form that travels.
IDN = [("münchen.example", "xn--mnchen-3ya.example"), ("bücher.test", "xn--bcher-kva.test")]
COMPANIES = [
    "", "", "", "Acorn Homes", "Blue Door Ltd", "Casa Verde, S.L.", "Dörfler & Söhne GmbH", "Elm Street Partners",
    'The "Corner" Shop', "Fjord AS", "Garden State Rentals, Inc.", "株式会社さくら", "Harbour View",
]  # fmt: skip
SOURCES = ["Web", "Referral", "web", "Phone", "Walk-in", "Trade fair", "Newsletter", "referral", ""]
OWNERS = ["sam", "maria", "tom", "aiko", "", ""]
NOTES = [
    "", "", "", "", "", "Wants a call back", "Prefers e-mail", "Asked for prices, twice", 'Said "call me in May"',
    "Two flats,\none house", "Ключи у соседа", "Interested in the garden; has a dog", "Budget not final",
    "First line\nsecond line, with a comma", "🙂 very friendly",
]  # fmt: skip

rng = random.Random(1848)


def pick(items):
    return items[int(rng.random() * len(items))]


def chance(percent):
    return rng.random() * 100 < percent


def shuffled(items):
    items = list(items)
    for i in range(len(items) - 1, 0, -1):
        j = int(rng.random() * (i + 1))
        items[i], items[j] = items[j], items[i]
    return items


def mixed_case(text):
    return "".join(c.upper() if i % 3 == 0 else c for i, c in enumerate(text))


def padded(text):
    return pick([" {}", "{} ", "  {}", " {} ", "{}\t"]).format(text)


def person(n):
    """A name and an e-mail address that nobody else has."""
    if n % 9 == 4:
        name, user = WORLD_NAMES[n // 9 % len(WORLD_NAMES)]
    elif n % 25 == 7:
        name, user = DECOMPOSED[n // 25 % len(DECOMPOSED)]
        name = unicodedata.normalize("NFD", name)
    elif n % 40 == 11:
        name, user = ODD_NAMES[n // 40 % len(ODD_NAMES)]
    else:
        given, family = pick(GIVEN), pick(FAMILY)
        name, user = f"{given} {family}", f"{given}.{family}".lower().replace(" ", "").replace("'", "")
    return name, f"{user}{n}@{pick(DOMAINS)}"


def phone():
    number = 100 + int(rng.random() * 900)
    return pick(["", f"+1 555 01{number % 100:02}", f"(555) 0100-{number}", f"+44 20 7946 0{number}", f"555.0100.{number}"])


def budget():
    amount = (1 + int(rng.random() * 60)) * 250
    style = rng.random()
    if style < 0.45:
        return str(amount)
    if style < 0.60:
        return f"{amount:,}"
    if style < 0.70:
        return f"€{amount}"
    if style < 0.78:
        return f"${amount:,}"
    if style < 0.82:
        return f"{amount} EUR"
    if style < 0.85:
        return padded(str(amount))
    return ""


def created():
    moment = datetime.datetime(2026, 1, 1) + datetime.timedelta(minutes=int(rng.random() * 300 * 24 * 60))
    style = rng.random()
    if style < 0.40:
        return moment.strftime("%Y-%m-%d")
    if style < 0.70:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if style < 0.85:
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + pick(["+02:00", "-05:00", "+05:30"])
    if style < 0.95:
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(rng.random() * 1000):03}Z"
    return ""


def status(stage):
    label = STAGES[stage]
    style = rng.random()
    if style < 0.55:
        return label
    if style < 0.75:
        return stage
    if style < 0.83:
        return label.upper()
    if style < 0.90:
        return label.lower()
    if style < 0.99:
        return padded(label)
    return "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in label)


def stages(count):
    wanted = [stage for stage, share in zip(STAGES, SHARES) for _ in range(share)]
    return shuffled(wanted * (count // len(wanted) + 1))[:count]


def row(n, stage):
    name, email = person(n)
    if chance(15):
        email = mixed_case(email)
    if chance(6):
        email = padded(email)
    if chance(3):
        name = padded(name)
    return {
        "Lead ID": f"L-{n:04}",
        "Full Name": name,
        "E-mail": email,
        "Phone": phone(),
        "Company": pick(COMPANIES),
        "Lead Source": pick(SOURCES),
        "Status": status(stage),
        "Budget": budget(),
        "Consent": pick(["yes", "no", "TRUE", "FALSE", "1", "0", "Yes", "Y", "", ""]),
        "Created Date": created(),
        "Owner": pick(OWNERS),
        "Notes": pick(NOTES),
    }


def spoil(rows, column, values, free):
    """Puts each value into a row of its own, taken from those still free."""
    for value in values:
        rows[free.pop()][column] = value


def duplicate(original, n, kind):
    again = dict(original)
    again["Notes"] = "entered again"
    if kind == "other_case":
        again["Lead ID"] = f"L-{n:04}"
        email = original["E-mail"].strip()
        again["E-mail"] = email.upper() if email != email.upper() else email.lower()
    elif kind == "other_person":
        again["Full Name"], again["E-mail"] = person(n)
    return again


def make():
    kinds = ["other_case"] * 12 + ["repeated"] * 8 + ["other_person"] * 3
    first = ROWS - len(kinds) - len(IDN)
    rows = [row(n, stage) for n, stage in enumerate(stages(first), start=1)]
    free = shuffled(range(first))
    spoil(rows, "Status", UNKNOWN_STAGES, free)
    spoil(rows, "Status", [""] * 18, free)
    spoil(rows, "Created Date", BAD_DATES, free)
    spoil(rows, "Budget", BAD_BUDGETS, free)
    spoil(rows, "Budget", ["4999.50", "1250.75", "$3,200.10", "7500.5"], free)
    spoil(rows, "Consent", BAD_CONSENTS, free)
    spoil(rows, "E-mail", BAD_EMAILS, free)
    spoil(rows, "E-mail", [""] * 40, free)
    spoil(rows, "Lead ID", [""] * 6, free)
    spoil(rows, "Full Name", [""] * 9, free)
    # Duplicates come after what they repeat, and only of rows that nothing else is wrong with.
    n = first
    for (readable, ascii_form), user in zip(IDN, ["jana", "milo"]):
        at = free.pop()
        rows[at]["E-mail"] = f"{user}{n}@{readable}"
        rows[free.pop()]["E-mail"] = f"other{n}@{readable}"
        rows[free.pop()]["E-mail"] = f"Third{n}@{ascii_form}"
        n += 1
        again = dict(rows[at], **{"Lead ID": f"L-{n:04}", "E-mail": rows[at]["E-mail"].replace(readable, ascii_form)})
        rows.append(dict(again, Notes="entered again"))
    for kind in kinds:
        n += 1
        rows.append(duplicate(rows[free.pop()], n, kind))
    return rows


def text_of(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


# From here on the file is read as a stranger would read it.


def folded(text):
    return unicodedata.normalize("NFKC", text.strip()).casefold()


def normalized_email(text):
    user, _, domain = text.strip().rpartition("@")
    return f"{user.casefold()}@{domain.casefold().encode('idna').decode()}"


def is_email(text):
    return re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text.strip()) is not None


def is_date(text):
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?", text) is None:
        return False
    try:
        datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def whole(text):
    digits = re.sub(r"[€$,\s]|EUR", "", text)
    return digits.isdigit()


def repeated(values):
    seen, again = set(), 0
    for value in values:
        again += value in seen
        seen.add(value)
    return again


def filled(values):
    return [value for value in values if value.strip()]


def counts(text):
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    column = {name: [row[name] for row in rows] for name in COLUMNS}
    known = {folded(word): stage for stage, label in STAGES.items() for word in (stage, label)}
    emails, budgets, dates = column["E-mail"], column["Budget"], column["Created Date"]
    good = [normalized_email(e) for e in emails if is_email(e)]
    fields = [field for row in rows for field in row.values()]
    consents = {"yes", "no", "true", "false", "1", "0", "y"}
    faults = [
        ("status unknown", sum(folded(s) not in known for s in filled(column["Status"]))),
        ("date impossible or not a date", sum(not is_date(d) for d in filled(dates))),
        ("budget not a number", sum(re.search(r"\d", b) is None for b in filled(budgets))),
        ("budget not whole", sum("." in b for b in filled(budgets))),
        ("consent unclear", sum(folded(c) not in consents for c in filled(column["Consent"]))),
        ("e-mail malformed", sum(not is_email(e) for e in filled(emails))),
        ("lead ID blank", sum(not i.strip() for i in column["Lead ID"])),
        ("name blank", sum(not n.strip() for n in column["Full Name"])),
        ("lead ID seen before", repeated(filled(column["Lead ID"]))),
        ("e-mail seen before, normalized", repeated(good)),
        ("... of these under another lead ID", repeated(good) - repeated(zip(column["Lead ID"], map(folded, emails)))),
        ("... of these in the other form of an IDN", repeated(good) - repeated(folded(e) for e in emails if is_email(e))),
    ]
    untidy = [
        ("status blank", len(rows) - len(filled(column["Status"]))),
        ("status neither label nor id as written", sum(
            folded(s) in known and s not in STAGES and s not in STAGES.values() for s in filled(column["Status"]))),
        ("... of these in full-width letters", sum(not s.isascii() for s in column["Status"])),
        ("e-mail blank", len(rows) - len(filled(emails))),
        ("e-mail with capitals", sum(e != e.lower() for e in emails)),
        ("e-mail with blanks around", sum(e != e.strip() for e in emails)),
        ("e-mail at an IDN, readable form", sum(not e.isascii() for e in emails)),
        ("e-mail at an IDN, `xn--` form", sum("xn--" in e.lower() for e in emails)),
        ("name not ASCII", sum(not n.isascii() for n in column["Full Name"])),
        ("name with combining marks that NFC composes", sum(
            unicodedata.normalize("NFC", n) != n for n in column["Full Name"])),
        ("name with blanks around", sum(n != n.strip() for n in column["Full Name"])),
        ("budget blank", len(rows) - len(filled(budgets))),
        ("budget with thousands separator, currency or blanks", sum(whole(b) and not b.isdigit() for b in budgets)),
        ("consent blank", len(rows) - len(filled(column["Consent"]))),
        ("date blank", len(rows) - len(filled(dates))),
        ("date without a time", sum(is_date(d) and "T" not in d for d in dates)),
        ("date with time and `Z`", sum(is_date(d) and d.endswith("Z") for d in dates)),
        ("date with time and offset", sum(is_date(d) and "T" in d and not d.endswith("Z") for d in dates)),
        ("owner blank", len(rows) - len(filled(column["Owner"]))),
        ("fields with a comma", sum("," in f for f in fields)),
        ("fields with a quote", sum('"' in f for f in fields)),
        ("fields with a line break", sum("\n" in f for f in fields)),
    ]  # fmt: skip
    in_stage = [(f"`{id}`", sum(known.get(folded(s)) == id for s in column["Status"])) for id in STAGES]
    readable = [row for row in rows if sound(row, known, consents)]
    unknown = [(f"`{row['Lead ID']}`", f"`{row['Status']}`") for row in rows if folded(row["Status"]) not in {*known, ""}]
    return len(rows), faults, untidy, in_stage, unknown, len(readable)


def blank_or(text, check):
    return not text.strip() or check(text)


def sound(row, known, consents):
    """Whether every cell of a row can be read; duplicates apart."""
    return (
        row["Lead ID"].strip() != "" and row["Full Name"].strip() != ""
        and blank_or(row["Status"], lambda s: folded(s) in known)
        and blank_or(row["E-mail"], is_email)
        and blank_or(row["Budget"], whole)
        and blank_or(row["Consent"], lambda c: folded(c) in consents)
        and blank_or(row["Created Date"], is_date)
    )  # fmt: skip


def tables(text):
    rows, faults, untidy, in_stage, unknown, good = counts(text)

    def table(head, lines, of="rows"):
        return [f"| {head} | {of} |", "| --- | ---: |", *(f"| {what} | {count} |" for what, count in lines), ""]

    return "\n".join([
        f"{rows:,} rows, of which {good:,} have an ID, a name and no cell that cannot be read.", "",
        *table("what is wrong", faults), *table("what is only untidy", untidy), *table("status, as far as known", in_stage),
        *table("lead", unknown, "unknown status"),
    ])  # fmt: skip


def main():
    text = text_of(make())
    written = tables(text)
    if "--check" in sys.argv[1:]:
        same = (HERE / "leads.csv").read_bytes() == text.encode() and written in (HERE / "README.md").read_text("utf-8")
        sys.exit(0 if same else "leads.csv or the tables of README.md are out of date")
    (HERE / "leads.csv").write_bytes(text.encode())
    print(written)


if __name__ == "__main__":
    main()
