use core::fmt;

/// A heading of the icon picker (seed 000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum IconGroup {
    StatusAndProgress,
    ActionsAndMovement,
    PeopleAndOwnership,
    DocumentsAndWorkflow,
    FinancialAndOutcomes,
    SignalsAndIndicators,
    LifecycleAndGrowth,
    EmotionsAndStates,
}

impl IconGroup {
    /// Its word, for programs and translations: `status_and_progress`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StatusAndProgress => "status_and_progress",
            Self::ActionsAndMovement => "actions_and_movement",
            Self::PeopleAndOwnership => "people_and_ownership",
            Self::DocumentsAndWorkflow => "documents_and_workflow",
            Self::FinancialAndOutcomes => "financial_and_outcomes",
            Self::SignalsAndIndicators => "signals_and_indicators",
            Self::LifecycleAndGrowth => "lifecycle_and_growth",
            Self::EmotionsAndStates => "emotions_and_states",
        }
    }
}

/// Declares the catalogue: each icon with its word and its group.
macro_rules! icons {
    ($($variant:ident $name:literal $group:ident,)*) => {
        /// An icon of the catalogue, by name; drawing it is the host's (S29).
        ///
        /// ```
        /// use lifestage::catalog::Icon;
        ///
        /// assert_eq!(Icon::from_name("calendar_check"), Some(Icon::CalendarCheck));
        /// assert_eq!(Icon::ALL.len(), 32);
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum Icon { $($variant,)* }

        impl Icon {
            /// The whole catalogue, group by group.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word used in documents.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The heading it stands under.
            pub const fn group(self) -> IconGroup {
                match self { $(Self::$variant => IconGroup::$group,)* }
            }
        }
    };
}

icons! {
    Check "check" StatusAndProgress,
    DashedCircle "dashed_circle" StatusAndProgress,
    Cross "cross" StatusAndProgress,
    Minus "minus" StatusAndProgress,
    Plus "plus" StatusAndProgress,
    Hourglass "hourglass" StatusAndProgress,
    Block "block" StatusAndProgress,
    Arrow "arrow" ActionsAndMovement,
    Send "send" ActionsAndMovement,
    Phone "phone" ActionsAndMovement,
    Message "message" ActionsAndMovement,
    Mail "mail" ActionsAndMovement,
    UserCheck "user_check" PeopleAndOwnership,
    UserPlus "user_plus" PeopleAndOwnership,
    UserMinus "user_minus" PeopleAndOwnership,
    Notes "notes" DocumentsAndWorkflow,
    Document "document" DocumentsAndWorkflow,
    Checklist "checklist" DocumentsAndWorkflow,
    CalendarCheck "calendar_check" DocumentsAndWorkflow,
    Cash "cash" FinancialAndOutcomes,
    CurrencyDollar "currency_dollar" FinancialAndOutcomes,
    CurrencyEuro "currency_euro" FinancialAndOutcomes,
    Diamond "diamond" FinancialAndOutcomes,
    Sparkles "sparkles" SignalsAndIndicators,
    Trending "trending" SignalsAndIndicators,
    Flame "flame" SignalsAndIndicators,
    Snowflake "snowflake" SignalsAndIndicators,
    Seedling "seedling" LifecycleAndGrowth,
    Plant "plant" LifecycleAndGrowth,
    Happy "happy" EmotionsAndStates,
    Sad "sad" EmotionsAndStates,
    Ghost "ghost" EmotionsAndStates,
}

impl Icon {
    /// The icon with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|icon| icon.name() == name)
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
