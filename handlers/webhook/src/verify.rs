use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Secret;

/// The header that names a message: the same however often it is sent.
pub const ID_HEADER: &str = "webhook-id";
/// The header that says when it was sent, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with its signatures.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// The three headers that a signed message comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headers<'h> {
    /// [`ID_HEADER`].
    pub id: &'h str,
    /// [`TIMESTAMP_HEADER`].
    pub timestamp: &'h str,
    /// [`SIGNATURE_HEADER`]: signatures with blanks between them.
    pub signature: &'h str,
}

/// For receivers: tells whether a message is from somebody who has the secret, and was sent just now.
///
/// A message may still come twice. What was done for an id is not to be done again.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// use lifestage_webhook::{Headers, Secret, Verifier, VerifyError};
///
/// let secret: Secret = "whsec_bGlmZXN0YWdlIGhhcyBubyBzZWNyZXRzIGhlcmU=".parse()?;
/// let signature = secret.sign("lead-1/2/0", 1_772_442_000, b"{}");
/// let headers = Headers { id: "lead-1/2/0", timestamp: "1772442000", signature: &signature };
///
/// let (verifier, sent) = (Verifier::new(secret), UNIX_EPOCH + Duration::from_secs(1_772_442_000));
/// assert_eq!(verifier.verify(&headers, b"{}", sent), Ok(()));
/// assert_eq!(verifier.verify(&headers, b"[]", sent), Err(VerifyError::Signature));
/// let later = sent + Duration::from_secs(3600);
/// assert_eq!(verifier.verify(&headers, b"{}", later), Err(VerifyError::Time));
/// # Ok::<(), lifestage_webhook::SecretError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    secrets: Vec<Secret>,
    tolerance: Duration,
}

impl Verifier {
    /// One for this secret, which takes messages sent up to five minutes ago, or ahead.
    pub fn new(secret: Secret) -> Self {
        Self { secrets: vec![secret], tolerance: Duration::from_secs(300) }
    }

    /// One more secret that is good, while the old one is replaced.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// How far the clocks may be apart, and how long a message may be on its way.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Judges a message by its headers, its body as it came, and the time.
    ///
    /// # Errors
    /// [`VerifyError`] when it is not to be believed.
    pub fn verify(&self, headers: &Headers<'_>, body: &[u8], now: SystemTime) -> Result<(), VerifyError> {
        let Headers { id, timestamp, signature } = headers;
        let sent: u64 = timestamp.parse().map_err(|_| VerifyError::Time)?;
        let sent = UNIX_EPOCH.checked_add(Duration::from_secs(sent)).ok_or(VerifyError::Time)?;
        let apart = now.duration_since(sent).unwrap_or_else(|ahead| ahead.duration());
        if apart > self.tolerance {
            return Err(VerifyError::Time);
        }
        let mut signatures = signature.split_ascii_whitespace();
        let good =
            signatures.any(|one| self.secrets.iter().any(|secret| secret.signed(id, timestamp, body, one)));
        if good { Ok(()) } else { Err(VerifyError::Signature) }
    }
}

/// Why a message is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// It was sent too long ago, or ahead of the clock, or does not say when.
    Time,
    /// No signature is one of a known secret over this message.
    Signature,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "the message was not sent just now",
            Self::Signature => "no signature of the message fits",
        })
    }
}

impl std::error::Error for VerifyError {}
