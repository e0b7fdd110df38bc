//! No query and no migration makes the checks panic, and every mistake is reported at a place
//! inside of the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_sql::{Allow, Dialect, Migration, Request, Template, prepare, schema::Schema};

fuzz_target!(|texts: (&str, &str)| {
    let (migration, query) = texts;
    let migration = Migration {
        version: 1,
        description: String::new(),
        sql: format!("CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT); {migration}"),
        file: "1_notes.sql".into(),
    };
    let schemas = Dialect::ALL.map(|dialect| Schema::of(dialect, std::slice::from_ref(&migration)));
    let faults = match Template::parse(query) {
        Ok(template) => {
            let templates = [Some(&template); 3];
            let request = Request { templates, schemas: Some(&schemas), allow: Allow::default() };
            match prepare(&request) {
                Ok(prepared) => {
                    assert_eq!(prepared.roles.len(), template.holes().len());
                    assert!(prepared.texts.iter().all(Option::is_some));
                    return;
                }
                Err((_, faults)) => faults,
            }
        }
        Err(faults) => faults,
    };
    assert!(!faults.is_empty());
    for fault in faults {
        assert!(fault.at <= query.len(), "{fault:?}");
        fault.describe(query);
    }
});
