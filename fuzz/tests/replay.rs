//! Calls the functions of this crate with the files in `corpus`, without a fuzzer.

use std::path::Path;

#[test]
fn every_corpus_input_passes() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, check) in midapi_fuzz::TARGETS {
        let mut count = 0;
        for entry in std::fs::read_dir(corpora.join(name)).expect(name) {
            let path = entry.unwrap().path();
            // Printed if the next line panics.
            println!("{}", path.display());
            check(&std::fs::read(path).unwrap());
            count += 1;
        }
        assert!(count >= 5, "{name}: {count} inputs");
    }
}

#[test]
fn every_target_has_a_fuzzer() {
    let manifest = include_str!("../Cargo.toml");
    for (name, _) in midapi_fuzz::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
