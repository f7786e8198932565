//! A store behind the table of functions is as good as any.

use std::ffi::c_void;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lifestage::store::contract::{self, Full};
use lifestage::store::{MemoryStore, Reader, Store};
use lifestage_wire::{HostStore, serve};

use super::*;
use crate::buffer::lifestage_buffer_write;

static DROPPED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn drop_store(user_data: *mut c_void) {
    DROPPED.fetch_add(1, Ordering::SeqCst);
    // SAFETY: it was boxed by `behind`.
    drop(unsafe { Box::from_raw(user_data.cast::<Arc<dyn Full>>()) });
}

macro_rules! methods {
    ($($name:ident)*) => {$(
        unsafe extern "C" fn $name(
            user_data: *mut c_void,
            input: *const u8,
            input_length: usize,
            answer: *mut lifestage_buffer,
        ) -> lifestage_status {
            // SAFETY: the library gives what the header promises.
            unsafe {
                let store = &*user_data.cast::<Arc<dyn Full>>();
                let input = std::str::from_utf8(slice::from_raw_parts(input, input_length)).unwrap();
                let (status, text) = match serve(&**store, stringify!($name), input) {
                    Ok(text) => (0, text),
                    Err(error) => (error.kind().number().into(), error.to_string()),
                };
                lifestage_buffer_write(answer, text.as_ptr(), text.len(), std::ptr::null_mut());
                status
            }
        }
    )*

        fn behind(store: Arc<dyn Full>) -> HostStore<CHost> {
            let user_data = Box::into_raw(Box::new(store)).cast();
            let table = lifestage_store {
                struct_size: size_of::<lifestage_store>() as u32, user_data, drop: Some(drop_store),
                $($name: Some($name)),*
            };
            // SAFETY: it is a whole table.
            HostStore(unsafe { CHost::of(&raw const table) }.unwrap())
        }
    };
}

methods!(
    load commit receipt publish published publication publications history effects page rows linked counts find feed
    claim settle outbox entry tasks next_ready queue migrations begin_migration finish_migration
);

#[test]
#[cfg_attr(miri, ignore = "the whole contract takes Miri too long; `crate::tests::host` has what is ours")]
fn the_contract_holds_behind_functions_of_c_and_each_store_is_dropped_once() {
    let mut made = 0;
    contract::run(|| {
        made += 1;
        behind(Arc::new(MemoryStore::new()))
    });
    assert!(made > 40);
    assert_eq!(DROPPED.load(Ordering::SeqCst), made);
}

#[test]
fn a_method_that_is_null_is_unsupported() {
    let table = lifestage_store { struct_size: size_of::<lifestage_store>() as u32, ..none() };
    // SAFETY: it is a whole table.
    let store = HostStore(unsafe { CHost::of(&raw const table) }.unwrap());
    let error = store.published("acme").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    assert_eq!(error.to_string(), "the host's store has no `published`");
    assert!(store.load("acme", &["a"]).is_err());
}

unsafe extern "C" fn busy_with_rubbish(
    _: *mut c_void,
    _: *const u8,
    _: usize,
    answer: *mut lifestage_buffer,
) -> lifestage_status {
    let rubbish = [0xff_u8];
    // SAFETY: the library gives a buffer to write to.
    unsafe { lifestage_buffer_write(answer, rubbish.as_ptr(), rubbish.len(), std::ptr::null_mut()) };
    StoreErrorKind::Busy.number().into()
}

#[test]
fn a_failure_stays_what_it_is_when_its_words_cannot_be_read() {
    let struct_size = size_of::<lifestage_store>() as u32;
    let table = lifestage_store { struct_size, published: Some(busy_with_rubbish), ..none() };
    // SAFETY: it is a whole table.
    let error = HostStore(unsafe { CHost::of(&raw const table) }.unwrap()).published("acme").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Busy);
    assert_eq!(error.to_string(), "the host's `published` failed with 302");
}

#[test]
fn a_table_of_another_size_is_refused() {
    let table = lifestage_store { struct_size: 8, ..none() };
    // SAFETY: it begins with its size.
    let fault = unsafe { CHost::of(&raw const table) }.err().unwrap();
    assert_eq!(
        fault.message(),
        format!("`struct_size` of `store` is 8, not {}", size_of::<lifestage_store>())
    );
}

fn none() -> lifestage_store {
    lifestage_store {
        struct_size: 0,
        user_data: std::ptr::null_mut(),
        drop: None,
        load: None,
        commit: None,
        receipt: None,
        publish: None,
        published: None,
        publication: None,
        publications: None,
        history: None,
        effects: None,
        page: None,
        rows: None,
        linked: None,
        counts: None,
        find: None,
        feed: None,
        claim: None,
        settle: None,
        outbox: None,
        entry: None,
        tasks: None,
        next_ready: None,
        queue: None,
        migrations: None,
        begin_migration: None,
        finish_migration: None,
    }
}
