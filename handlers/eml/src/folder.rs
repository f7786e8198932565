use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use lifestage::outbox::Delivery;
use lifestage::{Handled, Handler, HandlerError};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;

use crate::address::{AddressError, Mailbox};
use crate::text::{file_name, message_id, one_line};

/// Arguments of an e-mail.
const TO: &str = "to";
const SUBJECT: &str = "subject";
const BODY: &str = "body";

/// Writes each e-mail into a folder, as a file that mail programs open. The documentation of the [package](crate) shows
/// it at work.
///
/// The file is named after the effect, so that an e-mail delivered twice is one file. Effects of two tenants may have the
/// same id: give each tenant a folder.
#[derive(Debug)]
pub struct EmlFolder {
    folder: PathBuf,
    from: Mailbox,
}

/// How many files this process has begun.
static BEGUN: AtomicU64 = AtomicU64::new(0);

impl EmlFolder {
    /// Writes into `folder`, which is made when the first e-mail comes, as from `from`: an address, or a name and an
    /// address as in `Ada Lovelace <ada@example.com>`.
    ///
    /// # Errors
    /// [`AddressError`] when `from` is no address.
    pub fn new(folder: impl Into<PathBuf>, from: &str) -> Result<Self, AddressError> {
        Ok(Self { folder: folder.into(), from: Mailbox::parse(from)? })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a delivery, whether it has been written or not.
    pub fn path(&self, delivery: &Delivery) -> PathBuf {
        self.folder.join(file_name(delivery.effect.id()))
    }

    fn message(&self, delivery: &Delivery, to: &[Mailbox], output: impl io::Write) -> io::Result<()> {
        let effect = &delivery.effect;
        let text = |name: &str| effect.args.get(name).map(ToString::to_string).unwrap_or_default();
        let date = effect.at.unwrap_or(delivery.ready_at).as_micros().div_euclid(1_000_000);
        MessageBuilder::new()
            .from(self.from.header())
            .to(Address::new_list(to.iter().map(Mailbox::header).collect()))
            .subject(one_line(&text(SUBJECT)))
            .date(date)
            .message_id(format!("{}@{}", message_id(effect.id()), self.from.domain()))
            .text_body(text(BODY))
            .write_to(output)
    }

    /// Writes beside the file first, so that nobody ever sees half of one.
    fn write(&self, delivery: &Delivery, to: &[Mailbox]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let path = self.path(delivery);
        let number = BEGUN.fetch_add(1, Ordering::Relaxed);
        let draft = path.with_extension(format!("{}-{number}.part", process::id()));
        let written =
            OpenOptions::new().write(true).create_new(true).open(&draft).and_then(|mut file: File| {
                self.message(delivery, to, &mut file)?;
                file.sync_all()?;
                fs::rename(&draft, &path)
            });
        if written.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(&draft);
        }
        written
    }
}

impl Handler for EmlFolder {
    fn handle(&self, delivery: &Delivery) -> Result<Handled, HandlerError> {
        let nobody = || HandlerError::new("the e-mail has no argument `to` that names somebody").for_good();
        let to = delivery.effect.args.get(TO).ok_or_else(nobody)?;
        let to = Mailbox::parse_all(to).map_err(|error| HandlerError::from(error).for_good())?;
        if to.is_empty() {
            return Err(nobody());
        }
        let failed = |error| HandlerError::new(format!("`{}`: {error}", self.path(delivery).display()));
        self.write(delivery, &to).map_err(failed)?;
        Ok(Handled::Delivered)
    }
}
