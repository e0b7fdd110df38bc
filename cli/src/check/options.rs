//! The options of `check` and `explain`.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::format::Format;

/// The options of `check`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CHECK_HELP)]
pub struct CheckArgs {
    /// Files and folders to check; the members of the workspace if absent.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Leave out findings below this level.
    #[arg(long, value_enum)]
    pub level: Option<Weight>,

    /// Take every function for an entry, and plain text in parameters, the environment and the
    /// standard input for data from outside.
    #[arg(long)]
    pub audit: bool,

    /// Judge what must not reach production, too: settings, secrets, the build, dependencies, costs
    /// without a bound.
    #[arg(long)]
    pub deploy: bool,

    /// Judge the settings in this file too: `NAME=value` lines, or TOML by its name's ending; may be
    /// given again. The environment wins.
    #[arg(long, value_name = "FILE", requires = "deploy")]
    pub settings: Vec<PathBuf>,

    /// Report these rules only, and what could not be read; may be given again.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub rule: Vec<String>,

    /// Write the repairs that are certain into the files.
    #[arg(long)]
    pub fix: bool,

    /// The manifest to start from; the one of the current folder if absent.
    #[arg(long, value_name = "PATH", conflicts_with = "paths")]
    pub manifest_path: Option<PathBuf>,
}

/// The options of `explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The rule; all of them are listed if absent.
    #[arg(value_name = "RULE")]
    pub rule: Option<String>,
}

/// A level, on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Weight {
    /// Everything.
    Note,
    /// Warnings and what is refused.
    Warn,
    /// What is refused.
    Deny,
}

impl From<Weight> for palisade_lint::Level {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Note => Self::Note,
            Weight::Warn => Self::Warn,
            Weight::Deny => Self::Deny,
        }
    }
}

/// The part of `check --help` that explains the output.
const CHECK_HELP: &str = r#"What is read
  Rust sources, templates (.html, .j2, .jinja, .jinja2, .tera, .hbs; below a folder `templates` also
  .askama, .css, .htm, .js, .md, .rinja, .svg, .txt, .xml) and askama.toml. A folder need not belong to a package: loose
  files stand alone unless they name one another by `mod`. What cannot be parsed is a finding.

JSON
  One object a line. Fields are never renamed or removed within a major version; new ones may appear.
    rule           "sql_format"
    cwe            "CWE-89"
    level          "deny", "warn" or "note"
    file, line, column, end_line, end_column
                   the sink; lines and columns count from one
    message, help
    trace          [{"file", "line", "note"}], from the source to the sink
    fix            {"line", "column", "end_line", "end_column", "replacement"}, or absent

Exit code
  0  nothing is refused
  1  a finding of level deny
  2  something could not be read"#;
