//! E-mails written by a worker.

use std::fs;
use std::path::Path;

use lifestage::outbox::Delivery;
use lifestage::store::MemoryStore;
use lifestage::{
    Actor, Creation, Effect, EffectKind, Fields, Handled, Handler, Pipeline, Record, Round, Timestamp, Value,
    Worker, Workspace,
};
use lifestage_eml::EmlFolder;

const NOW: Timestamp = Timestamp::from_seconds(1_772_442_000);

fn delivery(record: &str, args: &[(&str, Value)]) -> Delivery {
    let mut fields = Fields::new();
    for (name, value) in args {
        fields.insert(*name, value.clone());
    }
    let effect = Effect { args: fields, ..Effect::new(record, 7, 0, "thanks", EffectKind::SendEmail) };
    Delivery { effect, assignee: None, attempt: 1, lease: 1, ready_at: NOW }
}

fn mails(folder: &Path) -> EmlFolder {
    EmlFolder::new(folder, "Elm <hello@elm.example>").unwrap()
}

/// The only file of a folder.
fn only_file(folder: &Path) -> String {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    fs::read_to_string(&files[0]).unwrap()
}

fn round(folder: &Path, with: &Value) -> Round {
    let pipeline = format!(
        r#"{{
            "id": "leads", "name": "Leads",
            "categories": [{{ "id": "open", "name": "Open", "outcome": "open" }}],
            "stages": [{{ "id": "new", "name": "New", "category": "open", "default": true,
                "actions": [{{ "id": "thanks", "name": "Thanks", "kind": "send_email", "on": "enter",
                    "with": {{ "to": {}, "subject": "Hi" }} }}] }}],
            "roles": {{ "admin": {{ "can": ["create", "publish"] }} }}
        }}"#,
        match with {
            Value::Text(text) => format!("\"{text}\""),
            other => other.to_string(),
        }
    );
    let ada = Actor::new("ada").with_role("admin");
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&Pipeline::from_json(&pipeline).unwrap(), &ada, NOW).unwrap();
    crm.create(Record::new("lead-1"), &Creation::new(), &ada, NOW).unwrap();
    Worker::new(&crm).on(EffectKind::SendEmail, mails(folder)).run_once(NOW).unwrap()
}

#[test]
fn an_e_mail_is_a_file_that_mail_programs_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("not/there/yet");
    let mails = mails(&folder);
    let delivery = delivery(
        "Lead.1",
        &[
            ("to", "Zoë <zoe@example.com>, mo@münchen.example".into()),
            ("subject", "Grüße aus der Ulmenstraße".into()),
            ("body", "Liebe Zoë,\n\nbis bald.\n.\nFrom uns = allen\n".into()),
        ],
    );
    assert_eq!(mails.handle(&delivery).unwrap(), Handled::Delivered);
    // Python's `email` reads it as it is meant.
    let lines = [
        r#"From: "Elm" <hello@elm.example>"#,
        "To: =?utf-8?B?Wm/Dqw==?= <zoe@example.com>, <mo@xn--mnchen-3ya.example>",
        "Subject: =?utf-8?B?R3LDvMOfZSBhdXMgZGVyIFVsbWVuc3RyYcOfZQ==?=",
        "Date: Mon, 2 Mar 2026 09:00:00 +0000",
        "Message-ID: <Lead%2E1.7.0@elm.example>",
        "MIME-Version: 1.0",
        r#"Content-Type: text/plain; charset="utf-8""#,
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Liebe Zo=C3=AB,",
        "",
        "bis bald.",
        ".",
        "From uns =3D allen",
    ];
    assert_eq!(only_file(&folder), lines.map(|line| format!("{line}\r\n")).concat());
}

#[test]
fn the_date_is_the_time_that_was_planned() {
    let folder = tempfile::tempdir().unwrap();
    let mut delivery = delivery("lead-1", &[("to", "mo@example.com".into())]);
    delivery.effect.at = Some(Timestamp::from_seconds(1_772_528_400));
    mails(folder.path()).handle(&delivery).unwrap();
    assert!(only_file(folder.path()).contains("Date: Tue, 3 Mar 2026 09:00:00 +0000\r\n"));
}

#[test]
fn a_second_delivery_writes_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let mails = mails(folder.path());
    let mut delivery = delivery("lead-1", &[("to", "mo@example.com".into()), ("body", "one".into())]);
    mails.handle(&delivery).unwrap();
    assert_eq!(mails.path(&delivery), folder.path().join("lead-1.7.0.eml"));
    let first = only_file(folder.path());
    mails.handle(&delivery).unwrap();
    assert_eq!(only_file(folder.path()), first);

    delivery.effect.args.insert("body", "two");
    mails.handle(&delivery).unwrap();
    assert!(only_file(folder.path()).contains("\r\n\r\ntwo"));
}

#[test]
fn no_header_comes_in_by_a_line_break() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "x\r\nBcc: eve@example.com\r\n\r\n<b>boo</b>";
    let to = format!("{evil} <mo@example.com>");
    let args = [("to", to.as_str().into()), ("subject", evil.into()), ("body", "fine".into())];
    mails(folder.path()).handle(&delivery("a\r\nBcc: eve@example.com", &args)).unwrap();
    let mail = only_file(folder.path());
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.trim_end(), "fine");
    let mut names: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "Content-Transfer-Encoding",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To"
        ]
    );
    assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{head:?}");

    for address in
        ["mo@example.com\r\nBcc: eve@example.com", "<mo@exam\r\nple.com>", "Mo <mo@example.com\nBcc:>"]
    {
        let error = mails(folder.path()).handle(&delivery("lead-2", &[("to", address.into())])).unwrap_err();
        assert!(error.to_string().ends_with("` is no address that e-mail can go to"), "{error}");
        assert!(!error.to_string().contains(['\r', '\n']), "{error}");
    }
    only_file(folder.path());
}

#[test]
fn an_e_mail_to_nobody_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    for (to, error) in [
        ("", "the e-mail has no argument `to` that names somebody"),
        (" , ", "the e-mail has no argument `to` that names somebody"),
        ("mo", "`mo` is no address that e-mail can go to"),
    ] {
        let round = round(folder.path(), &to.into());
        assert_eq!((round.delivered, round.retried, round.dead), (0, 0, 1), "{round:?}");
        assert_eq!(round.errors[0].1, error);
    }
    let error = mails(folder.path()).handle(&delivery("lead-1", &[])).unwrap_err();
    assert_eq!(error.to_string(), "the e-mail has no argument `to` that names somebody");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_written_is_tried_again_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("file");
    fs::write(&in_the_way, "").unwrap();
    let first = round(&in_the_way, &"mo@example.com".into());
    assert_eq!((first.delivered, first.retried, first.dead), (0, 1, 0), "{first:?}");
    assert!(first.errors[0].1.contains("lead-1.1.0.eml`: "), "{first:?}");

    // A folder where the file should be: the draft is written, and then cannot take its place.
    let outbox = folder.path().join("outbox");
    fs::create_dir_all(outbox.join("lead-1.1.0.eml")).unwrap();
    assert_eq!(round(&outbox, &"mo@example.com".into()).retried, 1);
    assert_eq!(fs::read_dir(&outbox).unwrap().count(), 1);
}

#[test]
fn a_sender_has_to_be_an_address() {
    let error = EmlFolder::new("outbox", "Elm").unwrap_err();
    assert_eq!(error.to_string(), "`Elm` is no address that e-mail can go to");
}
