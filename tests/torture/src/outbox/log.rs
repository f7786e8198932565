//! What handlers did, one line each, on disk before they answer.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use lifestage::outbox::Delivery;
use lifestage::{EffectId, Timestamp};

use crate::Failure;

/// How a handler answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// That it is delivered, or done.
    Delivered,
    /// That it failed this time.
    Failed,
    /// That it fails each time.
    Never,
}

impl Word {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Delivered, "delivered"), (Self::Failed, "failed"), (Self::Never, "never")];

    /// What a handler answers for a delivery: one effect in eleven fails at first, one in forty for ever.
    pub fn of(delivery: &Delivery) -> Self {
        let id = delivery.effect.id().to_string();
        let sum = id.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        match delivery.attempt {
            _ if sum.is_multiple_of(40) => Self::Never,
            1 if sum.is_multiple_of(11) => Self::Failed,
            _ => Self::Delivered,
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The effect.
    pub id: String,
    /// Which attempt it was: the lease.
    pub attempt: u32,
    /// The time of the round in which it was claimed.
    pub now: Timestamp,
    /// The answer.
    pub word: Word,
}

/// The file.
#[derive(Debug)]
pub struct Log(Mutex<File>);

impl Log {
    /// Opens it, to be added to.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Ok(Self(Mutex::new(OpenOptions::new().create(true).append(true).open(path)?)))
    }

    /// Adds a line, and has it on disk before it returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, delivery: &Delivery, now: Timestamp, word: Word) -> std::io::Result<()> {
        let said = Word::ALL.iter().find(|(known, _)| *known == word).map_or("", |(_, said)| said);
        let line = format!("{} {} {} {said}\n", delivery.effect.id(), delivery.attempt, now.as_micros());
        let mut file = self.0.lock().map_err(|_| std::io::Error::other("a writer of the log panicked"))?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }
}

/// Every line, in the order in which they were written.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub fn read(path: &Path) -> Result<Vec<Line>, Failure> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    std::fs::read_to_string(path)?.lines().map(|line| parse(line).map_err(Failure::from)).collect()
}

fn parse(line: &str) -> Result<Line, String> {
    let wrong = || format!("`{line}` is no line of a log of deliveries");
    let words: Vec<&str> = line.split(' ').collect();
    let [id, attempt, now, said] = words[..] else { return Err(wrong()) };
    EffectId::parse(id).ok_or_else(wrong)?;
    let word = Word::ALL.iter().find(|(_, known)| *known == said).ok_or_else(wrong)?.0;
    let now = Timestamp::from_micros(now.parse().map_err(|_| wrong())?);
    Ok(Line { id: id.into(), attempt: attempt.parse().map_err(|_| wrong())?, now, word })
}
