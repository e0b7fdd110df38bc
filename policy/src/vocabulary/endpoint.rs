//! What one endpoint admits and answers.

use super::words;

words! {
    /// Whether a browser on another site may send this request.
    #[derive(Default)]
    pub enum CrossSite {
        /// Unsafe methods from another site are refused.
        #[default]
        Refuse "refuse",
        /// `#[cross_site(token)]`: refused too, and a request whose origin the browser does not state
        /// proves it by a `FormToken`.
        Token "token",
        /// `#[cross_site(allow, reason = "..")]`.
        Allow "allow",
    }

    /// Whether request input reaches the handler.
    pub enum Validation {
        /// `#[validated]` is absent: no input is admitted.
        NoInput "no_input",
        /// Input is admitted; an unknown field is refused.
        Strict "strict",
        /// Input is admitted; unknown fields are dropped (`unknown_fields = allow`).
        AllowUnknownFields "allow_unknown_fields",
    }

    /// What becomes of the conditions of requests that may change state: `If-Match`, `If-None-Match` and
    /// `If-Unmodified-Since`.
    pub enum Conditions {
        /// A request that states one is refused.
        Refused "refused",
        /// `#[conditional]`: those that are stated are evaluated.
        Optional "optional",
        /// `#[conditional(required)]`: a request has to state one.
        Required "required",
    }

    /// What happens while it is not known what was revoked.
    pub enum RevocationOutage {
        /// 503: a revoked token must not come back to life because a store is down.
        Refuse "refuse",
        /// `#[credentials(revocation_outage = allow, reason = "..")]`: what is not known to be revoked
        /// passes, and the log says so.
        Allow "allow",
    }

    /// A content coding (RFC 9110 section 8.4.1), by its name in `Content-Encoding`.
    pub enum ContentCoding {
        /// `gzip` (RFC 1952)
        Gzip "gzip",
        /// `br` (RFC 7932)
        Brotli "br",
        /// `zstd` (RFC 8878, RFC 9659)
        Zstd "zstd",
    }

    /// Whether an endpoint's answers are compressed.
    pub enum Compression {
        /// Never: there is no `#[compress]`.
        Never "never",
        /// `#[compress]`: no answer is for one caller alone.
        WithoutSecrets "without_secrets",
        /// `#[compress(reason = "..")]`
        ForAReason "for_a_reason",
    }

    /// The profiles of headers.
    #[derive(Default)]
    pub enum ProfileKind {
        /// An API's answer: nothing runs, frames or loads. An answer without a mark is this.
        #[default]
        Json "json",
        /// A page that a template made: scripts run by nonce only.
        Html "html",
        /// A file to be saved: never shown in the service's own origin.
        Download "download",
        /// An answer that ends a session: as [`Json`](Self::Json), and the browser forgets what it
        /// kept of the service's origin (`Clear-Site-Data`).
        LogOut "log_out",
    }

    /// `Cross-Origin-Resource-Policy` of an answer, by its value: the pages of which sites may embed it as a
    /// picture, a font, a style or a script. It does not let them read it, which is decided by CORS.
    #[derive(Default)]
    pub enum ResourcePolicy {
        /// Pages of this origin.
        #[default]
        SameOrigin "same-origin",
        /// And those of the same registrable domain, such as `www.example.org` for `api.example.org`.
        SameSite "same-site",
        /// And those of every other site.
        CrossOrigin "cross-origin",
    }
}
