//! Webhooks sent by a worker to a server on this machine.

mod server;

use std::time::{Duration, Instant, UNIX_EPOCH};

use lifestage::store::MemoryStore;
use lifestage::{Actor, Creation, EffectKind, Pipeline, Record, Round, Timestamp, Worker, Workspace};
use lifestage_webhook::{Headers, Secret, Verifier, Webhooks};

use server::{Answer, Asked, Server};

const SECRET: &str = "whsec_bGlmZXN0YWdlIGhhcyBubyBzZWNyZXRzIGhlcmU=";
const OTHER: &str = "whsec_dGhlIHNlY29uZCBzZWNyZXQgb2YgYSBzZW5kZXIhIQ==";
const NOW: i64 = 1_772_442_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds)
}

fn secret(text: &str) -> Secret {
    text.parse().unwrap()
}

fn webhooks() -> Webhooks {
    Webhooks::new(secret(SECRET)).with_clock(|| at(7)).with_loopback()
}

/// A workspace in which one record has one webhook to send.
fn crm(url: &str, record: &str) -> Workspace<MemoryStore> {
    let pipeline = serde_json::json!({
        "id": "leads", "name": "Leads",
        "fields": { "name": "string" },
        "categories": [{ "id": "open", "name": "Open", "outcome": "open" }],
        "stages": [{
            "id": "new", "name": "New", "category": "open", "default": true,
            "actions": [{
                "id": "tell", "name": "Tell the shop", "kind": "webhook", "on": "enter",
                "with": { "url": url, "name": "{{ name }}", "big": true },
            }],
        }],
        "roles": { "admin": { "can": ["create", "publish"] } },
    });
    let ada = Actor::new("ada").with_role("admin");
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&Pipeline::from_json(&pipeline.to_string()).unwrap(), &ada, at(0)).unwrap();
    crm.create(Record::new(record).with("name", "Zoë \"Z\""), &Creation::new(), &ada, at(0)).unwrap();
    crm
}

/// One round of a worker that sends one webhook to `url`.
fn round(url: &str, webhooks: Webhooks) -> Round {
    let crm = crm(url, "lead-1");
    let worker = Worker::new(&crm).on(EffectKind::Webhook, webhooks);
    worker.run_once(at(0)).unwrap()
}

/// The error of a webhook that is given up at once.
fn given_up(url: &str, webhooks: Webhooks) -> String {
    let round = round(url, webhooks);
    assert_eq!((round.delivered, round.retried, round.dead), (0, 0, 1), "{round:?}");
    round.errors[0].1.clone()
}

/// The error of a webhook that is to be tried again.
fn put_off(url: &str, webhooks: Webhooks) -> String {
    let round = round(url, webhooks);
    assert_eq!((round.delivered, round.retried, round.dead), (0, 1, 0), "{round:?}");
    round.errors[0].1.clone()
}

fn believed(asked: &Asked, secret: Secret) -> bool {
    let headers = Headers {
        id: asked.header("webhook-id"),
        timestamp: asked.header("webhook-timestamp"),
        signature: asked.header("webhook-signature"),
    };
    let now = UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    Verifier::new(secret).verify(&headers, &asked.body, now).is_ok()
}

#[test]
fn a_webhook_says_what_it_is_and_is_signed() {
    let server = Server::answering(vec![Answer::Status(200, "thanks")]);
    assert_eq!(round(&server.url("/crm?for=shop"), webhooks()).delivered, 1);

    let asked = server.asked().unwrap();
    assert_eq!(asked.line, "POST /crm?for=shop HTTP/1.1");
    assert_eq!(asked.header("content-type"), "application/json");
    assert_eq!(asked.header("webhook-id"), "lead-1/1/0");
    assert_eq!(asked.header("idempotency-key"), "lead-1/1/0");
    assert_eq!(asked.header("webhook-timestamp"), "1772442007");
    assert!(believed(&asked, secret(SECRET)));
    assert!(!believed(&asked, secret(OTHER)));
    let body = serde_json::json!({
        "id": "lead-1/1/0", "record": "lead-1", "seq": 1, "index": 0, "action": "tell", "kind": "webhook",
        "trigger": "enter", "visit": 1, "attempt": 1, "args": { "name": "Zoë \"Z\"", "big": true },
    });
    assert_eq!(asked.json(), body);
}

#[test]
fn a_second_attempt_has_the_same_id_and_another_signature() {
    let server = Server::answering(vec![Answer::Status(500, "no"), Answer::Status(204, "")]);
    let crm = crm(&server.url("/"), "lead-1");
    let first = Worker::new(&crm).on(EffectKind::Webhook, webhooks());
    let round = first.run_once(at(0)).unwrap();
    assert_eq!((round.retried, round.dead), (1, 0));
    assert!(round.errors[0].1.ends_with("answered 500: `no`"), "{round:?}");

    let second = Worker::new(&crm).on(EffectKind::Webhook, webhooks().with_clock(|| at(60)));
    assert_eq!(second.run_once(at(60)).unwrap().delivered, 1);
    let (one, two) = (server.asked().unwrap(), server.asked().unwrap());
    assert_eq!(one.header("webhook-id"), two.header("webhook-id"));
    assert_eq!(one.header("idempotency-key"), two.header("idempotency-key"));
    assert_eq!((one.json()["attempt"].as_u64(), two.json()["attempt"].as_u64()), (Some(1), Some(2)));
    assert_ne!(one.header("webhook-signature"), two.header("webhook-signature"));
    assert!(believed(&one, secret(SECRET)) && believed(&two, secret(SECRET)));
}

#[test]
fn every_secret_signs_and_a_host_with_its_own_has_only_that() {
    let server = Server::answering(vec![Answer::Status(200, ""), Answer::Status(200, "")]);
    round(&server.url("/"), webhooks().with_secret(secret(OTHER)));
    let asked = server.asked().unwrap();
    assert!(believed(&asked, secret(SECRET)) && believed(&asked, secret(OTHER)));

    round(&server.url("/"), webhooks().with_secret_of_host("127.0.0.1", secret(OTHER)));
    let asked = server.asked().unwrap();
    assert!(!believed(&asked, secret(SECRET)) && believed(&asked, secret(OTHER)));
}

#[test]
fn ids_are_made_fit_for_headers_and_tenants_kept_apart() {
    let server = Server::answering(vec![Answer::Status(200, "")]);
    let crm = crm(&server.url("/"), "zoë@x.example");
    let worker = Worker::new(&crm).on(EffectKind::Webhook, webhooks().with_tenant("a:b"));
    assert_eq!(worker.run_once(at(0)).unwrap().delivered, 1);
    let asked = server.asked().unwrap();
    assert_eq!(asked.header("webhook-id"), "a%3Ab:zo%C3%AB@x%2Eexample/1/0");
    assert_eq!((&asked.json()["id"], &asked.json()["tenant"]), (&"zoë@x.example/1/0".into(), &"a:b".into()));
    assert!(believed(&asked, secret(SECRET)));
}

#[test]
fn answers_that_may_change_are_tried_again_and_others_are_not() {
    for status in [408, 425, 429, 500, 502, 503] {
        let server = Server::answering(vec![Answer::Status(status, "")]);
        let error = put_off(&server.url("/"), webhooks());
        assert_eq!(error, format!("`127.0.0.1` answered {status}"));
    }
    for status in [400, 401, 404, 410, 422] {
        let server = Server::answering(vec![Answer::Status(status, "gone\r\n for\x07 good")]);
        let error = given_up(&server.url("/"), webhooks());
        assert_eq!(error, format!("`127.0.0.1` answered {status}: `gone for good`"));
    }
}

#[test]
fn a_server_that_hangs_is_left_in_time() {
    let server = Server::answering(vec![Answer::Hang]);
    let began = Instant::now();
    let limit = Duration::from_millis(300);
    let error = put_off(&server.url("/"), webhooks().with_timeouts(limit, limit));
    assert_eq!(error, "`127.0.0.1`: no answer within 300ms");
    assert!(began.elapsed() < Duration::from_secs(5));
    server.end();
}

#[test]
fn nobody_at_the_address_is_no_reason_to_give_up() {
    let server = Server::answering(vec![Answer::Status(200, "")]);
    let url = server.url("/");
    round(&url, webhooks());
    server.asked().unwrap();
    assert!(put_off(&url, webhooks()).starts_with("`127.0.0.1`: "));
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 307, 308] {
        let goal = Server::answering(vec![Answer::Status(200, "")]);
        let server =
            Server::answering(vec![Answer::With(status, format!("location: {}\r\n", goal.url("/")))]);
        let error = given_up(&server.url("/"), webhooks());
        assert_eq!(error, format!("`127.0.0.1` answered {status}, and redirects are not followed"));
        assert!(goal.asked().is_none());
    }
}

#[test]
fn a_huge_answer_is_not_read_to_its_end() {
    let server = Server::answering(vec![Answer::Huge(200, 512), Answer::Huge(400, 512)]);
    assert_eq!(round(&server.url("/"), webhooks()).delivered, 1);
    let error = given_up(&server.url("/"), webhooks().with_response_limit(5));
    assert_eq!(error, "`127.0.0.1` answered 400: `xxxxx`");
    server.end();
}

#[test]
fn what_is_not_allowed_is_not_asked() {
    let server = Server::answering(vec![Answer::Status(200, "")]);
    let plain = || Webhooks::new(secret(SECRET));
    assert_eq!(given_up(&server.url("/"), plain()), "`127.0.0.1`: it has to be https");
    let out_of_reach = "its address is not one that webhooks may go to";
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}/");
        assert_eq!(given_up(&url, plain().with_plain_http()), format!("`{host}`: {out_of_reach}"));
        let url = format!("https://{host}:{port}/");
        assert_eq!(given_up(&url, plain()), format!("`{host}`: {out_of_reach}"));
    }
    // Loopback is allowed, and so is http there, but not to others.
    assert_eq!(given_up("http://10.0.0.1/", webhooks()), format!("`10.0.0.1`: {out_of_reach}"));
    let everything = || webhooks().with_plain_http().with_private_networks();
    assert_eq!(
        given_up("http://169.254.169.254/", everything()),
        format!("`169.254.169.254`: {out_of_reach}")
    );
    assert!(server.asked().is_none());
}

#[test]
fn only_hosts_that_every_rule_allows_are_asked() {
    let server = Server::answering(vec![Answer::Status(200, "")]);
    let rules = || {
        webhooks()
            .with_hosts(["Hooks.Example.com", "LOCALHOST"])
            .with_host_rule(|host| host != "hooks.example.com")
    };
    for host in ["127.0.0.1", "hooks.example.com", "hooks.example.com.", "evil-hooks.example.com"] {
        let url = format!("https://{host}/");
        assert!(given_up(&url, rules()).ends_with(": no webhooks may go to this host"), "{host}");
    }
    assert!(server.asked().is_none());
    let url = format!("http://localhost:{}/", server.address.port());
    assert_eq!(round(&url, rules()).delivered, 1);
}

#[test]
fn what_is_no_address_is_given_up_without_showing_it() {
    let form = "the argument `url` is no address of the form `https://host/path`";
    for url in [
        "",
        "shop",
        "/crm",
        "ftp://shop.example/",
        "https:///token",
        "https://shop example/",
        "https://shöp.example/",
    ] {
        assert_eq!(given_up(url, webhooks()), form, "{url}");
    }
    let error = given_up("https://ada:hunter2@shop.example/", webhooks());
    assert!(!error.contains("hunter2"), "{error}");
    let server = Server::answering(vec![Answer::Status(404, "")]);
    let error = given_up(&server.url("/hook/t0ken?key=t0ken"), webhooks());
    assert!(!error.contains("t0ken") && !error.contains(SECRET), "{error}");
}

#[test]
fn what_is_shown_of_a_sender_has_no_secret() {
    let shown =
        format!("{:?} {:?}", webhooks().with_secret_of_host("x.example", secret(OTHER)), secret(SECRET));
    assert!(!shown.contains("bGlm") && !shown.contains("dGhl") && !shown.contains("108, 105"), "{shown}");
}
