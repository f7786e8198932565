//! Delivers the webhook effects of lifestage: a [`Handler`](lifestage::Handler) that sends them as signed JSON.
//!
//! An action of kind `webhook` names the address in its argument `url`; whatever else it has goes along.
//!
//! ```
//! use lifestage::store::MemoryStore;
//! use lifestage::{Actor, Creation, EffectKind, Pipeline, Record, Timestamp, Worker, Workspace};
//! use lifestage_webhook::{Secret, Webhooks};
//! # use std::io::{Read, Write};
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let url = format!("http://{}/crm", listener.local_addr()?);
//! # let server = std::thread::spawn(move || {
//! #     let (mut stream, _) = listener.accept().unwrap();
//! #     let mut request = String::new();
//! #     while !request.contains("\"event\"") {
//! #         let mut part = [0; 4096];
//! #         let length = stream.read(&mut part).unwrap();
//! #         request.push_str(std::str::from_utf8(&part[..length]).unwrap());
//! #     }
//! #     stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
//! #     request
//! # });
//!
//! let (ada, now) = (Actor::new("ada").with_role("admin"), Timestamp::from_seconds(1_772_442_000));
//! let pipeline = r#"{
//!   "id": "leads", "name": "Leads",
//!   "fields": { "score": "int" },
//!   "categories": [{ "id": "open", "name": "Open", "outcome": "open" }],
//!   "stages": [{ "id": "new", "name": "New", "category": "open", "default": true,
//!     "actions": [{ "id": "tell", "name": "Tell the shop", "kind": "webhook", "on": "enter",
//!                   "with": { "url": "https://shop.example/crm", "event": "new lead", "score": "{{ score }}" } }] }],
//!   "roles": { "admin": { "can": ["create", "publish"] } }
//! }"#;
//! # let pipeline = &pipeline.replace("https://shop.example/crm", &url);
//! let crm = Workspace::open(MemoryStore::new(), "acme")?;
//! crm.publish(&Pipeline::from_json(pipeline)?, &ada, now)?;
//! crm.create(Record::new("lead-1").with("score", 7), &Creation::new(), &ada, now)?;
//!
//! let secret: Secret = "whsec_bGlmZXN0YWdlIGhhcyBubyBzZWNyZXRzIGhlcmU=".parse()?;
//! let webhooks = Webhooks::new(secret).with_tenant("acme");
//! # let webhooks = webhooks.with_loopback();
//! let worker = Worker::new(&crm).on(EffectKind::Webhook, webhooks);
//! assert_eq!(worker.run_once(now)?.delivered, 1);
//! # assert!(server.join().unwrap().contains("webhook-id: acme:lead-1/1/0\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is sent
//!
//! A `POST` with a body like this; `tenant` and `at`, the time it was planned for, only if there is one:
//!
//! ```json
//! { "id": "lead-1/1/0", "tenant": "acme", "record": "lead-1", "seq": 1, "index": 0,
//!   "action": "tell", "kind": "webhook", "trigger": "enter", "visit": 1,
//!   "at": "2026-03-02T09:00:00Z", "attempt": 1, "args": { "event": "new lead", "score": "7" } }
//! ```
//!
//! | header | what |
//! | --- | --- |
//! | `webhook-id`, `idempotency-key` | the effect's id, with the tenant before it: the same at each attempt. What a header cannot hold, and the full stop, are percent-encoded |
//! | `webhook-timestamp` | when it was sent, in seconds since 1970 |
//! | `webhook-signature` | `v1,` and the HMAC-SHA256 of id, timestamp and body, with full stops between them, in Base64; one for each secret |
//!
//! That is what the Standard Webhooks specification says, so that its libraries can receive them. [`Verifier`] is for
//! receivers in Rust, who can do without the sender: `default-features = false`.
//!
//! # What becomes of it
//!
//! | answer | |
//! | --- | --- |
//! | 2xx | delivered |
//! | 408, 425, 429, 5xx, no connection, no answer in time | tried again, as the worker has it |
//! | anything else, and a redirect | given up at once |
//! | no proper `url`, not https, a host or an address that is not allowed | given up without asking |
//!
//! The address may be made from what a stranger typed (`{{ website }}`). So names are looked up first, and connections go to
//! public addresses only, unless [`Webhooks::with_loopback`] or [`Webhooks::with_private_networks`] say otherwise; addresses
//! of a single link, such as those where clouds hand out credentials, are never allowed. [`Webhooks::with_hosts`] is
//! stricter. The proxy of the environment is not used, since it would look names up itself.
#![forbid(unsafe_code)]

#[cfg(feature = "send")]
mod message;
#[cfg(feature = "send")]
mod reach;
mod secret;
#[cfg(feature = "send")]
mod sender;
mod verify;

pub use secret::{Secret, SecretError};
#[cfg(feature = "send")]
pub use sender::Webhooks;
pub use verify::{Headers, ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, Verifier, VerifyError};
