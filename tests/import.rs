//! Lists from elsewhere: the shipped list with known counts, and lists that are bad in every way.

use std::io::{self, Read};

use lifestage::contact::normalize_email;
use lifestage::import::{
    Column, CsvError, CsvRows, ImportError, ImportOptions, ImportSummary, Mapping, RowOutcome, RowReport,
    StageOutcome, read_fact, read_input, read_move, read_stage,
};
use lifestage::store::MemoryStore;
use lifestage::{Actor, Pipeline, ReasonCode, Target, Timestamp, Value, Workspace, presets};

type Crm = Workspace<MemoryStore>;

fn now() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

fn olga() -> Actor {
    Actor::new("olga").with_role("owner")
}

fn crm() -> Crm {
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&Pipeline::from_json(presets::LEAD).unwrap(), &olga(), now()).unwrap();
    crm
}

fn import(crm: &Crm, list: &str) -> (ImportSummary, Vec<RowReport>) {
    let mut reports = Vec::new();
    let options = ImportOptions::new("lead");
    let summary =
        crm.import(list.as_bytes(), &options, &olga(), now(), |report| reports.push(report)).unwrap();
    (summary, reports)
}

fn faults(report: &RowReport) -> Vec<String> {
    match &report.outcome {
        RowOutcome::Faulty(cells) => cells.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

const SHIPPED: &str = include_str!("../examples/data/leads.csv");

#[test]
fn the_shipped_list_comes_to_its_known_counts() {
    let crm = crm();
    let (summary, reports) = import(&crm, SHIPPED);
    // The counts of examples/data/README.md; a blank name is no fault of a lead.
    assert_eq!(summary, ImportSummary { rows: 1000, created: 911, matched: 25, faulty: 64, refused: 0 });
    let of = |column: &str| {
        reports
            .iter()
            .filter(
                |report| matches!(&report.outcome, RowOutcome::Faulty(cells) if cells[0].column == column),
            )
            .count()
    };
    assert_eq!(of("Status"), 12);
    assert_eq!(of("Created Date"), 14);
    assert_eq!(of("Budget"), 12 + 4);
    assert_eq!(of("Consent"), 6);
    assert_eq!(of("E-mail"), 10);
    assert_eq!(of("Lead ID"), 6);
    let counts = crm.counts("lead").unwrap();
    assert_eq!(counts.iter().map(|count| count.count).sum::<u64>(), 911);
    assert!(counts.iter().take(9).all(|count| count.count > 0));
    assert_eq!(crm.verify_all("lead", |_| {}).unwrap().faults, []);

    let (again, _) = import(&crm, SHIPPED);
    assert_eq!((again.created, again.matched), (0, 936), "run again, nothing is new");
}

#[test]
fn with_a_required_name_the_nine_nameless_are_faulty_too() {
    let rows = CsvRows::new(SHIPPED.as_bytes()).unwrap();
    let pipeline = Pipeline::from_json(presets::LEAD).unwrap();
    let mapping = Mapping::guess(&pipeline, rows.headers()).require("name");
    let options = ImportOptions { mapping: Some(mapping), ..ImportOptions::new("lead") };
    let summary = crm().import(SHIPPED.as_bytes(), &options, &olga(), now(), |_| {}).unwrap();
    assert_eq!(summary.faulty, 73);
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let crm = crm();
    let options = ImportOptions { dry_run: true, ..ImportOptions::new("lead") };
    let summary = crm.import(SHIPPED.as_bytes(), &options, &olga(), now(), |_| {}).unwrap();
    assert_eq!(summary, ImportSummary { rows: 1000, created: 911, matched: 25, faulty: 64, refused: 0 });
    assert_eq!(crm.counts("lead").unwrap().iter().map(|count| count.count).sum::<u64>(), 0);
}

#[test]
fn a_dry_run_judges_rows_that_are_known_too() {
    let crm = crm();
    import(&crm, "Lead ID,Status,Phone\n1,New,\n2,Engaged,\n");
    let list = "Lead ID,Status,Phone\n1,Contacted,030 1\n2,Won,\n";
    let mut dry = Vec::new();
    let options = ImportOptions { dry_run: true, ..ImportOptions::new("lead") };
    crm.import(list.as_bytes(), &options, &olga(), now(), |report| dry.push(report)).unwrap();
    assert_eq!(crm.record("1").unwrap().unwrap().version(), 1, "nothing is written");
    assert_eq!(dry, import(&crm, list).1);
}

#[test]
fn a_second_list_without_ids_does_not_fill_up_the_people_of_the_first() {
    let crm = crm();
    import(&crm, "E-mail,Phone\nada@example.com,\n");
    let list = "E-mail,Phone\nbob@example.com,030 2\n";
    let (summary, reports) = import(&crm, list);
    assert_eq!((summary.matched, summary.refused), (0, 1), "{reports:?}");
    let RowOutcome::Refused(why) = &reports[0].outcome else { panic!() };
    assert_eq!(why.to_string(), "`import-1` is another record; give this import a batch name of its own");
    assert_eq!(crm.record("import-1").unwrap().unwrap().fields().get("phone"), None);
    let options = ImportOptions { batch: "fair".into(), ..ImportOptions::new("lead") };
    let summary = crm.import(list.as_bytes(), &options, &olga(), now(), |_| {}).unwrap();
    assert_eq!(summary.created, 1);
    assert_eq!(import(&crm, "E-mail,Phone\nada@example.com,\n").0.matched, 1, "a list can be run again");
}

#[test]
fn a_number_that_can_be_read_in_two_ways_is_refused() {
    let (_, reports) = import(&crm(), "Lead ID;Budget\n1;25.000\n2;25,000\n");
    assert_eq!(faults(&reports[0]), ["Budget: `25.000` may be 25000 or 25: write it without the point"]);
    assert!(matches!(reports[1].outcome, RowOutcome::Created { .. }));
}

/// Gives one byte at a time.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn the_separator_is_told_from_the_whole_header_however_slowly_it_comes() {
    let rows = CsvRows::new(Trickle("\u{feff}Name;E-mail\nAda;ada@example.com\n".as_bytes())).unwrap();
    assert_eq!(rows.headers(), ["Name", "E-mail"]);
}

#[test]
fn every_bad_cell_of_a_row_is_named_and_the_other_rows_go_on() {
    let (summary, reports) = import(
        &crm(),
        "Lead ID,E-mail,Status,Budget,Created Date,Consent\n\
         1,nobody,Contactd,lots,31.02.2026,perhaps\n\
         2,ada@example.com,contacted,100,2026-01-01,yes\n\
         3,too,few\n",
    );
    assert_eq!((summary.created, summary.faulty), (1, 2));
    assert_eq!(
        faults(&reports[0]),
        [
            "E-mail: `nobody` is not an e-mail address",
            "Status: no stage is called `Contactd`, did you mean `Contacted`?",
            "Budget: `lots` is not a number",
            "Created Date: `31.02.2026` is not a date: write 2026-03-01 or 2026-03-01T09:30:00Z",
            "Consent: `perhaps` is neither yes nor no",
        ]
    );
    assert_eq!((reports[0].row, reports[0].line, reports[2].line), (1, 2, 4));
    assert_eq!(faults(&reports[2]), ["the row has 3 cells, where the header has 6"]);
}

#[test]
fn s57_a_known_record_is_filled_up_and_never_doubled() {
    let crm = crm();
    import(
        &crm,
        "Lead ID,E-mail,Phone,Notes\n1,Ada@Example.com,,met at fair\n2,bob@xn--mnchen-3ya.example,1,\n",
    );
    let (summary, reports) = import(
        &crm,
        "Lead ID,E-mail,Phone,Notes\n9, ADA@example.COM ,030 1,other words\n8,Bob@münchen.example,2,\n,x@example.com,,\n",
    );
    assert_eq!((summary.created, summary.matched, summary.faulty), (0, 2, 1));
    let RowOutcome::Matched { record, filled, stage } = &reports[0].outcome else { panic!() };
    assert_eq!(
        (record.as_str(), filled.as_slice(), stage),
        ("1", &["phone".into()][..], &StageOutcome::Same)
    );
    let ada = crm.record("1").unwrap().unwrap();
    assert_eq!(ada.fields().get("notes"), Some(&"met at fair".into()), "only empty fields are filled");
    let RowOutcome::Matched { record, .. } = &reports[1].outcome else { panic!() };
    assert_eq!(record, "2", "IDNA: both spellings of a domain are one");
    assert_eq!(faults(&reports[2]), ["Lead ID: it is blank"]);
}

#[test]
fn s60_a_stage_is_never_lowered_and_only_raised_by_a_lawful_move() {
    let crm = crm();
    import(&crm, "Lead ID,Status\n1,Engaged\n2,New\n3,Engaged\n");
    let (_, reports) = import(&crm, "Lead ID,Status\n1,Contacted\n2,Contacted\n3,Won\n");
    let stages: Vec<_> = reports
        .iter()
        .map(|report| match &report.outcome {
            RowOutcome::Matched { stage, .. } => stage.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(stages[0], StageOutcome::Kept { asked: "contacted".into(), reasons: Vec::new() });
    assert_eq!(stages[1], StageOutcome::Raised { to: "contacted".into() });
    let StageOutcome::Kept { asked, reasons } = &stages[2] else { panic!() };
    assert_eq!((asked.as_str(), reasons[0].code()), ("won", ReasonCode::NotFromStage));
    assert_eq!(crm.record("3").unwrap().unwrap().stage(), Some("engaged"));
}

#[test]
fn s12_importing_needs_the_capability_and_unknown_starts_stay_unknown() {
    let crm = crm();
    let sam = Actor::new("sam").with_role("sales");
    let mut reports = Vec::new();
    let options = ImportOptions::new("lead");
    crm.import("Lead ID\n1\n".as_bytes(), &options, &sam, now(), |report| reports.push(report)).unwrap();
    let RowOutcome::Refused(why) = &reports[0].outcome else { panic!() };
    assert_eq!(why.to_string(), "importing records is for manager or owner");
    import(&crm, "Lead ID,Status,Created Date\n1,Showed,2026-01-05\n");
    let record = crm.record("1").unwrap().unwrap();
    assert_eq!(record.entered_at(), None, "S40: when it came to Showed nobody knows");
    assert_eq!(record.created_at().unwrap().to_string(), "2026-01-05T00:00:00Z");
}

#[test]
fn spreadsheets_of_all_kinds_are_read() {
    for list in [
        "\u{feff}Lead ID;E-mail;Status\r\n1;ada@example.com;Appointment Set\r\n",
        "Lead ID\tE-mail\tStatus\n1\tada@example.com\tAPPOINTMENT_SET\n",
        "Lead ID|E-mail|Status\r1|ada@example.com| appointment-set \r",
        "\"Lead ID\",\"E-mail\",\"Status\"\n\"1\",\"ada@example.com\",\"Ａｐｐｏｉｎｔｍｅｎｔ　ｓｅｔ\"",
    ] {
        let crm = crm();
        assert_eq!(import(&crm, list).0.created, 1, "{list:?}");
        let record = crm.record("1").unwrap().unwrap();
        assert_eq!(record.stage(), Some("appointment_set"), "{list:?}");
        assert_eq!(record.fields().get("email"), Some(&"ada@example.com".into()));
    }
    let crm = crm();
    let (summary, _) = import(&crm, "Lead ID,Notes\n1,\"a \"\"quoted\"\" note,\nover two lines\"\n");
    assert_eq!(summary.created, 1);
    let notes = crm.record("1").unwrap().unwrap().fields().get("notes").cloned();
    assert_eq!(notes, Some("a \"quoted\" note,\nover two lines".into()));
}

#[test]
fn files_that_are_no_list_are_refused_before_anything_is_written() {
    let crm = crm();
    let try_import = |bytes: &[u8]| {
        let error = crm.import(bytes, &ImportOptions::new("lead"), &olga(), now(), |_| {}).unwrap_err();
        error.to_string()
    };
    assert_eq!(try_import(b""), "the file is empty: the first line must name the columns");
    assert_eq!(try_import(b"\xff\xfeL\0e\0"), "the file is not in UTF-8; save the file as CSV UTF-8");
    assert_eq!(try_import(b"Name\xe4,E-mail\n"), "the header is not in UTF-8; save the file as CSV UTF-8");
    assert_eq!(try_import(b"A,B,A\n1,2,3\n"), "two columns are called `A`");
    let options = ImportOptions::new("nothing");
    let error = crm.import("A\n".as_bytes(), &options, &olga(), now(), |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "no pipeline `nothing` is published");
    let pipeline = Pipeline::from_json(presets::LEAD).unwrap();
    let mapping = Mapping::new(&["A", "B"])
        .column("A", Column::Field("shoe_size".into()))
        .column("B", Column::Stage)
        .column("C", Column::Stage)
        .require("email");
    let error = mapping.check(&pipeline).unwrap_err();
    assert_eq!(
        error.faults(),
        [
            "the column `A` goes to `shoe_size`, which is no field of the pipeline",
            "the columns `B` and `C` are the same thing",
            "no column is `email`, which every row needs",
        ]
    );
}

#[test]
fn bytes_that_are_no_text_are_a_fault_of_their_row() {
    let crm = crm();
    let mut reports = Vec::new();
    let list: &[u8] = b"Lead ID,Full Name\n1,J\xf6rg\n2,nul\0byte\n3,Ada\n";
    let options = ImportOptions::new("lead");
    let summary = crm.import(list, &options, &olga(), now(), |report| reports.push(report)).unwrap();
    assert_eq!((summary.created, summary.faulty), (1, 2));
    assert_eq!(faults(&reports[0]), ["Full Name: it is not in UTF-8"]);
    assert_eq!(faults(&reports[1]), ["Full Name: it has a NUL byte"]);
}

#[test]
fn a_quote_that_is_never_closed_stops_the_import_and_keeps_what_was_committed() {
    let crm = crm();
    let mut list = String::from("Lead ID,Notes\n");
    for row in 1..=300 {
        list.push_str(&format!("{row},fine\n"));
    }
    list.push_str("301,\"never closed\n");
    list.push_str(&"x,y\n".repeat(400_000));
    let mut told = 0;
    let options = ImportOptions::new("lead");
    let error = crm.import(list.as_bytes(), &options, &olga(), now(), |_| told += 1).unwrap_err();
    assert!(matches!(&error, ImportError::Csv(CsvError::TooLong { line: 302 })), "{error}");
    assert_eq!(told, 300, "what was told is what was written");
    assert_eq!(crm.counts("lead").unwrap()[0].count, 300);
}

/// A gigabyte of rows, made as it is read.
struct Endless {
    left: u64,
    row: Vec<u8>,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.row.len() - self.at).min(self.left.try_into().unwrap_or(usize::MAX));
        buffer[..most].copy_from_slice(&self.row[self.at..self.at + most]);
        self.at = (self.at + most) % self.row.len();
        self.left -= most as u64;
        Ok(most)
    }
}

#[test]
fn a_gigabyte_streams_by_in_constant_memory() {
    const GIGABYTE: u64 = 1 << 30;
    let row = format!("some name,\"{}\"\n", "x".repeat(900_000)).into_bytes();
    let (header, length) = ("Name,Long\n".as_bytes(), row.len() as u64);
    let file = header.chain(Endless { left: GIGABYTE, row, at: 0 });
    let crm = crm();
    let before = peak_memory_kib();
    let options = ImportOptions { dry_run: true, ..ImportOptions::new("lead") };
    let mut rows = 0;
    crm.import(file, &options, &olga(), now(), |_| rows += 1).unwrap();
    assert_eq!(rows, GIGABYTE.div_ceil(length));
    if let Some((before, after)) = before.zip(peak_memory_kib()) {
        assert!(after < before + 64 * 1024, "{before} KiB, then {after}");
    }
}

/// The most memory that this process has had, where the system tells.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn e_mail_addresses_are_compared_in_one_form() {
    for (written, normal) in [
        ("Ada@Example.com", "ada@example.com"),
        ("  ada@EXAMPLE.com\t", "ada@example.com"),
        ("A.D.A+tag@example.com", "a.d.a+tag@example.com"),
        ("eva@MÜNCHEN.example", "eva@xn--mnchen-3ya.example"),
        ("Straße@example.com", "strasse@example.com"),
        ("E\u{301}va@example.com", "éva@example.com"),
    ] {
        assert_eq!(normalize_email(written).unwrap(), normal);
        assert_eq!(normalize_email(normal).unwrap(), normal, "normal form is stable");
    }
    for bad in [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "a b@example.com",
        "a@b@example.com",
        "a@exa mple.com",
        "a@localhost",
        "a@.com",
        "a@b..com",
        ".a@b.com",
        "a..b@c.com",
        "a@-b.com",
        "a\u{0}@b.com",
    ] {
        assert!(normalize_email(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_mapping_of_another_list_is_refused_before_anything_is_written() {
    let crm = crm();
    let refuse = |headers: &[&str]| {
        let mapping = Some(Mapping::guess(&crm.pipeline("lead").unwrap(), headers));
        let options = ImportOptions { mapping, ..ImportOptions::new("lead") };
        crm.import("Name,E-mail\nAda,ada@example.com\n".as_bytes(), &options, &olga(), now(), |_| {})
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refuse(&["Name", "E-mial"]), "the list has no column `E-mial`, did you mean `E-mail`?");
    assert_eq!(refuse(&["E-mail", "Name"]), "the columns are not those of the list in their order");
    assert_eq!(crm.history("import-1").unwrap(), []);
}

#[test]
fn what_people_type_is_read_as_cells_are() {
    let lead = Pipeline::from_json(presets::LEAD).unwrap();
    assert_eq!(read_fact(&lead, "email", " Ada@EXAMPLE.com "), Ok(Value::from("ada@example.com")));
    assert_eq!(read_fact(&lead, "consent", "yes"), Ok(Value::Bool(true)));
    let fault = |read: Result<Value, lifestage::import::CellFault>| read.unwrap_err().to_string();
    assert_eq!(fault(read_fact(&lead, "budget", "much")), "budget: `much` is not a number");
    assert_eq!(fault(read_fact(&lead, "budget", " ")), "budget: it is blank");
    assert_eq!(
        fault(read_fact(&lead, "nme", "Ada")),
        "nme: the pipeline has no such field, did you mean `name`?"
    );

    let lost = Target::Stage("lost".into());
    assert_eq!(read_input(&lead, &lost, "reason", "No need"), Ok(Value::from("no_need")));
    assert_eq!(
        fault(read_input(&lead, &lost, "reason", "prise")),
        "reason: `prise` is not one of the values allowed, did you mean `price`?"
    );
    assert_eq!(
        fault(read_input(&lead, &lost, "reson", "price")),
        "reson: it is not asked for, did you mean `reason`?"
    );
    let contacted = Target::Move("mark_contacted".into());
    assert_eq!(fault(read_input(&lead, &contacted, "reason", "price")), "reason: it is not asked for");

    assert_eq!(read_stage(&lead, "Appointment Set").unwrap(), "appointment_set");
    assert_eq!(read_move(&lead, "Mark Contacted").unwrap(), "mark_contacted");
    assert_eq!(
        read_move(&lead, "mark_wno").unwrap_err().to_string(),
        "no move is called `mark_wno`, did you mean `mark_won`?"
    );
    assert_eq!(read_stage(&lead, "Enaged").unwrap_err().near, ["Engaged"]);
}

#[test]
fn s11_what_a_stage_asks_is_answered_by_a_column() {
    let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    document["categories"][2]["input"] = serde_json::json!({
        "reason": { "type": "string", "label": "Why was it lost?", "one_of": ["price", "no_need"] } });
    let pipeline = Pipeline::from_json(&document.to_string()).unwrap();
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&pipeline, &olga(), now()).unwrap();
    let list = "Name,E-mail,Status,Reason\nAda,ada@example.com,Lost,No need\nBob,bob@example.com,New,\n\
        Cem,cem@example.com,New,price\nDea,dea@example.com,Lost,\nEva,eva@example.com,Lost,mood\n";
    let mut outcomes = Vec::new();
    crm.import(list.as_bytes(), &ImportOptions::new("lead"), &olga(), now(), |row| {
        outcomes.push(row.outcome)
    })
    .unwrap();
    let id = |at: usize| match &outcomes[at] {
        RowOutcome::Created { record } => crm.record(record).unwrap().unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!((id(0).stage(), id(0).lost_reason()), (Some("lost"), Some("no_need")));
    assert_eq!((id(1).stage(), id(2).stage()), (Some("new"), Some("new")), "New asks nothing");
    let RowOutcome::Refused(why) = &outcomes[3] else { panic!("{:?}", outcomes[3]) };
    assert!(why.has(ReasonCode::MissingInput), "{why}");
    let RowOutcome::Faulty(cells) = &outcomes[4] else { panic!("{:?}", outcomes[4]) };
    assert_eq!((cells[0].column.as_str(), cells[0].text.as_str()), ("Reason", "mood"));

    // And it goes with a row that moves a record that is there.
    let later = "E-mail,Status,Why\nbob@example.com,Lost,price\n";
    let mapping = Mapping::guess(&pipeline, &["E-mail", "Status", "Why"]);
    let mapping = mapping.column("Why", Column::Input("reason".into()));
    let options = ImportOptions { mapping: Some(mapping), lower: true, ..ImportOptions::new("lead") };
    crm.import(later.as_bytes(), &options, &olga(), now(), |_| {}).unwrap();
    assert_eq!(crm.record(id(1).id()).unwrap().unwrap().lost_reason(), Some("price"));
    let wrong = Mapping::new(&["Mood"]).column("Mood", Column::Input("mood".into()));
    assert_eq!(
        wrong.check(&pipeline).unwrap_err().to_string(),
        "the column `Mood` answers `mood`, which no stage asks for"
    );
}
