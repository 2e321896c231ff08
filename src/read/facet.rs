//! Facets: metadata fields of samples, kept as slices where they take few values and as attributes where they are numbers.

use crate::run::{Codes, Numbers, Samples};

use super::json::Value;

/// Most distinct values a slice may have; a field with more is a text, not a slice.
const MOST_VALUES: usize = 64;

/// Most fields that are followed; further ones are ignored.
const MOST_FIELDS: usize = 96;

/// Longest value that can name a slice, in bytes.
const LONGEST: usize = 120;

/// Fields of samples while they are collected.
#[derive(Clone, Debug, Default)]
pub struct Facets {
    fields: Vec<Field>,
}

#[derive(Clone, Debug)]
struct Field {
    name: String,
    codes: Codes,
    numbers: Numbers,
    /// Not a slice: too many values, too long, or nested.
    textual: bool,
    /// Every value so far was a number.
    numeric: bool,
}

impl Facets {
    /// Puts the field `name` of the sample at `row`. Rows come in ascending order. Nulls are absent; a list of short
    /// texts is joined; objects make the field no slice.
    pub fn put(&mut self, row: usize, name: &str, value: &Value<'_>) {
        if value.is_null() || value.is_nan() {
            return;
        }
        let number = value.number();
        match value {
            Value::Array(items) if items.iter().all(|i| i.label().is_some()) => {
                let labels: Vec<_> = items.iter().filter_map(Value::label).collect();
                self.put_text(row, name, &labels.join(", "));
            }
            _ => match (value.label(), self.field(name)) {
                (Some(label), Some(field)) => field.put(row, &label, number),
                (None, Some(field)) => field.spoil(),
                (_, None) => {}
            },
        }
    }

    /// Puts a field given as text.
    pub fn put_text(&mut self, row: usize, name: &str, text: &str) {
        if let Some(field) = self.field(name) {
            field.put(row, text, None);
        }
    }

    /// The fields as columns of `samples`: slices of at least two values that repeat, attributes of at least two numbers.
    pub fn finish(self, samples: &mut Samples) {
        let rows = samples.len();
        for mut field in self.fields {
            field.codes.close(rows);
            field.numbers.close(rows);
            let values = field.codes.names().len();
            let present = field.codes.raw().iter().filter(|&&c| c > 0).count();
            let has_gap = present < rows;
            let repeats = values * 2 <= present.max(3);
            if !field.textual && repeats && (values > 1 || (values == 1 && has_gap)) {
                samples.slices.push((field.name, field.codes));
            } else if field.numeric && differs(&field.numbers) {
                samples.attributes.push((field.name, field.numbers));
            }
        }
    }

    fn field(&mut self, name: &str) -> Option<&mut Field> {
        let found = self.fields.iter().position(|f| f.name == name);
        let index = found.unwrap_or(self.fields.len());
        if found.is_none() {
            if index >= MOST_FIELDS || name.is_empty() {
                return None;
            }
            self.fields.push(Field {
                name: name.to_owned(),
                codes: Codes::default(),
                numbers: Numbers::default(),
                textual: false,
                numeric: true,
            });
        }
        self.fields.get_mut(index)
    }
}

impl Field {
    fn put(&mut self, row: usize, label: &str, number: Option<f64>) {
        self.numeric &= number.is_some();
        if self.numeric {
            self.numbers.put(row, number);
        }
        if self.textual {
            return;
        }
        self.codes.put(row, Some(label));
        if self.codes.names().len() > MOST_VALUES || label.len() > LONGEST {
            self.spoil_codes();
        }
    }

    fn spoil(&mut self) {
        self.numeric = false;
        self.spoil_codes();
    }

    fn spoil_codes(&mut self) {
        self.textual = true;
        self.codes = Codes::default();
    }
}

/// A column of answers that is worth keeping only if they come from a small set.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    codes: Codes,
    textual: bool,
}

impl Classes {
    /// Puts the answer at `row`; rows come in ascending order.
    pub fn put(&mut self, row: usize, answer: Option<&str>) {
        if self.textual {
            return;
        }
        self.codes.put(row, answer.map(str::trim));
        if self.codes.names().len() > MOST_VALUES || answer.is_some_and(|a| a.len() > LONGEST) {
            self.textual = true;
            self.codes = Codes::default();
        }
    }

    /// The column; absent where answers hardly repeat.
    #[must_use]
    pub fn finish(mut self, rows: usize) -> Codes {
        self.codes.close(rows);
        let present = self.codes.raw().iter().filter(|&&c| c > 0).count();
        if self.codes.names().len() * 2 > present.max(3) {
            return Codes::default();
        }
        self.codes
    }
}

/// Whether the column holds at least two different numbers.
fn differs(numbers: &Numbers) -> bool {
    let mut present = numbers.present();
    let first = present.next();
    present.any(|n| Some(n) != first)
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;
    use crate::run::Outcome;

    fn finish(records: &[&str]) -> Samples {
        let mut facets = Facets::default();
        for (row, record) in records.iter().enumerate() {
            let value = json::parse(record.as_bytes()).unwrap();
            for (name, field) in value.members() {
                facets.put(row, &name.decode(), field);
            }
        }
        let mut samples = Samples {
            outcomes: vec![Outcome::Right; records.len()],
            ..Samples::default()
        };
        facets.finish(&mut samples);
        samples
    }

    #[test]
    fn few_values_are_a_slice_and_many_numbers_an_attribute() {
        let samples = finish(&[
            r#"{"lang": "de", "id": "a", "x": 1.5, "k": "same", "o": {}, "tags": ["u", "v"]}"#,
            r#"{"lang": "en", "id": "b", "x": 2.5, "k": "same", "o": {}, "tags": ["u"]}"#,
            r#"{"lang": "de", "id": "c", "x": 3.5, "k": "same", "o": {}, "tags": ["u", "v"]}"#,
            r#"{"lang": "en", "id": "d", "x": null, "k": "same", "o": {}, "tags": ["u"]}"#,
        ]);
        let slices: Vec<_> = samples.slices.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(slices, ["lang", "tags"]);
        assert_eq!(samples.slice("lang").unwrap().at(2), Some("de"));
        let attributes: Vec<_> = samples.attributes.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(attributes, ["x"]);
        assert_eq!(samples.attributes[0].1.at(3), None);
    }
}
