//! Who acts.

use lifestage::Actor;

use crate::error::lifestage_error;
use crate::guard::{Guarded, exclusive, free, give, guard, out, text};
use crate::status::lifestage_status;

/// Who acts: an id and roles.
///
/// Threads: may be read by several at once; changed by one.
pub struct lifestage_actor(pub(crate) Guarded<Actor>);

/// Makes an actor without roles. `automation` other than 0 makes one that moves records forward only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_actor_new(
    id: *const u8,
    id_length: usize,
    automation: u32,
    actor: *mut *mut lifestage_actor,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (id, place) = (text(id, id_length, "id")?, out(actor, "actor")?);
            let made = if automation == 0 { Actor::new(id) } else { Actor::automation(id) };
            give(place, lifestage_actor(Guarded::new(made)));
            Ok(())
        })
    }
}

/// Gives an actor a role.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_actor_add_role(
    actor: *mut lifestage_actor,
    role: *const u8,
    role_length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (actor, role) = (exclusive(actor, "actor")?, text(role, role_length, "role")?);
            actor.0.change(|actor| {
                *actor = std::mem::replace(actor, Actor::new("")).with_role(role);
                Ok(())
            })
        })
    }
}

/// Frees an actor. Null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_actor_free(actor: *mut lifestage_actor) {
    // SAFETY: an actor that is not freed yet, or null.
    unsafe { free(actor) }
}
