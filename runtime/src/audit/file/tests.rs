use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use palisade_audit::{Chain, Head, Key, files_of, head_path, verify};

use super::{super::timestamp::Timestamp, FileOptions, writing::Writing};
use crate::private_folder::tests::Place;

const DAY: Duration = Duration::from_secs(86_400);

fn key() -> Key {
    Key::new(b"f3Kq9xLw2Zt7vBn4Hc8yRm1Jd6sPe0Ua").unwrap()
}

/// A trail whose files have two lines each, made so many days ago; the file that is written now is the last one.
fn trail(place: &Place, files: &[[u32; 2]]) -> PathBuf {
    let folder = place.join("trail");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("audit.jsonl");
    let mut chain = Chain::default();
    for (at, days) in files.iter().enumerate() {
        let first = chain.seq() + 1;
        let lines = days.map(|days| {
            let time = Timestamp(SystemTime::now() - DAY * days);
            chain.join(&format!("{{\"@timestamp\":\"{time}\"}}"), Some(&key())) + "\n"
        });
        let name = match at + 1 == files.len() {
            true => path.clone(),
            false => folder.join(format!("audit.jsonl.{first:012}")),
        };
        fs::write(name, lines.concat()).unwrap();
    }
    fs::write(head_path(&path), Head::text(&chain, 1, Some(&key()))).unwrap();
    path
}

fn set_date(path: &Path, days: u32) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - DAY * days).unwrap();
}

fn open_with_retention(path: &Path, days: u32) -> Vec<PathBuf> {
    let options = FileOptions::new(path).key(key()).retention(DAY * days);
    drop(Writing::open(options).unwrap());
    files_of(path).unwrap()
}

#[test]
fn the_time_of_the_newest_event_decides_and_not_the_date_of_the_file() {
    let place = Place::new();
    let path = trail(&place, &[[9, 8], [7, 6], [5, 1], [0, 0]]);
    let all = files_of(&path).unwrap();
    // As after a copy without dates, and as after a program that sets them.
    set_date(&all[0], 0);
    set_date(&all[2], 400);
    assert_eq!(open_with_retention(&path, 10), all, "nothing is so old");
    assert_eq!(open_with_retention(&path, 3), all[2..]);
    let report = verify(&path, Some(&key())).unwrap();
    assert_eq!((report.findings, report.first), (vec![], Some(5)));
}

#[test]
fn a_file_whose_first_event_is_the_newest_is_kept_as_long() {
    let place = Place::new();
    // The clock was set back while it was written.
    let path = trail(&place, &[[1, 30], [0, 0]]);
    let all = files_of(&path).unwrap();
    assert_eq!(open_with_retention(&path, 3), all);
}

#[test]
fn a_file_that_does_not_say_its_time_is_kept() {
    let place = Place::new();
    let path = trail(&place, &[[30, 30], [0, 0]]);
    let all = files_of(&path).unwrap();
    let text = fs::read_to_string(&all[0]).unwrap();
    fs::write(&all[0], text.replace("@timestamp", "timestamp")).unwrap();
    assert_eq!(open_with_retention(&path, 3), all);
}

#[test]
fn a_copied_file_has_the_age_of_its_first_event() {
    let place = Place::new();
    let path = trail(&place, &[[3, 0]]);
    let text = fs::read_to_string(&path).unwrap();
    // A new file has the date of now.
    fs::remove_file(&path).unwrap();
    fs::write(&path, text).unwrap();
    let options = FileOptions::new(&path).key(key()).rotate_age(DAY * 2);
    let mut writing = Writing::open(options).unwrap();
    write(&mut writing);
    assert_eq!(files_of(&path).unwrap().len(), 2);
}

fn write(writing: &mut Writing) {
    use super::super::{
        event::{Event, Outcome},
        queue::Output as _,
    };

    let event = Event::new("limit-evicted", Outcome::Failure).json();
    writing.write(&mut [event].into(), &mut 0).unwrap();
}

#[test]
fn a_torn_line_stays_and_the_chain_states_the_lost_event() {
    let place = Place::new();
    let path = trail(&place, &[[1, 0]]);
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}{{\"@timestamp\":\"20")).unwrap();
    for start in 0..2 {
        let options = FileOptions::new(&path).key(key());
        drop(Writing::open(options).unwrap());
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 4, "the loss is stated once: start {start}, {text}");
        assert_eq!(lines[2], "{\"@timestamp\":\"20", "what was written stays");
        for part in ["\"audit-dropped\"", "\"palisade.dropped\":1", "incomplete"] {
            assert!(lines[3].contains(part), "{part}: {text}");
        }
        // The torn line is a finding, and the line behind it belongs to the chain.
        let report = verify(&path, Some(&key())).unwrap();
        assert_eq!((report.findings.len(), report.last), (1, Some(3)), "{report:?}");
    }
}
