//! The most common passwords, which attackers try first.

/// In lower case, one per line, sorted by their bytes: 156 KB, searched without parsing.
static LIST: &[u8] = include_bytes!("list.txt");

/// Whether the list contains this password, which has to be in lower case.
pub(super) fn contains(password: &str) -> bool {
    let mut rest = LIST;
    while !rest.is_empty() {
        let (before, after) = rest.split_at(rest.len() / 2);
        // The line in the middle: from the line end before it to the next one.
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let length = after.iter().position(|byte| *byte == b'\n').unwrap_or(after.len());
        let end = before.len() + length;
        let line = rest.get(start..end).unwrap_or_default();
        rest = match password.as_bytes().cmp(line) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => rest.get(..start).unwrap_or_default(),
            std::cmp::Ordering::Greater => rest.get(end + 1..).unwrap_or_default(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{LIST, contains};

    #[test]
    fn every_line_is_found_and_nothing_between_them() {
        let text = std::str::from_utf8(LIST).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() >= 3_000, "{}", lines.len());
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
        for line in &lines {
            assert!((8..=128).contains(&line.chars().count()), "{line}");
            assert_eq!(line.to_lowercase(), **line);
            assert!(contains(line), "{line}");
            assert!(!contains(&format!("{line}\n")) && !contains(&format!("{line}~~")), "{line}");
        }
        for other in ["", "\n", "a", "zzzzzzzzzzzzz", "correct horse battery", "\u{7f}"] {
            assert!(!contains(other), "{other}");
        }
    }
}
