//! Benchmarks of `lifestage` beside hand-written limits and other crates: see the README.

mod batch;
mod engine;
mod expressions;
mod hand;
mod harness;
mod limit;
mod load;
mod machines;
mod ours;
mod random;
#[path = "../../simulation/steps.rs"]
mod steps;
mod w1;
mod workload;

use std::process::ExitCode;

use lifestage::SealedChange;
use rustc_hash::FxHashMap;

use crate::engine::{Decide, Judge};
use crate::expressions::{Maps, cel, datalogic, wirefilter, zen};
use crate::hand::{Ids, Interning, Names};
use crate::harness::{Counting, Effort, Kind, Suite, each};
use crate::machines::{rust_fsm::RustFsm, smlang::Smlang, statig::Statig};
use crate::ours::People;
use crate::workload::{Request, Value, Workload};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const USAGE: &str = "usage: lifestage-peers [--quick] [--load] [--seed N] [--markdown FILE]";

struct Options {
    quick: bool,
    /// Only the loading of definitions.
    load: bool,
    seed: u64,
    markdown: Option<String>,
}

fn options() -> Result<Options, String> {
    let mut options = Options { quick: false, load: false, seed: w1::SEED, markdown: None };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{arg}` needs a value\n{USAGE}"));
        match &*arg {
            "--quick" => options.quick = true,
            "--load" => options.load = true,
            "--seed" => {
                let seed = value()?;
                options.seed = seed.parse().map_err(|_| format!("`{seed}` is not a seed\n{USAGE}"))?;
            }
            "--markdown" => options.markdown = Some(value()?),
            _ => return Err(format!("unknown argument `{arg}`\n{USAGE}")),
        }
    }
    Ok(options)
}

/// Adds an engine that judges whole requests.
fn decide<'a>(
    suite: &mut Suite<'a>,
    kind: Kind,
    name: &str,
    workload: &'a Workload,
    mut engine: impl Decide + 'a,
) {
    suite.add(kind, name, each(&workload.requests, move |request| engine.decide(request)));
}

/// Engines that take any pipeline of W1's shape. The first of them is the limit where no table can be written.
fn add_run_time<'a>(suite: &mut Suite<'a>, workload: &'a Workload, first: Kind) {
    type Pairs<'a> = Vec<(&'a str, Value<'a>)>;
    type Map<'a> = FxHashMap<&'a str, Value<'a>>;
    decide(suite, first, "hand-made, ids and interned slots", workload, Ids::new(workload));
    decide(suite, Kind::Hand, "hand-made, names and fact pairs", workload, Names::<Pairs<'_>>::new(workload));
    decide(
        suite,
        Kind::Hand,
        "hand-made, names and a map of facts",
        workload,
        Names::<Map<'_>>::new(workload),
    );
    let datalogic = datalogic::Datalogic::new(workload);
    decide(suite, Kind::Peer, "hash maps + datalogic-rs", workload, Maps::new(workload, datalogic));
    let wirefilter = wirefilter::Wirefilter::new(workload);
    decide(suite, Kind::Peer, "hash maps + wirefilter", workload, Maps::new(workload, wirefilter));
    decide(
        suite,
        Kind::Peer,
        "hash maps + zen-expression",
        workload,
        Maps::new(workload, zen::Zen::new(workload)),
    );
    decide(suite, Kind::Peer, "hash maps + cel", workload, Maps::new(workload, cel::Cel::new(workload)));
    ours::add_decisions(suite, workload);
}

fn w1_suite(workload: &Workload) -> Suite<'_> {
    let mut suite = Suite::new("W1: one guarded decision", &workload.expected);
    decide(&mut suite, Kind::Limit, "hand-written table (L1)", workload, limit::Table::new(workload));
    decide(&mut suite, Kind::Peer, "rust-fsm", workload, RustFsm::new(workload));
    decide(&mut suite, Kind::Peer, "smlang", workload, Smlang::new(workload));
    decide(&mut suite, Kind::Peer, "statig", workload, Statig::new(workload));
    add_run_time(&mut suite, workload, Kind::Hand);
    suite
}

fn random_suite(workload: &Workload) -> Suite<'_> {
    let pipeline = &workload.pipeline;
    let title = format!(
        "A random pipeline made at run time ({} stages, {} moves, {} roles)",
        pipeline.stages.len(),
        pipeline.moves.len(),
        pipeline.roles.len()
    );
    let mut suite = Suite::new(title, &workload.expected);
    add_run_time(&mut suite, workload, Kind::Limit);
    suite
}

/// The contacts of the requests: what W2 asks about.
fn contacts(workload: &Workload) -> Vec<usize> {
    workload.requests.iter().map(|request| request.contact.into()).collect()
}

/// Whether each contact passes the criteria of W1.
fn passes(workload: &Workload, contacts: &[usize]) -> Vec<u8> {
    contacts.iter().map(|contact| workload.passes(0, *contact).into()).collect()
}

fn judge<'a>(
    suite: &mut Suite<'a>,
    kind: Kind,
    name: &str,
    contacts: &'a [usize],
    mut engine: impl Judge + 'a,
) {
    suite.add(kind, name, each(contacts, move |contact| engine.passes(0, *contact).into()));
}

fn w2_suite<'a>(title: &str, workload: &'a Workload, contacts: &'a [usize], expected: &'a [u8]) -> Suite<'a> {
    let mut suite = Suite::new(title, expected);
    let all = &mut suite;
    judge(all, Kind::Limit, "hand-written Rust, interned", contacts, limit::Table::new(workload));
    judge(all, Kind::Hand, "hand-written Rust, &str facts", contacts, limit::OverText::new(workload));
    judge(all, Kind::Hand, "flat tests over interned slots", contacts, Ids::new(workload));
    judge(all, Kind::Ours, "lifestage, words", contacts, ours::AloneByWords::new(workload));
    judge(all, Kind::Ours, "lifestage, interned slots", contacts, ours::Alone::interned(workload));
    judge(all, Kind::Ours, "lifestage, &str slots", contacts, ours::Alone::texts(workload));
    judge(all, Kind::Peer, "datalogic-rs", contacts, datalogic::Datalogic::new(workload));
    judge(all, Kind::Peer, "wirefilter", contacts, wirefilter::Wirefilter::new(workload));
    judge(all, Kind::Peer, "zen-expression", contacts, zen::Zen::new(workload));
    judge(all, Kind::Peer, "cel", contacts, cel::Cel::new(workload));
    suite
}

fn interning_suite<'a>(workload: &'a Workload, contacts: &'a [usize], expected: &'a [u8]) -> Suite<'a> {
    let mut suite = Suite::new("Interning: the named facts of a contact to slots", expected);
    let mut interning = Interning::new(workload);
    suite.add(Kind::Limit, "hand-made", each(contacts, move |contact| interning.intern(*contact)));
    suite
}

/// Parse, check and compile W1's criteria; the answer is always 1.
fn compile_suite<'a>(workload: &'a Workload, expected: &'a [u8]) -> Suite<'a> {
    let mut suite = Suite::new("W2: parse, check and compile the criteria", expected);
    let pipeline = &workload.pipeline;
    let tests = &pipeline.criteria[0];
    let (engine, text) = (datalogic_rs::Engine::new(), datalogic::text(pipeline, tests));
    suite.add(
        Kind::Peer,
        "datalogic-rs",
        each(expected, move |one| keep(datalogic::compile(&engine, &text), *one)),
    );
    let (scheme, text) = (wirefilter::scheme(pipeline), wirefilter::text(pipeline, tests));
    suite.add(
        Kind::Peer,
        "wirefilter",
        each(expected, move |one| keep(wirefilter::compile(scheme, &text), *one)),
    );
    let (mut isolate, text) = (zen_expression::Isolate::new(), zen::text(pipeline, tests));
    suite.add(
        Kind::Peer,
        "zen-expression",
        each(expected, move |one| keep(zen::compile(&mut isolate, &text), *one)),
    );
    let text = expressions::cel_text(pipeline, tests);
    suite.add(Kind::Peer, "cel", each(expected, move |one| keep(cel::compile(&text), *one)));
    let mut compile = ours::compiler(workload);
    suite.add(Kind::Ours, "lifestage", each(expected, move |one| keep(compile(), *one)));
    suite
}

/// Whole answers over records, for requests that are granted and then for those that are not.
fn answer_suite<'a>(people: &'a People, granted: bool, asked: &'a (Vec<Request>, Vec<u8>)) -> Suite<'a> {
    let title = if granted {
        "Whole answers: granted"
    } else {
        "Whole answers: refused, with every reason and a way"
    };
    let (requests, answers) = asked;
    let mut suite = Suite::new(title, answers);
    suite.add(Kind::Ours, "decide", each(requests, |request| people.decide(request)));
    if granted {
        suite.add(Kind::Ours, "decide and seal", each(requests, |request| people.seal(request)));
    }
    suite
}

fn hash_suite<'a>(changes: &'a [SealedChange], expected: &'a [u8]) -> Suite<'a> {
    let mut suite = Suite::new("Hash of a history row", expected);
    suite.add(Kind::Ours, "verify one row", each(changes, People::verify));
    suite
}

/// A step of a simulation beside the limit of W1.
fn step_suite(workload: &Workload) -> Suite<'_> {
    let mut suite = Suite::new("A step of a simulation", &workload.expected);
    decide(&mut suite, Kind::Limit, "hand-written table (L1)", workload, limit::Table::new(workload));
    let (mut steps, asked) = (steps::Steps::new(ours::NOW), &workload.expected);
    let step = each(asked, move |answer| {
        steps.step();
        *answer
    });
    suite.add(Kind::Ours, "decide, seal and commit in memory", step);
    suite
}

fn moves_suite<'a>(people: &'a People, requests: &'a [Request], open: &'a [u8]) -> Suite<'a> {
    let mut suite = Suite::new("The moves that are open", open);
    suite.add(Kind::Ours, "iterator, ids and slots", each(requests, |request| people.open_by_slots(request)));
    suite.add(Kind::Ours, "Vec, ids and slots", each(requests, |request| people.open_as_vec(request)));
    suite.add(
        Kind::Ours,
        "buttons, record and actor",
        each(requests, |request| people.open_by_names(request)),
    );
    suite.add(Kind::Ours, "explain every move and stage", each(requests, |request| people.explain(request)));
    suite
}

/// The answer, once something has been made for it and let go again.
fn keep<T>(made: T, answer: u8) -> u8 {
    drop(std::hint::black_box(made));
    answer
}

fn batch_suite<'a>(
    workload: &'a Workload,
    answers: &'a [u8; 4096],
    columns: &'a batch::Columns,
) -> Suite<'a> {
    let mut suite = Suite::new(format!("Batch: {} rows as columns", columns.mv.len()), &columns.expected);
    suite.add(Kind::Limit, "hand-written, stage u8, two loops", |range, out: &mut [u8]| {
        batch::two_loops(answers, columns, &columns.stage, range, out);
    });
    suite.add(Kind::Hand, "hand-written, stage u16, two loops", |range, out: &mut [u8]| {
        batch::two_loops(answers, columns, &columns.wide_stage, range, out);
    });
    suite.add(Kind::Hand, "hand-written, stage u8, one loop", |range, out: &mut [u8]| {
        batch::one_loop(answers, columns, range, out);
    });
    let ours = ours::Columns::new(workload, columns);
    suite.add(Kind::Ours, "lifestage, 7 columns", move |range, out: &mut [u8]| ours.judge(range, out));
    suite
}

fn run() -> Result<(), String> {
    let options = options()?;
    let quick = options.quick;
    let (requests, rows, compiles) =
        if quick { (100_000, 1_000_000, 500) } else { (w1::REQUESTS, 10_000_000, 5_000) };
    let effort = Effort { rounds: if quick { 5 } else { 15 }, window: requests };
    let mut text = format!("{}\n\n", harness::machine());
    print!("{text}");
    let mut report = |table: String| {
        println!("{table}");
        text += &table;
        text.push('\n');
    };

    // All of W1 is checked even where only a part of it is timed.
    let w1 = w1::generate(options.seed, w1::REQUESTS);
    if options.load {
        load::run(&w1, effort, &mut report)?;
        return options.markdown.map_or(Ok(()), |path| write(&path, &text));
    }
    report(w1_suite(&w1).run(effort)?);
    let drawn = random::generate(options.seed, requests);
    report(random_suite(&drawn).run(effort)?);
    let contacts = contacts(&w1);
    let expected = passes(&w1, &contacts);
    report(w2_suite("W2: the criteria alone", &w1, &contacts, &expected).run(effort)?);
    // The branch predictor learns a thousand contacts in order: what is left is the work itself.
    let in_order: Vec<usize> = (0..requests).map(|i| i % w1.contacts.len()).collect();
    let expected = passes(&w1, &in_order);
    report(w2_suite("W2, contacts in order", &w1, &in_order, &expected).run(effort)?);
    report(compile_suite(&w1, &vec![1; compiles]).run(effort)?);
    let expected: Vec<u8> = contacts.iter().map(|contact| Interning::expected(&w1, *contact)).collect();
    report(interning_suite(&w1, &contacts, &expected).run(effort)?);
    let people = People::new(&w1);
    let granted = People::requests(&w1, true);
    let asked = |questions: &[Request]| Effort { window: questions.len().min(requests / 10), ..effort };
    report(answer_suite(&people, true, &granted).run(asked(&granted.0))?);
    let refused = People::requests(&w1, false);
    report(answer_suite(&people, false, &refused).run(Effort { window: compiles, ..effort })?);
    let changes = people.sealed(compiles);
    report(hash_suite(&changes, &vec![1; changes.len()]).run(Effort { window: compiles, ..effort })?);
    let few = w1::generate(options.seed, 10 * compiles);
    report(step_suite(&few).run(Effort { window: compiles, ..effort })?);
    let open: Vec<u8> = granted.0.iter().map(|request| People::open(&w1, request)).collect();
    report(moves_suite(&people, &granted.0, &open).run(Effort { window: compiles, ..effort })?);
    load::run(&w1, effort, &mut report)?;
    let columns = batch::Columns::new(&w1, rows);
    let answers = limit::answers(&w1);
    report(batch_suite(&w1, &answers, &columns).run(Effort { window: rows, ..effort })?);

    options.markdown.map_or(Ok(()), |path| write(&path, &text))
}

fn write(path: &str, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write `{path}`: {error}"))
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_answers_w1_of_any_seed() {
        for seed in [w1::SEED, 1, 2] {
            let workload = w1::generate(seed, 20_000);
            assert_eq!(w1_suite(&workload).check(), Ok(()));
            let contacts = contacts(&workload);
            let expected = passes(&workload, &contacts);
            assert_eq!(w2_suite("W2", &workload, &contacts, &expected).check(), Ok(()));
            let expected: Vec<u8> = contacts.iter().map(|c| Interning::expected(&workload, *c)).collect();
            assert_eq!(interning_suite(&workload, &contacts, &expected).check(), Ok(()));
            assert_eq!(compile_suite(&workload, &[1]).check(), Ok(()));
            let people = People::new(&workload);
            for granted in [true, false] {
                let asked = People::requests(&workload, granted);
                assert_eq!(answer_suite(&people, granted, &asked).check(), Ok(()));
                let open: Vec<u8> = asked.0.iter().map(|request| People::open(&workload, request)).collect();
                assert_eq!(moves_suite(&people, &asked.0, &open).check(), Ok(()));
            }
            let columns = batch::Columns::new(&workload, 50_000);
            assert_eq!(batch_suite(&workload, &limit::answers(&workload), &columns).check(), Ok(()));
        }
    }

    #[test]
    fn every_run_time_engine_answers_random_pipelines() {
        for seed in 0..30 {
            let workload = random::generate(seed, 5_000);
            assert_eq!(random_suite(&workload).check(), Ok(()), "seed {seed}");
        }
    }
}
