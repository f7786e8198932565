use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

/// The longest address taken, in bytes, before and after it is normalized.
const LONGEST: usize = 320;

/// The one form of an e-mail address: blanks around gone, the local part composed and case-folded, the
/// domain as IDNA writes it in ASCII. Dots and tags are kept (S57). An address that has it already is
/// not copied.
///
/// Without the feature `idna` a domain with letters beyond ASCII keeps them, composed and case-folded.
///
/// ```
/// use lifestage::contact::normalize_email;
///
/// assert_eq!(normalize_email("  Ada.L+crm@Example.COM ")?, "ada.l+crm@example.com");
/// # #[cfg(feature = "idna")]
/// assert_eq!(normalize_email("eva@münchen.example")?, normalize_email("Eva@XN--mnchen-3ya.example")?);
/// # Ok::<(), lifestage::contact::EmailError>(())
/// ```
///
/// # Errors
/// [`EmailError`] when the text is no address.
pub fn normalize_email(text: &str) -> Result<Cow<'_, str>, EmailError> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || super::is_invisible(c));
    normal(text).ok_or_else(|| EmailError { text: text.chars().take(80).collect() })
}

fn normal(text: &str) -> Option<Cow<'_, str>> {
    let (local, domain) = text.rsplit_once('@')?;
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if local.is_empty() || dots || local.contains(is_out_of_place) || text.len() > LONGEST {
        return None;
    }
    let (local, domain) = (normal_local(local), normal_domain(domain)?);
    if let (Cow::Borrowed(_), Cow::Borrowed(_)) = (&local, &domain) {
        return Some(Cow::Borrowed(text));
    }
    let whole = alloc::format!("{local}@{domain}");
    (whole.len() <= LONGEST).then_some(Cow::Owned(whole))
}

/// What a local part without quotes cannot hold. Quoted ones are refused: hardly anybody has one, and
/// a quote in a list of addresses is nearly always half of something else.
fn is_out_of_place(c: char) -> bool {
    let special = matches!(c, '@' | '<' | '>' | '(' | ')' | '[' | ']' | '\\' | ',' | ';' | ':' | '"');
    special || c.is_whitespace() || c.is_control() || super::is_invisible(c)
}

fn normal_local(local: &str) -> Cow<'_, str> {
    if local.is_ascii() {
        return lower(local);
    }
    // Folded decomposed, so that an accent is folded alike whether it comes with its letter or after it.
    let decomposed: String = local.nfd().collect();
    Cow::Owned(UniCase::unicode(decomposed).to_folded_case().nfc().collect())
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn normal_domain(domain: &str) -> Option<Cow<'_, str>> {
    let is_coded = |label: &str| label.as_bytes().get(..4).is_some_and(|l| l.eq_ignore_ascii_case(b"xn--"));
    let domain = if domain.is_ascii() && !(cfg!(feature = "idna") && domain.split('.').any(is_coded)) {
        lower(domain)
    } else {
        Cow::Owned(to_ascii(domain)?)
    };
    let fits = |label: &str| {
        let is_host = |byte: u8| !byte.is_ascii() || byte.is_ascii_alphanumeric() || byte == b'-';
        let hyphens = label.starts_with('-') || label.ends_with('-');
        let reserved = label.as_bytes().get(2..4) == Some(b"--") && !is_coded(label);
        (1..=63).contains(&label.len()) && label.bytes().all(is_host) && !hyphens && !reserved
    };
    (domain.contains('.') && domain.len() <= 253 && domain.split('.').all(fits)).then_some(domain)
}

#[cfg(feature = "idna")]
fn to_ascii(domain: &str) -> Option<String> {
    idna::domain_to_ascii_strict(domain).ok()
}

#[cfg(not(feature = "idna"))]
fn to_ascii(domain: &str) -> Option<String> {
    let composed: String = domain.nfkc().collect();
    let domain: String = UniCase::unicode(composed).to_folded_case().nfkc().collect();
    (!domain.contains(is_out_of_place)).then_some(domain)
}

/// A text that is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailError {
    text: String,
}

impl fmt::Display for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an e-mail address", self.text)
    }
}

impl core::error::Error for EmailError {}
