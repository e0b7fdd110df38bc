//! Whether a command printed what the page shows.
//!
//! `..` matches anything within a line, and a line of it alone matches any lines. The fields of an
//! HTTP answer may come in any order, and `..` among them matches those that are not shown.

/// Compares; the error says what is missing.
pub(crate) fn compare(shown: &str, printed: &str) -> Result<(), String> {
    let shown: Vec<_> = shown.trim_end().lines().collect();
    let printed: Vec<_> = printed.trim_end().lines().collect();
    if !shown.first().is_some_and(|line| line.starts_with("HTTP/")) {
        return same_lines(&shown, &printed);
    }
    let (shown_head, shown_body) = split_head(&shown);
    let (head, body) = split_head(&printed);
    if shown_head.first() != head.first() {
        return Err(format!("shows {:?}, printed {:?}", shown_head.first(), head.first()));
    }
    for field in shown_head.iter().filter(|line| **line != "..") {
        if !head.iter().any(|line| same_line(field, line)) {
            return Err(format!("shows `{field}`, printed {head:#?}"));
        }
    }
    if !shown_head.contains(&"..") && shown_head.len() != head.len() {
        return Err(format!("shows all fields, and there are others: {head:#?}"));
    }
    same_lines(shown_body, body)
}

fn split_head<'a, 'b>(lines: &'b [&'a str]) -> (&'b [&'a str], &'b [&'a str]) {
    let end = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
    let (head, body) = lines.split_at(end);
    (head, body.get(1..).unwrap_or_default())
}

fn same_lines(shown: &[&str], printed: &[&str]) -> Result<(), String> {
    match shown {
        [] if printed.is_empty() => Ok(()),
        [] => Err(format!("printed more: {printed:#?}")),
        ["..", rest @ ..] => {
            let found = (0..=printed.len()).any(|skip| same_lines(rest, &printed[skip..]).is_ok());
            if found { Ok(()) } else { Err(format!("shows {rest:#?}, printed {printed:#?}")) }
        }
        [line, rest @ ..] => match printed {
            [first, others @ ..] if same_line(line, first) => same_lines(rest, others),
            _ => Err(format!("shows `{line}`, printed {printed:#?}")),
        },
    }
}

fn same_line(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split("..");
    let Some(mut rest) = parts.next().and_then(|first| printed.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    false
}

#[test]
fn a_difference_is_seen() {
    let answer = "HTTP/1.1 200 OK\nb: 2\na: 17\n\n{\"x\":1}";
    for same in [
        "HTTP/1.1 200 OK\na: 17\nb: 2\n\n{\"x\":1}\n",
        "HTTP/1.1 200 OK\na: ..\n..\n\n{..1}\n",
        "HTTP/1.1 200 OK\n..\n\n..\n",
    ] {
        assert_eq!(compare(same, answer), Ok(()), "{same}");
    }
    for other in [
        "HTTP/1.1 201 Created\na: 17\nb: 2\n\n{\"x\":1}\n",
        "HTTP/1.1 200 OK\na: 1\nb: 2\n\n{\"x\":1}\n",
        "HTTP/1.1 200 OK\na: 17\n\n{\"x\":1}\n",
        "HTTP/1.1 200 OK\n..\nc: 3\n\n{\"x\":1}\n",
        "HTTP/1.1 200 OK\n..\n\n{\"x\":2}\n",
        "HTTP/1.1 200 OK\n..\n",
        "b: 2\n",
    ] {
        assert!(compare(other, answer).is_err(), "{other}");
    }
    assert_eq!(compare("a\n..\nd", "a\nb\nc\nd"), Ok(()));
    assert!(compare("a\n..\nd", "a\nb\nc").is_err());
    assert!(compare("a", "a\nb").is_err());
    assert!(compare("a..b..c", "a1c2b").is_err());
}
