use alloc::string::String;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

/// The form under which names are compared: trimmed, NFKC, fully case-folded, NFKC again because
/// folding can undo it (S22). Two names that normalize alike are one name.
///
/// ```
/// use lifestage::catalog::normalize_name;
///
/// assert_eq!(normalize_name("  ＮＥＷ Straße "), normalize_name("new STRASSE"));
/// ```
pub fn normalize_name(name: &str) -> String {
    if name.is_ascii() {
        let mut plain = String::from(name.trim());
        plain.make_ascii_lowercase();
        return plain;
    }
    let composed: String = name.trim().nfkc().collect();
    UniCase::unicode(composed).to_folded_case().nfkc().collect()
}
