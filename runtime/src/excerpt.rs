//! The beginning of a string from a client, for a line of the log.

/// As much of the text as fits into `most` bytes, cut between two characters.
///
/// A line of the log has a bounded length: without that, one client fills the log, or the queue before
/// it, whose lines of others are then dropped (CWE-779).
pub(crate) fn excerpt(text: &str, most: usize) -> &str {
    text.split_at(text.floor_char_boundary(most)).0
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn a_text_is_cut_between_two_characters() {
        assert_eq!(excerpt("PROPFIND", 24), "PROPFIND");
        assert_eq!(excerpt("PROPFIND", 4), "PROP");
        assert_eq!(excerpt("aé", 2), "a");
        assert_eq!(excerpt("", 0), "");
    }
}
