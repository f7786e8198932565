//! What goes to the terminal or the pipe: text, or JSON with `--json`.
//!
//! A verb answers with a value that is [`Shown`]: `Serialize` is its JSON, `text` its text. Text from
//! elsewhere (names, ids, values) passes [`visible`], so that no record can write into the terminal.

mod table;
mod visible;

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;

pub(crate) use table::{Cell, Table};
pub(crate) use visible::visible;

use crate::failure::Failure;

/// Something that a verb says.
pub(crate) trait Shown: Serialize {
    /// Says it in text.
    fn text(&self, text: &mut Text);
}

/// When there are colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colours {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

impl Colours {
    const fn choice(self) -> ColorChoice {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
    }
}

/// Where answers go.
pub(crate) struct Output {
    json: bool,
    answers: BufWriter<AutoStream<io::Stdout>>,
    complaints: AutoStream<io::Stderr>,
}

impl Output {
    pub(crate) fn new(json: bool, colours: Colours) -> Self {
        Self {
            json,
            answers: BufWriter::new(AutoStream::new(io::stdout(), colours.choice())),
            complaints: AutoStream::new(io::stderr(), colours.choice()),
        }
    }

    /// Whether answers are JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Says something: as text, or as one line of JSON.
    pub(crate) fn show(&mut self, shown: &impl Shown) -> Result<(), Failure> {
        if self.json {
            return self.json(shown);
        }
        let mut text = Text::default();
        shown.text(&mut text);
        self.answers.write_all(text.0.as_bytes()).map_err(Failure::Output)?;
        // A person sees each line when it comes.
        if io::stdout().is_terminal() { self.flush() } else { Ok(()) }
    }

    fn json(&mut self, shown: &impl Serialize) -> Result<(), Failure> {
        let written = serde_json::to_writer(&mut self.answers, shown).map_err(io::Error::from);
        written.and_then(|()| self.answers.write_all(b"\n")).map_err(Failure::Output)
    }

    /// Hands over what was said so far.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.answers.flush().map_err(Failure::Output)
    }

    /// Says why there is no answer: as JSON where the answer would be, else on the side.
    pub(crate) fn complain(&mut self, failure: &Failure) {
        // Nobody is left to be told when this fails too.
        if self.json {
            drop(self.json(failure).and_then(|()| self.flush()));
            return;
        }
        drop(self.flush());
        let mut text = Text::default();
        failure.text(&mut text);
        drop(self.complaints.write_all(text.0.as_bytes()));
    }
}

/// Whether a person looks at the side channel, where progress is shown.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Text as it is put together.
#[derive(Default)]
pub(crate) struct Text(String);

impl Text {
    fn styled(&mut self, style: Style, text: impl Display) -> &mut Self {
        let text = text.to_string();
        self.0.push_str(&format!("{style}{}{style:#}", visible(&text)));
        self
    }

    pub(crate) fn plain(&mut self, text: impl Display) -> &mut Self {
        let text = text.to_string();
        self.0.push_str(&visible(&text));
        self
    }

    /// What went well.
    pub(crate) fn good(&mut self, text: impl Display) -> &mut Self {
        self.styled(GOOD, text)
    }

    /// What went wrong.
    pub(crate) fn bad(&mut self, text: impl Display) -> &mut Self {
        self.styled(BAD, text)
    }

    /// What is to be looked at.
    pub(crate) fn doubtful(&mut self, text: impl Display) -> &mut Self {
        self.styled(DOUBTFUL, text)
    }

    /// What it is about.
    pub(crate) fn strong(&mut self, text: impl Display) -> &mut Self {
        self.styled(STRONG, text)
    }

    /// What can be passed over.
    pub(crate) fn faint(&mut self, text: impl Display) -> &mut Self {
        self.styled(FAINT, text)
    }

    /// What somebody else has made fit for the terminal, or what is a file.
    pub(crate) fn ready(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    /// Ends the line.
    pub(crate) fn end(&mut self) {
        self.0.push('\n');
    }
}
