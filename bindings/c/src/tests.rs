//! The functions called as C calls them, for Miri and the sanitizers of Rust: `cargo xtask sanitize`.
//!
//! What they answer is proved by the programs in `tests/c`; here it is how memory is read, written, shared and freed.

use std::ptr::{null, null_mut};
use std::slice;

use lifestage_wire::FaultCode;

use crate::actor::{lifestage_actor, lifestage_actor_add_role, lifestage_actor_free, lifestage_actor_new};
use crate::buffer::{
    lifestage_buffer, lifestage_buffer_data, lifestage_buffer_free, lifestage_buffer_length,
};
use crate::error::{lifestage_error, lifestage_error_free, lifestage_error_message, lifestage_error_status};
use crate::pipeline::{lifestage_pipeline, lifestage_pipeline_from_json};
use crate::record::{
    lifestage_record, lifestage_record_new, lifestage_record_set_int, lifestage_record_set_stage,
    lifestage_record_set_text,
};
use crate::request::{lifestage_request, lifestage_request_move};
use crate::status::lifestage_status;
use crate::workspace::{lifestage_workspace, lifestage_workspace_call};

/// Calls a function as C does: `t "text"` is a pointer and a length, and a place for the error comes last.
macro_rules! call {
    (@ $name:ident [$($done:expr,)*] $error:ident;) => {
        // SAFETY: what each test gives is what the header asks for, or what it says is refused.
        unsafe { $name($($done,)* &raw mut $error) }
    };
    (@ $name:ident [$($done:expr,)*] $error:ident; t $text:expr $(, $($rest:tt)*)?) => {{
        let text: &[u8] = $text.as_ref();
        call!(@ $name [$($done,)* text.as_ptr(), text.len(),] $error; $($($rest)*)?)
    }};
    (@ $name:ident [$($done:expr,)*] $error:ident; $value:expr $(, $($rest:tt)*)?) => {
        call!(@ $name [$($done,)* $value,] $error; $($($rest)*)?)
    };
}

/// The call succeeds, and leaves no error.
macro_rules! ok {
    ($name:ident($($argument:tt)*)) => {{
        let mut error = null_mut();
        let status = call!(@ $name [] error; $($argument)*);
        assert_eq!(status, 0, "{}: {}", stringify!($name), said(error));
        assert!(error.is_null());
    }};
}

/// The call fails with this code, and an error that has the same.
macro_rules! fails {
    ($code:ident, $name:ident($($argument:tt)*)) => {{
        let mut error = null_mut();
        let status = call!(@ $name [] error; $($argument)*);
        assert_eq!(status, code(FaultCode::$code), "{}: {}", stringify!($name), said(error));
        drop_error(error, status);
    }};
}

mod arguments;
mod handles;
mod host;
mod hot;
mod threads;
mod wrong;

/// 2026-03-02T09:00:00Z.
const NOW: i64 = 1_772_442_000_000_000;
const DEALS: &str = include_str!("../../../tests/c/deals.json");

fn code(code: FaultCode) -> lifestage_status {
    crate::status::of(code)
}

/// The words of an error, with the NUL that C reads behind them.
fn said(error: *const lifestage_error) -> String {
    let (mut text, mut length) = (null(), 0);
    // SAFETY: an error that is not freed yet, or null; the text has a NUL after its last byte.
    unsafe {
        if lifestage_error_message(error, &raw mut text, &raw mut length) != 0 {
            return "no error".to_owned();
        }
        let bytes = slice::from_raw_parts(text, length + 1);
        assert_eq!(bytes.last(), Some(&0));
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }
}

fn drop_error(error: *mut lifestage_error, status: lifestage_status) {
    // SAFETY: it is freed here, and not used after.
    unsafe {
        assert_eq!(lifestage_error_status(error), status);
        lifestage_error_free(error);
    }
}

/// A view that a function handed out.
fn seen<'a>(text: *const u8, length: usize) -> &'a str {
    // SAFETY: it lives as long as the function says, which is what the test is about.
    std::str::from_utf8(unsafe { slice::from_raw_parts(text, length) }).unwrap()
}

/// What a buffer holds; it is freed.
fn taken(buffer: *mut lifestage_buffer) -> String {
    // SAFETY: a buffer that the test owns, with a NUL behind its bytes.
    unsafe {
        let length = lifestage_buffer_length(buffer);
        let bytes = slice::from_raw_parts(lifestage_buffer_data(buffer), length + 1);
        assert_eq!(bytes.last(), Some(&0));
        let text = seen(bytes.as_ptr(), length).to_owned();
        lifestage_buffer_free(buffer);
        text
    }
}

fn deals() -> *mut lifestage_pipeline {
    let mut pipeline = null_mut();
    ok!(lifestage_pipeline_from_json(t DEALS, 1, &raw mut pipeline));
    pipeline
}

/// A record in the inbox that may be offered something.
fn deal() -> *mut lifestage_record {
    let mut record = null_mut();
    ok!(lifestage_record_new(t "deal-1", &raw mut record));
    ok!(lifestage_record_set_stage(record, t "inbox"));
    ok!(lifestage_record_set_int(record, t "budget", 5000));
    ok!(lifestage_record_set_text(record, t "source", t "web"));
    record
}

fn member() -> *mut lifestage_actor {
    let mut actor = null_mut();
    ok!(lifestage_actor_new(t "mia", 0, &raw mut actor));
    ok!(lifestage_actor_add_role(actor, t "member"));
    actor
}

fn move_by(id: &str) -> *mut lifestage_request {
    let mut request = null_mut();
    ok!(lifestage_request_move(t id, &raw mut request));
    request
}

/// Asks a workspace.
fn ask(workspace: *const lifestage_workspace, operation: &str, input: &str) -> String {
    let mut answer = null_mut();
    ok!(lifestage_workspace_call(workspace, t operation, t input, &raw mut answer));
    taken(answer)
}

/// Publishes the deals, and puts one in the inbox.
fn open_for_business(workspace: *const lifestage_workspace, id: &str) {
    let publish =
        format!(r#"{{"definition": {DEALS}, "actor": {{"id": "ann"}}, "now": "2026-03-02T08:00:00Z"}}"#);
    ask(workspace, "publish", &publish);
    let create = format!(
        r#"{{"record": {{"id": "{id}", "stage": null, "fields": {{"budget": 5000, "source": "web"}}}},
            "actor": {{"id": "mia", "roles": ["member"]}}, "now": "2026-03-02T08:30:00Z"}}"#
    );
    ask(workspace, "create", &create);
}

/// Frees an actor and a request.
fn drop_asking(actor: *mut lifestage_actor, request: *mut lifestage_request) {
    // SAFETY: the test owns them, and is done with them.
    unsafe {
        lifestage_actor_free(actor);
        crate::request::lifestage_request_free(request);
    }
}
