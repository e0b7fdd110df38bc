//! What the headers of one answer cost: the stage alone, against twelve plain inserts into Actix's map.
//!
//! `headers` prints nanoseconds, medians of interleaved rounds in one run; with valgrind also
//! instructions, the difference of two runs that differ in the number of answers only.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

use std::{
    env, fs,
    hint::black_box,
    io,
    process::{Command, Stdio},
    time::Instant,
};

use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use palisade::allow_unsafe;

const ROUNDS: usize = 41;
const ANSWERS: u32 = 20_000;
const FEW: u32 = 2_000;
const MANY: u32 = 22_000;

/// Twelve fields that services set by hand.
const TWELVE: [(&str, &str); 12] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-frame-options", "deny"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store, max-age=0"),
    ("x-dns-prefetch-control", "off"),
    ("x-permitted-cross-domain-policies", "none"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
];

/// What is done to the headers of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Nothing: making the map, clearing it, one content type.
    Nothing,
    /// Twelve inserts.
    Inserts,
    /// The stage of an API's answer.
    Api,
    /// The stage of a page.
    Page,
    /// The stage of a page with a nonce.
    Signed,
}

impl Work {
    const ALL: [Self; 5] = [Self::Nothing, Self::Inserts, Self::Api, Self::Page, Self::Signed];

    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Inserts => "twelve inserts",
            Self::Api => "the stage, an API's answer",
            Self::Page => "the stage, a page",
            Self::Signed => "the stage, a page with a nonce",
        }
    }
}

#[allow_unsafe(macro_internals, reason = "the stage is measured by itself, outside of a service")]
struct Bench {
    stage: palisade::__private::HeaderStage,
    twelve: Vec<(HeaderName, HeaderValue)>,
    left: HeaderValue,
    content_type: (HeaderName, HeaderValue),
}

#[allow_unsafe(macro_internals, reason = "the stage is measured by itself, outside of a service")]
impl Bench {
    fn new() -> io::Result<Self> {
        let twelve = TWELVE
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let stage = palisade::__private::HeaderStage::whole();
        Ok(Self {
            stage: stage.map_err(|error| io::Error::other(error.to_string()))?,
            twelve: twelve.into(),
            left: HeaderValue::from_static("\"default\";r=59;t=1"),
            content_type: (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        })
    }

    fn act(&self, work: Work, headers: &mut HeaderMap) {
        let (name, value) = &self.content_type;
        headers.insert(name.clone(), value.clone());
        match work {
            Work::Nothing => {}
            Work::Inserts => {
                for (name, value) in &self.twelve {
                    headers.insert(name.clone(), value.clone());
                }
            }
            Work::Api | Work::Page | Work::Signed => {
                let marked = (work != Work::Api).then_some(palisade::__private::ProfileKind::Html);
                let left = Some(self.left.clone());
                let id = b"0123456789abcdef0123456789abcdef";
                self.stage.put_on(headers, marked, id, left, work == Work::Signed);
            }
        }
        black_box(&headers);
    }

    /// So many answers; each has a map of its own, or the one that the answer before it had, as Actix
    /// hands them on.
    fn run(&self, work: Work, kept: bool, answers: u32) {
        let mut one = HeaderMap::new();
        for _ in 0..answers {
            if kept {
                one.clear();
            } else {
                one = HeaderMap::new();
            }
            self.act(work, &mut one);
        }
    }

    fn nanos(&self, work: Work, kept: bool) -> f64 {
        let start = Instant::now();
        self.run(work, kept, ANSWERS);
        start.elapsed().as_nanos() as f64 / f64::from(ANSWERS)
    }
}

fn main() -> io::Result<()> {
    let bench = Bench::new()?;
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [work, kept, answers] = arguments.as_slice() {
        let work = Work::ALL.into_iter().find(|one| one.name() == work.as_str());
        let (Some(work), Ok(answers)) = (work, answers.parse()) else {
            return Err(io::Error::other("headers WORK kept|new ANSWERS, or nothing"));
        };
        bench.run(work, kept == "kept", answers);
        return Ok(());
    }
    println!("| headers of an answer | map | ns | without the map | instructions |");
    println!("|---|---|---|---|---|");
    for kept in [true, false] {
        let mut times = Work::ALL.map(|_| Vec::with_capacity(ROUNDS));
        for _ in 0..ROUNDS {
            for (work, times) in Work::ALL.into_iter().zip(&mut times) {
                times.push(bench.nanos(work, kept));
            }
        }
        let mut base = None;
        for (work, times) in Work::ALL.into_iter().zip(&mut times) {
            times.sort_by(f64::total_cmp);
            let median = times.get(ROUNDS / 2).copied().unwrap_or(f64::NAN);
            let base = *base.get_or_insert(median);
            let counted = instructions(work, kept);
            let counted = counted.map_or_else(|_| "-".to_owned(), |each| format!("{each:.0}"));
            let map = if kept { "kept" } else { "new" };
            println!(
                "| {} | {map} | {median:.0} | {:.0} | {counted} |",
                work.name(),
                median - base
            );
        }
    }
    Ok(())
}

/// Instructions of one answer, by callgrind.
fn instructions(work: Work, kept: bool) -> io::Result<f64> {
    let total = |answers: u32| -> io::Result<u64> {
        let out = env::temp_dir().join(format!("palisade-headers-{}", std::process::id()));
        let status = Command::new("valgrind")
            .args(["--tool=callgrind", "--quiet"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(env::current_exe()?)
            .args([work.name(), if kept { "kept" } else { "new" }, &answers.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        let text = fs::read_to_string(&out)?;
        fs::remove_file(&out)?;
        let total = text.lines().rev().find_map(|line| line.strip_prefix("totals: "));
        let total = total.or_else(|| text.lines().find_map(|line| line.strip_prefix("summary: ")));
        let total = total.and_then(|total| total.trim().parse().ok()).filter(|_| status.success());
        total.ok_or_else(|| io::Error::other("callgrind told no total"))
    };
    let (few, many) = (total(FEW)?, total(MANY)?);
    Ok(many.saturating_sub(few) as f64 / f64::from(MANY - FEW))
}
