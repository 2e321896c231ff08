//! The oracle folder: its records and its tables.

use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;

/// One record of `expected.json`.
pub struct Record {
    pub id: String,
    pub data: String,
    pub params: Value,
    pub value: Value,
    pub tol: Value,
}

/// A CSV table as text columns.
pub struct Table {
    columns: HashMap<String, Vec<String>>,
}

impl Table {
    /// The column as text.
    pub fn text(&self, name: &str) -> &[String] {
        self.columns.get(name).unwrap_or_else(|| panic!("no column {name}"))
    }

    /// The column as numbers, if there is one of this name.
    pub fn find(&self, name: &str) -> Option<Vec<f64>> {
        self.columns.contains_key(name).then(|| self.numbers(name))
    }

    /// The column as numbers; blank or unreadable entries are NaN.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        let parse = |text: &String| text.parse().unwrap_or(f64::NAN);
        self.text(name).iter().map(parse).collect()
    }

    /// The column as codes from 1, one a distinct text in order of first occurrence.
    pub fn codes(&self, name: &str) -> Vec<u32> {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let code = |text| {
            let next = known.len() as u32 + 1;
            *known.entry(text).or_insert(next)
        };
        self.text(name).iter().map(String::as_str).map(code).collect()
    }
}

/// The folder with everything read.
pub struct Folder {
    records: Vec<Record>,
    tables: HashMap<String, Table>,
    documents: HashMap<String, Value>,
}

impl Folder {
    /// Reads `ASSAY_ORACLE`, by default `tests/oracle`.
    pub fn open() -> Self {
        let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
        let path = std::env::var_os("ASSAY_ORACLE").map_or(default, PathBuf::from);
        println!("oracle folder: {}", path.display());
        let mut folder = Folder {
            records: Vec::new(),
            tables: HashMap::new(),
            documents: HashMap::new(),
        };
        for entry in std::fs::read_dir(&path).expect("the oracle folder can be listed") {
            let file = entry.expect("an entry of the oracle folder").path();
            let name = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let read = || std::fs::read_to_string(&file).expect("a readable file");
            if name.ends_with(".csv") {
                folder.tables.insert(name, parse_csv(&read()));
            } else if name.ends_with(".json") {
                let document = serde_json::from_str(&read()).expect("a JSON document");
                folder.documents.insert(name, document);
            }
        }
        let expected = folder.documents.remove("expected.json").expect("expected.json");
        let records = expected["records"].as_array().expect("records");
        folder.records = records.iter().map(record).collect();
        folder
    }

    /// All records in file order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The CSV table of this file name.
    pub fn table(&self, name: &str) -> &Table {
        self.tables.get(name).unwrap_or_else(|| panic!("no table {name}"))
    }

    /// The JSON document of this file name, if the folder has it.
    pub fn find_document(&self, name: &str) -> Option<&Value> {
        self.documents.get(name)
    }

    /// The JSON document of this file name.
    pub fn document(&self, name: &str) -> &Value {
        self.documents.get(name).unwrap_or_else(|| panic!("no document {name}"))
    }
}

fn record(value: &Value) -> Record {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_string();
    Record {
        id: text("id"),
        data: text("data"),
        params: value["params"].clone(),
        value: value["value"].clone(),
        tol: value["tol"].clone(),
    }
}

/// The oracle's tables have no quotes and no commas in fields.
fn parse_csv(text: &str) -> Table {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); header.len()];
    for line in lines.filter(|line| !line.is_empty()) {
        for (column, field) in columns.iter_mut().zip(line.split(',')) {
            column.push(field.to_string());
        }
    }
    Table {
        columns: header.iter().map(|name| name.to_string()).zip(columns).collect(),
    }
}
