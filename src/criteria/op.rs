//! The operators and functions of the language.

/// An operator, function or method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `a && b && ...`
    And,
    /// `a || b || ...`
    Or,
    /// `!a`
    Not,
    /// `-a`
    Neg,
    /// `a == b`
    Eq,
    /// `a != b`
    Ne,
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
    /// `a > b`
    Gt,
    /// `a >= b`
    Ge,
    /// `a in b`
    In,
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a % b`
    Rem,
    /// `a ? b : c`
    Cond,
    /// `has(a)`
    Has,
    /// `size(a)`
    Size,
    /// `a.startsWith(b)`
    StartsWith,
    /// `a.endsWith(b)`
    EndsWith,
    /// `a.contains(b)`
    Contains,
    /// `a.matches(b)`
    Matches,
    /// `timestamp(a)`
    Timestamp,
    /// `duration(a)`
    Duration,
}

/// How an operator is written in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Prefix,
    Infix,
    Ternary,
    Function,
    Method,
}

impl Op {
    /// Every operator, in the order of the documentation.
    pub const ALL: [Self; 25] = [
        Self::And,
        Self::Or,
        Self::Not,
        Self::Neg,
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::In,
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Rem,
        Self::Cond,
        Self::Has,
        Self::Size,
        Self::StartsWith,
        Self::EndsWith,
        Self::Contains,
        Self::Matches,
        Self::Timestamp,
        Self::Duration,
    ];

    /// How it is written, in text and as `op` in a tree; both minuses are `-`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
            Self::Not => "!",
            Self::Neg | Self::Sub => "-",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
            Self::Cond => "?:",
            Self::Has => "has",
            Self::Size => "size",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Contains => "contains",
            Self::Matches => "matches",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
        }
    }

    /// The operator written so over this many operands.
    pub(super) fn find(text: &str, arity: u32) -> Option<Self> {
        let op = Self::ALL.into_iter().find(|op| op.as_str() == text)?;
        Some(if op == Self::Neg && arity == 2 { Self::Sub } else { op })
    }

    pub(super) const fn form(self) -> Form {
        match self {
            Self::Not | Self::Neg => Form::Prefix,
            Self::Cond => Form::Ternary,
            Self::Has | Self::Size | Self::Timestamp | Self::Duration => Form::Function,
            Self::StartsWith | Self::EndsWith | Self::Contains | Self::Matches => Form::Method,
            _ => Form::Infix,
        }
    }

    /// How many operands it takes; chains of `&&` and `||` take two or more.
    pub(super) const fn arity(self) -> u32 {
        match self.form() {
            Form::Prefix | Form::Function => 1,
            Form::Infix | Form::Method => 2,
            Form::Ternary => 3,
        }
    }

    /// How tightly it binds; greater binds tighter.
    pub(super) const fn precedence(self) -> u8 {
        match self {
            Self::Cond => 0,
            Self::Or => 1,
            Self::And => 2,
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge | Self::In => 3,
            Self::Add | Self::Sub => 4,
            Self::Mul | Self::Div | Self::Rem => 5,
            Self::Not | Self::Neg => 6,
            _ => 7,
        }
    }

    pub(super) const fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge | Self::In)
    }

    /// The comparison that says the same with its operands swapped.
    pub(super) const fn mirrored(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            other => other,
        }
    }
}
