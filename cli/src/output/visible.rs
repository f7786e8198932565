use std::borrow::Cow;

/// The text with what steers a terminal or turns the direction of reading written out.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if steers(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn steers(c: char) -> bool {
    let separators = matches!(c, '\u{2028}' | '\u{2029}');
    let directions =
        matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || separators || directions
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_name_cannot_clear_the_screen_or_turn_the_line_around() {
        assert_eq!(visible("\u{1b}[2J\u{9b}31m\n"), "\\u{1b}[2J\\u{9b}31m\\n");
        assert_eq!(visible("\u{202e}won"), "\\u{202e}won");
        assert_eq!(visible("Zoë 🙂 שלום"), "Zoë 🙂 שלום");
    }
}
