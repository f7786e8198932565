use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with, so that it is known for one wherever it turns up.
const PREFIX: &str = "whsec_";

/// What a signature of this kind begins with.
const VERSION: &str = "v1,";

/// How many bytes a secret has, at least and at most.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that a sender and a receiver of webhooks share: 24 to 64 random bytes, written as `whsec_` and Base64.
///
/// ```
/// use lifestage_webhook::Secret;
///
/// let secret: Secret = "whsec_bGlmZXN0YWdlIGhhcyBubyBzZWNyZXRzIGhlcmU=".parse()?;
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// # Ok::<(), lifestage_webhook::SecretError>(())
/// ```
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl Secret {
    /// The secret of these bytes.
    ///
    /// # Errors
    /// [`SecretError`] unless there are 24 to 64 of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        if !LENGTH.contains(&bytes.len()) {
            return Err(SecretError::Length { bytes: bytes.len() });
        }
        let length = |_| SecretError::Length { bytes: bytes.len() };
        Hmac::new_from_slice(bytes).map(Self).map_err(length)
    }

    /// The signature, `v1,` and Base64, of a message that is sent at `timestamp`, in seconds since 1970.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let code = self.code(id, &timestamp.to_string(), body).finalize().into_bytes();
        format!("{VERSION}{}", STANDARD.encode(code))
    }

    /// Whether a signature is one of this secret; takes the same time wherever it differs.
    pub(crate) fn signed(&self, id: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
        let coded = signature.strip_prefix(VERSION).and_then(|coded| STANDARD.decode(coded).ok());
        coded.is_some_and(|given| self.code(id, timestamp, body).verify_slice(&given).is_ok())
    }

    fn code(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut code = self.0.clone();
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            code.update(part);
        }
        code
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let coded = text.strip_prefix(PREFIX).ok_or(SecretError::Prefix)?;
        Self::from_bytes(&STANDARD.decode(coded).map_err(|_| SecretError::Coding)?)
    }
}

/// Why a text or bytes are no [`Secret`]. It never shows what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// It does not begin with `whsec_`.
    Prefix,
    /// What follows is not Base64.
    Coding,
    /// It has too few bytes, or too many.
    Length {
        /// How many it has.
        bytes: usize,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix => write!(f, "a secret begins with `{PREFIX}`"),
            Self::Coding => write!(f, "a secret is Base64 after `{PREFIX}`, with its padding"),
            Self::Length { bytes } => {
                write!(
                    f,
                    "a secret has {} to {} bytes, and this one has {bytes}",
                    LENGTH.start(),
                    LENGTH.end()
                )
            }
        }
    }
}

impl std::error::Error for SecretError {}
