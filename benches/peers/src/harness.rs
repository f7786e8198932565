//! Times cases beside each other: checked first, rounds interleaved, medians, allocations counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::ops::Range;
use std::time::Instant;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting what each thread asks of it.
pub struct Counting;

fn count() {
    ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
}

// SAFETY: every call goes unchanged to `System`; the counter neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's obligations are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(ptr, layout, size) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(ptr, layout) }
    }
}

/// What a case is, for the ratios.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The hand-written limit of its table.
    Limit,
    /// Another hand-written engine, shown for orientation.
    Hand,
    /// A crate that people could use instead.
    Peer,
    /// `lifestage`.
    Ours,
}

type Pass<'a> = Box<dyn FnMut(Range<usize>, &mut [u8]) + 'a>;

struct Case<'a> {
    name: String,
    kind: Kind,
    pass: Pass<'a>,
}

/// Cases that answer the same questions, and the answers.
pub struct Suite<'a> {
    title: String,
    expected: &'a [u8],
    cases: Vec<Case<'a>>,
}

/// How much to measure.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    /// Questions in a round; later rounds ask other ones where there are more.
    pub window: usize,
}

/// One line of the table.
struct Line {
    name: String,
    kind: Kind,
    ns: f64,
    allocations: f64,
}

/// Turns a function that answers one question into a pass over many.
pub fn each<'a, Q, F>(questions: &'a [Q], mut answer: F) -> impl FnMut(Range<usize>, &mut [u8]) + 'a
where
    F: FnMut(&'a Q) -> u8 + 'a,
{
    move |range, answers| {
        for (slot, question) in answers.iter_mut().zip(&questions[range]) {
            *slot = answer(question);
        }
    }
}

impl<'a> Suite<'a> {
    pub fn new(title: impl Into<String>, expected: &'a [u8]) -> Self {
        Self { title: title.into(), expected, cases: Vec::new() }
    }

    /// Adds a case. Its pass answers the questions of a range, one byte each.
    pub fn add(
        &mut self,
        kind: Kind,
        name: impl Into<String>,
        pass: impl FnMut(Range<usize>, &mut [u8]) + 'a,
    ) -> &mut Self {
        self.cases.push(Case { name: name.into(), kind, pass: Box::new(pass) });
        self
    }

    /// Checks every answer of every case.
    ///
    /// # Errors
    ///
    /// Names the first case and question with another answer than expected.
    pub fn check(&mut self) -> Result<(), String> {
        let mut answers = vec![0; self.expected.len()];
        for case in &mut self.cases {
            answers.fill(0xEE);
            (case.pass)(0..answers.len(), &mut answers);
            if let Some(at) = answers.iter().zip(self.expected).position(|(a, b)| a != b) {
                let (got, want) = (answers[at], self.expected[at]);
                return Err(format!(
                    "{}: `{}` answers {got} to question {at}, not {want}",
                    self.title, case.name
                ));
            }
        }
        Ok(())
    }

    /// Checks, then times, and returns the table as Markdown.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); nothing is timed then.
    pub fn run(mut self, effort: Effort) -> Result<String, String> {
        self.check()?;
        let window = effort.window.min(self.expected.len());
        let mut answers = vec![0; window];
        let mut times = vec![Vec::with_capacity(effort.rounds); self.cases.len()];
        let mut allocations = vec![0; self.cases.len()];
        let windows = self.expected.len() / window;
        for round in 0..effort.rounds {
            let start = round % windows * window;
            for turn in 0..self.cases.len() {
                // A different one comes first in each round, so that none has the better place.
                let at = (turn + round) % self.cases.len();
                let before = ALLOCATIONS.with(Cell::get);
                let clock = Instant::now();
                (self.cases[at].pass)(start..start + window, black_box(&mut answers));
                let elapsed = clock.elapsed();
                allocations[at] = ALLOCATIONS.with(Cell::get) - before;
                times[at].push(elapsed.as_nanos() as f64 / window as f64);
            }
        }
        let line = |((case, mut times), allocations): ((Case<'_>, Vec<f64>), u64)| {
            times.sort_by(f64::total_cmp);
            let ns = times[times.len() / 2];
            Line { name: case.name, kind: case.kind, ns, allocations: allocations as f64 / window as f64 }
        };
        let lines = self.cases.into_iter().zip(times).zip(allocations).map(line).collect::<Vec<_>>();
        Ok(table(&self.title, &lines))
    }
}

fn table(title: &str, lines: &[Line]) -> String {
    let best = |kind| lines.iter().filter(|l| l.kind == kind).map(|l| l.ns).min_by(f64::total_cmp);
    let (limit, peer) = (best(Kind::Limit), best(Kind::Peer));
    let ratio = |ns: f64, base: Option<f64>| base.map_or("-".to_owned(), |base| format!("{:.2}", ns / base));
    let mut rows = vec![["case", "ns", "allocs", "x limit", "x best peer"].map(str::to_owned)];
    rows.extend(lines.iter().map(|line| {
        let ns = if line.ns < 100.0 { format!("{:.2}", line.ns) } else { format!("{:.0}", line.ns) };
        let allocations = format!("{:.2}", line.allocations);
        [line.name.clone(), ns, allocations, ratio(line.ns, limit), ratio(line.ns, peer)]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = format!("### {title}\n\n");
    for (i, row) in rows.iter().enumerate() {
        text += &format!("| {:<w$} |", row[0], w = widths[0]);
        for (cell, w) in row.iter().zip(widths).skip(1) {
            text += &format!(" {cell:>w$} |");
        }
        text.push('\n');
        if i == 0 {
            text += &format!("| {} |", "-".repeat(widths[0]));
            for w in &widths[1..] {
                text += &format!(" {}: |", "-".repeat(w - 1));
            }
            text.push('\n');
        }
    }
    text
}

/// The machine in one line: processor, cores, compiler.
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = std::process::Command::new("rustc").arg("--version").output();
    let compiler = compiler
        .map_or("unknown compiler".to_owned(), |out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    format!("{}, {cores} cores, {compiler}", model.trim_start_matches(['\t', ' ', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_is_named_and_nothing_is_timed() {
        let mut suite = Suite::new("sums", &[1, 2, 3]);
        suite.add(Kind::Limit, "right", each(&[0u8, 1, 2], |n| n + 1));
        suite.add(Kind::Peer, "off", each(&[0u8, 1, 3], |n| n + 1));
        let told = suite.run(Effort { rounds: 1, window: 3 });
        assert_eq!(told, Err("sums: `off` answers 4 to question 2, not 3".to_owned()));
    }

    #[test]
    fn allocations_are_counted_per_question() {
        let mut suite = Suite::new("boxes", &[7; 8]);
        suite.add(Kind::Limit, "none", each(&[7u8; 8], |n| *n));
        suite.add(Kind::Peer, "one", each(&[7u8; 8], |n| *black_box(Box::new(*n))));
        let table = suite.run(Effort { rounds: 3, window: 8 }).unwrap();
        let allocs = |name| {
            let line = table.lines().find(|line| line.contains(name)).unwrap();
            line.split('|').nth(3).unwrap().trim().to_owned()
        };
        assert_eq!((allocs("| none"), allocs("| one")), ("0.00".to_owned(), "1.00".to_owned()));
    }
}
