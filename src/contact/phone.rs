use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use unicode_normalization::UnicodeNormalization;

/// The longest text taken for a phone number, in characters.
const LONGEST: usize = 80;

/// The one form of a phone number: E.164, such as `+49301234567`, and `;ext=` with the extension, if
/// there is one. A number that has it already is not copied.
///
/// `region` is the country, as two letters of ISO 3166, whose national numbers may stand without a
/// country code. What cannot be completed is kept as written, with one blank where there were several:
/// a national number without a region, a short one such as `112`, one that fits no numbering plan, and
/// any number without the feature `phone`.
///
/// ```
/// use lifestage::contact::normalize_phone;
///
/// assert_eq!(normalize_phone(" (030)  123 45 67", None)?, "(030) 123 45 67");
/// # #[cfg(feature = "phone")]
/// assert_eq!(normalize_phone("(030) 123 45 67 ext. 12", Some("DE"))?, "+49301234567;ext=12");
/// # #[cfg(feature = "phone")]
/// assert_eq!(normalize_phone("0049 30 1234567", None)?, "+49301234567");
/// assert!(normalize_phone("call me", None).is_err());
/// # Ok::<(), lifestage::contact::PhoneError>(())
/// ```
///
/// # Errors
/// [`PhoneError`] when the text is no number: it begins with a word, or has no digit.
pub fn normalize_phone<'t>(text: &'t str, region: Option<&str>) -> Result<Cow<'t, str>, PhoneError> {
    let plain = plain(text);
    if !is_number(&plain) {
        return Err(PhoneError { text: text.trim().chars().take(80).collect() });
    }
    Ok(match completed(&plain, region) {
        Some(whole) if whole == text => Cow::Borrowed(text),
        Some(whole) => Cow::Owned(whole),
        None => plain,
    })
}

/// The text in plain digits, hyphens and single blanks.
fn plain(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if trimmed.is_ascii() && !trimmed.contains("  ") && !trimmed.contains(['\t', '\n', '\r']) {
        return Cow::Borrowed(trimmed);
    }
    let spelled = |c: char| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{660}'..='\u{669}' => digit(u32::from(c) - 0x660),
        '\u{6f0}'..='\u{6f9}' => digit(u32::from(c) - 0x6f0),
        c => c,
    };
    let seen: String = text.nfkc().filter(|c| !super::is_invisible(*c)).map(spelled).collect();
    Cow::Owned(seen.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn digit(value: u32) -> char {
    char::from_digit(value, 10).unwrap_or('0')
}

/// Whether it begins as numbers do. What follows may be anything: people write whom to ask for.
fn is_number(text: &str) -> bool {
    let number = text.strip_prefix("tel:").unwrap_or(text);
    let first = number.find(|c: char| !matches!(c, '+' | '(' | '*' | '#' | ' '));
    let begins = first.and_then(|at| number.get(at..)).is_some_and(|rest| rest.starts_with(is_digit));
    begins && text.chars().count() <= LONGEST && !text.contains(char::is_control)
}

const fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

#[cfg(feature = "phone")]
fn completed(text: &str, region: Option<&str>) -> Option<String> {
    use phonelib::PhoneNumber;

    let known = match region {
        Some(region) => PhoneNumber::parse_with_country(text, region),
        // The library takes ten digits for a number of North America; they may be one of India.
        None if !["+", "00", "tel:+"].iter().any(|start| text.starts_with(start)) => None,
        None => PhoneNumber::parse(text),
    }?;
    Some(match known.extension() {
        Some(extension) => alloc::format!("{};ext={extension}", known.e164()),
        None => String::from(known.e164()),
    })
}

#[cfg(not(feature = "phone"))]
fn completed(_: &str, _: Option<&str>) -> Option<String> {
    None
}

/// The regions with a numbering plan, by their two letters in ISO 3166.
const REGIONS: &str = "\
AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG \
EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR \
HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK \
LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE \
NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC \
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV \
TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// Whether numbers may be completed as those of this region.
pub(crate) fn is_region(region: &str) -> bool {
    region.len() == 2 && REGIONS.split(' ').any(|known| known == region)
}

/// A text that is no phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneError {
    text: String,
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a phone number", self.text)
    }
}

impl core::error::Error for PhoneError {}
