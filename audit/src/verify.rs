//! Reads the files of a chain and reports what changed in them.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use crate::{
    chain::{Chain, LINE, Link, digest},
    file::open,
    head::{Head, head_path},
    key::Key,
    report::{Finding, Report},
};

/// The longest line, in bytes. Events are shorter.
const LONGEST: u64 = 1 << 20;

/// Verifies an audit file together with the older ones beside it and its head.
///
/// # Errors
///
/// A file that cannot be read.
pub fn verify(path: impl AsRef<Path>, key: Option<&Key>) -> io::Result<Report> {
    let path = path.as_ref();
    verify_files(&files_of(path)?, path, key)
}

/// The files of a chain in their order: the older ones, which have a number behind the name, and this one.
///
/// # Errors
///
/// Their folder cannot be read.
pub fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let other = entry?.file_name();
        let number = other.to_str().and_then(|other| other.strip_prefix(name)?.strip_prefix('.'));
        if let Some(number) = number.filter(|number| !number.is_empty())
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            files.push((number.parse::<u64>().unwrap_or(u64::MAX), folder.join(&other)));
        }
    }
    files.sort();
    let mut files: Vec<_> = files.into_iter().map(|(_, file)| file).collect();
    if path.exists() || files.is_empty() {
        files.push(path.to_owned());
    }
    Ok(files)
}

/// Verifies these files in this order, with the head beside `head_of`.
///
/// # Errors
///
/// A file that cannot be read.
pub fn verify_files(files: &[PathBuf], head_of: &Path, key: Option<&Key>) -> io::Result<Report> {
    let mut walk = Walk { key, report: Report::default(), last: None, head_line: None };
    let head = Head::read(head_of)?;
    walk.head_line = head.as_ref().map(|head| (head.chain.seq(), None));
    for file in files {
        walk.read(file)?;
    }
    walk.compare_with(head, head_of);
    Ok(walk.report)
}

/// A walk along a chain.
struct Walk<'a> {
    key: Option<&'a Key>,
    report: Report,
    last: Option<Last>,
    /// The number that the head has, and the hash of that line once it was read.
    head_line: Option<(u64, Option<String>)>,
}

/// The line before.
struct Last {
    file: PathBuf,
    line: u64,
    /// The greatest number so far.
    seq: u64,
    hash: String,
    /// Whether something was said about it already.
    is_told: bool,
}

impl Walk<'_> {
    fn read(&mut self, file: &Path) -> io::Result<()> {
        let mut reader = BufReader::new(open(file)?);
        let mut number = 0_u64;
        loop {
            let mut bytes = Vec::new();
            let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                return Ok(());
            }
            number = number.saturating_add(1);
            let is_ended = bytes.pop_if(|byte| *byte == b'\n').is_some();
            let line = std::str::from_utf8(&bytes).ok();
            let link = line.filter(|_| is_ended).and_then(Link::of);
            self.report.lines = self.report.lines.saturating_add(1);
            match (line, link) {
                (Some(line), Some(link)) => self.take(file, number, line, &link),
                (line, _) => {
                    let (file, text) = (file.to_owned(), line.unwrap_or_default());
                    let finding = Finding::Malformed { file: file.clone(), line: number };
                    self.report.findings.push(finding);
                    // The next line may have been joined to it: the service passed over a torn line.
                    let seq = self.last.as_ref().map_or(0, |last| last.seq);
                    let hash = digest(text);
                    self.last = Some(Last { file, line: number, seq, hash, is_told: true });
                }
            }
        }
    }

    fn take(&mut self, file: &Path, number: u64, line: &str, link: &Link<'_>) {
        let place = || (file.to_owned(), number);
        let mut is_told = false;
        if let Some(key) = self.key {
            let finding = match link.mac {
                Some((signed, code)) if key.has_signed(LINE, signed, code) => None,
                Some(_) => {
                    let (file, line) = place();
                    Some(Finding::Changed { file, line })
                }
                None => {
                    let (file, line) = place();
                    Some(Finding::Unsigned { file, line })
                }
            };
            is_told = finding.is_some();
            self.report.findings.extend(finding);
        }
        let mut seq = link.seq;
        match self.last.take() {
            None => self.report.first = Some(link.seq),
            Some(last) if link.seq <= last.seq && last.seq > 0 => {
                let (file, line) = place();
                self.report.findings.push(Finding::OutOfOrder { file, line, seq: link.seq });
                seq = last.seq;
                is_told = true;
            }
            Some(last) if link.seq > last.seq.saturating_add(1) => {
                let (file, line) = place();
                let (from, to) = (last.seq.saturating_add(1), link.seq.saturating_sub(1));
                self.report.findings.push(Finding::Missing { file, line, from, to });
            }
            Some(last) => {
                if link.prev != last.hash && !last.is_told && !is_told {
                    let (file, line) = (last.file, last.line);
                    self.report.findings.push(Finding::Changed { file, line });
                }
            }
        }
        let hash = digest(line);
        if let Some((wanted, found)) = &mut self.head_line
            && *wanted == link.seq
        {
            *found = Some(hash.clone());
        }
        self.report.first = self.report.first.or(Some(link.seq));
        self.report.last = Some(seq);
        self.last = Some(Last { file: file.to_owned(), line: number, seq, hash, is_told });
    }

    fn compare_with(&mut self, head: Option<Head>, head_of: &Path) {
        let file = head_path(head_of);
        let Some(head) = head else {
            self.report.findings.push(Finding::NoHead { file });
            return;
        };
        if self.key.is_some_and(|key| !head.is_signed_by(key)) {
            self.report.findings.push(Finding::HeadUnsigned { file });
        }
        if let Some(first) = self.report.first.filter(|first| *first > head.first) {
            let finding = Finding::Removed { from: head.first, to: first.saturating_sub(1) };
            self.report.findings.insert(0, finding);
        }
        let before = head.first.saturating_sub(1);
        let (last, told) = (self.report.last.unwrap_or(before), head.chain.seq());
        if told > last {
            self.report.findings.push(Finding::CutOff { from: last.saturating_add(1), to: told });
        } else if let (Some(place), Some((_, Some(hash)))) = (&self.last, &self.head_line)
            && *hash != head.chain.hash()
            && !place.is_told
            && told == last
        {
            // The last line has none behind it that holds its hash.
            let (file, line) = (place.file.clone(), place.line);
            self.report.findings.push(Finding::Changed { file, line });
        }
    }
}

/// The last line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLine {
    /// The end of the chain.
    pub chain: Chain,
    /// The text behind the last line break: of a process that ended while it wrote.
    pub torn: Option<String>,
    /// When its event was made (`@timestamp`), as it is written.
    pub time: Option<String>,
    /// What its MAC authenticates, and the MAC.
    mac: Option<(String, String)>,
}

impl LastLine {
    /// Whether it has a MAC.
    pub fn is_signed(&self) -> bool {
        self.mac.is_some()
    }

    /// Whether it was written with this key.
    pub fn is_signed_by(&self, key: &Key) -> bool {
        self.mac.as_ref().is_some_and(|(signed, code)| key.has_signed(LINE, signed, code))
    }
}

/// The last line of a file; `None` where the file is empty.
///
/// # Errors
///
/// It cannot be read.
pub fn last_line(mut file: File) -> io::Result<Option<LastLine>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(2 * LONGEST)))?;
    let mut bytes = Vec::new();
    file.take(2 * LONGEST).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (whole, torn) = match text.rsplit_once('\n') {
        Some((whole, torn)) => (whole, torn),
        None => ("", &*text),
    };
    let torn = (!torn.is_empty()).then(|| torn.to_owned());
    let mut lines = whole.lines().rev();
    let Some(line) = lines.next() else {
        let none =
            |torn| LastLine { chain: Chain::default(), torn: Some(torn), time: None, mac: None };
        return Ok(torn.map(none));
    };
    // The next line holds the hash of the last one, even if it is malformed; the number is that of the last
    // line of a chain.
    let linked = std::iter::once(line).chain(lines).find_map(|line| Some((line, Link::of(line)?)));
    let link = linked.map(|(_, link)| link);
    let time = linked.and_then(|(line, _)| time_of(line));
    let seq = link.map_or(0, |link| link.seq);
    let owned = |(signed, code): (&str, &str)| (signed.to_owned(), code.to_owned());
    let mac = link.and_then(|link| link.mac).map(owned);
    Ok(Some(LastLine { chain: Chain::at(seq, digest(line)), torn, time, mac }))
}

/// When the event of a line was made: its `@timestamp`, as it is written.
pub fn time_of(line: &str) -> Option<String> {
    let event: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(event.get("@timestamp")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests;
