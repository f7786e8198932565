//! Stores of the host's own: what is called, with what, and how often.

use std::cell::Cell;
use std::ffi::c_void;

use lifestage::store::StoreErrorKind;

use super::*;
use crate::buffer::lifestage_buffer_write;
use crate::record::{lifestage_record_free, lifestage_record_json};
use crate::store::lifestage_store;
use crate::workspace::{lifestage_workspace_free, lifestage_workspace_open_host};

/// What the functions answer, and how often they were called.
struct Host {
    status: Cell<lifestage_status>,
    answer: Cell<&'static [u8]>,
    asked: Cell<usize>,
    dropped: Cell<usize>,
}

impl Host {
    fn new() -> Self {
        Self { status: Cell::new(0), answer: Cell::new(b"[]"), asked: Cell::new(0), dropped: Cell::new(0) }
    }

    fn table(&self) -> lifestage_store {
        // SAFETY: every function of it may be null.
        let mut table: lifestage_store = unsafe { std::mem::zeroed() };
        table.struct_size = size_of::<lifestage_store>() as u32;
        table.user_data = (&raw const *self).cast_mut().cast();
        table.drop = Some(dropped);
        for method in [&mut table.load, &mut table.published, &mut table.migrations] {
            *method = Some(answer);
        }
        table
    }
}

unsafe extern "C" fn dropped(user_data: *mut c_void) {
    // SAFETY: the host that the table was made of.
    let host = unsafe { &*user_data.cast::<Host>() };
    host.dropped.set(host.dropped.get() + 1);
}

/// Answers in two pieces.
unsafe extern "C" fn answer(
    user_data: *mut c_void,
    input: *const u8,
    input_length: usize,
    answer: *mut lifestage_buffer,
) -> lifestage_status {
    // SAFETY: the host that the table was made of.
    let host = unsafe { &*user_data.cast::<Host>() };
    host.asked.set(host.asked.get() + 1);
    assert!(seen(input, input_length).starts_with('{'));
    let (first, second) = host.answer.get().split_at(host.answer.get().len() / 2);
    ok!(lifestage_buffer_write(answer, t first));
    ok!(lifestage_buffer_write(answer, t second));
    host.status.get()
}

/// Answers with a record, which it makes with the library meanwhile.
unsafe extern "C" fn load(
    _: *mut c_void,
    _: *const u8,
    _: usize,
    answer: *mut lifestage_buffer,
) -> lifestage_status {
    let (record, mut json) = (deal(), null_mut());
    ok!(lifestage_record_json(record, &raw mut json));
    let json = taken(json);
    ok!(lifestage_buffer_write(answer, t "["));
    ok!(lifestage_buffer_write(answer, t json));
    ok!(lifestage_buffer_write(answer, t "]"));
    // SAFETY: made here, and not used after.
    unsafe { lifestage_record_free(record) };
    0
}

fn close(workspace: *mut lifestage_workspace) {
    // SAFETY: the test owns it, and is done with it.
    unsafe { lifestage_workspace_free(workspace) };
}

#[test]
fn a_store_is_dropped_once_and_its_table_need_not_last() {
    let (host, mut workspace) = (Host::new(), null_mut());
    let table = Box::new(host.table());
    ok!(lifestage_workspace_open_host(&raw const *table, t "acme", &raw mut workspace));
    drop(table);
    assert!(host.asked.get() > 0);
    host.answer.set(b"[null]");
    assert_eq!(ask(workspace, "record", r#"{"id": "deal-1"}"#), "null");
    assert_eq!(host.dropped.get(), 0);
    close(workspace);
    close(null_mut());
    assert_eq!(host.dropped.get(), 1);
}

#[test]
fn a_store_is_dropped_once_when_it_is_not_opened_and_never_when_it_is_unknown() {
    let mut workspace = null_mut();
    let opened = |host: &Host, tenant: &[u8]| {
        let table = host.table();
        fails!(InvalidUtf8, lifestage_workspace_open_host(&raw const table, t tenant, null_mut()));
    };
    let host = Host::new();
    opened(&host, b"\xff");
    assert_eq!((host.dropped.get(), host.asked.get()), (1, 0));
    let host = Host::new();
    let table = host.table();
    fails!(NullArgument, lifestage_workspace_open_host(&raw const table, t "acme", null_mut()));
    assert_eq!(host.dropped.get(), 1);
    let host = Host::new();
    host.answer.set(b"rubbish");
    let (mut error, table) = (null_mut(), host.table());
    let status =
        call!(@ lifestage_workspace_open_host [] error; &raw const table, t "acme", &raw mut workspace);
    assert_eq!(status, lifestage_status::from(StoreErrorKind::Invalid.number()));
    drop_error(error, status);
    assert_eq!(host.dropped.get(), 1);
    let host = Host::new();
    let mut table = host.table();
    table.struct_size -= 1;
    fails!(InvalidArgument, lifestage_workspace_open_host(&raw const table, t "acme", &raw mut workspace));
    assert_eq!((host.dropped.get(), host.asked.get()), (0, 0));
}

#[test]
fn what_a_host_fails_with_is_what_the_call_fails_with() {
    let (host, mut workspace, mut buffer) = (Host::new(), null_mut(), null_mut());
    let table = host.table();
    ok!(lifestage_workspace_open_host(&raw const table, t "acme", &raw mut workspace));
    let words: [&[u8]; 4] = [b"the cupboard is locked", b"", b"\xff", b"\0"];
    for (status, words) in [(303, words[0]), (303, words[1]), (303, words[2]), (-7, words[3])] {
        host.status.set(status);
        host.answer.set(words);
        let mut error = null_mut();
        let told = call!(@ lifestage_workspace_call [] error; workspace, t "record", t r#"{"id": "a"}"#, &raw mut buffer);
        let expected = if status == 303 { status } else { StoreErrorKind::Io.number().into() };
        assert_eq!(told, expected, "{}", said(error));
        drop_error(error, told);
    }
    close(workspace);
    assert_eq!(host.dropped.get(), 1);
}

#[test]
fn a_callback_may_use_the_library() {
    let (host, mut workspace) = (Host::new(), null_mut());
    let mut table = host.table();
    table.load = Some(load);
    ok!(lifestage_workspace_open_host(&raw const table, t "acme", &raw mut workspace));
    assert!(ask(workspace, "record", r#"{"id": "deal-1"}"#).contains(r#""budget":5000"#));
    close(workspace);
}
