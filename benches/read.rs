//! How fast a large table is read, held against parsing each line as a tree: `cargo bench --bench read`.
//!
//! Both readers see the same bytes in the same run, so that their ratio means something on a busy machine. With the
//! argument `write PATH COUNT` the records are written to a file instead.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use assay::read::{Loaded, Next, ReadOptions, Session};

/// Records of the file that is timed, each about 700 bytes.
const RECORDS: usize = 10_000;

/// Rounds; the fastest counts.
const ROUNDS: usize = 30;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [command, path, count] = args.as_slice()
        && command == "write"
    {
        write(path, count.parse().unwrap_or(RECORDS));
        return;
    }
    let records: Vec<String> = (0..RECORDS).map(record).collect();
    let lines = records.join("\n").into_bytes();
    let document = format!(r#"{{"model": "m", "results": [{}]}}"#, records.join(", ")).into_bytes();
    let trees = rate(lines.len(), || {
        for line in lines.split(|byte| *byte == b'\n') {
            black_box(serde_json::from_slice::<serde_json::Value>(line).ok());
        }
    });
    println!("serde_json::Value a line   {trees:6.0} MB/s");
    for (name, bytes) in [("assay, JSON lines", &lines), ("assay, one document", &document)] {
        let own = rate(bytes.len(), || {
            let loaded = read(bytes);
            assert_eq!(loaded.runs.first().map(|run| run.samples.len()), Some(RECORDS));
            black_box(loaded);
        });
        println!("{name:26} {own:6.0} MB/s, {:.1} times as fast", own / trees);
    }
}

/// Megabytes a second of the fastest round.
fn rate(bytes: usize, mut work: impl FnMut()) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed());
    }
    bytes as f64 / 1e6 / best.as_secs_f64()
}

fn read(bytes: &[u8]) -> Loaded {
    let mut session = Session::new(ReadOptions::default());
    session.begin("bench.json");
    for chunk in bytes.chunks(1 << 20) {
        assert_eq!(session.feed(chunk), Next::Chunk);
    }
    session.end();
    session.finish()
}

/// Writes a file of JSON lines, without ever holding it whole.
fn write(path: &str, count: usize) {
    use std::io::Write as _;
    let file = std::fs::File::create(path).expect("the file can be created");
    let mut out = std::io::BufWriter::new(file);
    for index in 0..count {
        writeln!(out, "{}", record(index)).expect("the disk has room");
    }
}

/// A record as evaluation scripts write them; the same for the same index.
fn record(index: usize) -> String {
    const WORDS: [&str; 12] = [
        "the",
        "claim",
        "follows",
        "from",
        "a",
        "table",
        "of",
        "results",
        "caf\u{e9}",
        "\\\"quoted\\\"",
        "line\\n",
        "17",
    ];
    const FAILURES: [&str; 4] = ["wrong_format", "hallucination", "refusal", "arithmetic"];
    let mut state = (index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = |length: usize| {
        let mut out = String::with_capacity(length + 16);
        while out.len() < length {
            out.push_str(WORDS[draw(12) as usize]);
            out.push(' ');
        }
        out
    };
    let (input, output) = (text(240), text(240));
    let right = draw(100) < 70;
    let failure = if right {
        "null".to_owned()
    } else {
        format!("\"{}\"", FAILURES[draw(4) as usize])
    };
    let lang = ["de", "en", "fr", "ja"][draw(4) as usize];
    let mut line = String::with_capacity(720);
    let _ = write!(
        line,
        r#"{{"id": "sample-{index:07}", "input": "{input}", "output": "{output}", "confidence": 0.{:03}, "correct": {right}, "#,
        draw(1000),
    );
    let _ = write!(
        line,
        r#""latency_secs": {}.{:04}, "output_tokens": {}, "lang": "{lang}", "failure_mode": {failure}, "#,
        draw(9),
        draw(10_000),
        draw(400),
    );
    let _ = write!(line, r#""difficulty": "level-{}"}}"#, draw(5));
    line
}
