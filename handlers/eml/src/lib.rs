//! Writes the e-mails of lifestage into a folder, one `.eml` file each, for trying out: a
//! [`Handler`](lifestage::Handler) that nobody gets mail from.
//!
//! ```
//! use lifestage::store::MemoryStore;
//! use lifestage::{Actor, Creation, EffectKind, Pipeline, Record, Timestamp, Worker, Workspace, presets};
//! use lifestage_eml::EmlFolder;
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path().join("outbox");
//! let (ada, now) = (Actor::new("ada").with_role("admin"), Timestamp::from_seconds(1_772_442_000));
//! let crm = Workspace::open(MemoryStore::new(), "acme")?;
//! crm.publish(&Pipeline::from_json(presets::SALES_STAGES)?, &ada, now)?;
//! let lead = Record::new("lead-1").with("name", "Mo").with("email", "mo@example.com").with("property", "Elm Street 1");
//! crm.create(lead, &Creation::new(), &ada, now)?;
//!
//! let mails = EmlFolder::new(&folder, "Elm & Oak <hello@elm.example>")?;
//! Worker::new(&crm).on(EffectKind::SendEmail, mails).run_once(now)?;
//!
//! let mut files = std::fs::read_dir(&folder)?;
//! let mail = std::fs::read_to_string(files.next().unwrap()?.path())?;
//! assert!(mail.contains("From: \"Elm & Oak\" <hello@elm.example>\r\n"));
//! assert!(mail.contains("To: <mo@example.com>\r\n"));
//! # assert!(files.next().is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The arguments of an e-mail are `to`, one address or several, with names or without; `subject`; and `body`, plain text. The
//! date is the time it was planned for. `Message-ID` and the name of the file come from the effect's id: what is delivered a
//! second time is written over the first. An e-mail without anybody to get it is given up at once; one that cannot be
//! written is tried again.
#![forbid(unsafe_code)]

mod address;
mod folder;
mod text;

pub use address::AddressError;
pub use folder::EmlFolder;
