//! The path prefix of the service behind a proxy.

use super::Builder;

impl Builder {
    /// The prefix that a proxy removes from each path: `/api` if clients request `/api/notes` and
    /// the service gets `/notes`. It is added to every `Location` of an answer that is a path of
    /// this service; one that has it already is left as it is.
    ///
    /// The reports of browsers are sent there too
    /// ([`HeaderSet::report_to`](crate::HeaderSet::report_to)).
    ///
    /// Links in pages are the service's own text, and are not changed: make them with
    /// [`RequestInfo::public_path`](crate::RequestInfo::public_path).
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().public_origin("https://example").public_prefix("/api");
    /// # let _ = builder;
    /// ```
    pub fn public_prefix(mut self, prefix: &str) -> Self {
        if is_prefix(prefix) {
            let is_other = self.public_prefix.as_deref() != Some(prefix);
            self.contradicts("PALISADE_PUBLIC_PREFIX", "public_prefix", is_other);
            self.public_prefix = Some(prefix.into());
        } else {
            self.complaints.push(format!(
                "the public prefix {prefix:?}: a path of plain segments \
                 without a slash at its end, `/api`"
            ));
        }
        self
    }
}

fn is_prefix(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|segment| {
            segment.bytes().all(is_plain) && segment.bytes().any(|byte| byte != b'.')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::is_prefix;

    #[test]
    fn a_prefix_is_a_path_of_plain_segments() {
        for good in ["/api", "/v1/api", "/a.b-c_d"] {
            assert!(is_prefix(good), "{good}");
        }
        for bad in
            ["", "/", "api", "/api/", "//api", "/a//b", "/a/../b", "/a?b", "/a b", "https://a"]
        {
            assert!(!is_prefix(bad), "{bad}");
        }
    }
}
