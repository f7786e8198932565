use std::string::String;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

/// The form under which e-mail addresses are compared: blanks around gone, the local part in NFC and
/// case-folded, the domain as IDNA writes it in ASCII. Dots and tags are kept (S57).
///
/// ```
/// use lifestage::import::normalize_email;
///
/// assert_eq!(normalize_email("  Ada.L+crm@Example.COM ")?, "ada.l+crm@example.com");
/// assert_eq!(normalize_email("eva@münchen.example")?, normalize_email("Eva@XN--mnchen-3ya.example")?);
/// # Ok::<(), lifestage::import::EmailError>(())
/// ```
///
/// # Errors
/// [`EmailError`] when the text is no address.
pub fn normalize_email(text: &str) -> Result<String, EmailError> {
    let error = || EmailError { text: text.trim().chars().take(80).collect() };
    let (local, domain) = text.trim().rsplit_once('@').ok_or_else(error)?;
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | ',' | ';' | '"');
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if local.is_empty() || dots || local.contains(bad) || text.len() > 320 {
        return Err(error());
    }
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| error())?;
    let labels_fit = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    if !labels_fit {
        return Err(error());
    }
    let composed: String = local.nfc().collect();
    let local: String = UniCase::unicode(composed).to_folded_case().nfc().collect();
    Ok(std::format!("{local}@{domain}"))
}

/// A text that is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an e-mail address")]
pub struct EmailError {
    text: String,
}
