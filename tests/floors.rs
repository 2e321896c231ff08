//! The floors of ARCHITECTURE.md: a module imports only from its own floor or a lower one; browser crates stay in the browser.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Modules by floor, lowest first.
const FLOORS: &[&[&str]] = &[
    &["run", "estimate", "stat", "text"],
    &["report", "read"],
    &["chart", "review", "workspace"],
    &["link", "export", "seal"],
    &["ui", "cli"],
    &["widget"],
];

/// Crates that exist for wasm32 only, and the modules that may name them.
const BROWSER_CRATES: &[&str] = &["leptos", "wasm_bindgen", "web_sys", "js_sys", "gloo"];
const BROWSER_MODULES: &[&str] = &["ui", "widget", "bin"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with the module of the crate's root it belongs to.
fn modules() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let module = |path: &PathBuf| {
        let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    files
        .into_iter()
        .map(|path| (module(&path), path))
        .filter(|(module, _)| module != "lib")
        .collect()
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The modules of this crate that `text` names, as `crate::module` or inside `crate::{…}`.
fn named(text: &str) -> Vec<String> {
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| rest.strip_prefix('{').map_or_else(|| vec![word(rest)], listed))
        .collect()
}

/// The first words of the entries of a use list, up to its closing brace.
fn listed(list: &str) -> Vec<String> {
    let mut depth = 1;
    let mut entries = vec![String::new()];
    for letter in list.chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        match (depth, letter) {
            (0, _) => break,
            (1, ',') => entries.push(String::new()),
            (_, letter) => entries.last_mut().unwrap().push(letter),
        }
    }
    entries
        .iter()
        .map(|entry| word(entry.trim_start()))
        .filter(|word| !word.is_empty())
        .collect()
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect()
}

#[test]
fn no_import_goes_up() {
    let mut wrong = Vec::new();
    for (module, path) in modules().iter().filter(|(module, _)| module != "bin") {
        let own = floor(module).unwrap_or_else(|| panic!("{module} stands on no floor: name it in FLOORS"));
        let text = fs::read_to_string(path).unwrap();
        wrong.extend(
            named(&text)
                .into_iter()
                .filter(|other| floor(other).is_some_and(|other| other > own))
                .map(|other| format!("{} (floor {own}) imports {other}", path.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lists_of_imports_are_read() {
    let text = "use crate::{\n    chart::{Chart, Frame},\n    run::Run,\n};\nuse crate::stat;\n// use crate::ui;";
    assert_eq!(named(text), ["chart", "run", "stat"]);
}

#[test]
fn the_browser_stays_in_the_browser() {
    for (module, path) in modules() {
        if BROWSER_MODULES.contains(&module.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for name in BROWSER_CRATES {
            assert!(!text.contains(&format!("use {name}")), "{} uses {name}", path.display());
        }
    }
}
