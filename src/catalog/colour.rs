use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;

/// A colour in sRGB, eight bits a channel. Text forms: a palette name, `#rgb`, `#rrggbb`,
/// `rgb(r,g,b)`; the canonical one is the palette name, else `#rrggbb` in lower case (S29).
///
/// ```
/// use lifestage::catalog::Colour;
///
/// let brand: Colour = "rgb(255, 136, 0)".parse()?;
/// assert_eq!(brand.to_string(), "#ff8800");
/// assert_eq!("Blue".parse::<Colour>()?.to_string(), "blue");
/// # Ok::<(), lifestage::catalog::ColourError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    rgb: [u8; 3],
}

/// The named colours, in the order a picker shows them.
pub const PALETTE: [(&str, Colour); 8] = [
    ("gray", Colour::GRAY),
    ("blue", Colour::BLUE),
    ("red", Colour::RED),
    ("green", Colour::GREEN),
    ("purple", Colour::PURPLE),
    ("orange", Colour::ORANGE),
    ("yellow", Colour::YELLOW),
    ("pink", Colour::PINK),
];

impl Colour {
    /// The palette's gray.
    pub const GRAY: Self = Self::rgb(0x6b, 0x72, 0x80);
    /// The palette's blue.
    pub const BLUE: Self = Self::rgb(0x25, 0x63, 0xeb);
    /// The palette's red.
    pub const RED: Self = Self::rgb(0xdc, 0x26, 0x26);
    /// The palette's green.
    pub const GREEN: Self = Self::rgb(0x16, 0xa3, 0x4a);
    /// The palette's purple.
    pub const PURPLE: Self = Self::rgb(0x93, 0x33, 0xea);
    /// The palette's orange.
    pub const ORANGE: Self = Self::rgb(0xea, 0x58, 0x0c);
    /// The palette's yellow.
    pub const YELLOW: Self = Self::rgb(0xca, 0x8a, 0x04);
    /// The palette's pink.
    pub const PINK: Self = Self::rgb(0xdb, 0x27, 0x77);

    /// The colour of these channels.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self { rgb: [red, green, blue] }
    }

    /// Red, green and blue.
    pub const fn channels(self) -> [u8; 3] {
        self.rgb
    }

    /// Its channels as `#rrggbb`, for those who do not know the names of the palette.
    pub fn hex(self) -> String {
        let [red, green, blue] = self.rgb;
        alloc::format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// Its name in the palette, if it has one.
    pub fn palette_name(self) -> Option<&'static str> {
        PALETTE.iter().find(|(_, colour)| *colour == self).map(|(name, _)| *name)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.palette_name() {
            Some(name) => f.write_str(name),
            None => f.write_str(&self.hex()),
        }
    }
}

impl FromStr for Colour {
    type Err = ColourError;

    /// Reads any of the text forms; case and blanks around do not matter.
    ///
    /// # Errors
    /// [`ColourError`] when the text is none of them.
    fn from_str(text: &str) -> Result<Self, ColourError> {
        let error = || ColourError { text: text.chars().take(40).collect() };
        let plain = text.trim().to_ascii_lowercase();
        if let Some((_, colour)) = PALETTE.iter().find(|(name, _)| *name == plain) {
            return Ok(*colour);
        }
        let channels = match plain.strip_prefix('#') {
            Some(digits) => hex_channels(digits),
            None => {
                plain.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')).and_then(decimal_channels)
            }
        };
        channels.map(|[red, green, blue]| Self::rgb(red, green, blue)).ok_or_else(error)
    }
}

fn hex_channels(digits: &str) -> Option<[u8; 3]> {
    let mut values = [0_u8; 6];
    let step = match digits.len() {
        3 => 2,
        6 => 1,
        _ => return None,
    };
    for (at, digit) in digits.chars().enumerate() {
        let value = u8::try_from(digit.to_digit(16)?).ok()?;
        for slot in values.iter_mut().skip(at * step).take(step) {
            *slot = value;
        }
    }
    let [r1, r0, g1, g0, b1, b0] = values;
    Some([r1 * 16 + r0, g1 * 16 + g0, b1 * 16 + b0])
}

fn decimal_channels(list: &str) -> Option<[u8; 3]> {
    let mut parts = list.split(',').map(|part| part.trim().parse().ok());
    let channels = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(channels)
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <SmolStr as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A text that is no colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColourError {
    text: String,
}

impl fmt::Display for ColourError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a colour: write a palette name, `#rgb`, `#rrggbb` or `rgb(r,g,b)`", self.text)
    }
}

impl core::error::Error for ColourError {}
