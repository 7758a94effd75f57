//! What fuzzers were given and have found, once more, without a fuzzer.

use std::path::Path;

#[test]
fn the_corpora_hold() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, target) in midapi_fuzz::TARGETS {
        let mut replayed = 0;
        for entry in std::fs::read_dir(corpora.join(name)).expect(name) {
            let path = entry.unwrap().path();
            // Shown when the next line panics.
            println!("{}", path.display());
            target(&std::fs::read(path).unwrap());
            replayed += 1;
        }
        assert!(replayed >= 5, "{name}: {replayed} inputs");
    }
}

#[test]
fn each_target_has_a_fuzzer() {
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for (name, _) in midapi_fuzz::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
